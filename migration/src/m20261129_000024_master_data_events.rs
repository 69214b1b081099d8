//! Events of what is the same for everybody: the catalog, places, the loyalty programme.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

// PostgreSQL need not look at the rows that are there: they are of the shorter list. SQLite changes a CHECK in the text of its
// schema (lang_altertable.html, 7); the table that is made and dropped tells other connections to read it again.
const UP: &str = "
{postgres:
ALTER TABLE event DROP CONSTRAINT event_kind_check;
ALTER TABLE event ADD CONSTRAINT event_kind_check CHECK (kind IN (
    'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN',
    'LEAD_SUBMITTED', 'LEAD_ASSIGNED', 'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED',
    'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED', 'VEHICLE_STATUS_CHANGED',
    'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED',
    'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED')) NOT VALID;
ALTER TABLE webhook_delivery DROP CONSTRAINT webhook_delivery_kind_check;
ALTER TABLE webhook_delivery ADD CONSTRAINT webhook_delivery_kind_check CHECK (kind IN (
    'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN',
    'LEAD_SUBMITTED', 'LEAD_ASSIGNED', 'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED',
    'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED', 'VEHICLE_STATUS_CHANGED',
    'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED',
    'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED')) NOT VALID;
}{sqlite:
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '''TIER_CHANGED'')',
    '''TIER_CHANGED'', ''CATALOG_CHANGED'', ''PLACES_CHANGED'', ''LOYALTY_PROGRAMME_CHANGED'')')
WHERE type = 'table' AND name IN ('event', 'webhook_delivery');
PRAGMA writable_schema = RESET;
CREATE TABLE schema_changed (one integer);
DROP TABLE schema_changed;
}";

const DOWN: &str = "
DELETE FROM webhook_attempt WHERE delivery_id IN (
    SELECT id FROM webhook_delivery WHERE kind IN ('CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED'));
DELETE FROM webhook_delivery WHERE kind IN ('CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED');
DELETE FROM event WHERE kind IN ('CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED');
{postgres:
ALTER TABLE event DROP CONSTRAINT event_kind_check;
ALTER TABLE event ADD CONSTRAINT event_kind_check CHECK (kind IN (
    'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN',
    'LEAD_SUBMITTED', 'LEAD_ASSIGNED', 'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED',
    'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED', 'VEHICLE_STATUS_CHANGED',
    'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED'));
ALTER TABLE webhook_delivery DROP CONSTRAINT webhook_delivery_kind_check;
ALTER TABLE webhook_delivery ADD CONSTRAINT webhook_delivery_kind_check CHECK (kind IN (
    'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN',
    'LEAD_SUBMITTED', 'LEAD_ASSIGNED', 'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED',
    'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED', 'VEHICLE_STATUS_CHANGED',
    'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED'));
}{sqlite:
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, ', ''CATALOG_CHANGED'', ''PLACES_CHANGED'', ''LOYALTY_PROGRAMME_CHANGED'')', ')')
WHERE type = 'table' AND name IN ('event', 'webhook_delivery');
PRAGMA writable_schema = RESET;
CREATE TABLE schema_changed (one integer);
DROP TABLE schema_changed;
}";
