//! Where a car that is being transferred goes, so that nobody else can receive it.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE vehicle_unit ADD COLUMN transfer_to_store_id {uuid} REFERENCES store;
";

const DOWN: &str = "
ALTER TABLE vehicle_unit DROP COLUMN transfer_to_store_id;
";
