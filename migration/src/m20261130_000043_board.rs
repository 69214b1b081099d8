//! What milestones an order is given and within which time, and where it stands: the board of deliveries and the queues of what
//! is to be done.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("fulfillment_mode", "BUILD_TO_STOCK LOCATE_TO_ORDER BUILD_TO_ORDER"),
        (
            "milestone_code",
            "ORDER_PLACED CONFIG_LOCKED CONTRACT_SIGNED FINANCE_APPROVED BALANCE_PAID INVOICED INSURED PLATE_READY
             PARTS_PREPARING SCHEDULED BODY PAINT ASSEMBLY OFF_LINE QUALITY_RELEASED
             ALLOCATED SHIPPED IN_TRANSIT ARRIVED
             PDI_DONE READY APPOINTMENT_SET HANDED_OVER OWNERSHIP_TRANSFERRED",
        ),
        ("party", "CUSTOMER STORE OEM PLANT CARRIER LENDER"),
        ("policy_status", "DRAFT PUBLISHED ARCHIVED"),
    ],
    up: UP,
    down: DOWN,
};

// Orders that are there keep what is built in: no template, no hours. Where they stand is the first of their milestones that is
// to be reached, details left aside: nothing that is not a detail waits for one, and a predecessor stands before its successors.
const UP: &str = "
CREATE TABLE milestone_template (
    id               {uuid} NOT NULL PRIMARY KEY,
    name             text NOT NULL,
    status           varchar(32) NOT NULL CHECK (status IN {policy_status}),
    fulfillment_mode varchar(32) NOT NULL CHECK (fulfillment_mode IN {fulfillment_mode}),
    city_code        text REFERENCES city,
    balance_first    boolean,
    nodes            {json} NOT NULL,
    changed_by       text NOT NULL,
    changed_at       {instant} NOT NULL,
    version          integer NOT NULL CHECK (version >= 1)
);
-- Templates by name, which is unique.
CREATE UNIQUE INDEX idx_milestone_template_name ON milestone_template (name);
-- Of a kind of order one is in force in a city, and one everywhere else.
CREATE UNIQUE INDEX idx_milestone_template_fulfillment_mode_city_code ON milestone_template (fulfillment_mode, city_code)
    WHERE status = 'PUBLISHED';
CREATE UNIQUE INDEX idx_milestone_template_fulfillment_mode ON milestone_template (fulfillment_mode)
    WHERE status = 'PUBLISHED' AND city_code IS NULL;

ALTER TABLE milestone ADD COLUMN hidden boolean NOT NULL DEFAULT FALSE;
ALTER TABLE milestone ADD COLUMN sla_hours integer CHECK (sla_hours > 0);
ALTER TABLE milestone ADD COLUMN party varchar(32) CHECK (party IN {party});
ALTER TABLE milestone ADD COLUMN open_since {instant};
ALTER TABLE milestone ADD COLUMN due_at {instant};
-- What is to be done now, by what it is.
CREATE INDEX idx_milestone_code_order_id_open ON milestone (code, order_id) WHERE open_since IS NOT NULL;

ALTER TABLE order_event ADD COLUMN hidden boolean NOT NULL DEFAULT FALSE;

ALTER TABLE customer_order ADD COLUMN template_id {uuid} REFERENCES milestone_template;
ALTER TABLE customer_order ADD COLUMN balance_first boolean;
ALTER TABLE customer_order ADD COLUMN current_milestone varchar(32) CHECK (current_milestone IN {milestone_code});
ALTER TABLE customer_order ADD COLUMN current_party varchar(32) CHECK (current_party IN {party});
ALTER TABLE customer_order ADD COLUMN current_due_at {instant};

UPDATE customer_order SET current_due_at = '9999-12-31T00:00:00+00:00', current_milestone = (
    SELECT m.code FROM milestone m
    WHERE m.order_id = customer_order.id AND m.state NOT IN ('DONE', 'SKIPPED')
        AND m.code NOT IN ('FINANCE_APPROVED', 'PARTS_PREPARING', 'BODY', 'PAINT', 'ASSEMBLY', 'IN_TRANSIT', 'APPOINTMENT_SET')
    ORDER BY m.position LIMIT 1)
WHERE status IN ('PLACED', 'LOCKED', 'CONTRACTED', 'IN_FULFILLMENT', 'READY_FOR_DELIVERY', 'DELIVERED',
    'CANCELLATION_REQUESTED');
