//! Answers that several processes share, in Redis: the first that needs one makes it, the others wait for it a moment. While
//! Redis is away each makes its own.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::aio::ConnectionManager;
use redis::{AsyncCommands, ExistenceCheck, RedisResult, Script, SetExpiry, SetOptions};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::Entry;
use crate::edge::new_request_id;
use crate::edge::redis::Redis;
use crate::graph::Gateway;
use crate::trusted::normal;

/// How long one has for making an answer before another does.
const TURN: Duration = Duration::from_secs(2);

/// How often those who wait look.
const LOOK: Duration = Duration::from_millis(3);

/// Ends a turn, unless it is another's by now. KEYS: the turn. ARGV: its word.
const END: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 0";

/// Bytes before an answer's text: two moments, and whether it is empty.
const HEAD: usize = 17;

/// The answers in Redis. Cheap to clone.
#[derive(Clone)]
pub struct Shared(Redis);

/// What there is.
pub enum Fetched {
    /// An answer.
    Entry(Entry),
    /// None: it is to be made here.
    Turn(Turn),
    /// Redis is away.
    Away,
}

/// The turn to make an answer. Dropped, it is another's.
pub struct Turn {
    redis: Redis,
    key: String,
    /// By which it is known whose the turn is.
    word: String,
    given: bool,
}

impl Shared {
    /// Over this Redis.
    ///
    /// # Errors
    /// When the address is not one of Redis.
    pub fn new(address: &str) -> RedisResult<Self> {
        Ok(Self(Redis::new(address)?))
    }

    /// The answer of a key, once it is there; or the turn to make it.
    ///
    /// Waits until `end` at the longest.
    pub async fn fetch(&self, key: &str, now: DateTime<Utc>, end: Option<Instant>) -> Fetched {
        // Another version of the program answers otherwise.
        static BUILD: LazyLock<String> = LazyLock::new(|| normal::hash(Gateway::sdl()));
        let version = env!("CARGO_PKG_VERSION");
        let key = format!("milepost:answer:{}", normal::hash(format!("{version}\n{}\n{key}", *BUILD)));
        let patience = Instant::now() + TURN;
        let patience = end.map_or(patience, |end| end.min(patience));
        loop {
            match self.get(&key, now).await {
                None => return Fetched::Away,
                Some(Some(entry)) => return Fetched::Entry(entry),
                Some(None) => {}
            }
            let turn = Turn { redis: self.0.clone(), key: key.clone(), word: new_request_id(), given: false };
            match self.take(&turn).await {
                None => return Fetched::Away,
                Some(true) => {
                    // It may have been handed on between the two.
                    return match self.get(&turn.key, now).await {
                        Some(Some(entry)) => Fetched::Entry(entry),
                        _ => Fetched::Turn(turn),
                    };
                }
                Some(false) if Instant::now() > patience => return Fetched::Away,
                Some(false) => sleep(LOOK).await,
            }
        }
    }

    /// The answer of a key, if it is there; none when Redis is away.
    async fn get(&self, key: &str, now: DateTime<Utc>) -> Option<Option<Entry>> {
        let get = |mut redis: ConnectionManager| async move { redis.get::<_, Option<Vec<u8>>>(key).await };
        let read = self.0.ask(get).await?;
        // What cannot be read is of another version, what is over of another clock: it is made anew.
        Some(read.and_then(|bytes| read_entry(&bytes)).filter(|entry| now < entry.until))
    }

    /// Takes the turn to make an answer, unless another has it; none when Redis is away.
    async fn take(&self, turn: &Turn) -> Option<bool> {
        let millis = u64::try_from(TURN.as_millis()).unwrap_or(u64::MAX);
        let alone = SetOptions::default().conditional_set(ExistenceCheck::NX).with_expiration(SetExpiry::PX(millis));
        let (name, word) = (turn_of(&turn.key), &turn.word);
        let take = |mut redis: ConnectionManager| async move {
            redis.set_options::<_, _, Option<String>>(name, word, alone).await
        };
        Some(self.0.ask(take).await?.is_some())
    }
}

impl Turn {
    /// Hands on what was made; none when there is nothing to hand on, and the next makes it.
    pub fn end(mut self, entry: Option<&Entry>) {
        let Some(entry) = entry else { return };
        let Ok(life) = (entry.until - entry.made).to_std() else { return };
        self.given = true;
        let (shared, key) = (self.redis.clone(), std::mem::take(&mut self.key));
        let word = std::mem::take(&mut self.word);
        let bytes = written(entry);
        tokio::spawn(async move {
            let life = u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1);
            let name = turn_of(&key);
            let script = Script::new(END);
            let hand = |mut redis: ConnectionManager| async move {
                let mut words = redis::pipe();
                words.pset_ex(key, bytes, life).ignore();
                words.query_async::<()>(&mut redis).await?;
                script.key(name).arg(word).invoke_async::<()>(&mut redis).await
            };
            shared.ask(hand).await;
        });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.given {
            return;
        }
        let (shared, name) = (self.redis.clone(), turn_of(&self.key));
        let word = std::mem::take(&mut self.word);
        if let Ok(runtime) = Handle::try_current() {
            let script = Script::new(END);
            let give = |mut redis: ConnectionManager| async move {
                script.key(name).arg(word).invoke_async::<()>(&mut redis).await
            };
            runtime.spawn(async move { shared.ask(give).await });
        }
    }
}

fn turn_of(key: &str) -> String {
    format!("{key}:turn")
}

fn written(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entry.json.len() + HEAD);
    bytes.extend_from_slice(&entry.made.timestamp_micros().to_be_bytes());
    bytes.extend_from_slice(&entry.until.timestamp_micros().to_be_bytes());
    bytes.push(entry.empty.into());
    bytes.extend_from_slice(&entry.json);
    bytes
}

fn read_entry(bytes: &[u8]) -> Option<Entry> {
    let moment = |bytes: &[u8]| DateTime::from_timestamp_micros(i64::from_be_bytes(bytes.try_into().ok()?));
    let (head, json) = bytes.split_at_checked(HEAD)?;
    Some(Entry { made: moment(&head[..8])?, until: moment(&head[8..16])?, empty: head[16] != 0, json: Arc::from(json) })
}
