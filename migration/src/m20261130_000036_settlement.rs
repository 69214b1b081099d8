//! What the car maker settles with the parties: rules, lines, statements and their history.
//!
//! Only tables are made. Orders that were delivered before have no lines, since no rule was in force.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] = &[
    ("sales_model", "DIRECT AGENCY WHOLESALE"),
    (
        "settlement_item",
        "PAYMENT_CHANNEL_FEE LOGISTICS LENDER_SUBSIDY INSURER_COMMISSION AGENT_COMMISSION DELIVERY_SERVICE_FEE DEMO_CAR_FEE
        WHOLESALE_PRICE REBATE PRICE_PROTECTION TRANSFER_FEE ADJUSTMENT",
    ),
    ("settlement_trigger", "TEST_DRIVE_COMPLETED ORDER_PLACED DELIVERED RETURNED"),
    ("settlement_party", "STORE DELIVERY_STORE LENDER ORGANIZATION"),
    ("settlement_basis", "FIXED RATE"),
    ("settlement_base", "ORDER_TOTAL LIST_PRICE CHANNEL_PAID LOAN_PRINCIPAL LOAN_SUBSIDY"),
    ("settlement_state", "DRAFT ISSUED CONFIRMED DISPUTED ADJUSTED INVOICED PAID"),
];

const UP: &str = "
CREATE TABLE settlement_rule (
    id              {uuid} NOT NULL PRIMARY KEY,
    code            text NOT NULL CHECK (length(code) BETWEEN 1 AND 200),
    rule_version    integer NOT NULL CHECK (rule_version > 0),
    sales_model     varchar(32) NOT NULL CHECK (sales_model IN {sales_model}),
    item            varchar(32) NOT NULL CHECK (item IN {settlement_item}),
    trigger         varchar(32) NOT NULL CHECK (trigger IN {settlement_trigger}),
    party           varchar(32) NOT NULL CHECK (party IN {settlement_party}),
    organization_id {uuid} REFERENCES organization,
    basis           varchar(32) NOT NULL CHECK (basis IN {settlement_basis}),
    amount_minor    bigint CHECK (amount_minor >= 0),
    base            varchar(32) CHECK (base IN {settlement_base}),
    rate_bp         integer CHECK (rate_bp >= 0),
    effective_from  {instant} NOT NULL,
    effective_to    {instant},
    published_by    text NOT NULL,
    published_at    {instant} NOT NULL,
    CHECK ((party = 'ORGANIZATION') = (organization_id IS NOT NULL)),
    CHECK ((basis = 'FIXED') = (amount_minor IS NOT NULL)),
    CHECK ((basis = 'RATE') = (rate_bp IS NOT NULL AND base IS NOT NULL)),
    CHECK (effective_to >= effective_from)
);
CREATE UNIQUE INDEX idx_settlement_rule_code_rule_version ON settlement_rule (code, rule_version);

CREATE TABLE settlement_statement (
    id                {uuid} NOT NULL PRIMARY KEY,
    store_id          {uuid} REFERENCES store,
    organization_id   {uuid} REFERENCES organization,
    sales_model       varchar(32) NOT NULL CHECK (sales_model IN {sales_model}),
    period            {date} NOT NULL,
    state             varchar(32) NOT NULL CHECK (state IN {settlement_state}),
    total_minor       bigint NOT NULL,
    line_count        integer NOT NULL CHECK (line_count >= 0),
    adjustment_count  integer NOT NULL CHECK (adjustment_count >= 0),
    dispute_reason    text CHECK (length(dispute_reason) <= 500),
    invoice_number    text CHECK (length(invoice_number) <= 64),
    payment_reference text CHECK (length(payment_reference) <= 64),
    version           integer NOT NULL CHECK (version > 0),
    issued_at         {instant},
    created_at        {instant} NOT NULL,
    updated_at        {instant} NOT NULL,
    CHECK ((store_id IS NULL) <> (organization_id IS NULL))
);
-- Of a party, a way of selling and a month there is one.
CREATE UNIQUE INDEX idx_settlement_statement_store_id_sales_model_period
    ON settlement_statement (store_id, sales_model, period) WHERE store_id IS NOT NULL;
CREATE UNIQUE INDEX idx_settlement_statement_organization_id_sales_model_period
    ON settlement_statement (organization_id, sales_model, period) WHERE organization_id IS NOT NULL;
