//! The stream of everything that happens (guarantees 1.2).

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

// What is in the log already is numbered here: of the copies of an event the one on the stream of the thing itself, in the
// order of time as far as each stream's own order lets it.
const UP: &str = "
-- Empty on a copy, 0 on the first place of an event until it has its number on the stream `oem`.
ALTER TABLE event ADD COLUMN oem_sequence bigint CHECK (oem_sequence >= 0);
-- Entries up to this number are no longer kept, or not all of them. Counted on the stream `oem` alone, whose beginning
-- does not go in the order of its numbers.
ALTER TABLE event_stream ADD COLUMN forgotten bigint NOT NULL DEFAULT 0;
UPDATE event SET oem_sequence = numbered.place
FROM (
    SELECT stream, sequence, row_number() OVER (ORDER BY at, stream, sequence) AS place
    FROM (
        SELECT stream, sequence,
            max(occurred_at) OVER (PARTITION BY stream ORDER BY sequence) AS at,
            row_number() OVER (
                PARTITION BY event_id
                ORDER BY CASE WHEN stream LIKE '%:' || aggregate_id THEN 0 WHEN stream LIKE 'customer:%' THEN 1 ELSE 2 END,
                    stream
            ) AS copy
        FROM event
    ) AS copies
    WHERE copy = 1
) AS numbered
WHERE event.stream = numbered.stream AND event.sequence = numbered.sequence;
INSERT INTO event_stream (stream, head)
SELECT 'oem', entries FROM (SELECT count(*) AS entries FROM event WHERE oem_sequence > 0) AS counted WHERE entries > 0;
-- The stream itself.
CREATE UNIQUE INDEX idx_event_oem_sequence ON event (oem_sequence) WHERE oem_sequence > 0;
-- What waits for its number.
CREATE INDEX idx_event_oem_waiting ON event (stream, sequence) WHERE oem_sequence = 0;
";

const DOWN: &str = "
DROP INDEX idx_event_oem_waiting;
DROP INDEX idx_event_oem_sequence;
DELETE FROM event_stream WHERE stream = 'oem';
ALTER TABLE event_stream DROP COLUMN forgotten;
ALTER TABLE event DROP COLUMN oem_sequence;
";
