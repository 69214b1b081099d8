//! Answers that are kept: of what is the same for many (`graph/freshness.rs` says what that is), for as long as it says, and
//! until an event tells of a change. The events' numbers are part of the key: an entry is not thrown away, it is not found any
//! more. Of equal requests at once one is run, in this process and, with Redis, in all of them.

mod heads;
mod shared;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::RedisResult;
use axum::http::{HeaderMap, HeaderValue, header};
use chrono::{DateTime, TimeDelta, Utc};
use moka::Expiry;
use moka::sync::Cache;
use tokio::sync::OnceCell;

use self::heads::Heads;
use self::shared::{Fetched, Shared};
use crate::access::{Viewer, ViewerKind};
use crate::app::App;
use crate::catalog;
use crate::events::Topic;
use crate::graph::freshness::Freshness;
use crate::graph::gateway::{Reading, Reply};
use crate::graph::{Call, Gateway};
use crate::identity::Client;
use crate::values::calendar;

/// The answers that this process keeps. Cheap to clone.
#[derive(Clone)]
pub struct Kept {
    entries: Cache<String, Cell>,
    heads: Heads,
    shared: Option<Shared>,
    off: bool,
}

/// An answer that is being made, or was; none when it turned out not to be one that is kept.
type Cell = Arc<OnceCell<Option<Entry>>>;

/// An answer that is kept.
#[derive(Clone, Debug)]
pub(in crate::edge) struct Entry {
    /// `data` as JSON.
    json: Arc<[u8]>,
    /// Whether nothing was found: an address then says so by its status.
    empty: bool,
    /// When it was begun to be made.
    made: DateTime<Utc>,
    /// From when on it is not to be given any more.
    until: DateTime<Utc>,
}

/// What is said of an answer that may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// How old it is.
    pub age: Duration,
    /// How old it may become.
    pub max_age: Duration,
    /// Whether it is of its caller alone.
    pub private: bool,
}

impl Age {
    /// Says it to a cache on the way; an answer to a `POST` is kept by none (RFC 9111).
    ///
    /// `own` is whether the answer says something of its caller's budget, which is nobody else's.
    pub fn write(self, headers: &mut HeaderMap, by_get: bool, own: bool) {
        headers.insert(header::AGE, self.age.as_secs().into());
        if by_get {
            let scope = if self.private || own { "private" } else { "public" };
            let text = format!("{scope}, max-age={}", self.max_age.as_secs());
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_str(&text).expect("a directive is ASCII"));
            headers.insert(header::VARY, HeaderValue::from_static(VARIES));
        }
    }
}

/// What an answer depends on beside its address.
const VARIES: &str = "authorization, accept, accept-language, graphql-client-name, apollographql-client-name, origin";

/// What an answer costs that was there.
const COST: u64 = 1;

/// How long an answer that is being made stays in its place.
const MAKING: Duration = Duration::from_secs(60);

/// What an entry takes beside its texts, bytes.
const BESIDE: usize = 256;

struct Until;

impl Expiry<String, Cell> for Until {
    fn expire_after_create(&self, _: &String, _: &Cell, _: Instant) -> Option<Duration> {
        Some(MAKING)
    }

    fn expire_after_update(&self, _: &String, cell: &Cell, _: Instant, _: Option<Duration>) -> Option<Duration> {
        // None would be for ever.
        let entry = cell.get().and_then(Option::as_ref);
        Some(entry.map_or(MAKING, |entry| (entry.until - entry.made).to_std().unwrap_or_default()))
    }
}

impl Kept {
    /// Room for so many bytes, none to keep nothing; shared over Redis where there is one, which may be away now.
    ///
    /// # Errors
    /// When the address is not one of Redis.
    pub fn new(app: &App, room: u64, redis: Option<&str>) -> RedisResult<Self> {
        let weigh = |key: &String, cell: &Cell| {
            let body = cell.get().and_then(Option::as_ref).map_or(0, |entry| entry.json.len());
            u32::try_from(key.len() + body + BESIDE).unwrap_or(u32::MAX)
        };
        let entries = Cache::builder().max_capacity(room).weigher(weigh).expire_after(Until).build();
        let shared = redis.map(Shared::new).transpose()?;
        Ok(Self { entries, heads: Heads::new(app), shared, off: room == 0 })
    }

    /// Answers: by what is kept, or by the gateway.
    pub async fn answer(
        &self,
        gateway: &Gateway,
        client: &Client,
        reading: Reading,
        call: Call,
    ) -> (Reply, Option<Age>) {
        let fresh = if self.off { None } else { reading.freshness() };
        let Some(fresh) = fresh else { return (gateway.answer(reading, call).await, None) };
        // Whoever waits for another's answer waits no longer than for an own one.
        call.begin();
        let Some(key) = self.key(client, &reading, &fresh, &call).await else {
            return (gateway.answer(reading, call).await, None);
        };
        let now = call.now;
        let mut cell = self.entries.get_with_by_ref(&key, Cell::default);
        if cell.get().is_some_and(|entry| entry.as_ref().is_none_or(|entry| now >= entry.until)) {
            // The first who sees that puts a new one there.
            cell = self.renewed(&key, &cell);
        }
        let mut reading = Some(reading);
        let mut own = None;
        let entry = cell
            .get_or_init(|| {
                let reading = reading.take();
                let (fresh, call, key) = (&fresh, &call, &key);
                let own = &mut own;
                async move {
                    let reading = reading?;
                    let (entry, reply) = self.make(gateway, reading, call, fresh, key).await;
                    *own = reply;
                    entry
                }
            })
            .await
            .clone();
        let private = fresh.varies && !matches!(audience(&call.viewer), Audience::All);
        if reading.is_none() && entry.is_some() {
            // Weighed anew, and kept for as long as it says.
            self.entries.insert(key.clone(), cell);
        }
        match (own, entry, reading) {
            (Some(reply), Some(entry), _) => (reply, Some(entry.age(call.app.clock.now(), private))),
            (Some(reply), None, _) => {
                self.entries.invalidate(&key);
                (reply, None)
            }
            (None, Some(entry), _) => {
                let (json, cost) = (entry.json.to_vec(), if entry.empty { 0 } else { COST });
                (Reply::Data { json, cost }, Some(entry.age(call.app.clock.now(), private)))
            }
            // Who waited for one that is not kept asks for themselves, beside the others.
            (None, None, Some(reading)) => (gateway.answer(reading, call).await, None),
            (None, None, None) => unreachable!("whoever makes an answer has one"),
        }
    }

