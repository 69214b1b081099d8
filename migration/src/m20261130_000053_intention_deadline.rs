//! Until when an order is to become firm. What is there gets the usual thirty days, from the payment of the intention or from the order;
//! an order that another system told of is that system's to end.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE customer_order ADD COLUMN intention_deadline {instant};
UPDATE customer_order SET intention_deadline =
    {postgres: created_at + interval '30 days'}{sqlite: strftime('%Y-%m-%dT%H:%M:%S+00:00', created_at, '+30 days')}
WHERE status IN ('DRAFT', 'INTENTION')
    AND NOT EXISTS (SELECT 1 FROM inbound_subject s WHERE s.subject = 'order/' || customer_order.number);
UPDATE customer_order SET intention_deadline = (
    SELECT {postgres: max(p.captured_at) + interval '30 days'}
        {sqlite: strftime('%Y-%m-%dT%H:%M:%S+00:00', max(p.captured_at), '+30 days')}
    FROM payment p
    WHERE p.order_id = customer_order.id AND p.purpose = 'INTENTION_DEPOSIT' AND p.captured_at IS NOT NULL)
WHERE status = 'INTENTION' AND intention_deadline IS NOT NULL
    AND EXISTS (SELECT 1 FROM payment p
        WHERE p.order_id = customer_order.id AND p.purpose = 'INTENTION_DEPOSIT' AND p.captured_at IS NOT NULL);
-- Orders that nobody has made firm, in order of their end.
CREATE INDEX idx_customer_order_intention_deadline_id ON customer_order (intention_deadline, id)
    WHERE status IN ('DRAFT', 'INTENTION');
";

const DOWN: &str = "
DROP INDEX idx_customer_order_intention_deadline_id;
ALTER TABLE customer_order DROP COLUMN intention_deadline;
";
