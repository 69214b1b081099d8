//! Customers, how they are recognised and what they agreed to.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("channel", "APP MINI_PROGRAM WEB STORE THIRD_PARTY SYSTEM"),
        (
            "consent_purpose",
            "ACCOUNT MARKETING SHARE_WITH_DEALER TEST_DRIVE_LICENCE PRECISE_LOCATION FINANCE_CREDIT
             PERSONALIZED_CONTENT CROSS_BORDER",
        ),
        ("gender", "UNKNOWN FEMALE MALE"),
        ("identity_provider", "PHONE WECHAT_OPENID WECHAT_UNIONID APPLE DMS"),
        ("lifecycle_stage", "FOLLOWER FAN PROSPECT OWNER ADVOCATE"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE customer (
    id                   {uuid} NOT NULL PRIMARY KEY,
    number               text NOT NULL UNIQUE,
    display_name         text NOT NULL CHECK (length(display_name) <= 60),
    real_name            {bytes},
    phone                {bytes},
    phone_hash           {bytes} UNIQUE,
    email                {bytes},
    address              {bytes},
    gender               varchar(32) NOT NULL CHECK (gender IN {gender}),
    birth_month          integer CHECK (birth_month BETWEEN 1 AND 12),
    home_city_code       text,
    lifecycle_stage      varchar(32) NOT NULL CHECK (lifecycle_stage IN {lifecycle_stage}),
    preferred_store_id   {uuid} REFERENCES store,
    dedicated_partner_id {uuid} REFERENCES staff,
    preferred_locale     text,
    registered_at        {instant} NOT NULL,
    version              integer NOT NULL CHECK (version >= 1),
    created_at           {instant} NOT NULL,
    updated_at           {instant} NOT NULL
);
-- All customers, newest first. By number and by phone_hash the unique constraints serve.
CREATE INDEX idx_customer_created_at_id ON customer (created_at, id);

CREATE TABLE customer_identity (
    id            {uuid} NOT NULL PRIMARY KEY,
    customer_id   {uuid} NOT NULL REFERENCES customer,
    provider      varchar(32) NOT NULL CHECK (provider IN {identity_provider}),
    external_hash {bytes} NOT NULL,
    verified_at   {instant} NOT NULL,
    CONSTRAINT customer_identity_provider_external_hash_key UNIQUE (provider, external_hash)
);
-- Identities of a customer.
CREATE INDEX idx_customer_identity_customer_id ON customer_identity (customer_id);

CREATE TABLE consent (
    id               {uuid} NOT NULL PRIMARY KEY,
    customer_id      {uuid} REFERENCES customer,
    lead_id          {uuid} {sqlite: REFERENCES lead},
    purpose          varchar(32) NOT NULL CHECK (purpose IN {consent_purpose}),
    document_version text NOT NULL,
    channel          varchar(32) NOT NULL CHECK (channel IN {channel}),
    granted_at       {instant} NOT NULL,
    withdrawn_at     {instant}
);
-- Consents of a customer.
CREATE INDEX idx_consent_customer_id ON consent (customer_id);
-- Consents given with a lead, asked before it goes to a dealer.
CREATE INDEX idx_consent_lead_id ON consent (lead_id);
";

const DOWN: &str = "
DROP TABLE consent;
DROP TABLE customer_identity;
DROP TABLE customer;
";
