//! The event log and the idempotency record.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[(
        "event_kind",
        "CUSTOMER_PROFILE_CHANGED CONSENT_GRANTED CONSENT_WITHDRAWN
         LEAD_SUBMITTED LEAD_ASSIGNED LEAD_STAGE_CHANGED FOLLOW_UP_COMPLETED
         CONFIGURATION_SAVED VEHICLE_RESERVED VEHICLE_RELEASED VEHICLE_STATUS_CHANGED
         ORDER_PLACED ORDER_STATUS_CHANGED MILESTONE_CHANGED ETA_CHANGED
         POINTS_BALANCE_CHANGED TIER_CHANGED",
    )],
    up: UP,
    down: DOWN,
};

// `event_id` and `aggregate_id` name the event itself and a thing of any kind: no table to refer to.
const UP: &str = "
CREATE TABLE event_stream (
    stream text NOT NULL PRIMARY KEY,
    head   bigint NOT NULL CHECK (head >= 0)
);

CREATE TABLE event (
    stream            text NOT NULL,
    sequence          bigint NOT NULL CHECK (sequence >= 1),
    event_id          {uuid} NOT NULL,
    kind              varchar(32) NOT NULL CHECK (kind IN {event_kind}),
    aggregate_id      text NOT NULL,
    aggregate_version integer NOT NULL CHECK (aggregate_version >= 1),
    payload           {json} NOT NULL,
    occurred_at       {instant} NOT NULL,
    PRIMARY KEY (stream, sequence)
);
-- Copies of one event on several streams.
CREATE INDEX idx_event_event_id ON event (event_id);
-- End of the replay window: what is older is removed.
CREATE INDEX idx_event_occurred_at ON event (occurred_at);

CREATE TABLE idempotency_record (
    caller     text NOT NULL,
    mutation   text NOT NULL,
    key        text NOT NULL,
    input_hash {bytes} NOT NULL,
    outcome    {json},
    created_at {instant} NOT NULL,
    PRIMARY KEY (caller, mutation, key)
);
-- End of a key's life: what is older is removed.
CREATE INDEX idx_idempotency_record_created_at ON idempotency_record (created_at);
";

const DOWN: &str = "
DROP TABLE idempotency_record;
DROP TABLE event;
DROP TABLE event_stream;
";
