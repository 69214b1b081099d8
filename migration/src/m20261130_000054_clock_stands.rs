//! What holds an order's dates up, and for how long: the balance that its customer has not paid (domain.md 3.3), and the damage of its car
//! (C101). And orders that wait for a car, for the turn that gives them one (C079).

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
-- While the balance is waited for: the day from which on what is expected moves with the day.
ALTER TABLE customer_order ADD COLUMN eta_moves_from {date};
ALTER TABLE milestone ADD COLUMN forecast_moves_from {date};
-- The damage that delays it, where no other reason was told since; and until when it was delayed for another reason before.
ALTER TABLE milestone ADD COLUMN delay_case_id {uuid} REFERENCES quality_damage_case;
ALTER TABLE milestone ADD COLUMN delay_before_p50 {instant};
ALTER TABLE milestone ADD COLUMN delay_before_p90 {instant};

-- Orders that waited for it already were reckoned as if they did not; their clocks have stood since.
UPDATE customer_order
SET eta_moves_from = {sqlite: date(eta_as_of, '+8 hours')}{postgres: CAST(eta_as_of AT TIME ZONE 'Asia/Shanghai' AS date)}
WHERE eta_likely IS NOT NULL
  AND status IN ('PLACED', 'LOCKED', 'CONTRACTED', 'IN_FULFILLMENT', 'READY_FOR_DELIVERY', 'DELIVERED', 'CANCELLATION_REQUESTED')
  AND EXISTS (SELECT 1 FROM milestone m
      WHERE m.order_id = customer_order.id AND m.code = 'BALANCE_PAID' AND m.state NOT IN ('DONE', 'SKIPPED'))
  AND (
    EXISTS (SELECT 1 FROM milestone m
        WHERE m.order_id = customer_order.id AND m.code = 'PDI_DONE' AND m.state IN ('DONE', 'SKIPPED'))
    OR (
      COALESCE(balance_first, (SELECT NOT s.delivery_center FROM store s WHERE s.id = customer_order.delivery_store_id))
      AND NOT EXISTS (SELECT 1 FROM milestone m
          WHERE m.order_id = customer_order.id AND m.code = 'QUALITY_RELEASED' AND m.state NOT IN ('DONE', 'SKIPPED'))
      AND EXISTS (SELECT 1 FROM milestone m
          WHERE m.order_id = customer_order.id AND m.code = 'ALLOCATED' AND m.state IN ('DONE', 'SKIPPED'))
      AND EXISTS (SELECT 1 FROM milestone m
          WHERE m.order_id = customer_order.id AND m.code = 'SHIPPED' AND m.state NOT IN ('DONE', 'SKIPPED'))
    )
  );
UPDATE milestone
SET forecast_moves_from = (SELECT o.eta_moves_from FROM customer_order o WHERE o.id = milestone.order_id)
WHERE forecast_p50 IS NOT NULL AND state NOT IN ('DONE', 'SKIPPED', 'DELAYED')
  AND order_id IN (SELECT o.id FROM customer_order o WHERE o.eta_moves_from IS NOT NULL);

-- Orders that wait for a car that is there already, the one that has waited longest first.
CREATE INDEX idx_customer_order_placed_at_id_waiting ON customer_order (placed_at, id)
    WHERE vehicle_id IS NULL AND placed_at IS NOT NULL
        AND status IN ('LOCKED', 'CONTRACTED', 'IN_FULFILLMENT')
        AND fulfillment_mode IN ('BUILD_TO_STOCK', 'LOCATE_TO_ORDER');

-- One row, by which the processes agree on who gives the cars, and behind which order the next turn begins.
CREATE TABLE match_turn (
    id              integer NOT NULL PRIMARY KEY CHECK (id = 1),
    ended_at        {instant} NOT NULL,
    leased_until    {instant} NOT NULL,
    after_placed_at {instant},
    after_id        {uuid}
);
INSERT INTO match_turn (id, ended_at, leased_until)
VALUES (1, '1970-01-01T00:00:00+00:00', '1970-01-01T00:00:00+00:00');
";

const DOWN: &str = "
DROP TABLE match_turn;
DROP INDEX idx_customer_order_placed_at_id_waiting;
ALTER TABLE milestone DROP COLUMN delay_before_p90;
ALTER TABLE milestone DROP COLUMN delay_before_p50;
ALTER TABLE milestone DROP COLUMN delay_case_id;
ALTER TABLE milestone DROP COLUMN forecast_moves_from;
ALTER TABLE customer_order DROP COLUMN eta_moves_from;
";
