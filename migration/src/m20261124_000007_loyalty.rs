//! Tiers, accounts, the points ledger and redemptions.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("lot_state", "PENDING ACTIVE SPENT EXPIRED REVERSED"),
        ("points_entry_kind", "EARN ACTIVATE SPEND EXPIRE REVERSE RESTORE ADJUST"),
        ("redemption_status", "LOCKED CONFIRMED FULFILLED CANCELLED"),
    ],
    up: UP,
    down: DOWN,
};

// `source_id` is a prefixed id of any kind, so it is text and refers to no table.
const UP: &str = "
CREATE TABLE tier (
    id        {uuid} NOT NULL PRIMARY KEY,
    code      text NOT NULL UNIQUE,
    level     integer NOT NULL UNIQUE,
    threshold bigint NOT NULL CHECK (threshold >= 0),
    name_zh   text NOT NULL,
    name_en   text NOT NULL
);

CREATE TABLE loyalty_account (
    id              {uuid} NOT NULL PRIMARY KEY,
    customer_id     {uuid} NOT NULL UNIQUE REFERENCES customer,
    balance         bigint NOT NULL CHECK (balance >= 0),
    pending         bigint NOT NULL CHECK (pending >= 0),
    debt            bigint NOT NULL CHECK (debt >= 0),
    growth          bigint NOT NULL CHECK (growth >= 0),
    tier_id         {uuid} NOT NULL REFERENCES tier,
    tier_since      {instant} NOT NULL,
    tier_expires_at {instant} NOT NULL,
    version         integer NOT NULL CHECK (version >= 1),
    created_at      {instant} NOT NULL,
    updated_at      {instant} NOT NULL
);

CREATE TABLE points_lot (
    id           {uuid} NOT NULL PRIMARY KEY,
    account_id   {uuid} NOT NULL REFERENCES loyalty_account,
    rule_code    text NOT NULL,
    source_type  text NOT NULL,
    source_id    text NOT NULL,
    earned       bigint NOT NULL,
    remaining    bigint NOT NULL,
    state        varchar(32) NOT NULL CHECK (state IN {lot_state}),
    earned_at    {instant} NOT NULL,
    activates_at {instant},
    expires_at   {instant},
    -- One source earns once by one rule, however often its event arrives.
    CONSTRAINT points_lot_rule_code_source_type_source_id_key UNIQUE (rule_code, source_type, source_id),
    CONSTRAINT points_lot_remaining_within_earned CHECK (remaining BETWEEN 0 AND earned)
);
-- Lots to spend, first to expire first; lots to expire or activate.
CREATE INDEX idx_points_lot_account_id_state_expires_at ON points_lot (account_id, state, expires_at);

CREATE TABLE points_entry (
    id            {uuid} NOT NULL PRIMARY KEY,
    account_id    {uuid} NOT NULL REFERENCES loyalty_account,
    lot_id        {uuid} REFERENCES points_lot,
    kind          varchar(32) NOT NULL CHECK (kind IN {points_entry_kind}),
    points        bigint NOT NULL,
    balance_after bigint NOT NULL CHECK (balance_after >= 0),
    reason        text NOT NULL CHECK (length(reason) <= 2000),
    occurred_at   {instant} NOT NULL
);
-- Ledger of an account, newest first.
CREATE INDEX idx_points_entry_account_id_occurred_at_id ON points_entry (account_id, occurred_at, id);

CREATE TABLE growth_entry (
    id          {uuid} NOT NULL PRIMARY KEY,
    account_id  {uuid} NOT NULL REFERENCES loyalty_account,
    amount      bigint NOT NULL,
    reason      text NOT NULL CHECK (length(reason) <= 2000),
    source_type text NOT NULL,
    source_id   text NOT NULL,
    occurred_at {instant} NOT NULL
);
-- Growth of an account over the rolling year.
CREATE INDEX idx_growth_entry_account_id_occurred_at_id ON growth_entry (account_id, occurred_at, id);

CREATE TABLE redemption_item (
    id          {uuid} NOT NULL PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    name_zh     text NOT NULL,
    name_en     text NOT NULL,
    cost_points bigint NOT NULL CHECK (cost_points >= 0),
    available   boolean NOT NULL,
    position    integer NOT NULL
);

CREATE TABLE redemption (
    id         {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES loyalty_account,
    item_id    {uuid} REFERENCES redemption_item,
    points     bigint NOT NULL CHECK (points >= 0),
    status     varchar(32) NOT NULL CHECK (status IN {redemption_status}),
    created_at {instant} NOT NULL
);
-- Redemptions of an account, newest first.
CREATE INDEX idx_redemption_account_id_created_at_id ON redemption (account_id, created_at, id);

CREATE TABLE redemption_lot (
    redemption_id {uuid} NOT NULL REFERENCES redemption,
    lot_id        {uuid} NOT NULL REFERENCES points_lot,
    points        bigint NOT NULL CHECK (points >= 0),
    PRIMARY KEY (redemption_id, lot_id)
);
";

const DOWN: &str = "
DROP TABLE redemption_lot;
DROP TABLE redemption;
DROP TABLE redemption_item;
DROP TABLE growth_entry;
DROP TABLE points_entry;
DROP TABLE points_lot;
DROP TABLE loyalty_account;
DROP TABLE tier;
";