-- Statements, newest first: all, and those of a store. Those of a month, for who issues and reckons.
CREATE INDEX idx_settlement_statement_created_at_id ON settlement_statement (created_at, id);
CREATE INDEX idx_settlement_statement_store_id_created_at_id ON settlement_statement (store_id, created_at, id);
CREATE INDEX idx_settlement_statement_total_minor_id ON settlement_statement (total_minor, id);
CREATE INDEX idx_settlement_statement_store_id_total_minor_id ON settlement_statement (store_id, total_minor, id);
CREATE INDEX idx_settlement_statement_organization_id_created_at_id
    ON settlement_statement (organization_id, created_at, id);
CREATE INDEX idx_settlement_statement_period_state ON settlement_statement (period, state);

CREATE TABLE settlement_line (
    id              {uuid} NOT NULL PRIMARY KEY,
    statement_id    {uuid} REFERENCES settlement_statement,
    rule_id         {uuid} REFERENCES settlement_rule,
    store_id        {uuid} REFERENCES store,
    organization_id {uuid} REFERENCES organization,
    sales_model     varchar(32) NOT NULL CHECK (sales_model IN {sales_model}),
    item            varchar(32) NOT NULL CHECK (item IN {settlement_item}),
    trigger         varchar(32) CHECK (trigger IN {settlement_trigger}),
    order_id        {uuid} REFERENCES customer_order,
    lead_id         {uuid} REFERENCES lead,
    base_minor      bigint,
    amount_minor    bigint NOT NULL,
    reverses_id     {uuid} REFERENCES settlement_line,
    reversed        boolean NOT NULL,
    reason          text CHECK (length(reason) <= 500),
    occurred_at     {instant} NOT NULL,
    created_at      {instant} NOT NULL,
    CHECK ((store_id IS NULL) <> (organization_id IS NULL)),
    -- What no rule made puts a statement right, and says why.
    CHECK ((item = 'ADJUSTMENT') = (rule_id IS NULL)),
    CHECK (item <> 'ADJUSTMENT' OR (statement_id IS NOT NULL AND reason IS NOT NULL))
);
-- By a rule a thing that happened has one line that stands.
CREATE UNIQUE INDEX idx_settlement_line_order_id_rule_id ON settlement_line (order_id, rule_id)
    WHERE reverses_id IS NULL AND NOT reversed;
CREATE UNIQUE INDEX idx_settlement_line_lead_id_item ON settlement_line (lead_id, item)
    WHERE lead_id IS NOT NULL AND reverses_id IS NULL AND NOT reversed;
-- What is taken back is taken back once.
CREATE UNIQUE INDEX idx_settlement_line_reverses_id ON settlement_line (reverses_id) WHERE reverses_id IS NOT NULL;
-- Lines of a statement, of an order, and of a month; and those that are on none.
CREATE INDEX idx_settlement_line_statement_id_occurred_at_id ON settlement_line (statement_id, occurred_at, id);
CREATE INDEX idx_settlement_line_order_id ON settlement_line (order_id);
CREATE INDEX idx_settlement_line_occurred_at_id ON settlement_line (occurred_at, id);
CREATE INDEX idx_settlement_line_store_id_occurred_at_id ON settlement_line (store_id, occurred_at, id);
CREATE INDEX idx_settlement_line_free_occurred_at_id ON settlement_line (occurred_at, id) WHERE statement_id IS NULL;

CREATE TABLE settlement_event (
    id           {uuid} NOT NULL PRIMARY KEY,
    statement_id {uuid} NOT NULL REFERENCES settlement_statement,
    from_state   varchar(32) CHECK (from_state IN {settlement_state}),
    to_state     varchar(32) NOT NULL CHECK (to_state IN {settlement_state}),
    actor        text NOT NULL,
    note         text CHECK (length(note) <= 500),
    occurred_at  {instant} NOT NULL
);
CREATE INDEX idx_settlement_event_statement_id_occurred_at_id ON settlement_event (statement_id, occurred_at, id);

-- Cars handed over in a month, for who reckons whether each has its lines.
CREATE INDEX idx_customer_order_delivered_at ON customer_order (delivered_at) WHERE delivered_at IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX idx_customer_order_delivered_at;
DROP TABLE settlement_event;
DROP TABLE settlement_line;
DROP TABLE settlement_statement;
DROP TABLE settlement_rule;
";
