//! Events of what is the same for everybody: the catalog, places, the loyalty programme.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

/// The kinds of before.
macro_rules! known {
    () => {
        "'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN', 'LEAD_SUBMITTED', 'LEAD_ASSIGNED',
    'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED', 'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED',
    'VEHICLE_STATUS_CHANGED', 'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED'"
    };
}

/// Those that come.
macro_rules! new {
    () => {
        "'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED'"
    };
}

// PostgreSQL need not look at the rows that are there: they are of the shorter list. SQLite changes a CHECK in the text of its
// schema (lang_altertable.html, 7); the table that is made and dropped tells other connections to read it again.
const UP: &str = concat!(
    "
{postgres:
ALTER TABLE event DROP CONSTRAINT event_kind_check;
ALTER TABLE event ADD CONSTRAINT event_kind_check CHECK (kind IN (",
    known!(),
    ", ",
    new!(),
    ")) NOT VALID;
ALTER TABLE webhook_delivery DROP CONSTRAINT webhook_delivery_kind_check;
ALTER TABLE webhook_delivery ADD CONSTRAINT webhook_delivery_kind_check CHECK (kind IN (",
    known!(),
    ", ",
    new!(),
    ")) NOT VALID;
}{sqlite:
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '''TIER_CHANGED'')',
    '''TIER_CHANGED'', ''CATALOG_CHANGED'', ''PLACES_CHANGED'', ''LOYALTY_PROGRAMME_CHANGED'')')
WHERE type = 'table' AND name IN ('event', 'webhook_delivery');
PRAGMA writable_schema = RESET;
CREATE TABLE schema_changed (one integer);
DROP TABLE schema_changed;
}"
);

const DOWN: &str = concat!(
    "
DELETE FROM webhook_attempt WHERE delivery_id IN (
    SELECT id FROM webhook_delivery WHERE kind IN (",
    new!(),
    "));
DELETE FROM webhook_delivery WHERE kind IN (",
    new!(),
    ");
DELETE FROM event WHERE kind IN (",
    new!(),
    ");
{postgres:
ALTER TABLE event DROP CONSTRAINT event_kind_check;
ALTER TABLE event ADD CONSTRAINT event_kind_check CHECK (kind IN (",
    known!(),
    "));
ALTER TABLE webhook_delivery DROP CONSTRAINT webhook_delivery_kind_check;
ALTER TABLE webhook_delivery ADD CONSTRAINT webhook_delivery_kind_check CHECK (kind IN (",
    known!(),
    "));
}{sqlite:
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, ', ''CATALOG_CHANGED'', ''PLACES_CHANGED'', ''LOYALTY_PROGRAMME_CHANGED'')', ')')
WHERE type = 'table' AND name IN ('event', 'webhook_delivery');
PRAGMA writable_schema = RESET;
CREATE TABLE schema_changed (one integer);
DROP TABLE schema_changed;
}"
);
