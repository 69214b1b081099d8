//! Payments through a provider: where one pays, until when, and what was tried.

use crate::helpers::{Step, event_kind};

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] =
    &[("step", "SUBMIT AUTHORIZE CAPTURE CANCEL EXPIRE REFUND"), ("outcome", "REQUEST SUCCESS FAILURE")];

/// The kinds of before, whose last one is `LOYALTY_PROGRAMME_CHANGED`.
macro_rules! known {
    () => {
        "'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN', 'LEAD_SUBMITTED', 'LEAD_ASSIGNED',
    'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED', 'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED',
    'VEHICLE_STATUS_CHANGED', 'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED', 'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED'"
    };
}

const UP: &str = concat!(
    "
ALTER TABLE payment ADD COLUMN checkout_url text;
ALTER TABLE payment ADD COLUMN checkout_token text;
ALTER TABLE payment ADD COLUMN expires_at {instant};
ALTER TABLE payment ADD COLUMN checked_at {instant};
ALTER TABLE payment ADD COLUMN failure text;
-- Those that the provider waits for: which of them was asked about longest ago.
CREATE INDEX idx_payment_checked_at ON payment (checked_at)
    WHERE state IN ('PENDING', 'AUTHORIZED') AND expires_at IS NOT NULL;

CREATE TABLE payment_attempt (
    id           {uuid} NOT NULL PRIMARY KEY,
    payment_id   {uuid} NOT NULL REFERENCES payment,
    step         varchar(32) NOT NULL CHECK (step IN {step}),
    outcome      varchar(32) NOT NULL CHECK (outcome IN {outcome}),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    reference    text,
    code         text,
    occurred_at  {instant} NOT NULL
);
-- Attempts of a payment.
CREATE INDEX idx_payment_attempt_payment_id_occurred_at_id ON payment_attempt (payment_id, occurred_at, id);
",
    event_kind!(up: known!(), "LOYALTY_PROGRAMME_CHANGED", "PAYMENT_CHANGED")
);

const DOWN: &str = concat!(
    event_kind!(down: known!(), "PAYMENT_CHANGED"),
    "
DROP TABLE payment_attempt;
DROP INDEX idx_payment_checked_at;
ALTER TABLE payment DROP COLUMN failure;
ALTER TABLE payment DROP COLUMN checked_at;
ALTER TABLE payment DROP COLUMN expires_at;
ALTER TABLE payment DROP COLUMN checkout_token;
ALTER TABLE payment DROP COLUMN checkout_url;
"
);
