//! How long the stretches of an order's way took lately (C085; domain.md 3.3).

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("leg", "QUEUE BUILD RELEASE TO_HUB TO_CITY INSPECTION PAPERWORK"),
        ("route", "SAME_REGION CROSS_REGION FAR"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE eta_quantile (
    id          {uuid} NOT NULL PRIMARY KEY,
    leg         varchar(32) NOT NULL CHECK (leg IN {leg}),
    plant_id    {uuid} REFERENCES organization,
    model_id    {uuid} REFERENCES vehicle_model,
    route       varchar(32) CHECK (route IN {route}),
    sample_size integer NOT NULL CHECK (sample_size >= 1),
    p10_hours   integer NOT NULL CHECK (p10_hours >= 0),
    p50_hours   integer NOT NULL CHECK (p50_hours >= p10_hours),
    p90_hours   integer NOT NULL CHECK (p90_hours >= p50_hours),
    computed_at {instant} NOT NULL,
    CHECK (plant_id IS NULL OR model_id IS NOT NULL)
);
-- As they are listed: what most is known of first.
CREATE INDEX idx_eta_quantile_sample_size_id ON eta_quantile (sample_size, id);
CREATE INDEX idx_eta_quantile_leg_sample_size_id ON eta_quantile (leg, sample_size, id);

-- One row, by which the processes agree on who measures, and know that it was done.
CREATE TABLE eta_computation (
    id           integer NOT NULL PRIMARY KEY CHECK (id = 1),
    computed_at  {instant} NOT NULL,
    leased_until {instant} NOT NULL
);
INSERT INTO eta_computation (id, computed_at, leased_until)
VALUES (1, '1970-01-01T00:00:00+00:00', '1970-01-01T00:00:00+00:00');

-- Legs that are over, by when they were.
CREATE INDEX idx_transport_leg_arrived_at_id ON transport_leg (arrived_at, id) WHERE arrived_at IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX idx_transport_leg_arrived_at_id;
DROP TABLE eta_computation;
DROP TABLE eta_quantile;
";
