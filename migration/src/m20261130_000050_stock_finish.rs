//! What holds a car beside its damage, and what was left open though it was over.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
-- Whether the car's system of record holds it: it stays held then, whatever becomes of its damage.
ALTER TABLE vehicle_unit ADD COLUMN held_upstream boolean NOT NULL DEFAULT FALSE;
-- Those that are held without damage that is open: nobody else can have held them.
UPDATE vehicle_unit SET held_upstream = TRUE
WHERE physical_status = 'QUALITY_HOLD' AND NOT EXISTS (
    SELECT 1 FROM quality_damage_case c WHERE c.vehicle_id = vehicle_unit.id AND c.ended_at IS NULL);

-- A wish for another car is over with the hand-over of this one.
UPDATE quality_damage_case SET swap_state = 'DECLINED', version = version + 1
WHERE swap_state = 'REQUESTED' AND EXISTS (
    SELECT 1 FROM customer_order o WHERE o.id = quality_damage_case.order_id
        AND o.vehicle_id = quality_damage_case.vehicle_id AND o.delivered_at IS NOT NULL);

-- A car that is an order's, sold or lost goes to no other store.
UPDATE stock_transfer SET state = 'CANCELLED', version = version + 1
WHERE state IN ('REQUESTED', 'APPROVED') AND EXISTS (
    SELECT 1 FROM vehicle_unit v WHERE v.id = stock_transfer.vehicle_id
        AND (v.commercial_status IN ('ALLOCATED', 'SOLD') OR v.physical_status IN ('DELIVERED', 'TOTAL_LOSS')));
-- The places that such cars were promised: what went out for them opens a right again.
UPDATE one_in_one_out_entry SET state = 'RIGHT', in_vehicle_id = NULL, transfer_id = NULL
WHERE state = 'PROMISED' AND (out_at IS NOT NULL OR granted) AND EXISTS (
    SELECT 1 FROM stock_transfer t WHERE t.id = one_in_one_out_entry.transfer_id AND t.state = 'CANCELLED');
UPDATE one_in_one_out_entry SET state = 'WITHDRAWN'
WHERE state = 'PROMISED' AND EXISTS (
    SELECT 1 FROM stock_transfer t WHERE t.id = one_in_one_out_entry.transfer_id AND t.state = 'CANCELLED');

-- Of an order that is over nothing can be reached.
UPDATE milestone SET open_since = NULL
WHERE open_since IS NOT NULL AND EXISTS (
    SELECT 1 FROM customer_order o WHERE o.id = milestone.order_id
        AND o.status IN ('CANCELLED', 'EXPIRED', 'COMPLETED', 'RETURNED'));

-- Damage by how far it is, newest first.
CREATE INDEX idx_quality_damage_case_state_reported_at_id ON quality_damage_case (state, reported_at, id);
-- Entries by which a car came in, and by which it went out.
CREATE INDEX idx_one_in_one_out_entry_in_vehicle_id_created_at_id ON one_in_one_out_entry (in_vehicle_id, created_at, id)
    WHERE in_vehicle_id IS NOT NULL;
CREATE INDEX idx_one_in_one_out_entry_out_vehicle_id_created_at_id
    ON one_in_one_out_entry (out_vehicle_id, created_at, id) WHERE out_vehicle_id IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX idx_one_in_one_out_entry_out_vehicle_id_created_at_id;
DROP INDEX idx_one_in_one_out_entry_in_vehicle_id_created_at_id;
DROP INDEX idx_quality_damage_case_state_reported_at_id;
ALTER TABLE vehicle_unit DROP COLUMN held_upstream;
";
