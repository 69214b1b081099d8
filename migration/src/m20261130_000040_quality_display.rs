//! Damage to cars, from its report to its end (C101), and how a car's state is shown to whom (C100).

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("damage_state", "REPORTED ASSESSED LIABILITY_CONFIRMED REPAIRING REINSPECTED CLOSED DOWNGRADED SCRAPPED"),
        ("damage_node", "PLANT HUB CARRIER STORE PDI"),
        ("damage_severity", "MINOR MODERATE MAJOR"),
        ("damage_position", "FRONT REAR LEFT_SIDE RIGHT_SIDE ROOF UNDERBODY GLASS WHEELS INTERIOR POWERTRAIN"),
        ("damage_kind", "SCRATCH DENT CRACK PAINT CONTAMINATION MISSING MALFUNCTION"),
        ("damage_liability", "CARRIER PLANT STORE SUPPLIER UNKNOWN"),
        ("swap_state", "REQUESTED DONE DECLINED"),
        ("policy_status", "DRAFT PUBLISHED ARCHIVED"),
        ("audience", "CUSTOMER DEALER OEM"),
        ("fulfillment_mode", "BUILD_TO_STOCK LOCATE_TO_ORDER BUILD_TO_ORDER"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE quality_damage_case (
    id                {uuid} NOT NULL PRIMARY KEY,
    vehicle_id        {uuid} NOT NULL REFERENCES vehicle_unit,
    order_id          {uuid} REFERENCES customer_order,
    state             varchar(32) NOT NULL CHECK (state IN {damage_state}),
    node              varchar(32) NOT NULL CHECK (node IN {damage_node}),
    carrier           text CHECK (length(carrier) <= 120),
    severity          varchar(32) NOT NULL CHECK (severity IN {damage_severity}),
    position          varchar(32) NOT NULL CHECK (position IN {damage_position}),
    kind              varchar(32) NOT NULL CHECK (kind IN {damage_kind}),
    description       text NOT NULL CHECK (length(description) <= 1000),
    photos            {json} NOT NULL,
    liability         varchar(32) CHECK (liability IN {damage_liability}),
    liable_party      text CHECK (length(liable_party) <= 120),
    cost_minor        bigint CHECK (cost_minor >= 0),
    repair_note       text CHECK (length(repair_note) <= 500),
    disclosure        text CHECK (length(disclosure) <= 1000),
    expected_at       {instant},
    reported_by       text NOT NULL,
    number            text CHECK (length(number) <= 40),
    found_at          {instant} NOT NULL,
    reported_at       {instant} NOT NULL,
    ended_at          {instant},
    swap_state        varchar(32) CHECK (swap_state IN {swap_state}),
    swap_answer       text CHECK (length(swap_answer) <= 500),
    swap_requested_at {instant},
    version           integer NOT NULL CHECK (version >= 1),
    updated_at        {instant} NOT NULL,
    CONSTRAINT quality_damage_case_ended
        CHECK ((ended_at IS NOT NULL) = (state = 'CLOSED' OR state = 'DOWNGRADED' OR state = 'SCRAPPED')),
    CONSTRAINT quality_damage_case_disclosed CHECK (state <> 'DOWNGRADED' OR disclosure IS NOT NULL)
);
-- A system reports a damage once.
CREATE UNIQUE INDEX idx_quality_damage_case_reported_by_number ON quality_damage_case (reported_by, number)
    WHERE number IS NOT NULL;
-- Those of a car, newest first, and whether one of them is open or stays.
CREATE INDEX idx_quality_damage_case_vehicle_id_reported_at_id ON quality_damage_case (vehicle_id, reported_at, id);
CREATE INDEX idx_quality_damage_case_open_vehicle_id ON quality_damage_case (vehicle_id) WHERE ended_at IS NULL;
CREATE INDEX idx_quality_damage_case_downgraded_vehicle_id ON quality_damage_case (vehicle_id)
    WHERE state = 'DOWNGRADED';
CREATE INDEX idx_quality_damage_case_order_id_reported_at_id ON quality_damage_case (order_id, reported_at, id);
-- All of them, newest first, and by their last change.
CREATE INDEX idx_quality_damage_case_reported_at_id ON quality_damage_case (reported_at, id);
CREATE INDEX idx_quality_damage_case_updated_at_id ON quality_damage_case (updated_at, id);

CREATE TABLE quality_damage_event (
    id          {uuid} NOT NULL PRIMARY KEY,
    case_id     {uuid} NOT NULL REFERENCES quality_damage_case,
    from_state  varchar(32) CHECK (from_state IN {damage_state}),
    to_state    varchar(32) NOT NULL CHECK (to_state IN {damage_state}),
    swap_state  varchar(32) CHECK (swap_state IN {swap_state}),
    actor       text NOT NULL,
    note        text,
    occurred_at {instant} NOT NULL
);
CREATE INDEX idx_quality_damage_event_case_id_occurred_at_id ON quality_damage_event (case_id, occurred_at, id);

CREATE TABLE vehicle_status_display (
    id               {uuid} NOT NULL PRIMARY KEY,
    name             text NOT NULL,
    status           varchar(32) NOT NULL CHECK (status IN {policy_status}),
    audience         varchar(32) NOT NULL CHECK (audience IN {audience}),
    fulfillment_mode varchar(32) CHECK (fulfillment_mode IN {fulfillment_mode}),
    entries          {json} NOT NULL,
    changed_by       text NOT NULL,
    changed_at       {instant} NOT NULL,
    version          integer NOT NULL CHECK (version >= 1)
);
-- Displays by name, which is unique.
CREATE UNIQUE INDEX idx_vehicle_status_display_name ON vehicle_status_display (name);
-- Of an audience, and of a mode of it, one is in force.
CREATE UNIQUE INDEX idx_vehicle_status_display_audience ON vehicle_status_display (audience)
    WHERE status = 'PUBLISHED' AND fulfillment_mode IS NULL;
CREATE UNIQUE INDEX idx_vehicle_status_display_audience_fulfillment_mode
    ON vehicle_status_display (audience, fulfillment_mode)
    WHERE status = 'PUBLISHED' AND fulfillment_mode IS NOT NULL;
";

const DOWN: &str = "
DROP TABLE vehicle_status_display;
DROP TABLE quality_damage_event;
DROP TABLE quality_damage_case;
";
