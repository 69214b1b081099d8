//! Registered systems: one of which a first event can be sent as soon as the demo runs, and the sandbox.

use chrono::{DateTime, TimeDelta, Utc};
use entity::upstream::system;

use super::batch::Batch;
use super::demo_people;
use super::places::Places;
use crate::ingest::ALL;
use crate::ingest::door::seal_secret;
use crate::sandbox;
use crate::store::Vault;

/// Code of the demo's system.
pub const DEMO_SYSTEM: &str = "demo-oms";

/// What it speaks as.
pub const DEMO_SOURCE: &str = "urn:yaocen:demo-oms";

/// What it signs with. Worth nothing, on purpose.
pub const DEMO_SECRET: &[u8; 32] = b"milepost development events key!";

pub(super) fn build(today: DateTime<Utc>, places: &Places, vault: &Vault, batch: &mut Batch) {
    let since = today - TimeDelta::days(700);
    batch.systems.push(system::Model {
        id: demo_people().system,
        code: DEMO_SYSTEM.into(),
        name: "曜岑订单中心".into(),
        organization_id: places.oem,
        source: DEMO_SOURCE.into(),
        event_types: [ALL].into_iter().collect(),
        secret: seal_secret(vault, DEMO_SECRET),
        previous_secret: None,
        previous_until: None,
        active: true,
        version: 1,
        created_at: since,
        updated_at: since,
    });
    batch.systems.push(system::Model {
        id: demo_people().sandbox,
        code: sandbox::SYSTEM.into(),
        name: "沙箱".into(),
        organization_id: places.oem,
        source: sandbox::SOURCE.into(),
        event_types: ["cn.milepost.order.*"].into_iter().collect(),
        secret: seal_secret(vault, sandbox::SECRET),
        previous_secret: None,
        previous_until: None,
        active: true,
        version: 1,
        created_at: since,
        updated_at: since,
    });
}
