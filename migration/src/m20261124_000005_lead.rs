//! Leads, their history, and what is done about them.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("channel", "APP MINI_PROGRAM WEB STORE THIRD_PARTY SYSTEM"),
        ("follow_up_kind", "FIRST_CONTACT CALL TEST_DRIVE_INVITATION OFFER"),
        ("follow_up_status", "OPEN DONE CANCELLED"),
        ("intent_level", "H A B C"),
        (
            "lead_event_kind",
            "SUBMITTED TOUCHPOINT_ADDED ASSIGNED QUALIFIED CLOSED REOPENED FOLLOW_UP_COMPLETED TEST_DRIVE_BOOKED
             TEST_DRIVE_COMPLETED CONVERTED",
        ),
        (
            "lead_stage",
            "NEW ASSIGNED CONTACTED QUALIFIED TEST_DRIVE_BOOKED TEST_DRIVEN NEGOTIATING CONVERTED INVALID LOST DORMANT",
        ),
        ("lost_reason", "COMPETITOR PRICE NO_NEED UNREACHABLE NOT_GENUINE DUPLICATE OTHER"),
        ("test_drive_mode", "IN_STORE AT_HOME"),
        ("test_drive_status", "REQUESTED CONFIRMED DISPATCHED CHECKED_IN IN_PROGRESS COMPLETED CANCELLED NO_SHOW"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE lead (
    id                 {uuid} NOT NULL PRIMARY KEY,
    number             text NOT NULL UNIQUE,
    customer_id        {uuid} REFERENCES customer,
    name               {bytes},
    phone              {bytes} NOT NULL,
    phone_hash         {bytes} NOT NULL,
    model_id           {uuid} NOT NULL REFERENCES vehicle_model,
    trim_id            {uuid} REFERENCES trim,
    city_code          text NOT NULL,
    store_id           {uuid} REFERENCES store,
    owner_id           {uuid} REFERENCES staff,
    stage              varchar(32) NOT NULL CHECK (stage IN {lead_stage}),
    intent_level       varchar(32) NOT NULL CHECK (intent_level IN {intent_level}),
    score              integer NOT NULL CHECK (score BETWEEN 0 AND 100),
    channel            varchar(32) NOT NULL CHECK (channel IN {channel}),
    touchpoint_count   integer NOT NULL CHECK (touchpoint_count >= 0),
    next_follow_up_at  {instant},
    last_contact_at    {instant},
    lost_reason        varchar(32) CHECK (lost_reason IN {lost_reason}),
    converted_order_id {uuid} {sqlite: REFERENCES customer_order},
    version            integer NOT NULL CHECK (version >= 1),
    created_at         {instant} NOT NULL,
    updated_at         {instant} NOT NULL
);
-- All leads, newest first.
CREATE INDEX idx_lead_created_at_id ON lead (created_at, id);
-- Leads of a store, newest first.
CREATE INDEX idx_lead_store_id_created_at_id ON lead (store_id, created_at, id);
-- Leads of a store in one stage, newest first.
CREATE INDEX idx_lead_store_id_stage_created_at_id ON lead (store_id, stage, created_at, id);
-- Leads of a store by the next follow-up.
CREATE INDEX idx_lead_store_id_next_follow_up_at_id ON lead (store_id, next_follow_up_at, id);
-- Leads of a consultant, newest first.
CREATE INDEX idx_lead_owner_id_created_at_id ON lead (owner_id, created_at, id);
-- Leads of a customer, newest first.
CREATE INDEX idx_lead_customer_id_created_at_id ON lead (customer_id, created_at, id);

-- This row is taken before the lead is written, so that two submits cannot both write one: its key is checked at commit.
CREATE TABLE lead_dedupe (
    phone_hash   {bytes} NOT NULL,
    model_id     {uuid} NOT NULL REFERENCES vehicle_model,
    lead_id      {uuid} NOT NULL REFERENCES lead DEFERRABLE INITIALLY DEFERRED,
    window_until {instant} NOT NULL,
    PRIMARY KEY (phone_hash, model_id)
);

CREATE TABLE lead_event (
    id          {uuid} NOT NULL PRIMARY KEY,
    lead_id     {uuid} NOT NULL REFERENCES lead,
    kind        varchar(32) NOT NULL CHECK (kind IN {lead_event_kind}),
    from_stage  varchar(32) CHECK (from_stage IN {lead_stage}),
    to_stage    varchar(32) CHECK (to_stage IN {lead_stage}),
    actor       text NOT NULL,
    note        text CHECK (length(note) <= 2000),
    occurred_at {instant} NOT NULL
);
-- History of a lead.
CREATE INDEX idx_lead_event_lead_id_occurred_at_id ON lead_event (lead_id, occurred_at, id);

CREATE TABLE lead_touchpoint (
    id          {uuid} NOT NULL PRIMARY KEY,
    lead_id     {uuid} NOT NULL REFERENCES lead,
    channel     varchar(32) NOT NULL CHECK (channel IN {channel}),
    touchpoint  text NOT NULL,
    campaign    text,
    occurred_at {instant} NOT NULL
);
-- Touchpoints of a lead.
CREATE INDEX idx_lead_touchpoint_lead_id_occurred_at_id ON lead_touchpoint (lead_id, occurred_at, id);

CREATE TABLE follow_up_task (
    id           {uuid} NOT NULL PRIMARY KEY,
    lead_id      {uuid} NOT NULL REFERENCES lead,
    store_id     {uuid} NOT NULL REFERENCES store,
    assignee_id  {uuid} REFERENCES staff,
    kind         varchar(32) NOT NULL CHECK (kind IN {follow_up_kind}),
    due_at       {instant} NOT NULL,
    status       varchar(32) NOT NULL CHECK (status IN {follow_up_status}),
    completed_at {instant},
    outcome      text CHECK (length(outcome) <= 2000),
    version      integer NOT NULL CHECK (version >= 1),
    created_at   {instant} NOT NULL
);
-- Follow-ups of a consultant in one state by due date.
CREATE INDEX idx_follow_up_task_assignee_id_status_due_at_id ON follow_up_task (assignee_id, status, due_at, id);
-- Follow-ups of a store in one state by due date.
CREATE INDEX idx_follow_up_task_store_id_status_due_at_id ON follow_up_task (store_id, status, due_at, id);
-- Follow-ups of a lead.
CREATE INDEX idx_follow_up_task_lead_id_due_at_id ON follow_up_task (lead_id, due_at, id);

CREATE TABLE test_drive (
    id           {uuid} NOT NULL PRIMARY KEY,
    lead_id      {uuid} NOT NULL REFERENCES lead,
    store_id     {uuid} NOT NULL REFERENCES store,
    trim_id      {uuid} NOT NULL REFERENCES trim,
    mode         varchar(32) NOT NULL CHECK (mode IN {test_drive_mode}),
    status       varchar(32) NOT NULL CHECK (status IN {test_drive_status}),
    slot_start   {instant} NOT NULL,
    slot_minutes integer NOT NULL CHECK (slot_minutes >= 1),
    address      {bytes},
    version      integer NOT NULL CHECK (version >= 1),
    created_at   {instant} NOT NULL
);
-- Test drives of a lead.
CREATE INDEX idx_test_drive_lead_id_slot_start_id ON test_drive (lead_id, slot_start, id);
-- Slots taken at a store.
CREATE INDEX idx_test_drive_store_id_slot_start ON test_drive (store_id, slot_start);

{postgres: ALTER TABLE consent ADD CONSTRAINT consent_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES lead;}
";

// Consents outlive the leads in a rollback, without their link.
const DOWN: &str = "
UPDATE consent SET lead_id = NULL WHERE lead_id IS NOT NULL;
{postgres: ALTER TABLE consent DROP CONSTRAINT consent_lead_id_fkey;}
DROP TABLE test_drive;
DROP TABLE follow_up_task;
DROP TABLE lead_touchpoint;
DROP TABLE lead_event;
DROP TABLE lead_dedupe;
DROP TABLE lead;
";
