//! Tokens that no longer count.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

// `subject` is what a token says of its owner: a person whom no table has to know.
const UP: &str = "
CREATE TABLE token_withdrawal (
    subject    text NOT NULL PRIMARY KEY,
    up_to      {instant} NOT NULL,
    reason     text NOT NULL CHECK (length(reason) <= 500),
    actor      text NOT NULL,
    updated_at {instant} NOT NULL
);
";

const DOWN: &str = "
DROP TABLE token_withdrawal;
";
