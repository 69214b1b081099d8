//! Hand-over: ceremonies, appointments, what is done before and at it, and the cars that customers have.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] = &[
    ("handover_mode", "STORE HOME CENTER"),
    ("preparation_code", "BALANCE LOAN INSURANCE PLATE VEHICLE CHARGER DOCUMENTS HOME_ACCESS CEREMONY"),
];

const UP: &str = "
CREATE TABLE handover_ceremony (
    id               {uuid} NOT NULL PRIMARY KEY,
    store_id         {uuid} NOT NULL REFERENCES store,
    code             text NOT NULL,
    name_zh          text NOT NULL,
    name_en          text NOT NULL,
    price_minor      bigint NOT NULL CHECK (price_minor >= 0),
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 30 AND 240),
    add_ons          {json} NOT NULL,
    active           boolean NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    created_at       {instant} NOT NULL,
    updated_at       {instant} NOT NULL,
    UNIQUE (store_id, code)
);

CREATE TABLE handover_desk (
    store_id   {uuid} NOT NULL PRIMARY KEY REFERENCES store,
    bays       integer NOT NULL CHECK (bays BETWEEN 0 AND 50),
    updated_at {instant} NOT NULL
);

CREATE TABLE handover_appointment (
    id           {uuid} NOT NULL PRIMARY KEY,
    order_id     {uuid} NOT NULL REFERENCES customer_order,
    store_id     {uuid} NOT NULL REFERENCES store,
    ceremony_id  {uuid} REFERENCES handover_ceremony,
    mode         varchar(32) NOT NULL CHECK (mode IN {handover_mode}),
    starts_at    {instant} NOT NULL,
    ends_at      {instant} NOT NULL,
    add_ons      {json} NOT NULL,
    price_minor  bigint NOT NULL CHECK (price_minor >= 0),
    address      {bytes},
    booked_by    text NOT NULL,
    booked_at    {instant} NOT NULL,
    cancelled_at {instant},
    updated_at   {instant} NOT NULL
);
-- Of one order one stands.
CREATE UNIQUE INDEX idx_handover_appointment_order_id ON handover_appointment (order_id) WHERE cancelled_at IS NULL;
-- What is taken of a store's day.
CREATE INDEX idx_handover_appointment_store_id_starts_at ON handover_appointment (store_id, starts_at)
    WHERE cancelled_at IS NULL;

CREATE TABLE delivery (
    order_id               {uuid} NOT NULL PRIMARY KEY REFERENCES customer_order,
    code_number            integer NOT NULL CHECK (code_number >= 0),
    wrong_tries            integer NOT NULL CHECK (wrong_tries BETWEEN 0 AND 5),
    checklist              {json} NOT NULL,
    checklist_completed_at {instant},
    customer_signature     text CHECK (length(customer_signature) = 64),
    store_signature        text CHECK (length(store_signature) = 64),
    odometer_km            integer CHECK (odometer_km >= 0),
    confirmed_by           text,
    confirmed_at           {instant},
    updated_at             {instant} NOT NULL
);

CREATE TABLE preparation_task (
    order_id {uuid} NOT NULL REFERENCES customer_order,
    code     varchar(32) NOT NULL CHECK (code IN {preparation_code}),
    done_by  text NOT NULL,
    done_at  {instant} NOT NULL,
    PRIMARY KEY (order_id, code)
);

CREATE TABLE owned_vehicle (
    id                {uuid} NOT NULL PRIMARY KEY,
    customer_id       {uuid} NOT NULL REFERENCES customer,
    order_id          {uuid} NOT NULL UNIQUE REFERENCES customer_order,
    vehicle_id        {uuid} NOT NULL REFERENCES vehicle_unit,
    trim_id           {uuid} NOT NULL REFERENCES trim,
    vin               {bytes} NOT NULL,
    handed_over_at    {instant} NOT NULL,
    warranty_start_at {instant} NOT NULL,
    odometer_km       integer NOT NULL CHECK (odometer_km >= 0),
    created_at        {instant} NOT NULL
);
-- Cars of a customer, the last one first.
CREATE INDEX idx_owned_vehicle_customer_id_handed_over_at_id ON owned_vehicle (customer_id, handed_over_at DESC, id DESC);

-- Orders whose days of grace run.
CREATE INDEX idx_customer_order_delivered_at_under_way ON customer_order (delivered_at) WHERE status = 'DELIVERED';
";

const DOWN: &str = "
DROP INDEX idx_customer_order_delivered_at_under_way;
DROP TABLE owned_vehicle;
DROP TABLE preparation_task;
DROP TABLE delivery;
DROP TABLE handover_appointment;
DROP TABLE handover_desk;
DROP TABLE handover_ceremony;
";
