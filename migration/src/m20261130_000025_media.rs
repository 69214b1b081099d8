//! What shows a model: pictures, films, models to turn around.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE vehicle_model ADD COLUMN media {json} NOT NULL DEFAULT '[]';
";

const DOWN: &str = "
ALTER TABLE vehicle_model DROP COLUMN media;
";
