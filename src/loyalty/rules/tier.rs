//! Tiers by growth (domain.md 3.3, Tiers; C108): up at once, kept for twelve months, down one level at a time.

use chrono::{DateTime, TimeDelta, Utc};

use crate::values::calendar;

/// Days whose growth counts.
pub const ROLLING_DAYS: i64 = 365;

/// Months for which a level is kept at least.
pub const KEPT_MONTHS: u32 = 12;

/// A level of the programme. A list of levels is never empty and its lowest has threshold 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Rank; higher is better.
    pub level: i32,
    /// Growth needed.
    pub threshold: i64,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Rank.
    pub level: i32,
    /// Since when.
    pub since: DateTime<Utc>,
    /// From when on the level is looked at again.
    pub expires_at: DateTime<Utc>,
}

/// What a look at a member's growth did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Nothing.
    None,
    /// Up, over any number of levels.
    Up,
    /// Another twelve months at the same level.
    Renewed,
    /// Down one level.
    Down,
}

/// Growth at `now`: the sum of the entries of the last 365 days, never below 0. Entries are (when, amount).
pub fn growth(entries: &[(DateTime<Utc>, i64)], now: DateTime<Utc>) -> i64 {
    let from = now - TimeDelta::days(ROLLING_DAYS);
    entries.iter().filter(|(at, _)| *at > from && *at <= now).map(|(_, amount)| amount).sum::<i64>().max(0)
}

/// The standing of somebody who joins at `now` with no growth: the lowest level. None without levels.
pub fn join(levels: &[Level], now: DateTime<Utc>) -> Option<Standing> {
    levels.iter().map(|l| l.level).min().map(|level| standing(level, now))
}

/// The standing after a look at `growth`. Up at once, as far as the growth reaches. Down only when the level has
/// expired, and then one level, which is kept for twelve months in turn.
pub fn evaluate(levels: &[Level], current: Standing, growth: i64, now: DateTime<Utc>) -> (Standing, Move) {
    let earned = reached(levels, growth).unwrap_or(current.level);
    if earned > current.level {
        return (standing(earned, now), Move::Up);
    }
    if now < current.expires_at {
        return (current, Move::None);
    }
    let below = levels.iter().map(|l| l.level).filter(|level| *level < current.level).max();
    match below {
        Some(below) if earned < current.level => (standing(below, now), Move::Down),
        _ => (Standing { since: current.since, ..standing(current.level, now) }, Move::Renewed),
    }
}

fn standing(level: i32, now: DateTime<Utc>) -> Standing {
    Standing { level, since: now, expires_at: calendar::add_months(now, KEPT_MONTHS) }
}

fn reached(levels: &[Level], growth: i64) -> Option<i32> {
    levels.iter().filter(|l| l.threshold <= growth).map(|l| l.level).max()
}

/// The way to the next level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rank of the next level.
    pub next_level: i32,
    /// Growth that is missing; 0 only in the moment before the upgrade is written.
    pub missing: i64,
    /// Share of the next threshold that is reached, 0 to 100, rounded down.
    pub percent: u8,
}

/// The way from `level` to the next; none at the top.
pub fn progress(levels: &[Level], level: i32, growth: i64) -> Option<Progress> {
    let next = levels.iter().filter(|l| l.level > level).min_by_key(|l| l.level)?;
    let percent = if growth >= next.threshold { 100 } else { growth.max(0).saturating_mul(100) / next.threshold };
    Some(Progress {
        next_level: next.level,
        missing: (next.threshold - growth.max(0)).max(0),
        percent: u8::try_from(percent).unwrap_or(100),
    })
}

