//! Backing out of an order: what is asked for, what was decided, and the money that goes back.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] = &[
    ("change_kind", "CANCEL"),
    ("change_state", "SUBMITTED REJECTED EXECUTING DONE WITHDRAWN"),
    ("fault", "CUSTOMER MAKER NEITHER"),
    (
        "order_status",
        "DRAFT INTENTION PLACED LOCKED CONTRACTED IN_FULFILLMENT READY_FOR_DELIVERY DELIVERED COMPLETED
        CANCELLATION_REQUESTED CANCELLED RETURN_REQUESTED RETURNED EXPIRED",
    ),
    ("refund_state", "CREATED PENDING DONE FAILED"),
];

const UP: &str = "
CREATE TABLE order_change_request (
    id                 {uuid} NOT NULL PRIMARY KEY,
    order_id           {uuid} NOT NULL REFERENCES customer_order,
    kind               varchar(32) NOT NULL CHECK (kind IN {change_kind}),
    state              varchar(32) NOT NULL CHECK (state IN {change_state}),
    from_status        varchar(32) NOT NULL CHECK (from_status IN {order_status}),
    fault              varchar(32) NOT NULL CHECK (fault IN {fault}),
    reason             text NOT NULL,
    refund_minor       bigint NOT NULL CHECK (refund_minor >= 0),
    forfeited_minor    bigint NOT NULL CHECK (forfeited_minor >= 0),
    compensation_minor bigint NOT NULL CHECK (compensation_minor >= 0),
    red_invoice_number text,
    requested_by       text NOT NULL,
    decided_by         text,
    decision_note      text,
    requested_at       {instant} NOT NULL,
    decided_at         {instant},
    done_at            {instant}
);
-- Requests of an order.
CREATE INDEX idx_order_change_request_order_id_requested_at_id ON order_change_request (order_id, requested_at, id);
-- What was asked for before there were requests: where the order stood says its history. The sums are made when it is decided.
INSERT INTO order_change_request (id, order_id, kind, state, from_status, fault, reason, refund_minor, forfeited_minor,
    compensation_minor, requested_by, requested_at)
SELECT {sqlite: randomblob(16)}{postgres: gen_random_uuid()}, o.id, 'CANCEL', 'SUBMITTED', e.from_status, 'CUSTOMER',
    coalesce(o.cancel_reason, ''), 0, 0, 0, e.actor, e.occurred_at
FROM customer_order o JOIN order_event e ON e.order_id = o.id AND e.kind = 'CANCELLATION_REQUESTED'
WHERE o.status = 'CANCELLATION_REQUESTED' AND e.from_status IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM order_event later WHERE later.order_id = o.id AND later.kind = 'CANCELLATION_REQUESTED'
        AND (later.occurred_at > e.occurred_at OR (later.occurred_at = e.occurred_at AND later.id > e.id)));
UPDATE customer_order SET has_open_change_request = (status = 'CANCELLATION_REQUESTED')
WHERE has_open_change_request <> (status = 'CANCELLATION_REQUESTED');
-- Of one order one at a time is open.
CREATE UNIQUE INDEX idx_order_change_request_order_id ON order_change_request (order_id) WHERE state = 'SUBMITTED';

CREATE TABLE refund (
    id                {uuid} NOT NULL PRIMARY KEY,
    order_id          {uuid} NOT NULL REFERENCES customer_order,
    change_request_id {uuid} REFERENCES order_change_request,
    payment_id        {uuid} REFERENCES payment,
    amount_minor      bigint NOT NULL CHECK (amount_minor > 0),
    until_minor       bigint NOT NULL CHECK (until_minor >= 0),
    state             varchar(32) NOT NULL CHECK (state IN {refund_state}),
    reference         text UNIQUE,
    failure           text,
    checked_at        {instant},
    created_at        {instant} NOT NULL,
    done_at           {instant}
);
-- Refunds of an order, and of a request.
CREATE INDEX idx_refund_order_id_created_at_id ON refund (order_id, created_at, id);
CREATE INDEX idx_refund_change_request_id_created_at_id ON refund (change_request_id, created_at, id);
-- Those that are on their way: which of them was asked about longest ago.
CREATE INDEX idx_refund_checked_at ON refund (checked_at) WHERE state IN ('CREATED', 'PENDING');
";

const DOWN: &str = "
DROP TABLE refund;
DROP TABLE order_change_request;
";
