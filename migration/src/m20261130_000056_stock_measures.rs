//! Alerts of stock that sells slowly and of demonstrators that are to go, what cars have run, and how sort rules weigh their criteria.

use crate::helpers::Step;

pub const STEP: Step =
    Step { module: module_path!(), lists: &[("sort_mode", "LEXICOGRAPHIC WEIGHTED")], up: UP, down: DOWN };

// SQLite changes a CHECK in the text of its schema, as `kind_of` does.
const UP: &str = "
ALTER TABLE vehicle_unit ADD COLUMN odometer_km integer CHECK (odometer_km >= 0);
ALTER TABLE stock_alert_rule ADD COLUMN mileage_km integer CHECK (mileage_km >= 0);
ALTER TABLE inventory_sort_rule ADD COLUMN mode varchar(32) NOT NULL DEFAULT 'LEXICOGRAPHIC' CHECK (mode IN {sort_mode});
-- Cars that were handed over, by when.
CREATE INDEX idx_vehicle_event_delivered_occurred_at_vehicle_id ON vehicle_event (occurred_at, vehicle_id)
    WHERE to_status = 'DELIVERED';
{postgres:
ALTER TABLE stock_alert_rule DROP CONSTRAINT stock_alert_rule_metric_check;
ALTER TABLE stock_alert_rule ADD CONSTRAINT stock_alert_rule_metric_check CHECK (metric IN ('AGE_OVER', 'LEVEL_OVER',
    'LEVEL_UNDER', 'IN_TRANSIT_OVERDUE', 'TURNOVER_LOW', 'DEMO_RETIRE_DUE'));
}{sqlite:
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''IN_TRANSIT_OVERDUE'')', '''IN_TRANSIT_OVERDUE'', ''TURNOVER_LOW'', ''DEMO_RETIRE_DUE'')')
    WHERE type = 'table' AND name = 'stock_alert_rule';
PRAGMA writable_schema = RESET;
CREATE TABLE schema_changed (one integer);
DROP TABLE schema_changed;
}
";

const DOWN: &str = "
DELETE FROM stock_alert WHERE rule_id IN (
    SELECT id FROM stock_alert_rule WHERE metric IN ('TURNOVER_LOW', 'DEMO_RETIRE_DUE'));
DELETE FROM stock_alert_rule WHERE metric IN ('TURNOVER_LOW', 'DEMO_RETIRE_DUE');
DROP INDEX idx_vehicle_event_delivered_occurred_at_vehicle_id;
ALTER TABLE inventory_sort_rule DROP COLUMN mode;
ALTER TABLE stock_alert_rule DROP COLUMN mileage_km;
ALTER TABLE vehicle_unit DROP COLUMN odometer_km;
{postgres:
ALTER TABLE stock_alert_rule DROP CONSTRAINT stock_alert_rule_metric_check;
ALTER TABLE stock_alert_rule ADD CONSTRAINT stock_alert_rule_metric_check CHECK (metric IN ('AGE_OVER', 'LEVEL_OVER',
    'LEVEL_UNDER', 'IN_TRANSIT_OVERDUE'));
}{sqlite:
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''IN_TRANSIT_OVERDUE'', ''TURNOVER_LOW'', ''DEMO_RETIRE_DUE'')', '''IN_TRANSIT_OVERDUE'')')
    WHERE type = 'table' AND name = 'stock_alert_rule';
PRAGMA writable_schema = RESET;
CREATE TABLE schema_changed (one integer);
DROP TABLE schema_changed;
}
";
