//! The car of a place in a plant's plan is found by it.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
CREATE INDEX idx_vehicle_unit_production_slot_id ON vehicle_unit (production_slot_id)
    WHERE production_slot_id IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX idx_vehicle_unit_production_slot_id;
";
