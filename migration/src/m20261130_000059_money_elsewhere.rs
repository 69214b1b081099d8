//! Money that went back by another way than its provider's, and what the provider knows by another number or still waits for.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE payment ADD COLUMN refunded_elsewhere_minor bigint NOT NULL DEFAULT 0
    CHECK (refunded_elsewhere_minor >= 0 AND refunded_elsewhere_minor <= refunded_minor);
ALTER TABLE payment ADD COLUMN provider_payment_id {uuid} REFERENCES payment;
ALTER TABLE payment ADD COLUMN left_open boolean NOT NULL DEFAULT false;
-- What was recorded by hand has a number of its bank.
UPDATE payment SET refunded_elsewhere_minor = by_hand.minor
FROM (SELECT r.payment_id, CASE WHEN sum(r.amount_minor) > min(p.refunded_minor) THEN min(p.refunded_minor)
        ELSE sum(r.amount_minor) END AS minor
    FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.state = 'DONE' AND r.reference IS NOT NULL
    GROUP BY r.payment_id) by_hand
WHERE payment.id = by_hand.payment_id;
-- The marks of what is not made yet: in the sum of the provider alone, and what it has said no to behind the rest.
UPDATE refund SET until_minor = CASE WHEN marks.minor > 0 THEN marks.minor ELSE 0 END
FROM (SELECT r.id, r.until_minor - p.refunded_elsewhere_minor
        - coalesce((SELECT sum(f.amount_minor) FROM refund f WHERE f.payment_id = r.payment_id AND f.state = 'FAILED'
            AND r.state <> 'FAILED' AND f.until_minor < r.until_minor), 0)
        + coalesce((SELECT sum(o.amount_minor) FROM refund o WHERE o.payment_id = r.payment_id
            AND o.state IN ('CREATED', 'PENDING') AND r.state = 'FAILED' AND o.until_minor > r.until_minor), 0) AS minor
    FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.state <> 'DONE') marks
WHERE refund.id = marks.id;
DROP INDEX idx_payment_checked_at;
-- Those that the provider waits for: which of them was asked about longest ago.
CREATE INDEX idx_payment_checked_at ON payment (checked_at)
    WHERE (state IN ('PENDING', 'AUTHORIZED') AND expires_at IS NOT NULL) OR left_open;
";

const DOWN: &str = "
DROP INDEX idx_payment_checked_at;
CREATE INDEX idx_payment_checked_at ON payment (checked_at)
    WHERE state IN ('PENDING', 'AUTHORIZED') AND expires_at IS NOT NULL;
ALTER TABLE payment DROP COLUMN left_open;
ALTER TABLE payment DROP COLUMN provider_payment_id;
ALTER TABLE payment DROP COLUMN refunded_elsewhere_minor;
";
