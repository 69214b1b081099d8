//! Webhooks out: endpoints, deliveries and the log of attempts.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("webhook_state", "ACTIVE PAUSED DISABLED"),
        ("webhook_reason", "OPERATOR FAILING GONE"),
        ("delivery_state", "PENDING DELIVERED DEAD"),
        ("failure", "HTTP_STATUS TIMEOUT NOT_REACHED ADDRESS_REFUSED INTERNAL"),
        (
            "event_kind",
            "CUSTOMER_PROFILE_CHANGED CONSENT_GRANTED CONSENT_WITHDRAWN
             LEAD_SUBMITTED LEAD_ASSIGNED LEAD_STAGE_CHANGED FOLLOW_UP_COMPLETED
             CONFIGURATION_SAVED VEHICLE_RESERVED VEHICLE_RELEASED VEHICLE_STATUS_CHANGED
             ORDER_PLACED ORDER_STATUS_CHANGED MILESTONE_CHANGED ETA_CHANGED
             POINTS_BALANCE_CHANGED TIER_CHANGED",
        ),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE webhook_endpoint (
    id              {uuid} NOT NULL PRIMARY KEY,
    url             text NOT NULL,
    description     text NOT NULL,
    kinds           {json} NOT NULL,
    secret          {bytes} NOT NULL,
    previous_secret {bytes},
    previous_until  {instant},
    state           varchar(32) NOT NULL CHECK (state IN {webhook_state}),
    reason          varchar(32) CHECK (reason IN {webhook_reason}),
    failing_since   {instant},
    not_before      {instant},
    begins_after    bigint NOT NULL CHECK (begins_after >= 0),
    version         integer NOT NULL CHECK (version >= 1),
    created_at      {instant} NOT NULL,
    updated_at      {instant} NOT NULL
);

-- `event_id` names an event of the log, which is kept for a while only.
CREATE TABLE webhook_delivery (
    id               {uuid} NOT NULL PRIMARY KEY,
    endpoint_id      {uuid} NOT NULL REFERENCES webhook_endpoint ON DELETE CASCADE,
    event_id         {uuid} NOT NULL,
    oem_sequence     bigint NOT NULL,
    stream           text NOT NULL,
    kind             varchar(32) NOT NULL CHECK (kind IN {event_kind}),
    body             text NOT NULL,
    state            varchar(32) NOT NULL CHECK (state IN {delivery_state}),
    attempts         integer NOT NULL CHECK (attempts >= 0),
    first_attempt_at {instant},
    next_attempt_at  {instant} NOT NULL,
    lease            bigint NOT NULL CHECK (lease >= 0),
    last_status      integer,
    last_failure     varchar(32) CHECK (last_failure IN {failure}),
    created_at       {instant} NOT NULL,
    updated_at       {instant} NOT NULL,
    -- One event is delivered to an endpoint once.
    CONSTRAINT webhook_delivery_endpoint_id_oem_sequence_key UNIQUE (endpoint_id, oem_sequence)
);
-- What is due at an endpoint.
CREATE INDEX idx_webhook_delivery_due ON webhook_delivery (endpoint_id, next_attempt_at) WHERE state = 'PENDING';
-- What is before it on its stream.
CREATE INDEX idx_webhook_delivery_before ON webhook_delivery (endpoint_id, stream, oem_sequence) WHERE state = 'PENDING';
-- Deliveries of an endpoint, newest first, all or in a state.
CREATE INDEX idx_webhook_delivery_endpoint_id_created_at_id ON webhook_delivery (endpoint_id, created_at, id);
CREATE INDEX idx_webhook_delivery_endpoint_id_state_created_at_id
    ON webhook_delivery (endpoint_id, state, created_at, id);
-- End of the time for which settled ones are kept.
CREATE INDEX idx_webhook_delivery_settled ON webhook_delivery (updated_at) WHERE state <> 'PENDING';

CREATE TABLE webhook_attempt (
    id           {uuid} NOT NULL PRIMARY KEY,
    delivery_id  {uuid} NOT NULL REFERENCES webhook_delivery ON DELETE CASCADE,
    status       integer,
    failure      varchar(32) CHECK (failure IN {failure}),
    duration_ms  integer NOT NULL CHECK (duration_ms >= 0),
    answer       text CHECK (length(answer) <= 200),
    attempted_at {instant} NOT NULL
);
-- Attempts of a delivery, newest first.
CREATE INDEX idx_webhook_attempt_delivery_id_attempted_at_id ON webhook_attempt (delivery_id, attempted_at, id);

CREATE TABLE webhook_cursor (
    id       integer NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence bigint NOT NULL CHECK (sequence >= 0)
);
INSERT INTO webhook_cursor (id, sequence) VALUES (1, 0);
";

const DOWN: &str = "
DROP TABLE webhook_cursor;
DROP TABLE webhook_attempt;
DROP TABLE webhook_delivery;
DROP TABLE webhook_endpoint;
";
