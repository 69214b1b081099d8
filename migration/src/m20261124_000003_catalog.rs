//! Models, trims, options, prices and saved configurations.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("amount_kind", "FIXED PERCENT TAX_RELIEF NON_CASH"),
        ("body_type", "HATCHBACK SEDAN SUV"),
        (
            "incentive_kind",
            "NATIONAL_PURCHASE_TAX LOCAL_REPLACEMENT LOCAL_TOPUP NON_CASH_PLATE NATIONAL_SCRAP BRAND_OFFER
             CHARGER_GIFT INSURANCE_SUBSIDY",
        ),
        ("payer", "GOV_NATIONAL GOV_LOCAL BRAND LENDER"),
        ("powertrain", "BEV EREV PHEV"),
        ("price_book_status", "DRAFT PUBLISHED ARCHIVED"),
        ("rule_kind", "REQUIRES EXCLUDES INCLUDES ONLY_WITH_TRIM"),
        ("selection", "ONE MANY"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE vehicle_model (
    id         {uuid} NOT NULL PRIMARY KEY,
    slug       text NOT NULL UNIQUE,
    code       text NOT NULL UNIQUE,
    name_zh    text NOT NULL,
    name_en    text NOT NULL,
    tagline_zh text NOT NULL,
    tagline_en text NOT NULL,
    body_type  varchar(32) NOT NULL CHECK (body_type IN {body_type}),
    position   integer NOT NULL,
    on_sale    boolean NOT NULL
);

CREATE TABLE trim (
    id                   {uuid} NOT NULL PRIMARY KEY,
    model_id             {uuid} NOT NULL REFERENCES vehicle_model,
    code                 text NOT NULL UNIQUE,
    name_zh              text NOT NULL,
    name_en              text NOT NULL,
    powertrain           varchar(32) NOT NULL CHECK (powertrain IN {powertrain}),
    battery_wh           bigint NOT NULL CHECK (battery_wh >= 0),
    cltc_km              integer NOT NULL CHECK (cltc_km >= 0),
    total_range_km       integer CHECK (total_range_km >= 0),
    acceleration_ms      integer NOT NULL CHECK (acceleration_ms >= 0),
    seats                integer NOT NULL CHECK (seats >= 1),
    all_wheel_drive      boolean NOT NULL,
    purchase_tax_catalog boolean NOT NULL,
    model_year           integer NOT NULL,
    position             integer NOT NULL,
    on_sale              boolean NOT NULL
);
-- Trims of a model in their order.
CREATE INDEX idx_trim_model_id_position ON trim (model_id, position);

CREATE TABLE option_group (
    id        {uuid} NOT NULL PRIMARY KEY,
    model_id  {uuid} NOT NULL REFERENCES vehicle_model,
    code      text NOT NULL,
    name_zh   text NOT NULL,
    name_en   text NOT NULL,
    selection varchar(32) NOT NULL CHECK (selection IN {selection}),
    required  boolean NOT NULL,
    position  integer NOT NULL,
    CONSTRAINT option_group_model_id_code_key UNIQUE (model_id, code)
);

-- Unique within the group; within the model it is the ruleset's check, as the row does not know its model.
CREATE TABLE car_option (
    id             {uuid} NOT NULL PRIMARY KEY,
    group_id       {uuid} NOT NULL REFERENCES option_group,
    code           text NOT NULL,
    name_zh        text NOT NULL,
    name_en        text NOT NULL,
    price_minor    bigint NOT NULL CHECK (price_minor >= 0),
    lead_time_days integer NOT NULL CHECK (lead_time_days >= 0),
    is_default     boolean NOT NULL,
    position       integer NOT NULL,
    CONSTRAINT car_option_group_id_code_key UNIQUE (group_id, code)
);

CREATE TABLE option_rule (
    id         {uuid} NOT NULL PRIMARY KEY,
    model_id   {uuid} NOT NULL REFERENCES vehicle_model,
    code       text NOT NULL,
    kind       varchar(32) NOT NULL CHECK (kind IN {rule_kind}),
    when_codes {json} NOT NULL,
    then_codes {json} NOT NULL,
    message_zh text NOT NULL,
    message_en text NOT NULL,
    CONSTRAINT option_rule_model_id_code_key UNIQUE (model_id, code)
);

CREATE TABLE price_book (
    id             {uuid} NOT NULL PRIMARY KEY,
    code           text NOT NULL,
    price_version  integer NOT NULL CHECK (price_version >= 1),
    status         varchar(32) NOT NULL CHECK (status IN {price_book_status}),
    effective_from {instant} NOT NULL,
    effective_to   {instant},
    CONSTRAINT price_book_code_price_version_key UNIQUE (code, price_version)
);

CREATE TABLE price_entry (
    price_book_id  {uuid} NOT NULL REFERENCES price_book,
    trim_id        {uuid} NOT NULL REFERENCES trim,
    msrp_minor     bigint NOT NULL CHECK (msrp_minor >= 0),
    discount_minor bigint NOT NULL CHECK (discount_minor >= 0),
    PRIMARY KEY (price_book_id, trim_id),
    CONSTRAINT price_entry_discount_within_msrp CHECK (discount_minor <= msrp_minor)
);
-- Prices of a trim over time.
CREATE INDEX idx_price_entry_trim_id ON price_entry (trim_id);

CREATE TABLE incentive (
    id                   {uuid} NOT NULL PRIMARY KEY,
    code                 text NOT NULL UNIQUE,
    kind                 varchar(32) NOT NULL CHECK (kind IN {incentive_kind}),
    name_zh              text NOT NULL,
    name_en              text NOT NULL,
    payer                varchar(32) NOT NULL CHECK (payer IN {payer}),
    city_code            text,
    amount_kind          varchar(32) NOT NULL CHECK (amount_kind IN {amount_kind}),
    amount_minor         bigint NOT NULL CHECK (amount_minor >= 0),
    rate_bp              integer NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    cap_minor            bigint CHECK (cap_minor >= 0),
    min_invoice_minor    bigint NOT NULL CHECK (min_invoice_minor >= 0),
    powertrain           varchar(32) CHECK (powertrain IN {powertrain}),
    trim_id              {uuid} REFERENCES trim,
    requires_old_vehicle boolean NOT NULL,
    stack_group          text,
    paid_at_sale         boolean NOT NULL,
    starts_on            {date} NOT NULL,
    ends_on              {date}
);
-- Incentives of a city, and those of the whole country.
CREATE INDEX idx_incentive_city_code ON incentive (city_code);

CREATE TABLE configuration (
    id              {uuid} NOT NULL PRIMARY KEY,
    code            text NOT NULL UNIQUE,
    customer_id     {uuid} REFERENCES customer,
    trim_id         {uuid} NOT NULL REFERENCES trim,
    option_codes    {json} NOT NULL,
    city_code       text,
    ruleset_version integer NOT NULL,
    price_minor     bigint NOT NULL CHECK (price_minor >= 0),
    lead_time_days  integer NOT NULL CHECK (lead_time_days >= 0),
    version         integer NOT NULL CHECK (version >= 1),
    created_at      {instant} NOT NULL,
    updated_at      {instant} NOT NULL
);
-- Configurations of a customer, newest first.
CREATE INDEX idx_configuration_customer_id_created_at_id ON configuration (customer_id, created_at, id);
";

const DOWN: &str = "
DROP TABLE configuration;
DROP TABLE incentive;
DROP TABLE price_entry;
DROP TABLE price_book;
DROP TABLE option_rule;
DROP TABLE car_option;
DROP TABLE option_group;
DROP TABLE trim;
DROP TABLE vehicle_model;
";
