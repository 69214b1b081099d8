//! Rules of the stock that operators edit: who sees which cars, in which order, when somebody is told; and cars that go from
//! store to store.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("age_band", "GREEN YELLOW ORANGE RED"),
        ("alert_level", "STORE REGION OEM"),
        ("alert_metric", "AGE_OVER LEVEL_OVER LEVEL_UNDER IN_TRANSIT_OVERDUE"),
        ("alert_state", "OPEN ACKNOWLEDGED CLOSED"),
        ("policy_status", "DRAFT PUBLISHED ARCHIVED"),
        ("stock_type", "FACTORY OEM_HUB IN_TRANSIT STORE_STOCK DEMO DISPLAY CPO"),
        ("transfer_state", "REQUESTED APPROVED REJECTED CANCELLED SHIPPED RECEIVED"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
ALTER TABLE inventory_visibility_policy ADD COLUMN trim_ids {json} NOT NULL DEFAULT '[]';
ALTER TABLE inventory_visibility_policy ADD COLUMN may_request_transfer boolean NOT NULL DEFAULT FALSE;
ALTER TABLE inventory_visibility_policy ADD COLUMN changed_by text;
ALTER TABLE inventory_visibility_policy ADD COLUMN changed_at {instant};
-- Policies by name, which is unique.
CREATE UNIQUE INDEX idx_inventory_visibility_policy_name ON inventory_visibility_policy (name);

CREATE TABLE inventory_sort_rule (
    id         {uuid} NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    status     varchar(32) NOT NULL CHECK (status IN {policy_status}),
    priority   integer NOT NULL,
    roles      {json} NOT NULL,
    store_ids  {json} NOT NULL,
    criteria   {json} NOT NULL,
    changed_by text NOT NULL,
    changed_at {instant} NOT NULL,
    version    integer NOT NULL CHECK (version >= 1)
);
-- Sort rules by name, which is unique.
CREATE UNIQUE INDEX idx_inventory_sort_rule_name ON inventory_sort_rule (name);

CREATE TABLE stock_alert_rule (
    id                 {uuid} NOT NULL PRIMARY KEY,
    name               text NOT NULL,
    stock_type         varchar(32) NOT NULL CHECK (stock_type IN {stock_type}),
    metric             varchar(32) NOT NULL CHECK (metric IN {alert_metric}),
    threshold          integer NOT NULL CHECK (threshold >= 0),
    store_ids          {json} NOT NULL,
    region_after_hours integer CHECK (region_after_hours > 0),
    oem_after_hours    integer CHECK (oem_after_hours > 0),
    active             boolean NOT NULL,
    checked_at         {instant} NOT NULL,
    changed_by         text NOT NULL,
    changed_at         {instant} NOT NULL,
    version            integer NOT NULL CHECK (version >= 1)
);
-- Alert rules by name, which is unique.
CREATE UNIQUE INDEX idx_stock_alert_rule_name ON stock_alert_rule (name);

CREATE TABLE stock_alert (
    id              {uuid} NOT NULL PRIMARY KEY,
    rule_id         {uuid} NOT NULL REFERENCES stock_alert_rule,
    vehicle_id      {uuid} REFERENCES vehicle_unit,
    store_id        {uuid} REFERENCES store,
    band            varchar(32) CHECK (band IN {age_band}),
    subject         text NOT NULL,
    value           integer NOT NULL,
    level           varchar(32) NOT NULL CHECK (level IN {alert_level}),
    state           varchar(32) NOT NULL CHECK (state IN {alert_state}),
    raised_at       {instant} NOT NULL,
    escalated_at    {instant},
    acknowledged_by text,
    acknowledged_at {instant},
    note            text CHECK (length(note) <= 500),
    closed_at       {instant},
    version         integer NOT NULL CHECK (version >= 1)
);
-- Of one thing one alert of a rule and a band at a time.
CREATE UNIQUE INDEX idx_stock_alert_rule_id_subject ON stock_alert (rule_id, subject) WHERE state <> 'CLOSED';
-- Whether a car has one.
CREATE INDEX idx_stock_alert_vehicle_id_rule_id ON stock_alert (vehicle_id, rule_id) WHERE state <> 'CLOSED';
-- Those that stand, newest first, and those of a store.
CREATE INDEX idx_stock_alert_standing_raised_at_id ON stock_alert (raised_at, id) WHERE state <> 'CLOSED';
CREATE INDEX idx_stock_alert_standing_store_id_raised_at_id ON stock_alert (store_id, raised_at, id)
    WHERE state <> 'CLOSED';
-- All of them, newest first, and those of a store.
CREATE INDEX idx_stock_alert_raised_at_id ON stock_alert (raised_at, id);
CREATE INDEX idx_stock_alert_store_id_raised_at_id ON stock_alert (store_id, raised_at, id);

CREATE TABLE stock_transfer (
    id            {uuid} NOT NULL PRIMARY KEY,
    vehicle_id    {uuid} NOT NULL REFERENCES vehicle_unit,
    from_store_id {uuid} NOT NULL REFERENCES store,
    to_store_id   {uuid} NOT NULL REFERENCES store,
    state         varchar(32) NOT NULL CHECK (state IN {transfer_state}),
    reason        text CHECK (length(reason) <= 500),
    answer        text CHECK (length(answer) <= 500),
    requested_by  text NOT NULL,
    requested_at  {instant} NOT NULL,
    decided_by    text,
    decided_at    {instant},
    expected_at   {instant},
    shipped_at    {instant},
    received_at   {instant},
    version       integer NOT NULL CHECK (version >= 1),
    CONSTRAINT stock_transfer_elsewhere CHECK (from_store_id <> to_store_id)
);
-- A car goes to one store at a time.
CREATE UNIQUE INDEX idx_stock_transfer_vehicle_id ON stock_transfer (vehicle_id)
    WHERE state IN ('REQUESTED', 'APPROVED', 'SHIPPED');
-- All of them, newest first, and those from and to a store.
CREATE INDEX idx_stock_transfer_vehicle_id_state ON stock_transfer (vehicle_id, state);
CREATE INDEX idx_stock_transfer_requested_at_id ON stock_transfer (requested_at, id);
CREATE INDEX idx_stock_transfer_from_store_id_requested_at_id ON stock_transfer (from_store_id, requested_at, id);
CREATE INDEX idx_stock_transfer_to_store_id_requested_at_id ON stock_transfer (to_store_id, requested_at, id);
";

const DOWN: &str = "
DROP TABLE stock_transfer;
DROP TABLE stock_alert;
DROP TABLE stock_alert_rule;
DROP TABLE inventory_sort_rule;
DROP INDEX idx_inventory_visibility_policy_name;
ALTER TABLE inventory_visibility_policy DROP COLUMN changed_at;
ALTER TABLE inventory_visibility_policy DROP COLUMN changed_by;
ALTER TABLE inventory_visibility_policy DROP COLUMN may_request_transfer;
ALTER TABLE inventory_visibility_policy DROP COLUMN trim_ids;
";
