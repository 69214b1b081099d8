//! How much each caller of each app may ask for in a while, in units of cost (domain.md 2.4): a bucket that fills steadily.
//! What was reckoned is taken before the run, and what was not used is given back after it.
//!
//! The bucket is kept as one moment, the one at which it will be full again (the generic cell rate algorithm): a process
//! holds a number for each caller who has asked lately, and nothing ticks. With Redis several processes share the buckets.

mod shared;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::{Response, Value};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use entity::Locale;
use redis::RedisResult;
use serde_json::json;
use tokio::time::Instant;

use self::shared::{Shared, Took};
use super::answer;
use super::callers::Caller;
use crate::access::Viewer;
use crate::graph::{Code, Error};
use crate::identity::Client;
use crate::settings::BudgetSettings;

/// The budgets of this process. Cheap to clone.
#[derive(Clone)]
pub struct Budgets(Arc<State>);

struct State {
    /// The moment from which times are counted.
    zero: Instant,
    buckets: Mutex<Buckets>,
    shared: Option<Shared>,
}

#[derive(Default)]
struct Buckets {
    /// When each will be full again, by app and caller. Full ones need not be here.
    full_at: HashMap<(String, Caller), Time>,
    /// How many there may be before full ones are looked for.
    tidy_at: usize,
}

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Nanoseconds since the process' zero.
type Time = u64;

/// Fewest buckets for which it is worth looking for full ones.
const FEW: usize = 1024;

/// What was taken from a bucket.
#[must_use]
pub struct Taken {
    budgets: Budgets,
    key: (String, Caller),
    rate: Rate,
    cost: u64,
    /// When the bucket is full after it; later all of it has come again, and nothing is to be given back.
    full_at: Time,
    /// What was left in the shared bucket; none when it was taken from one of this process.
    shared: Option<u64>,
}

/// How a bucket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What was reckoned before the run.
    pub requested: u64,
    /// What it really was.
    pub actual: u64,
    /// What a full bucket holds.
    pub max: u64,
    /// What is in it.
    pub available: u64,
    /// What comes in a second.
    pub restore_per_second: u64,
}

/// Why nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Empty {
    /// How long until there is enough.
    pub wait: Duration,
    /// How the bucket stands.
    pub standing: Standing,
}

impl Standing {
    /// As answers tell it in `extensions.cost`.
    pub fn extension(&self) -> Value {
        let bucket =
            json!({ "max": self.max, "available": self.available, "restorePerSecond": self.restore_per_second });
        let cost = json!({ "requested": self.requested, "actual": self.actual, "bucket": bucket });
        Value::from_json(cost).expect("numbers under names")
    }

    /// As headers tell it (the draft "RateLimit header fields for HTTP"): what is left, and when all of it is there again.
    pub fn write(&self, headers: &mut HeaderMap) {
        let seconds = |cost: u64| cost.div_ceil(self.restore_per_second);
        let policy = format!("\"cost\";q={};w={}", self.max, seconds(self.max));
        let left = format!("\"cost\";r={};t={}", self.available, seconds(self.max - self.available));
        for (name, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, left)] {
            headers.insert(name, HeaderValue::from_str(&text).expect("ASCII"));
        }
    }
}

impl Empty {
    /// The refusal.
    pub fn answer(&self, locale: Locale, request_id: &str) -> Response {
        let milliseconds = u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX) + 1;
        let number = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        let error = Error::shown(Code::Throttled, "budget").with("milliseconds", number);
        let mut answer = answer::refusal(&error, locale, request_id);
        for error in &mut answer.errors {
            error.extensions.get_or_insert_default().set("retryAfterMs", milliseconds);
        }
        answer.extensions.insert("cost".into(), self.standing.extension());
        answer
    }

    /// The refusal's headers.
    pub fn write(&self, headers: &mut HeaderMap) {
        self.standing.write(headers);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(self.wait.as_secs() + 1));
    }
}

/// A bucket's measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    max: u64,
    restore: u64,
}

