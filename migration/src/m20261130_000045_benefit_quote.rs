//! What is to be had with a car besides it, what of it goes with an order, and prices that were put together and kept.

use crate::helpers::{Step, event_kind, kind_of};

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("kind", "WARRANTY CHARGING MAINTENANCE CONNECTIVITY INSURANCE LIFESTYLE"),
        ("powertrain", "BEV EREV PHEV"),
    ],
    up: UP,
    down: DOWN,
};

/// The kinds of events of before, whose last one is `MESSAGE_SENT`.
macro_rules! known {
    () => {
        "'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN', 'LEAD_SUBMITTED', 'LEAD_ASSIGNED',
    'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED', 'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED',
    'VEHICLE_STATUS_CHANGED', 'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED', 'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED',
    'PAYMENT_CHANGED', 'FINANCE_APPLICATION_CHANGED', 'CONTRACT_CHANGED', 'INVOICE_CHANGED', 'HANDOVER_CHANGED',
    'SETTLEMENT_CHANGED', 'CHANGE_REQUEST_CHANGED', 'QUALITY_CASE_CHANGED', 'STOCK_ALERT_CHANGED',
    'STOCK_TRANSFER_CHANGED', 'STOCK_QUOTA_CHANGED', 'MESSAGE_SENT'"
    };
}

macro_rules! lines {
    () => {
        "'MSRP', 'OPTION', 'DISCOUNT', 'TAX', 'FEE', 'INCENTIVE'"
    };
}

const UP: &str = concat!(
    "
CREATE TABLE benefit_package (
    id              {uuid} NOT NULL PRIMARY KEY,
    code            text NOT NULL UNIQUE,
    kind            varchar(32) NOT NULL CHECK (kind IN {kind}),
    name_zh         text NOT NULL,
    name_en         text NOT NULL,
    terms_zh        text NOT NULL,
    terms_en        text NOT NULL,
    items           {json} NOT NULL,
    price_minor     bigint NOT NULL CHECK (price_minor >= 0),
    exclusive_group text,
    city_code       text,
    powertrain      varchar(32) CHECK (powertrain IN {powertrain}),
    trim_id         {uuid} REFERENCES trim,
    starts_on       {date} NOT NULL,
    ends_on         {date},
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);

CREATE TABLE order_benefit (
    id          {uuid} NOT NULL PRIMARY KEY,
    order_id    {uuid} NOT NULL REFERENCES customer_order,
    position    integer NOT NULL CHECK (position >= 1),
    package_id  {uuid} NOT NULL REFERENCES benefit_package,
    code        text NOT NULL,
    kind        varchar(32) NOT NULL CHECK (kind IN {kind}),
    name_zh     text NOT NULL,
    name_en     text NOT NULL,
    terms_zh    text NOT NULL,
    terms_en    text NOT NULL,
    items       {json} NOT NULL,
    price_minor bigint NOT NULL CHECK (price_minor >= 0)
);
CREATE INDEX idx_order_benefit_order_id_position ON order_benefit (order_id, position);
-- A package goes with an order once.
CREATE UNIQUE INDEX idx_order_benefit_order_id_package_id ON order_benefit (order_id, package_id);

CREATE TABLE order_quote (
    id                 {uuid} NOT NULL PRIMARY KEY,
    customer_id        {uuid} NOT NULL REFERENCES customer,
    store_id           {uuid} REFERENCES store,
    created_by         text NOT NULL,
    configuration_id   {uuid} NOT NULL REFERENCES configuration,
    trim_id            {uuid} NOT NULL REFERENCES trim,
    option_codes       {json} NOT NULL,
    city_code          text NOT NULL,
    benefits           {json} NOT NULL,
    lines              {json} NOT NULL,
    payable_minor      bigint NOT NULL CHECK (payable_minor >= 0),
    invoice_minor      bigint NOT NULL CHECK (invoice_minor >= 0),
    price_version      integer NOT NULL,
    finance_plan_id    {uuid} REFERENCES finance_plan,
    finance_months     integer CHECK (finance_months > 0),
    down_payment_minor bigint CHECK (down_payment_minor >= 0),
    priced_at          {instant} NOT NULL,
    held_until         {instant} NOT NULL,
    order_id           {uuid} REFERENCES customer_order,
    version            integer NOT NULL CHECK (version >= 1),
    created_at         {instant} NOT NULL,
    updated_at         {instant} NOT NULL,
    CHECK ((finance_plan_id IS NULL) = (finance_months IS NULL)),
    CHECK ((finance_plan_id IS NULL) = (down_payment_minor IS NULL))
);
-- A customer's, newest first, and those of a store.
CREATE INDEX idx_order_quote_customer_id_created_at_id ON order_quote (customer_id, created_at, id);
CREATE INDEX idx_order_quote_store_id_created_at_id ON order_quote (store_id, created_at, id);
CREATE INDEX idx_order_quote_created_at_id ON order_quote (created_at, id);
-- An order is placed with one quote.
CREATE UNIQUE INDEX idx_order_quote_order_id ON order_quote (order_id);
",
    kind_of!(up: lines!(), "INCENTIVE", "BENEFIT", "order_price_line"),
    event_kind!(up: known!(), "MESSAGE_SENT", "QUOTE_CHANGED"),
);

const DOWN: &str = concat!(
    event_kind!(down: known!(), "QUOTE_CHANGED"),
    "
DELETE FROM order_price_line WHERE kind = 'BENEFIT';
",
    kind_of!(down: lines!(), "BENEFIT", "order_price_line"),
    "
{postgres:
ALTER TABLE order_price_line VALIDATE CONSTRAINT order_price_line_kind_check;
}
DROP TABLE order_quote;
DROP TABLE order_benefit;
DROP TABLE benefit_package;
"
);
