//! Cars that go back: who has one no more, and money that goes over to another order.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

// PostgreSQL need not look at the rows that are there; SQLite changes a CHECK in the text of its schema (see `kind_of`).
const UP: &str = "
ALTER TABLE owned_vehicle ADD COLUMN ended_at {instant};
-- Hand-overs that were taken back before that was noted.
UPDATE owned_vehicle SET ended_at = (SELECT o.updated_at FROM customer_order o WHERE o.id = owned_vehicle.order_id)
WHERE NOT EXISTS (SELECT 1 FROM customer_order o WHERE o.id = owned_vehicle.order_id
    AND o.status IN ('DELIVERED', 'COMPLETED', 'RETURN_REQUESTED'));
-- A car is one customer's at a time.
CREATE UNIQUE INDEX idx_owned_vehicle_vehicle_id ON owned_vehicle (vehicle_id) WHERE ended_at IS NULL;

-- Of it, what went over to another order; and which payment of another order it comes of.
ALTER TABLE payment ADD COLUMN carried_minor bigint NOT NULL DEFAULT 0 CHECK (carried_minor >= 0);
ALTER TABLE payment ADD COLUMN carried_from_id {uuid} REFERENCES payment;
{postgres: ALTER TABLE payment DROP CONSTRAINT payment_method_check; }
{postgres: ALTER TABLE payment ADD CONSTRAINT payment_method_check CHECK (method IN \
             ('WECHAT_PAY', 'ALIPAY', 'UNIONPAY', 'BANK_TRANSFER', 'POS', 'LOAN_DISBURSEMENT', 'CARRIED_OVER')) NOT VALID; }
{sqlite: PRAGMA writable_schema = ON; }
{sqlite: UPDATE sqlite_schema SET sql = replace(sql, '''LOAN_DISBURSEMENT'')', '''LOAN_DISBURSEMENT'', ''CARRIED_OVER'')') \
             WHERE type = 'table' AND name = 'payment'; }
{sqlite: PRAGMA writable_schema = RESET; CREATE TABLE schema_changed (one integer); DROP TABLE schema_changed; }

-- Whether it waits until what was invoiced before is red; money above the price does not.
ALTER TABLE refund ADD COLUMN waits_for_red boolean NOT NULL DEFAULT TRUE;
";

const DOWN: &str = "
ALTER TABLE refund DROP COLUMN waits_for_red;
UPDATE payment SET method = 'BANK_TRANSFER' WHERE method = 'CARRIED_OVER';
{postgres: ALTER TABLE payment DROP CONSTRAINT payment_method_check; }
{postgres: ALTER TABLE payment ADD CONSTRAINT payment_method_check CHECK (method IN \
             ('WECHAT_PAY', 'ALIPAY', 'UNIONPAY', 'BANK_TRANSFER', 'POS', 'LOAN_DISBURSEMENT')); }
ALTER TABLE payment DROP COLUMN carried_from_id;
ALTER TABLE payment DROP COLUMN carried_minor;
{sqlite: PRAGMA writable_schema = ON; }
{sqlite: UPDATE sqlite_schema SET sql = replace(sql, ', ''CARRIED_OVER'')', ')') WHERE type = 'table' AND name = 'payment'; }
{sqlite: PRAGMA writable_schema = RESET; CREATE TABLE schema_changed (one integer); DROP TABLE schema_changed; }
DROP INDEX idx_owned_vehicle_vehicle_id;
ALTER TABLE owned_vehicle DROP COLUMN ended_at;
";
