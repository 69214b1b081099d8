//! Applications for loans, and what an order's history and the log say of them.

use crate::helpers::{Step, event_kind, kind_of};

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] = &[
    (
        "finance_application_state",
        "DRAFT SUBMITTED UNDER_REVIEW SUPPLEMENT_REQUIRED APPROVED CONDITIONALLY_APPROVED REJECTED CONTRACT_SIGNED
        DISBURSED WITHDRAWN EXPIRED",
    ),
    ("finance_method", "EQUAL_INSTALMENT EQUAL_PRINCIPAL BALLOON LEASE"),
];

/// The kinds of events of before, whose last one is `PAYMENT_CHANGED`.
macro_rules! known {
    () => {
        "'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN', 'LEAD_SUBMITTED', 'LEAD_ASSIGNED',
    'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED', 'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED',
    'VEHICLE_STATUS_CHANGED', 'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED', 'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED',
    'PAYMENT_CHANGED'"
    };
}

/// The kinds in an order's history of before, whose last one is `CANCELLATION_REQUESTED`.
macro_rules! told {
    () => {
        "'PLACED', 'STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED', 'PAYMENT_CHANGED', 'VEHICLE_CHANGED',
    'CANCELLATION_REQUESTED'"
    };
}

const UP: &str = concat!(
    "
CREATE TABLE finance_application (
    id                 {uuid} NOT NULL PRIMARY KEY,
    order_id           {uuid} NOT NULL REFERENCES customer_order,
    plan_id            {uuid} NOT NULL REFERENCES finance_plan,
    lender_id          {uuid} NOT NULL REFERENCES organization,
    consent_id         {uuid} REFERENCES consent,
    state              varchar(32) NOT NULL CHECK (state IN {finance_application_state}),
    method             varchar(32) NOT NULL CHECK (method IN {finance_method}),
    months             integer NOT NULL CHECK (months > 0),
    annual_rate_bp     integer NOT NULL CHECK (annual_rate_bp >= 0),
    down_payment_minor bigint NOT NULL CHECK (down_payment_minor >= 0),
    principal_minor    bigint NOT NULL CHECK (principal_minor > 0),
    monthly_minor      bigint NOT NULL CHECK (monthly_minor >= 0),
    approved_minor     bigint CHECK (approved_minor > 0),
    lender_reference   text,
    form_url           text,
    lender_note        text CHECK (length(lender_note) <= 500),
    created_at         {instant} NOT NULL,
    submitted_at       {instant},
    decided_at         {instant},
    expires_at         {instant},
    state_at           {instant},
    checked_at         {instant},
    updated_at         {instant} NOT NULL
);
-- A lender's number is one application.
CREATE UNIQUE INDEX idx_finance_application_lender_id_lender_reference
    ON finance_application (lender_id, lender_reference);
-- Applications of an order.
CREATE INDEX idx_finance_application_order_id_created_at_id ON finance_application (order_id, created_at, id);
-- Of one order one at a time is open.
CREATE UNIQUE INDEX idx_finance_application_order_id ON finance_application (order_id)
    WHERE state NOT IN ('REJECTED', 'DISBURSED', 'WITHDRAWN', 'EXPIRED');
-- Those that the lender has: which of them was asked about longest ago.
CREATE INDEX idx_finance_application_checked_at ON finance_application (checked_at)
    WHERE state NOT IN ('REJECTED', 'DISBURSED', 'WITHDRAWN', 'EXPIRED');
",
    kind_of!(up: told!(), "CANCELLATION_REQUESTED", "FINANCE_CHANGED", "order_event"),
    event_kind!(up: known!(), "PAYMENT_CHANGED", "FINANCE_APPLICATION_CHANGED")
);

const DOWN: &str = concat!(
    event_kind!(down: known!(), "FINANCE_APPLICATION_CHANGED"),
    "
DELETE FROM order_event WHERE kind = 'FINANCE_CHANGED';
",
    kind_of!(down: told!(), "FINANCE_CHANGED", "order_event"),
    "
{postgres: ALTER TABLE order_event VALIDATE CONSTRAINT order_event_kind_check;}
DROP TABLE finance_application;
"
);
