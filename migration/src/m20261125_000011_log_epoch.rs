//! The epoch of the event log.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
-- One row. `origin` says which database the epoch was given to; another one starts another.
CREATE TABLE event_log (
    id         integer NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch      bigint NOT NULL,
    origin     text NOT NULL,
    renewed_at {instant} NOT NULL
);
";

const DOWN: &str = "
DROP TABLE event_log;
";
