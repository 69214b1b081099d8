//! The event log of the demo: each stream gapless from one, in order of time, its head the last number.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::log::{event, stream};
use entity::{EventId, EventKind};

use super::batch::Batch;
use super::world::Generator;
use crate::events::log::stream_of;

/// Of the streams other than the orders' the log has so many days: what is older has been trimmed from a log that
/// replays seven days (domain.md 3.8).
pub(super) const COPIED_DAYS: i64 = 7;

/// Most events on the stream of a store, the newest, however many orders there are: they stay in memory to the end.
const STORE_EVENTS: usize = 2_000;

/// An event, to be put on streams.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub at: DateTime<Utc>,
    pub event_id: EventId,
    pub kind: EventKind,
    /// Prefixed id.
    pub aggregate: String,
    pub version: i32,
    /// Ids and codes only.
    pub payload: serde_json::Value,
}

/// Puts entries on a stream that is not written anywhere else.
pub(super) fn put(name: &str, mut entries: Vec<Entry>, batch: &mut Batch) {
    if entries.is_empty() {
        return;
    }
    entries.sort_by_key(|entry| entry.at);
    let mut head = 0;
    for entry in entries {
        head += 1;
        let waiting = is_first(name, entry.kind).then_some(0);
        batch.events.push(event::Model {
            stream: name.to_owned(),
            sequence: head,
            event_id: entry.event_id,
            kind: entry.kind,
            aggregate_id: entry.aggregate,
            aggregate_version: entry.version,
            payload: entry.payload,
            occurred_at: entry.at,
            oem_sequence: waiting,
        });
    }
    batch.streams.push(stream::Model { stream: name.to_owned(), head, forgotten: 0 });
}

/// Whether events of this kind have their first place on this stream: orders and leads have streams of their own, all else
/// stands with the customer.
fn is_first(stream: &str, kind: EventKind) -> bool {
    use EventKind::{ConsentGranted, ConsentWithdrawn, CustomerProfileChanged, PointsBalanceChanged, TierChanged};
    let of_customer =
        [ConsentGranted, ConsentWithdrawn, CustomerProfileChanged, PointsBalanceChanged, TierChanged].contains(&kind);
    match stream.split_once(':') {
        Some(("store", _)) => false,
        Some(("customer", _)) => of_customer,
        _ => true,
    }
}

impl Generator<'_> {
    /// Whether an event of this moment is copied.
    pub(super) fn is_recent(&self, at: DateTime<Utc>) -> bool {
        at > self.today - TimeDelta::days(COPIED_DAYS)
    }

    /// Keeps an event for the stream of a store, if it is among the recent ones.
    pub(super) fn tell_store(&mut self, shop: usize, entry: &Entry) {
        if !self.is_recent(entry.at) {
            return;
        }
        let kept = self.store_entries.entry(shop).or_default();
        kept.push(entry.clone());
        if kept.len() >= 2 * STORE_EVENTS {
            newest(kept);
        }
    }

    /// Writes the streams of all stores.
    pub(super) fn store_streams(&mut self, batch: &mut Batch) {
        let kept: BTreeMap<usize, Vec<Entry>> = std::mem::take(&mut self.store_entries);
        for (shop, mut entries) in kept {
            newest(&mut entries);
            put(&stream_of("store", self.places.shops[shop].id), entries, batch);
        }
    }
}

/// Keeps the newest events in order of time.
fn newest(entries: &mut Vec<Entry>) {
    entries.sort_by_key(|entry| entry.at);
    entries.drain(..entries.len().saturating_sub(STORE_EVENTS));
}
