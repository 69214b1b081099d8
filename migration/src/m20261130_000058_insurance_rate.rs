//! What commercial insurance of a car is reckoned with.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[("powertrain", "BEV EREV PHEV")], up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE insurance_rate (
    id         {uuid} NOT NULL PRIMARY KEY,
    code       text NOT NULL UNIQUE,
    city_code  text,
    powertrain varchar(32) CHECK (powertrain IN {powertrain}),
    base_minor bigint NOT NULL CHECK (base_minor >= 0),
    rate_bp    integer NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    starts_on  {date} NOT NULL,
    ends_on    {date},
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
";

const DOWN: &str = "
DROP TABLE insurance_rate;
";
