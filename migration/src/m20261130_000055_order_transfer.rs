//! For which order a transfer brings its car to the store that hands it over, and which store sells that order.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE stock_transfer ADD COLUMN order_id {uuid} REFERENCES customer_order;
ALTER TABLE stock_transfer ADD COLUMN order_store_id {uuid} REFERENCES store;

CREATE INDEX idx_stock_transfer_order_id ON stock_transfer (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX idx_stock_transfer_order_store_id_requested_at_id ON stock_transfer (order_store_id, requested_at, id)
    WHERE order_store_id IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX idx_stock_transfer_order_store_id_requested_at_id;
DROP INDEX idx_stock_transfer_order_id;
ALTER TABLE stock_transfer DROP COLUMN order_store_id;
ALTER TABLE stock_transfer DROP COLUMN order_id;
";
