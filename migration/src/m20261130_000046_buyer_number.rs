//! Who was to buy is nobody's number to keep once the request is over: it goes with its end, and of requests that ended before, now.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
UPDATE order_change_request SET buyer_id_number = NULL WHERE state IN ('DONE', 'REJECTED', 'WITHDRAWN', 'FAILED');
";

// What is gone is gone.
const DOWN: &str = "SELECT 1;";