UPDATE customer_order SET current_due_at = NULL WHERE current_milestone IS NULL;
UPDATE customer_order SET current_party = CASE
    WHEN current_milestone IN ('ORDER_PLACED', 'CONFIG_LOCKED', 'CONTRACT_SIGNED', 'BALANCE_PAID', 'INSURED') THEN 'CUSTOMER'
    WHEN current_milestone IN ('SCHEDULED', 'OFF_LINE', 'QUALITY_RELEASED') THEN 'PLANT'
    WHEN current_milestone = 'ALLOCATED' THEN 'OEM'
    WHEN current_milestone IN ('SHIPPED', 'ARRIVED') THEN 'CARRIER'
    ELSE 'STORE' END
WHERE current_milestone IS NOT NULL;
-- Those that can be reached now. What comes before each is said in full; a row that is not there holds up nothing.
UPDATE milestone SET open_since = updated_at
WHERE state NOT IN ('DONE', 'SKIPPED')
    AND code IN ('CONTRACT_SIGNED', 'ALLOCATED', 'INVOICED', 'PDI_DONE', 'APPOINTMENT_SET')
    AND EXISTS (SELECT 1 FROM customer_order o WHERE o.id = milestone.order_id AND o.current_milestone IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM milestone b WHERE b.order_id = milestone.order_id AND b.state NOT IN ('DONE', 'SKIPPED')
            AND (b.code IN ('ORDER_PLACED', 'CONFIG_LOCKED')
                OR (milestone.code = 'INVOICED' AND b.code IN ('CONTRACT_SIGNED', 'BALANCE_PAID'))
                OR (milestone.code IN ('PDI_DONE', 'APPOINTMENT_SET')
                    AND b.code IN ('SCHEDULED', 'OFF_LINE', 'QUALITY_RELEASED', 'ALLOCATED', 'SHIPPED', 'ARRIVED'))));

-- Orders on the board, those due first and those that became firm first: all, those that a store sells, those that it hands over.
CREATE INDEX idx_customer_order_current_due_at_id ON customer_order (current_due_at, id)
    WHERE current_milestone IS NOT NULL;
CREATE INDEX idx_customer_order_store_id_current_due_at_id ON customer_order (store_id, current_due_at, id)
    WHERE current_milestone IS NOT NULL;
CREATE INDEX idx_customer_order_delivery_store_id_current_due_at_id
    ON customer_order (delivery_store_id, current_due_at, id) WHERE current_milestone IS NOT NULL;
CREATE INDEX idx_customer_order_placed_at_id_current ON customer_order (placed_at, id) WHERE current_milestone IS NOT NULL;
CREATE INDEX idx_customer_order_store_id_placed_at_id ON customer_order (store_id, placed_at, id)
    WHERE current_milestone IS NOT NULL;
CREATE INDEX idx_customer_order_delivery_store_id_placed_at_id ON customer_order (delivery_store_id, placed_at, id)
    WHERE current_milestone IS NOT NULL;
-- Orders whose promised day is over.
CREATE INDEX idx_customer_order_promised_by ON customer_order (promised_by) WHERE current_milestone IS NOT NULL;
-- Money that somebody has to pay.
CREATE INDEX idx_refund_state_order_id ON refund (state, order_id);
";

const DOWN: &str = "
DROP INDEX idx_refund_state_order_id;
DROP INDEX idx_customer_order_promised_by;
DROP INDEX idx_customer_order_delivery_store_id_placed_at_id;
DROP INDEX idx_customer_order_store_id_placed_at_id;
DROP INDEX idx_customer_order_placed_at_id_current;
DROP INDEX idx_customer_order_delivery_store_id_current_due_at_id;
DROP INDEX idx_customer_order_store_id_current_due_at_id;
DROP INDEX idx_customer_order_current_due_at_id;
ALTER TABLE customer_order DROP COLUMN current_due_at;
ALTER TABLE customer_order DROP COLUMN current_party;
ALTER TABLE customer_order DROP COLUMN current_milestone;
ALTER TABLE customer_order DROP COLUMN balance_first;
ALTER TABLE customer_order DROP COLUMN template_id;
ALTER TABLE order_event DROP COLUMN hidden;
DROP INDEX idx_milestone_code_order_id_open;
ALTER TABLE milestone DROP COLUMN due_at;
ALTER TABLE milestone DROP COLUMN open_since;
ALTER TABLE milestone DROP COLUMN party;
ALTER TABLE milestone DROP COLUMN sla_hours;
ALTER TABLE milestone DROP COLUMN hidden;
DROP TABLE milestone_template;
";
