//! How often the apps ask for their documents, so that one which nobody needs any more can be retired.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE document_use (
    client   text NOT NULL,
    document text NOT NULL,
    version  text NOT NULL CHECK (length(version) <= 40),
    day      {date} NOT NULL,
    uses     bigint NOT NULL CHECK (uses > 0),
    PRIMARY KEY (client, document, version, day)
);
CREATE INDEX idx_document_use_day ON document_use (day);
";

const DOWN: &str = "
DROP TABLE document_use;
";
