//! Changes of an order other than calling it off: more kinds of request, what each wants, and what was quoted.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

// PostgreSQL need not look at the rows that are there; SQLite changes a CHECK in the text of its schema (see `kind_of`).
const UP: &str = "
ALTER TABLE customer_order ADD COLUMN deferred_until {date};
ALTER TABLE order_change_request ADD COLUMN asked {json};
ALTER TABLE order_change_request ADD COLUMN buyer_name {bytes};
ALTER TABLE order_change_request ADD COLUMN buyer_id_number {bytes};
ALTER TABLE order_change_request ADD COLUMN consequences {json};
ALTER TABLE order_change_request ADD COLUMN quoted_version integer;
ALTER TABLE order_change_request ADD COLUMN new_order_id {uuid} REFERENCES customer_order;
{postgres: ALTER TABLE order_change_request DROP CONSTRAINT order_change_request_kind_check; }
{postgres: ALTER TABLE order_change_request ADD CONSTRAINT order_change_request_kind_check CHECK (kind IN \
             ('CANCEL', 'REFUND', 'RECONFIGURE', 'BUYER_CHANGE', 'STORE_CHANGE', 'DELIVERY_DEFER', 'RETURN', 'EXCHANGE')) NOT VALID; }
{sqlite: PRAGMA writable_schema = ON; }
{sqlite: UPDATE sqlite_schema SET sql = replace(sql, '(''CANCEL'')', '(''CANCEL'', ''REFUND'', ''RECONFIGURE'', ''BUYER_CHANGE'', \
             ''STORE_CHANGE'', ''DELIVERY_DEFER'', ''RETURN'', ''EXCHANGE'')') WHERE type = 'table' AND name = 'order_change_request'; }
{sqlite: PRAGMA writable_schema = RESET; CREATE TABLE schema_changed (one integer); DROP TABLE schema_changed; }
-- Requests of all orders, and those that are as far, the newest first.
CREATE INDEX idx_order_change_request_requested_at_id ON order_change_request (requested_at, id);
CREATE INDEX idx_order_change_request_state_requested_at_id ON order_change_request (state, requested_at, id);
-- Which request an order came of.
CREATE INDEX idx_order_change_request_new_order_id ON order_change_request (new_order_id) WHERE new_order_id IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX idx_order_change_request_new_order_id;
DROP INDEX idx_order_change_request_state_requested_at_id;
DROP INDEX idx_order_change_request_requested_at_id;
UPDATE refund SET change_request_id = NULL WHERE change_request_id IN (SELECT id FROM order_change_request WHERE kind <> 'CANCEL');
UPDATE customer_order SET has_open_change_request = (status = 'CANCELLATION_REQUESTED')
WHERE has_open_change_request <> (status = 'CANCELLATION_REQUESTED');
DELETE FROM order_change_request WHERE kind <> 'CANCEL';
{postgres: ALTER TABLE order_change_request DROP CONSTRAINT order_change_request_kind_check; }
{postgres: ALTER TABLE order_change_request ADD CONSTRAINT order_change_request_kind_check CHECK (kind IN ('CANCEL')); }
ALTER TABLE customer_order DROP COLUMN deferred_until;
ALTER TABLE order_change_request DROP COLUMN new_order_id;
ALTER TABLE order_change_request DROP COLUMN quoted_version;
ALTER TABLE order_change_request DROP COLUMN consequences;
ALTER TABLE order_change_request DROP COLUMN buyer_id_number;
ALTER TABLE order_change_request DROP COLUMN buyer_name;
ALTER TABLE order_change_request DROP COLUMN asked;
{sqlite: PRAGMA writable_schema = ON; }
{sqlite: UPDATE sqlite_schema SET sql = replace(sql, '(''CANCEL'', ''REFUND'', ''RECONFIGURE'', ''BUYER_CHANGE'', \
             ''STORE_CHANGE'', ''DELIVERY_DEFER'', ''RETURN'', ''EXCHANGE'')', '(''CANCEL'')') WHERE type = 'table' AND name = 'order_change_request'; }
{sqlite: PRAGMA writable_schema = RESET; CREATE TABLE schema_changed (one integer); DROP TABLE schema_changed; }
";
