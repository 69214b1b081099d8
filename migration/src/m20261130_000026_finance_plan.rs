//! How a car can be paid over time.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] =
    &[("method", "EQUAL_INSTALMENT EQUAL_PRINCIPAL BALLOON LEASE"), ("powertrain", "BEV EREV PHEV")];

const UP: &str = "
CREATE TABLE finance_plan (
    id           {uuid} NOT NULL PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    lender_id    {uuid} NOT NULL REFERENCES organization,
    name_zh      text NOT NULL,
    name_en      text NOT NULL,
    intro_zh     text NOT NULL,
    intro_en     text NOT NULL,
    method       varchar(32) NOT NULL CHECK (method IN {method}),
    city_code    text,
    powertrain   varchar(32) CHECK (powertrain IN {powertrain}),
    trim_id      {uuid} REFERENCES trim,
    min_down_bp  integer NOT NULL CHECK (min_down_bp BETWEEN 0 AND 10000),
    balloon_bp   integer NOT NULL CHECK (balloon_bp BETWEEN 0 AND 10000),
    fee_minor    bigint NOT NULL CHECK (fee_minor >= 0),
    terms        {json} NOT NULL,
    starts_on    {date} NOT NULL,
    ends_on      {date},
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
";

const DOWN: &str = "
DROP TABLE finance_plan;
";
