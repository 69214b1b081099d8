//! Cars that go back: who has one no more, and money that goes over to another order.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE owned_vehicle ADD COLUMN ended_at {instant};
-- Hand-overs that were taken back before that was noted.
UPDATE owned_vehicle SET ended_at = (SELECT o.updated_at FROM customer_order o WHERE o.id = owned_vehicle.order_id)
WHERE NOT EXISTS (SELECT 1 FROM customer_order o WHERE o.id = owned_vehicle.order_id
    AND o.status IN ('DELIVERED', 'COMPLETED', 'RETURN_REQUESTED'));
-- A car is one customer's at a time.
CREATE UNIQUE INDEX idx_owned_vehicle_vehicle_id ON owned_vehicle (vehicle_id) WHERE ended_at IS NULL;
";

const DOWN: &str = "
DROP INDEX idx_owned_vehicle_vehicle_id;
ALTER TABLE owned_vehicle DROP COLUMN ended_at;
";
