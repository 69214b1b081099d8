//! Buckets that several processes share: each a key in Redis, taken from and given back to by one script, by Redis' own
//! clock. While Redis is away every process goes on with buckets of its own.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::ConnectionManager;
use redis::{RedisResult, Script};

use super::Rate;
use crate::edge::callers::Caller;
use crate::edge::redis::Redis;

/// Takes a cost. KEYS: the bucket, which holds the microsecond at which it will be full. ARGV: cost, what a full one holds,
/// what comes in a second. Answers whether it was taken, how long until it can be, and how long until it is full, and when that
/// is.
const TAKE: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now)
local each = 1000000 / ARGV[3]
local after = full_at + ARGV[1] * each
local latest = now + ARGV[2] * each
if after > latest then
    return {0, math.ceil(after - latest), math.ceil(full_at - now), 0}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
return {1, 0, math.ceil(after - now), math.floor(after)}
";

/// Gives back a cost. KEYS: the bucket. ARGV: cost, what comes in a second, when the bucket was to be full after it was
/// taken: what has come again since then is another's.
const GIVE: &str = "
local full_at = tonumber(redis.call('GET', KEYS[1]))
if full_at then
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local given = math.min(ARGV[1] * 1000000 / ARGV[2], math.max(ARGV[3] - now, 0))
    redis.call('SET', KEYS[1], string.format('%.0f', full_at - given), 'KEEPTTL')
end
return 0
";

/// The buckets in Redis. Cheap to clone.
#[derive(Clone)]
pub struct Shared(Arc<State>);

struct State {
    redis: Redis,
    take: Script,
    give: Script,
}

/// What came of taking.
pub enum Took {
    /// It was taken.
    Yes {
        /// So long until the bucket is full.
        full_in: Duration,
        /// When that is, by Redis' clock, microseconds.
        full_at: u64,
    },
    /// There is not enough: so long until there is, and until it is full.
    No {
        /// Until there is enough.
        wait: Duration,
        /// Until it is full.
        full_in: Duration,
    },
    /// Redis is away.
    Away,
}

impl Shared {
    /// Over this Redis, which may be away now and come later.
    ///
    /// # Errors
    /// When the address is not one of Redis.
    pub fn new(address: &str) -> RedisResult<Self> {
        let (redis, take, give) = (Redis::new(address)?, Script::new(TAKE), Script::new(GIVE));
        Ok(Self(Arc::new(State { redis, take, give })))
    }

    /// Takes a cost from a bucket.
    pub async fn take(&self, key: &(String, Caller), rate: Rate, cost: u64) -> Took {
        let mut call = self.0.take.key(name(key));
        let call = call.arg(cost).arg(rate.max).arg(rate.restore);
        let take = |mut redis: ConnectionManager| async move { call.invoke_async(&mut redis).await };
        let taken: Option<(u8, u64, u64, u64)> = self.0.redis.ask(take).await;
        match taken {
            Some((1, _, full_in, full_at)) => Took::Yes { full_in: Duration::from_micros(full_in), full_at },
            Some((_, wait, full_in, _)) => {
                Took::No { wait: Duration::from_micros(wait), full_in: Duration::from_micros(full_in) }
            }
            None => Took::Away,
        }
    }

    /// Gives back a cost, whenever Redis gets to it.
    pub fn give(&self, key: &(String, Caller), rate: Rate, cost: u64, full_at: u64) {
        let (shared, key) = (self.clone(), name(key));
        tokio::spawn(async move {
            let mut call = shared.0.give.key(key);
            let call = call.arg(cost).arg(rate.restore).arg(full_at);
            let give = |mut redis: ConnectionManager| async move { call.invoke_async::<()>(&mut redis).await };
            shared.0.redis.ask(give).await;
        });
    }
}

fn name((client, caller): &(String, Caller)) -> String {
    match caller {
        Caller::Known(actor) => format!("milepost:budget:{client}:{actor}"),
        Caller::Stranger(address) => format!("milepost:budget:{client}:@{address}"),
    }
}
