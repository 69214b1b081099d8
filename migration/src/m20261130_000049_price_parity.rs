//! Orders of a trim in a stretch of time, whose prices are looked through (C061).

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
CREATE INDEX idx_customer_order_trim_id_created_at ON customer_order (trim_id, created_at);
";

const DOWN: &str = "
DROP INDEX idx_customer_order_trim_id_created_at;
";
