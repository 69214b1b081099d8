//! Indexes for what is asked most often: consents in force, and the orders that a store hands over by their state.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
-- Consents of a customer for a purpose that are not withdrawn. Not unique: one statement closes one and opens the next.
CREATE INDEX idx_consent_in_force ON consent (customer_id, purpose) WHERE withdrawn_at IS NULL;
-- A store's orders to hand over in a state, newest first.
CREATE INDEX idx_customer_order_delivery_store_id_status_created_at_id
    ON customer_order (delivery_store_id, status, created_at, id);
";

const DOWN: &str = "
DROP INDEX idx_customer_order_delivery_store_id_status_created_at_id;
DROP INDEX idx_consent_in_force;
";
