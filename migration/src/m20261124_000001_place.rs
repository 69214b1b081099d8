//! Cities, organisations, stores and their staff.

use crate::helpers::Step;

pub const STEP: Step = Step {
    module: module_path!(),
    lists: &[
        ("organization_kind", "OEM REGION DEALER_GROUP STORE PLANT LOGISTICS LENDER"),
        ("region", "NORTH NORTHEAST EAST CENTRAL SOUTH SOUTHWEST NORTHWEST"),
        ("role", "CUSTOMER CONSULTANT STORE_MANAGER OPERATOR PARTNER_SYSTEM"),
        ("sales_model", "DIRECT AGENCY WHOLESALE"),
        ("store_service", "SALES TEST_DRIVE DELIVERY SERVICE CHARGING"),
    ],
    up: UP,
    down: DOWN,
};

// `city_code` is no foreign key anywhere: hubs and addresses lie in cities that the table need not hold.
const UP: &str = "
CREATE TABLE city (
    code          text NOT NULL PRIMARY KEY CHECK (length(code) = 6),
    name_zh       text NOT NULL,
    name_en       text NOT NULL,
    province_code text NOT NULL CHECK (length(province_code) = 2),
    region        varchar(32) NOT NULL CHECK (region IN {region}),
    latitude      double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude     double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    dialling_code text NOT NULL
);

CREATE TABLE organization (
    id         {uuid} NOT NULL PRIMARY KEY,
    kind       varchar(32) NOT NULL CHECK (kind IN {organization_kind}),
    name_zh    text NOT NULL,
    name_en    text NOT NULL,
    parent_id  {uuid} REFERENCES organization,
    region     varchar(32) CHECK (region IN {region}),
    created_at {instant} NOT NULL
);

CREATE TABLE store (
    id                {uuid} NOT NULL PRIMARY KEY,
    organization_id   {uuid} NOT NULL REFERENCES organization,
    code              text NOT NULL UNIQUE,
    name_zh           text NOT NULL,
    name_en           text NOT NULL,
    sales_model       varchar(32) NOT NULL CHECK (sales_model IN {sales_model}),
    city_code         text NOT NULL,
    address_zh        text NOT NULL,
    address_en        text NOT NULL,
    latitude          double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude         double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    opens_at          text NOT NULL,
    closes_at         text NOT NULL,
    service_radius_km integer NOT NULL CHECK (service_radius_km >= 0),
    delivery_center   boolean NOT NULL,
    created_at        {instant} NOT NULL
);
-- Stores of a city.
CREATE INDEX idx_store_city_code ON store (city_code);
-- Stores near a point: the box before the distance.
CREATE INDEX idx_store_latitude_longitude ON store (latitude, longitude);
-- Stores of a dealer group, for the visibility scope SAME_GROUP.
CREATE INDEX idx_store_organization_id ON store (organization_id);

CREATE TABLE store_service (
    store_id {uuid} NOT NULL REFERENCES store,
    service  varchar(32) NOT NULL CHECK (service IN {store_service}),
    PRIMARY KEY (store_id, service)
);

CREATE TABLE staff (
    id         {uuid} NOT NULL PRIMARY KEY,
    number     text NOT NULL UNIQUE,
    name       {bytes} NOT NULL,
    store_id   {uuid} REFERENCES store,
    role       varchar(32) NOT NULL CHECK (role IN {role}),
    active     boolean NOT NULL,
    created_at {instant} NOT NULL
);
-- Consultants of a store.
CREATE INDEX idx_staff_store_id ON staff (store_id);
";

const DOWN: &str = "
DROP TABLE staff;
DROP TABLE store_service;
DROP TABLE store;
DROP TABLE organization;
DROP TABLE city;
";
