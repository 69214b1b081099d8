//! Contracts and what they are drawn up from, and what an order's history and the log say of them.

use crate::helpers::{Step, event_kind, kind_of};

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] = &[
    ("contract_state", "DRAFT SIGNING COMPLETED REVOKED EXPIRED DECLINED RESCINDING PARTIALLY_RESCINDED RESCINDED"),
    ("sales_model", "DIRECT AGENCY WHOLESALE"),
];

/// The kinds of events of before, whose last one is `FINANCE_APPLICATION_CHANGED`.
macro_rules! known {
    () => {
        "'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN', 'LEAD_SUBMITTED', 'LEAD_ASSIGNED',
    'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED', 'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED',
    'VEHICLE_STATUS_CHANGED', 'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED', 'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED',
    'PAYMENT_CHANGED', 'FINANCE_APPLICATION_CHANGED'"
    };
}

/// The kinds in an order's history of before, whose last one is `FINANCE_CHANGED`.
macro_rules! told {
    () => {
        "'PLACED', 'STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED', 'PAYMENT_CHANGED', 'VEHICLE_CHANGED',
    'CANCELLATION_REQUESTED', 'FINANCE_CHANGED'"
    };
}

const UP: &str = concat!(
    "
CREATE TABLE contract_template (
    id               {uuid} NOT NULL PRIMARY KEY,
    code             text NOT NULL,
    template_version integer NOT NULL CHECK (template_version > 0),
    name_zh          text NOT NULL,
    name_en          text NOT NULL,
    sales_model      varchar(32) CHECK (sales_model IN {sales_model}),
    clauses          {json} NOT NULL,
    published_by     text NOT NULL,
    published_at     {instant} NOT NULL,
    UNIQUE (code, template_version)
);

CREATE TABLE contract (
    id                 {uuid} NOT NULL PRIMARY KEY,
    order_id           {uuid} NOT NULL REFERENCES customer_order,
    number             text NOT NULL UNIQUE,
    contract_version   integer NOT NULL CHECK (contract_version > 0),
    template_id        {uuid} NOT NULL REFERENCES contract_template,
    state              varchar(32) NOT NULL CHECK (state IN {contract_state}),
    snapshot           {bytes} NOT NULL,
    document_hash      text NOT NULL CHECK (length(document_hash) = 64),
    provider_reference text,
    signing_url        text,
    expires_at         {instant},
    end_reason         text CHECK (length(end_reason) <= 500),
    created_by         text NOT NULL,
    created_at         {instant} NOT NULL,
    signed_at          {instant},
    ended_at           {instant},
    state_at           {instant},
    checked_at         {instant},
    updated_at         {instant} NOT NULL,
    UNIQUE (order_id, contract_version)
);
-- Of one order one at a time is open or in force.
CREATE UNIQUE INDEX idx_contract_order_id ON contract (order_id)
    WHERE state IN ('DRAFT', 'SIGNING', 'COMPLETED', 'RESCINDING', 'PARTIALLY_RESCINDED');
-- Those that the provider has: which of them was asked about longest ago.
CREATE INDEX idx_contract_checked_at ON contract (checked_at)
    WHERE state IN ('SIGNING', 'RESCINDING', 'PARTIALLY_RESCINDED');
",
    kind_of!(up: told!(), "FINANCE_CHANGED", "CONTRACT_CHANGED", "order_event"),
    event_kind!(up: known!(), "FINANCE_APPLICATION_CHANGED", "CONTRACT_CHANGED")
);

const DOWN: &str = concat!(
    event_kind!(down: known!(), "CONTRACT_CHANGED"),
    "
DELETE FROM order_event WHERE kind = 'CONTRACT_CHANGED';
",
    kind_of!(down: told!(), "CONTRACT_CHANGED", "order_event"),
    "
DROP TABLE contract;
DROP TABLE contract_template;
"
);
