//! An index by which the sales of a trim in a city are found.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
-- Sales of a trim in a city, the newest first.
CREATE INDEX idx_customer_order_trim_id_city_code_placed_at ON customer_order (trim_id, city_code, placed_at)
    WHERE placed_at IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX idx_customer_order_trim_id_city_code_placed_at;
";