fn nanoseconds(time: Duration) -> Time {
    Time::try_from(time.as_nanos()).unwrap_or(Time::MAX)
}

/// Nanoseconds of a second.
const SECOND: u128 = 1_000_000_000;

impl Rate {
    fn of(settings: &BudgetSettings, caller: &Caller) -> Self {
        // Many stand behind one address.
        let times = if matches!(caller, Caller::Stranger(_)) { settings.address_times } else { 1 };
        Self { max: settings.max.saturating_mul(times), restore: settings.restore_per_second.saturating_mul(times) }
    }

    /// How long this much takes to come.
    fn time(self, cost: u64) -> Time {
        Time::try_from(u128::from(cost) * SECOND / u128::from(self.restore)).unwrap_or(Time::MAX)
    }

    /// What is in a bucket that will be full then.
    fn available(self, full_at: Time, now: Time) -> u64 {
        let missing = u128::from(full_at.saturating_sub(now)) * u128::from(self.restore);
        self.max.saturating_sub(u64::try_from(missing.div_ceil(SECOND)).unwrap_or(u64::MAX))
    }

    /// When a bucket will be full after this is taken; else how long until it can be.
    fn take(self, full_at: Time, now: Time, cost: u64) -> Result<Time, Time> {
        let after = full_at.max(now).saturating_add(self.time(cost));
        let latest = now.saturating_add(self.time(self.max));
        if after <= latest { Ok(after) } else { Err(after - latest) }
    }

    /// When a bucket will be full after this is given back of what was taken when it was to be full at `taken`. What has
    /// come again since then is another's.
    fn give(self, full_at: Time, now: Time, cost: u64, taken: Time) -> Time {
        full_at.saturating_sub(self.time(cost).min(taken.saturating_sub(now)))
    }

    fn standing(self, full_at: Time, now: Time, requested: u64, actual: u64) -> Standing {
        let available = self.available(full_at, now);
        Standing { requested, actual, max: self.max, available, restore_per_second: self.restore }
    }
}

impl Budgets {
    /// None taken yet; shared with others over this Redis, where there is one.
    ///
    /// # Errors
    /// When the address is not one of Redis.
    pub fn new(redis: Option<&str>) -> RedisResult<Self> {
        let shared = redis.map(Shared::new).transpose()?;
        Ok(Self(Arc::new(State { zero: Instant::now(), buckets: Mutex::default(), shared })))
    }

    fn now(&self) -> Time {
        Time::try_from(self.0.zero.elapsed().as_nanos()).unwrap_or(Time::MAX)
    }

    /// Takes the cost of a request from its caller's budget with this app; none when the app has no budgets.
    ///
    /// # Errors
    /// When there is not enough in it.
    pub async fn take(
        &self,
        client: &Client,
        viewer: &Viewer,
        address: IpAddr,
        cost: u64,
    ) -> Result<Option<Taken>, Empty> {
        let Some(settings) = &client.settings.budget else { return Ok(None) };
        let caller = Caller::of(viewer, address);
        let rate = Rate::of(settings, &caller);
        let key = (client.name.clone(), caller);
        if let Some(shared) = &self.0.shared {
            match shared.take(&key, rate, cost).await {
                Took::Yes { full_in, full_at } => {
                    let left = Some(rate.available(nanoseconds(full_in), 0));
                    return Ok(Some(Taken { budgets: self.clone(), key, rate, cost, full_at, shared: left }));
                }
                Took::No { wait, full_in } => {
                    return Err(Empty { wait, standing: rate.standing(nanoseconds(full_in), 0, cost, 0) });
                }
                Took::Away => {}
            }
        }
        let now = self.now();
        let mut buckets = self.0.buckets.lock().expect("no panic while held");
        let full_at = buckets.full_at.get(&key).copied().unwrap_or(now);
        match rate.take(full_at, now, cost) {
            Ok(after) => {
                buckets.full_at.insert(key.clone(), after);
                buckets.tidy(now);
                Ok(Some(Taken { budgets: self.clone(), key, rate, cost, full_at: after, shared: None }))
            }
            Err(wait) => {
                Err(Empty { wait: Duration::from_nanos(wait), standing: rate.standing(full_at, now, cost, 0) })
            }
        }
    }
}

