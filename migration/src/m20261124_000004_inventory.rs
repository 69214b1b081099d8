//! Cars, where they are, who holds them and who may see them.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("age_disclosure", "HIDDEN BAND EXACT"),
        ("allocation_kind", "SOFT HARD"),
        ("commercial_status", "FREE RESERVED ALLOCATED SOLD"),
        ("effect", "ALLOW DENY"),
        ("holder_disclosure", "HIDDEN CITY NAME"),
        (
            "physical_status",
            "PLANNED SCHEDULED IN_PRODUCTION BUILT RELEASED IN_TRANSIT IN_STOCK TRANSFERRING PDI READY DELIVERED
             QUALITY_HOLD DEMO RETURNED TOTAL_LOSS",
        ),
        ("policy_status", "DRAFT PUBLISHED ARCHIVED"),
        ("sales_model", "DIRECT AGENCY WHOLESALE"),
        ("scope", "OWN_STORE SAME_GROUP SAME_CITY SAME_PROVINCE SAME_REGION RADIUS NATIONWIDE"),
        ("stock_type", "FACTORY OEM_HUB IN_TRANSIT STORE_STOCK DEMO DISPLAY CPO"),
        ("vehicle_event_kind", "STATUS_CHANGED RESERVED RELEASED ALLOCATED DEALLOCATED"),
        ("vin_disclosure", "HIDDEN LAST_SIX FULL"),
    ],
    up: UP,
    down: DOWN,
};

const UP: &str = "
CREATE TABLE production_slot (
    id            {uuid} NOT NULL PRIMARY KEY,
    plant_id      {uuid} NOT NULL REFERENCES organization,
    week          text NOT NULL,
    planned_start {instant} NOT NULL,
    planned_off   {instant} NOT NULL,
    actual_off    {instant}
);

CREATE TABLE vehicle_unit (
    id                    {uuid} NOT NULL PRIMARY KEY,
    vin                   text UNIQUE CHECK (length(vin) = 17),
    trim_id               {uuid} NOT NULL REFERENCES trim,
    option_codes          {json} NOT NULL,
    physical_status       varchar(32) NOT NULL CHECK (physical_status IN {physical_status}),
    commercial_status     varchar(32) NOT NULL CHECK (commercial_status IN {commercial_status}),
    resume_to             varchar(32) CHECK (resume_to IN {physical_status}),
    stock_type            varchar(32) NOT NULL CHECK (stock_type IN {stock_type}),
    sales_model           varchar(32) NOT NULL CHECK (sales_model IN {sales_model}),
    owner_organization_id {uuid} NOT NULL REFERENCES organization,
    store_id              {uuid} REFERENCES store,
    city_code             text NOT NULL,
    latitude              double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude             double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    unit_x                double precision NOT NULL CHECK (unit_x BETWEEN -1 AND 1),
    unit_y                double precision NOT NULL CHECK (unit_y BETWEEN -1 AND 1),
    unit_z                double precision NOT NULL CHECK (unit_z BETWEEN -1 AND 1),
    production_slot_id    {uuid} REFERENCES production_slot,
    expected_at           {instant},
    built_at              {instant},
    received_at           {instant},
    stock_since           {instant} NOT NULL,
    price_minor           bigint NOT NULL CHECK (price_minor >= 0),
    cost_minor            bigint NOT NULL CHECK (cost_minor >= 0),
    version               integer NOT NULL CHECK (version >= 1),
    created_at            {instant} NOT NULL,
    updated_at            {instant} NOT NULL
);
-- Stock of a store by age.
CREATE INDEX idx_vehicle_unit_store_id_stock_since_id ON vehicle_unit (store_id, stock_since, id);
-- Stock of a city by age.
CREATE INDEX idx_vehicle_unit_city_code_stock_since_id ON vehicle_unit (city_code, stock_since, id);
-- All stock by age.
CREATE INDEX idx_vehicle_unit_stock_since_id ON vehicle_unit (stock_since, id);
-- Availability of a trim, and cars that match an order.
CREATE INDEX idx_vehicle_unit_trim_id_commercial_status_physical_status
    ON vehicle_unit (trim_id, commercial_status, physical_status);