    /// Puts a new cell in the place of one that is of yesterday, unless another has done so.
    fn renewed(&self, key: &str, old: &Cell) -> Cell {
        let entry = self.entries.entry_by_ref(key).and_upsert_with(|there| match there {
            Some(there) if !Arc::ptr_eq(there.value(), old) => there.into_value(),
            _ => Cell::default(),
        });
        entry.into_value()
    }

    /// Makes an answer, or fetches it from another process that has; the reply is there where it was made here.
    async fn make(
        &self,
        gateway: &Gateway,
        reading: Reading,
        call: &Call,
        fresh: &Freshness,
        key: &str,
    ) -> (Option<Entry>, Option<Reply>) {
        let turn = match &self.shared {
            Some(shared) => match shared.fetch(key, call.now, call.db().end()).await {
                Fetched::Entry(entry) => return (Some(entry), None),
                Fetched::Turn(turn) => Some(turn),
                Fetched::Away => None,
            },
            None => None,
        };
        let made = call.now;
        // Before the answer: a change that comes into force while it is made is not to be missed.
        let until = end(call, fresh, made).await;
        let reply = gateway.answer(reading, call.clone()).await;
        let json = match (&reply, until) {
            (Reply::Data { json, .. }, Some(_)) => Some(json.as_slice().into()),
            (Reply::Full { response, .. }, Some(_)) if response.errors.is_empty() && response.extensions.is_empty() => {
                serde_json::to_vec(&response.data).ok().map(Into::into)
            }
            _ => None,
        };
        let empty = reply.cost() == Some(0);
        let entry = json.zip(until).map(|(json, until)| Entry { json, empty, made, until });
        if let Some(turn) = turn {
            turn.end(entry.as_ref());
        }
        (entry, Some(reply))
    }

    /// What has to be the same for an answer to be the same; none when that cannot be told now.
    async fn key(&self, client: &Client, reading: &Reading, fresh: &Freshness, call: &Call) -> Option<String> {
        let whose = if fresh.varies { audience(&call.viewer) } else { Audience::All };
        let own = match &whose {
            Audience::One(id) => Some(crate::events::log::stream_of("customer", id)),
            Audience::All | Audience::Staff => None,
        };
        let streams = fresh.topics.iter().map(|topic| topic.stream().to_owned()).chain(own);
        let heads = self.heads.now(streams).await?;
        let request = reading.request();
        let variables = serde_json::to_string(&request.variables).ok()?;
        let operation = reading.operation().unwrap_or_default();
        let whose = whose.name();
        let (client, locale) = (client.name.as_str(), call.locale.code());
        // What a caller writes stands last, and its length is said: no text can pass for another's key.
        let length = variables.len();
        Some(format!(
            "{client}\n{locale}\n{whose}\n{heads}\n{}\n{operation}\n{length}\n{variables}{}",
            operation.len(),
            request.query
        ))
    }
}

impl Entry {
    fn age(&self, now: DateTime<Utc>, private: bool) -> Age {
        let between = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).to_std().unwrap_or_default();
        Age { age: between(self.made, now), max_age: between(self.made, self.until), private }
    }
}

/// Those who see the same.
enum Audience {
    /// Whoever may see what is open to all.
    All,
    /// Who works for the car maker or a store.
    Staff,
    /// One customer.
    One(String),
}

impl Audience {
    fn name(&self) -> &str {
        match self {
            Self::All => "",
            Self::Staff => "staff",
            Self::One(id) => id,
        }
    }
}

/// Who sees the same of what varies (`catalog/policy.rs`).
fn audience(viewer: &Viewer) -> Audience {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Audience::All,
        ViewerKind::Customer(id) => Audience::One(id.to_string()),
        ViewerKind::Staff { .. } | ViewerKind::Operator(_) => Audience::Staff,
    }
}

/// Until when an answer may be given: its longest age, or the next moment at which something comes into force without an event;
/// none when that cannot be told.
async fn end(call: &Call, fresh: &Freshness, made: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut end = made + TimeDelta::from_std(fresh.max_age).ok()?;
    if fresh.topics.contains(&Topic::Catalog) {
        // Incentives begin and end with a day.
        end = end.min(calendar::end_of_day(calendar::day(made)));
        if let Some(next) = catalog::store::next_change(call.app.db.aside().conn(), made).await.ok()? {
            end = end.min(next);
        }
    }
    Some(end)
}