impl Buckets {
    /// Drops full buckets, when there are twice as many as there were after the last time.
    fn tidy(&mut self, now: Time) {
        if self.full_at.len() > self.tidy_at.max(FEW) {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.tidy_at = self.full_at.len() * 2;
        }
    }
}

impl Taken {
    /// Gives back what was not used; nothing when that is not known. Whatever is asked costs one.
    pub fn settle(self, actual: Option<u64>) -> Standing {
        let actual = actual.unwrap_or(self.cost).clamp(1.min(self.cost), self.cost);
        let unused = self.cost - actual;
        if let (Some(left), Some(shared)) = (self.shared, &self.budgets.0.shared) {
            if unused > 0 {
                shared.give(&self.key, self.rate, unused, self.full_at);
            }
            let Rate { max, restore } = self.rate;
            let available = left.saturating_add(unused).min(max);
            return Standing { requested: self.cost, actual, max, available, restore_per_second: restore };
        }
        let now = self.budgets.now();
        let mut buckets = self.budgets.0.buckets.lock().expect("no panic while held");
        let full_at = buckets.full_at.entry(self.key).or_insert(now);
        *full_at = self.rate.give(*full_at, now, unused, self.full_at);
        self.rate.standing(*full_at, now, self.cost, actual)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate { max: 100, restore: 10 };

    #[test]
    fn a_bucket_empties_and_fills() {
        let full_at = RATE.take(0, 0, 60).unwrap();
        assert_eq!(RATE.available(full_at, 0), 40);
        let full_at = RATE.take(full_at, 0, 40).unwrap();
        assert_eq!(RATE.available(full_at, 0), 0);
        // One more comes in a tenth of a second.
        assert_eq!(RATE.take(full_at, 0, 1), Err(100_000_000));
        assert_eq!(RATE.available(full_at, 1_000_000_000), 10);
        assert!(RATE.take(full_at, 1_000_000_000, 10).is_ok());
        assert!(RATE.take(full_at, 1_000_000_000, 11).is_err());
        // It does not run over.
        assert_eq!(RATE.available(full_at, 1_000_000_000_000), 100);
        assert!(RATE.take(full_at, 1_000_000_000_000, 101).is_err());
    }

    #[test]
    fn what_has_come_again_is_not_given_back() {
        let first = RATE.take(0, 0, 100).unwrap();
        // Ten seconds later it is full, and somebody takes all of it; the first used nothing.
        let now = 10_000_000_000;
        let second = RATE.take(first, now, 100).unwrap();
        assert_eq!(RATE.give(second, now, 100, first), second);
        // Half-way only half of it is still to come.
        let now = 5_000_000_000;
        let second = RATE.take(first, now, 50).unwrap();
        assert_eq!(RATE.available(RATE.give(second, now, 100, first), now), 50);
    }

    proptest! {
        #[test]
        fn never_is_more_taken_than_was_there_and_came(
            steps in prop::collection::vec((0u64..200, 0u64..150, 0u64..150), 1..60),
            max in 1u64..200,
            restore in 1u64..50,
        ) {
            let rate = Rate { max, restore };
            let (mut now, mut full_at, mut used) = (0, 0, 0u64);
            for (milliseconds, cost, actual) in steps {
                now += milliseconds * 1_000_000;
                if let Ok(after) = rate.take(full_at, now, cost) {
                    prop_assert!(cost <= rate.available(full_at, now) + 1, "the figure that is told is right");
                    let actual = actual.min(cost);
                    full_at = rate.give(after, now, cost - actual, after);
                    used += actual;
                }
                let came = u128::from(now) * u128::from(restore) / SECOND;
                prop_assert!(u128::from(used) <= u128::from(max) + came + 60, "rounding is below a unit a step");
            }
        }
    }
}