-- All stock by price.
CREATE INDEX idx_vehicle_unit_price_minor_id ON vehicle_unit (price_minor, id);
-- Stock near a point, for the visibility scope RADIUS: the box before the distance.
CREATE INDEX idx_vehicle_unit_latitude_longitude ON vehicle_unit (latitude, longitude);

CREATE TABLE transport_leg (
    id             {uuid} NOT NULL PRIMARY KEY,
    vehicle_id     {uuid} NOT NULL REFERENCES vehicle_unit,
    position       integer NOT NULL,
    from_city_code text NOT NULL,
    to_city_code   text NOT NULL,
    p50_days       integer NOT NULL CHECK (p50_days >= 0),
    p90_days       integer NOT NULL,
    departed_at    {instant},
    arrived_at     {instant},
    CONSTRAINT transport_leg_p90_from_p50 CHECK (p90_days >= p50_days)
);
-- Way of a car, leg by leg.
CREATE INDEX idx_transport_leg_vehicle_id_position ON transport_leg (vehicle_id, position);

CREATE TABLE allocation (
    id          {uuid} NOT NULL PRIMARY KEY,
    vehicle_id  {uuid} NOT NULL REFERENCES vehicle_unit,
    order_id    {uuid} {sqlite: REFERENCES customer_order},
    store_id    {uuid} REFERENCES store,
    kind        varchar(32) NOT NULL CHECK (kind IN {allocation_kind}),
    actor       text NOT NULL,
    expires_at  {instant},
    released_at {instant},
    created_at  {instant} NOT NULL
);
-- One active allocation of any kind for a car; so no second hard one either.
CREATE UNIQUE INDEX idx_allocation_vehicle_id_active ON allocation (vehicle_id) WHERE released_at IS NULL;
-- One active hard allocation for an order.
CREATE UNIQUE INDEX idx_allocation_order_id_active_hard ON allocation (order_id)
    WHERE kind = 'HARD' AND released_at IS NULL;
-- Allocations of a car, past ones too, newest first.
CREATE INDEX idx_allocation_vehicle_id_created_at_id ON allocation (vehicle_id, created_at, id);
-- Allocations of an order, past ones too.
CREATE INDEX idx_allocation_order_id ON allocation (order_id);

CREATE TABLE vehicle_event (
    id          {uuid} NOT NULL PRIMARY KEY,
    vehicle_id  {uuid} NOT NULL REFERENCES vehicle_unit,
    kind        varchar(32) NOT NULL CHECK (kind IN {vehicle_event_kind}),
    -- Physical or commercial states, so no list.
    from_status text,
    to_status   text,
    actor       text NOT NULL,
    occurred_at {instant} NOT NULL
);
-- History of a car.
CREATE INDEX idx_vehicle_event_vehicle_id_occurred_at_id ON vehicle_event (vehicle_id, occurred_at, id);

CREATE TABLE inventory_visibility_policy (
    id                {uuid} NOT NULL PRIMARY KEY,
    name              text NOT NULL,
    status            varchar(32) NOT NULL CHECK (status IN {policy_status}),
    effect            varchar(32) NOT NULL CHECK (effect IN {effect}),
    priority          integer NOT NULL,
    roles             {json} NOT NULL,
    store_ids         {json} NOT NULL,
    scope             varchar(32) NOT NULL CHECK (scope IN {scope}),
    radius_km         integer CHECK (radius_km >= 0),
    stock_types       {json} NOT NULL,
    statuses          {json} NOT NULL,
    sales_models      {json} NOT NULL,
    min_age_days      integer CHECK (min_age_days >= 0),
    max_age_days      integer CHECK (max_age_days >= 0),
    vin_disclosure    varchar(32) NOT NULL CHECK (vin_disclosure IN {vin_disclosure}),
    age_disclosure    varchar(32) NOT NULL CHECK (age_disclosure IN {age_disclosure}),
    holder_disclosure varchar(32) NOT NULL CHECK (holder_disclosure IN {holder_disclosure}),
    may_reserve       boolean NOT NULL,
    effective_from    {instant} NOT NULL,
    effective_to      {instant},
    version           integer NOT NULL CHECK (version >= 1)
);
";

const DOWN: &str = "
DROP TABLE inventory_visibility_policy;
DROP TABLE vehicle_event;
DROP TABLE allocation;
DROP TABLE transport_leg;
DROP TABLE vehicle_unit;
DROP TABLE production_slot;
";
