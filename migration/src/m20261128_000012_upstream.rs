//! Systems that send events in, what they sent, and how far each subject is; a code for organisations to be named by.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("inbound_state", "APPLIED OUTDATED HELD REFUSED"),
        (
            "inbound_code",
            "INVALID UNKNOWN_TYPE TYPE_NOT_ALLOWED SOURCE_NOT_ALLOWED ID_CONFLICT FOREIGN_ORGANIZATION
             WAITS_FOR_REFERENCE WAITS_FOR_MILESTONE WAITS_FOR_STATE INVALID_TRANSITION NOT_ELIGIBLE DUPLICATE
             NEWER_APPLIED",
        ),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
-- What was there before gets a code made of its id.
ALTER TABLE organization ADD COLUMN code text NOT NULL DEFAULT '';
{sqlite: UPDATE organization SET code = 'ORG-' || hex(id);}
{postgres: UPDATE organization SET code = 'ORG-' || upper(replace(id::text, '-', ''));}
CREATE UNIQUE INDEX idx_organization_code ON organization (code);

-- `secret` and `previous_secret` are sealed; the latter counts until `previous_until`.
CREATE TABLE upstream_system (
    id              {uuid} NOT NULL PRIMARY KEY,
    code            text NOT NULL UNIQUE,
    name            text NOT NULL,
    organization_id {uuid} NOT NULL REFERENCES organization,
    source          text NOT NULL UNIQUE,
    event_types     {json} NOT NULL,
    secret          {bytes} NOT NULL,
    previous_secret {bytes},
    previous_until  {instant},
    active          boolean NOT NULL,
    version         integer NOT NULL CHECK (version >= 1),
    created_at      {instant} NOT NULL,
    updated_at      {instant} NOT NULL
);

-- `reference` is the event's own id. `body` is sealed, and there for what may be tried again alone.
CREATE TABLE inbound_event (
    id          {uuid} NOT NULL PRIMARY KEY,
    source      text NOT NULL,
    reference   text NOT NULL,
    system_id   {uuid} REFERENCES upstream_system,
    kind        text NOT NULL,
    subject     text,
    sequence    bigint,
    occurred_at {instant},
    hash        {bytes} NOT NULL,
    state       varchar(32) NOT NULL CHECK (state IN {inbound_state}),
    code        varchar(32) CHECK (code IN {inbound_code}),
    text_key    text,
    text_args   {json},
    field       text,
    implied     {json} NOT NULL,
    waits_for   text,
    body        {bytes},
    attempts    integer NOT NULL CHECK (attempts >= 1),
    received_at {instant} NOT NULL,
    settled_at  {instant} NOT NULL,
    CONSTRAINT inbound_event_source_reference_key UNIQUE (source, reference)
);
-- What an operator looks at, newest first; of one state.
CREATE INDEX idx_inbound_event_received_at_id ON inbound_event (received_at, id);
CREATE INDEX idx_inbound_event_state_received_at_id ON inbound_event (state, received_at, id);
-- What waits for a thing that has just come.
CREATE INDEX idx_inbound_event_waits_for ON inbound_event (waits_for) WHERE waits_for IS NOT NULL;

-- The last that was applied of a subject: what is older comes too late.
CREATE TABLE inbound_subject (
    subject     text NOT NULL PRIMARY KEY,
    source      text NOT NULL,
    reference   text NOT NULL,
    sequence    bigint,
    occurred_at {instant}
);
";

const DOWN: &str = "
DROP TABLE inbound_subject;
DROP TABLE inbound_event;
DROP TABLE upstream_system;
DROP INDEX idx_organization_code;
ALTER TABLE organization DROP COLUMN code;
";