/// Growth that is missing to keep `level` at its next look; 0 if it is safe as things stand.
pub fn missing_to_stay(levels: &[Level], level: i32, growth: i64) -> i64 {
    levels.iter().find(|l| l.level == level).map_or(0, |l| (l.threshold - growth).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The thresholds of domain.md 3.3.
    fn levels() -> Vec<Level> {
        [0, 1_000, 5_000, 20_000, 60_000]
            .into_iter()
            .zip(1..)
            .map(|(threshold, level)| Level { level, threshold })
            .collect()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn start() -> DateTime<Utc> {
        at("2026-01-10T04:00:00Z")
    }

    #[test]
    fn growth_is_of_the_last_365_days_and_never_negative() {
        let now = start();
        let days = |n| now - TimeDelta::days(n);
        let entries = [(days(365), 1), (days(364), 10), (days(0), 100), (now + TimeDelta::seconds(1), 1000)];
        assert_eq!(growth(&entries, now), 110);
        assert_eq!(growth(&[(days(1), -50)], now), 0);
        assert_eq!(growth(&[], now), 0);
    }

    #[test]
    fn the_upgrade_is_at_once_and_over_several_levels() {
        let joined = join(&levels(), start()).unwrap();
        assert_eq!(joined, Standing { level: 1, since: start(), expires_at: at("2027-01-10T04:00:00Z") });
        assert_eq!(evaluate(&levels(), joined, 999, start()), (joined, Move::None));
        let later = start() + TimeDelta::days(40);
        let (up, moved) = evaluate(&levels(), joined, 12_048, later);
        assert_eq!((up.level, up.since, moved), (3, later, Move::Up));
        assert_eq!(up.expires_at, at("2027-02-19T04:00:00Z"));
    }

    #[test]
    fn a_level_is_kept_to_its_end_and_falls_by_one() {
        let four = Standing { level: 4, since: start(), expires_at: at("2027-01-10T04:00:00Z") };
        assert_eq!(evaluate(&levels(), four, 0, four.expires_at - TimeDelta::seconds(1)), (four, Move::None));
        let (down, moved) = evaluate(&levels(), four, 0, four.expires_at);
        assert_eq!((down.level, moved, down.since), (3, Move::Down, four.expires_at));
        assert_eq!(down.expires_at, at("2028-01-10T04:00:00Z"));
        let (kept, moved) = evaluate(&levels(), four, 20_000, four.expires_at);
        assert_eq!((kept.level, moved, kept.since), (4, Move::Renewed, four.since));
        assert_eq!(kept.expires_at, at("2028-01-10T04:00:00Z"));
    }

    #[test]
    fn the_lowest_level_is_renewed_and_not_lost() {
        let joined = join(&levels(), start()).unwrap();
        let (same, moved) = evaluate(&levels(), joined, 0, joined.expires_at);
        assert_eq!((same.level, moved), (1, Move::Renewed));
    }

    #[test]
    fn progress_ends_at_the_top() {
        assert_eq!(progress(&levels(), 1, 250), Some(Progress { next_level: 2, missing: 750, percent: 25 }));
        assert_eq!(progress(&levels(), 4, 59_999), Some(Progress { next_level: 5, missing: 1, percent: 99 }));
        assert_eq!(progress(&levels(), 5, 99_999), None);
        assert_eq!(missing_to_stay(&levels(), 4, 12_000), 8_000);
        assert_eq!(missing_to_stay(&levels(), 1, 0), 0);
    }

    proptest! {
        #[test]
        fn nobody_falls_within_twelve_months_or_by_more_than_one(
            looks in prop::collection::vec((0i64..300, 0i64..90_000), 1..40),
        ) {
            let (mut now, mut current) = (start(), join(&levels(), start()).unwrap());
            for (days, growth) in looks {
                now += TimeDelta::days(days);
                let (next, moved) = evaluate(&levels(), current, growth, now);
                prop_assert!(next.level >= current.level - 1);
                if next.level < current.level {
                    prop_assert_eq!(moved, Move::Down);
                    prop_assert!(now >= calendar::add_months(current.since, KEPT_MONTHS));
                }
                prop_assert!(reached(&levels(), growth) <= Some(next.level) || moved == Move::Down);
                prop_assert!(next.expires_at > now);
                prop_assert_eq!(evaluate(&levels(), next, growth, now).1 == Move::Down, false);
                current = next;
            }
        }

        #[test]
        fn progress_is_a_share_and_what_is_missing_lifts(level in 1i32..5, growth in -100i64..100_000) {
            let found = progress(&levels(), level, growth).unwrap();
            prop_assert!(found.percent <= 100);
            prop_assert!(reached(&levels(), growth.max(0) + found.missing) >= Some(found.next_level));
        }
    }
}
