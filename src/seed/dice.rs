//! Random choices that a seed repeats.

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::PrefixedId;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use ulid::Ulid;
use uuid::Uuid;

/// First moment written into generated ids, 2025-01-02. Not `now`, so that ids are the same on every day; the demo
/// people's ids lie before it.
const ID_EPOCH_MS: u64 = 1_735_776_000_000;

/// The source of every random choice.
pub(super) struct Dice {
    rng: ChaCha8Rng,
    serial: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), serial: 0 }
    }

    /// The next id. Ids rise in order of making, so that the indexes of a large load grow at their end.
    pub(super) fn id<I: PrefixedId>(&mut self) -> I {
        self.serial += 1;
        let random = u128::from(self.rng.next_u64()) << 16;
        I::from_uuid(Uuid::from_bytes(Ulid::from_parts(ID_EPOCH_MS + self.serial, random).to_bytes()))
    }

    /// A whole number between both, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.rng.random_range(low..=high)
    }

    /// A place in a list of `len`.
    pub(super) fn below(&mut self, len: usize) -> usize {
        // Through u64, since the width of usize would change the numbers.
        usize::try_from(self.rng.random_range(0..len as u64)).unwrap_or(0)
    }

    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    pub(super) fn percent(&mut self, chance: i64) -> bool {
        self.between(1, 100) <= chance
    }

    /// One of the values, by weight.
    pub(super) fn weighted<T: Copy>(&mut self, values: &[(T, i64)]) -> T {
        let mut left = self.between(1, values.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in values {
            left -= weight;
            if left <= 0 {
                return *value;
            }
        }
        values[0].0
    }

    /// Days with this mean, most of them few (exponential), at most nine times the mean.
    pub(super) fn days(&mut self, mean: f64) -> i64 {
        let share = f64::from(self.rng.random_range(1..=10_000_u32)) / 10_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "a few hundred at most")]
        let days = (-share.ln() * mean).min(9.0 * mean) as i64;
        days
    }

    /// A length of time between both, in whole minutes.
    pub(super) fn hours(&mut self, low: f64, high: f64) -> TimeDelta {
        #[expect(clippy::cast_possible_truncation, reason = "hours of demo data")]
        let (low, high) = ((low * 60.0) as i64, (high * 60.0) as i64);
        TimeDelta::minutes(self.between(low, high.max(low)))
    }

    /// Some moment in the days before, and never after.
    pub(super) fn before(&mut self, moment: DateTime<Utc>, most_days: i64) -> DateTime<Utc> {
        moment - TimeDelta::minutes(self.between(1, (most_days * 1440).max(1)))
    }
}
