//! Invoices, and to whom customers have them made out.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] = &[
    ("invoice_title_type", "INDIVIDUAL COMPANY"),
    ("invoice_type", "VEHICLE_UNIFIED VAT_GENERAL VAT_SPECIAL"),
    ("invoice_cover", "CAR SERVICES"),
    ("invoice_state", "REQUESTED ISSUING FAILED ISSUED RED_REQUESTED RED_ISSUED"),
];

const UP: &str = "
CREATE TABLE invoice_profile (
    id          {uuid} NOT NULL PRIMARY KEY,
    customer_id {uuid} NOT NULL REFERENCES customer,
    title_type  varchar(32) NOT NULL CHECK (title_type IN {invoice_title_type}),
    title       {bytes} NOT NULL,
    is_default  boolean NOT NULL,
    version     integer NOT NULL CHECK (version > 0),
    created_at  {instant} NOT NULL,
    updated_at  {instant} NOT NULL
);
CREATE INDEX idx_invoice_profile_customer_id_created_at ON invoice_profile (customer_id, created_at);
-- One of a customer's is taken when none is named.
CREATE UNIQUE INDEX idx_invoice_profile_customer_id ON invoice_profile (customer_id) WHERE is_default;

CREATE TABLE invoice (
    id               {uuid} NOT NULL PRIMARY KEY,
    order_id         {uuid} NOT NULL REFERENCES customer_order,
    kind             varchar(32) NOT NULL CHECK (kind IN {invoice_type}),
    covers           varchar(32) NOT NULL CHECK (covers IN {invoice_cover}),
    state            varchar(32) NOT NULL CHECK (state IN {invoice_state}),
    issuer_id        {uuid} NOT NULL REFERENCES organization,
    amount_minor     bigint NOT NULL CHECK (amount_minor > 0),
    tax_minor        bigint NOT NULL CHECK (tax_minor >= 0 AND tax_minor < amount_minor),
    snapshot         {bytes} NOT NULL,
    document_hash    text NOT NULL CHECK (length(document_hash) = 64),
    number           text UNIQUE,
    code             text,
    download_url     text,
    failure          text,
    red_of_id        {uuid} REFERENCES invoice,
    red_reason       text CHECK (length(red_reason) <= 500),
    red_number       text,
    requested_by     text NOT NULL,
    created_at       {instant} NOT NULL,
    issued_at        {instant},
    red_requested_at {instant},
    red_issued_at    {instant},
    checked_at       {instant},
    updated_at       {instant} NOT NULL
);
CREATE INDEX idx_invoice_order_id_created_at ON invoice (order_id, created_at);
CREATE INDEX idx_invoice_red_of_id ON invoice (red_of_id) WHERE red_of_id IS NOT NULL;
-- Of what an order is for one invoice at a time is in force; the next one may wait for its red letter.
CREATE UNIQUE INDEX idx_invoice_order_id_covers ON invoice (order_id, covers)
    WHERE state IN ('ISSUING', 'ISSUED', 'RED_REQUESTED');
CREATE UNIQUE INDEX idx_invoice_order_id_covers_state ON invoice (order_id, covers, state) WHERE state = 'REQUESTED';
-- Those that the provider is asked about: which of them was asked about longest ago.
CREATE INDEX idx_invoice_checked_at ON invoice (checked_at) WHERE state IN ('REQUESTED', 'ISSUING', 'RED_REQUESTED');
";

const DOWN: &str = "
DROP TABLE invoice;
DROP TABLE invoice_profile;
";
