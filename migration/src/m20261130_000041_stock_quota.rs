//! How many cars a store has, one in, one out, with the ledger that pairs them; the car that goes out for one that is asked for; and
//! what finds holds that ran out.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("quota_scope", "ALL MODEL TRIM"),
        ("quota_mode", "BLOCK_IN_WHEN_FULL REPLENISH_ON_OUT"),
        ("entry_state", "RIGHT PROMISED LEAVING OVER PAIRED ADDED GONE WITHDRAWN"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE stock_quota (
    id             {uuid} NOT NULL PRIMARY KEY,
    store_id       {uuid} NOT NULL REFERENCES store,
    scope          varchar(32) NOT NULL CHECK (scope IN {quota_scope}),
    model_id       {uuid} REFERENCES vehicle_model,
    trim_id        {uuid} REFERENCES trim,
    subject        text NOT NULL,
    cap            integer NOT NULL CHECK (cap >= 0),
    mode           varchar(32) NOT NULL CHECK (mode IN {quota_mode}),
    effective_from {instant} NOT NULL,
    effective_to   {instant},
    ended_at       {instant},
    changed_by     text NOT NULL,
    created_at     {instant} NOT NULL,
    changed_at     {instant} NOT NULL,
    version        integer NOT NULL CHECK (version >= 1),
    CONSTRAINT stock_quota_scope CHECK (
        (model_id IS NOT NULL) = (scope = 'MODEL') AND (trim_id IS NOT NULL) = (scope = 'TRIM')
    )
);
-- Of one thing a store has one quota at a time; also those in force.
CREATE UNIQUE INDEX idx_stock_quota_store_id_subject ON stock_quota (store_id, subject) WHERE ended_at IS NULL;
-- All of them, newest first, and those of a store.
CREATE INDEX idx_stock_quota_created_at_id ON stock_quota (created_at, id);
CREATE INDEX idx_stock_quota_store_id_created_at_id ON stock_quota (store_id, created_at, id);

CREATE TABLE one_in_one_out_entry (
    id             {uuid} NOT NULL PRIMARY KEY,
    quota_id       {uuid} NOT NULL REFERENCES stock_quota,
    store_id       {uuid} NOT NULL REFERENCES store,
    state          varchar(32) NOT NULL CHECK (state IN {entry_state}),
    granted        boolean NOT NULL,
    out_vehicle_id {uuid} REFERENCES vehicle_unit,
    out_at         {instant},
    in_vehicle_id  {uuid} REFERENCES vehicle_unit,
    in_at          {instant},
    transfer_id    {uuid} REFERENCES stock_transfer,
    created_at     {instant} NOT NULL,
    CONSTRAINT one_in_one_out_entry_pair CHECK (
        (out_at IS NULL OR out_vehicle_id IS NOT NULL) AND (in_at IS NULL OR in_vehicle_id IS NOT NULL)
        AND (state <> 'PAIRED' OR (out_at IS NOT NULL AND in_at IS NOT NULL))
    )
);
-- What of a quota is open, oldest first.
CREATE INDEX idx_one_in_one_out_entry_open_quota_id_created_at_id ON one_in_one_out_entry (quota_id, created_at, id)
    WHERE state IN ('RIGHT', 'PROMISED', 'LEAVING', 'OVER');
-- A car is named to go out once, and promised a place once.
CREATE UNIQUE INDEX idx_one_in_one_out_entry_quota_id_out_vehicle_id ON one_in_one_out_entry (quota_id, out_vehicle_id)
    WHERE out_at IS NULL AND state IN ('PROMISED', 'LEAVING');
CREATE UNIQUE INDEX idx_one_in_one_out_entry_quota_id_in_vehicle_id ON one_in_one_out_entry (quota_id, in_vehicle_id)
    WHERE state = 'PROMISED';
-- All of them, newest first, those of a store, and those of a quota.
CREATE INDEX idx_one_in_one_out_entry_created_at_id ON one_in_one_out_entry (created_at, id);
CREATE INDEX idx_one_in_one_out_entry_store_id_created_at_id ON one_in_one_out_entry (store_id, created_at, id);
CREATE INDEX idx_one_in_one_out_entry_quota_id_created_at_id ON one_in_one_out_entry (quota_id, created_at, id);

ALTER TABLE stock_transfer ADD COLUMN out_vehicle_id {uuid} REFERENCES vehicle_unit;
-- Cars that a store was given and that have not left yet.
CREATE INDEX idx_stock_transfer_approved_to_store_id ON stock_transfer (to_store_id) WHERE state = 'APPROVED';
-- Cars on their way to a store.
CREATE INDEX idx_vehicle_unit_transfer_to_store_id ON vehicle_unit (transfer_to_store_id)
    WHERE transfer_to_store_id IS NOT NULL;
-- Holds that ran out.
CREATE INDEX idx_allocation_standing_expires_at ON allocation (expires_at) WHERE kind = 'SOFT' AND released_at IS NULL;
";

const DOWN: &str = "
DROP INDEX idx_allocation_standing_expires_at;
DROP INDEX idx_vehicle_unit_transfer_to_store_id;
DROP INDEX idx_stock_transfer_approved_to_store_id;
DROP TABLE one_in_one_out_entry;
ALTER TABLE stock_transfer DROP COLUMN out_vehicle_id;
DROP TABLE stock_quota;
";
