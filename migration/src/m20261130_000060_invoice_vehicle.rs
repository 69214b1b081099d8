//! Which car an invoice names.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE invoice ADD COLUMN vehicle_id {uuid} REFERENCES vehicle_unit;
UPDATE invoice SET vehicle_id = (SELECT o.vehicle_id FROM customer_order o WHERE o.id = invoice.order_id)
WHERE covers = 'CAR';
-- Invoices of a car that are not over.
CREATE INDEX idx_invoice_vehicle_id ON invoice (vehicle_id)
    WHERE covers = 'CAR' AND state NOT IN ('FAILED', 'RED_ISSUED');
";

const DOWN: &str = "
DROP INDEX idx_invoice_vehicle_id;
ALTER TABLE invoice DROP COLUMN vehicle_id;
";
