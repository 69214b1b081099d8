//! Orders with their prices, payments, milestones, expected dates and history.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("eta_confidence", "LOW MEDIUM HIGH"),
        ("eta_reason", "INITIAL PROGRESS PARTS CAPACITY LOGISTICS WEATHER QUALITY_HOLD CUSTOMER PAYMENT_PENDING"),
        ("fulfillment_mode", "BUILD_TO_STOCK LOCATE_TO_ORDER BUILD_TO_ORDER"),
        (
            "milestone_code",
            "ORDER_PLACED CONFIG_LOCKED CONTRACT_SIGNED FINANCE_APPROVED BALANCE_PAID INVOICED INSURED PLATE_READY
             PARTS_PREPARING SCHEDULED BODY PAINT ASSEMBLY OFF_LINE QUALITY_RELEASED
             ALLOCATED SHIPPED IN_TRANSIT ARRIVED
             PDI_DONE READY APPOINTMENT_SET HANDED_OVER OWNERSHIP_TRANSFERRED",
        ),
        ("milestone_state", "PENDING ACTIVE DONE SKIPPED DELAYED ROLLED_BACK"),
        (
            "order_event_kind",
            "PLACED STATUS_CHANGED MILESTONE_CHANGED ETA_CHANGED PAYMENT_CHANGED VEHICLE_CHANGED
             CANCELLATION_REQUESTED",
        ),
        (
            "order_status",
            "DRAFT INTENTION PLACED LOCKED CONTRACTED IN_FULFILLMENT READY_FOR_DELIVERY DELIVERED COMPLETED
             CANCELLATION_REQUESTED CANCELLED RETURN_REQUESTED RETURNED EXPIRED",
        ),
        ("payment_method", "WECHAT_PAY ALIPAY UNIONPAY BANK_TRANSFER POS LOAN_DISBURSEMENT"),
        ("payment_purpose", "INTENTION_DEPOSIT EARNEST_DEPOSIT BALANCE"),
        ("payment_state", "CREATED PENDING AUTHORIZED CAPTURED PARTIALLY_REFUNDED REFUNDED FAILED CANCELLED EXPIRED"),
        ("payment_status", "NONE INTENTION_PAID DEPOSIT_PAID PARTIAL FULL OVERPAID REFUNDING REFUNDED"),
        ("price_line_kind", "MSRP OPTION DISCOUNT TAX FEE INCENTIVE"),
        ("sales_model", "DIRECT AGENCY WHOLESALE"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE customer_order (
    id                      {uuid} NOT NULL PRIMARY KEY,
    number                  text NOT NULL UNIQUE,
    customer_id             {uuid} NOT NULL REFERENCES customer,
    store_id                {uuid} NOT NULL REFERENCES store,
    delivery_store_id       {uuid} NOT NULL REFERENCES store,
    consultant_id           {uuid} REFERENCES staff,
    sales_model             varchar(32) NOT NULL CHECK (sales_model IN {sales_model}),
    fulfillment_mode        varchar(32) NOT NULL CHECK (fulfillment_mode IN {fulfillment_mode}),
    configuration_id        {uuid} NOT NULL REFERENCES configuration,
    trim_id                 {uuid} NOT NULL REFERENCES trim,
    option_codes            {json} NOT NULL,
    city_code               text NOT NULL,
    status                  varchar(32) NOT NULL CHECK (status IN {order_status}),
    payment_status          varchar(32) NOT NULL CHECK (payment_status IN {payment_status}),
    vehicle_id              {uuid} REFERENCES vehicle_unit,
    buyer_name              {bytes} NOT NULL,
    buyer_id_number         {bytes},
    total_minor             bigint NOT NULL CHECK (total_minor >= 0),
    paid_minor              bigint NOT NULL CHECK (paid_minor >= 0),
    has_open_change_request boolean NOT NULL,
    cancel_reason           text CHECK (length(cancel_reason) <= 2000),
    eta_earliest            {date},
    eta_likely              {date},
    eta_latest              {date},
    eta_confidence          varchar(32) NOT NULL CHECK (eta_confidence IN {eta_confidence}),
    eta_as_of               {instant} NOT NULL,
    promised_by             {date},
    placed_at               {instant},
    contract_started_at     {instant},
    lock_deadline           {instant},
    delivered_at            {instant},
    version                 integer NOT NULL CHECK (version >= 1),
    created_at              {instant} NOT NULL,
    updated_at              {instant} NOT NULL
);
-- All orders, newest first.
CREATE INDEX idx_customer_order_created_at_id ON customer_order (created_at, id);
-- All orders by the day they became firm.
CREATE INDEX idx_customer_order_placed_at_id ON customer_order (placed_at, id);
-- Orders of a customer, newest first.
CREATE INDEX idx_customer_order_customer_id_created_at_id ON customer_order (customer_id, created_at, id);
-- Orders of the selling store, newest first.
CREATE INDEX idx_customer_order_store_id_created_at_id ON customer_order (store_id, created_at, id);
-- Orders of the selling store in one state, newest first.
CREATE INDEX idx_customer_order_store_id_status_created_at_id ON customer_order (store_id, status, created_at, id);
-- Orders of the delivering store, newest first.
CREATE INDEX idx_customer_order_delivery_store_id_created_at_id
    ON customer_order (delivery_store_id, created_at, id);
-- Order of a car.
CREATE INDEX idx_customer_order_vehicle_id ON customer_order (vehicle_id);

CREATE TABLE order_price_line (
    id           {uuid} NOT NULL PRIMARY KEY,
    order_id     {uuid} NOT NULL REFERENCES customer_order,
    position     integer NOT NULL,
    kind         varchar(32) NOT NULL CHECK (kind IN {price_line_kind}),
    code         text NOT NULL,
    label_zh     text NOT NULL,
    label_en     text NOT NULL,
    amount_minor bigint NOT NULL
);
-- Price breakdown of an order.
CREATE INDEX idx_order_price_line_order_id_position ON order_price_line (order_id, position);

CREATE TABLE milestone (
    id           {uuid} NOT NULL PRIMARY KEY,
    order_id     {uuid} NOT NULL REFERENCES customer_order,
    code         varchar(32) NOT NULL CHECK (code IN {milestone_code}),
    position     integer NOT NULL,
    state        varchar(32) NOT NULL CHECK (state IN {milestone_state}),
    planned_at   {instant},
    forecast_p50 {instant},
    forecast_p90 {instant},
    actual_at    {instant},
    note         text CHECK (length(note) <= 2000),
    updated_at   {instant} NOT NULL,
    CONSTRAINT milestone_order_id_code_key UNIQUE (order_id, code)
);
-- Milestones of an order in their order.
CREATE INDEX idx_milestone_order_id_position ON milestone (order_id, position);

CREATE TABLE payment (
    id                 {uuid} NOT NULL PRIMARY KEY,
    order_id           {uuid} NOT NULL REFERENCES customer_order,
    purpose            varchar(32) NOT NULL CHECK (purpose IN {payment_purpose}),
    method             varchar(32) NOT NULL CHECK (method IN {payment_method}),
    state              varchar(32) NOT NULL CHECK (state IN {payment_state}),
    amount_minor       bigint NOT NULL CHECK (amount_minor >= 0),
    refunded_minor     bigint NOT NULL CHECK (refunded_minor >= 0),
    provider_reference text UNIQUE,
    captured_at        {instant},
    created_at         {instant} NOT NULL,
    CONSTRAINT payment_refund_within_amount CHECK (refunded_minor <= amount_minor)
);
-- Payments of an order.
CREATE INDEX idx_payment_order_id_created_at_id ON payment (order_id, created_at, id);

CREATE TABLE eta_revision (
    id           {uuid} NOT NULL PRIMARY KEY,
    order_id     {uuid} NOT NULL REFERENCES customer_order,
    earliest     {date} NOT NULL,
    likely       {date} NOT NULL,
    latest       {date} NOT NULL,
    confidence   varchar(32) NOT NULL CHECK (confidence IN {eta_confidence}),
    reason       varchar(32) NOT NULL CHECK (reason IN {eta_reason}),
    published_at {instant} NOT NULL
);
-- Expected dates of an order, newest first.
CREATE INDEX idx_eta_revision_order_id_published_at_id ON eta_revision (order_id, published_at, id);

CREATE TABLE order_event (
    id          {uuid} NOT NULL PRIMARY KEY,
    order_id    {uuid} NOT NULL REFERENCES customer_order,
    kind        varchar(32) NOT NULL CHECK (kind IN {order_event_kind}),
    from_status varchar(32) CHECK (from_status IN {order_status}),
    to_status   varchar(32) CHECK (to_status IN {order_status}),
    milestone   varchar(32) CHECK (milestone IN {milestone_code}),
    actor       text NOT NULL,
    note        text CHECK (length(note) <= 2000),
    occurred_at {instant} NOT NULL
);
-- History of an order.
CREATE INDEX idx_order_event_order_id_occurred_at_id ON order_event (order_id, occurred_at, id);

{postgres: ALTER TABLE allocation ADD CONSTRAINT allocation_order_id_fkey
    FOREIGN KEY (order_id) REFERENCES customer_order;
ALTER TABLE lead ADD CONSTRAINT lead_converted_order_id_fkey
    FOREIGN KEY (converted_order_id) REFERENCES customer_order;}
";

// Allocations and leads outlive the orders in a rollback, without their link.
const DOWN: &str = "
UPDATE allocation SET order_id = NULL WHERE order_id IS NOT NULL;
UPDATE lead SET converted_order_id = NULL WHERE converted_order_id IS NOT NULL;
{postgres: ALTER TABLE allocation DROP CONSTRAINT allocation_order_id_fkey;
ALTER TABLE lead DROP CONSTRAINT lead_converted_order_id_fkey;}
DROP TABLE order_event;
DROP TABLE eta_revision;
DROP TABLE payment;
DROP TABLE milestone;
DROP TABLE order_price_line;
DROP TABLE customer_order;
";
