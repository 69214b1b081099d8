//! How long a car may be held (C102).

use chrono::{DateTime, TimeDelta, Utc};
use entity::inventory::allocation;
use entity::vocabulary::AllocationKind;

/// How long a hold lasts if nobody says.
pub const DEFAULT_TTL: TimeDelta = TimeDelta::hours(24);
/// Shortest hold.
pub const MIN_TTL: TimeDelta = TimeDelta::minutes(10);
/// Longest hold.
pub const MAX_TTL: TimeDelta = TimeDelta::hours(72);

/// A hold was asked for that is too short or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TtlRefused {
    pub asked: TimeDelta,
    pub min: TimeDelta,
    pub max: TimeDelta,
}

/// How long the hold lasts: what was asked for, within the bounds, or a day.
///
/// # Errors
/// [`TtlRefused`] outside the bounds.
pub fn ttl(asked: Option<TimeDelta>) -> Result<TimeDelta, TtlRefused> {
    match asked {
        None => Ok(DEFAULT_TTL),
        Some(asked) if (MIN_TTL..=MAX_TTL).contains(&asked) => Ok(asked),
        Some(asked) => Err(TtlRefused { asked, min: MIN_TTL, max: MAX_TTL }),
    }
}

/// When a hold that begins now runs out.
///
/// # Errors
/// [`TtlRefused`] outside the bounds.
pub fn expires_at(now: DateTime<Utc>, asked: Option<TimeDelta>) -> Result<DateTime<Utc>, TtlRefused> {
    ttl(asked).map(|ttl| now + ttl)
}

/// What an allocation is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldState {
    /// The car is kept.
    Held,
    /// Ran out, and the car is to be set free.
    Expired,
    /// Set free before.
    Released,
}

/// Whether a hold still stands. It ends at the very moment it runs out; an assignment to an order (HARD) never does.
pub fn hold_state(
    kind: AllocationKind,
    expires_at: Option<DateTime<Utc>>,
    released_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> HoldState {
    if released_at.is_some() {
        HoldState::Released
    } else if kind == AllocationKind::Soft && expires_at.is_some_and(|end| end <= now) {
        HoldState::Expired
    } else {
        HoldState::Held
    }
}

/// [`hold_state`] of a row.
pub fn allocation_state(row: &allocation::Model, now: DateTime<Utc>) -> HoldState {
    hold_state(row.kind, row.expires_at, row.released_at, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap()
    }

    #[test]
    fn a_hold_lasts_a_day_unless_asked_within_bounds() {
        assert_eq!(ttl(None), Ok(TimeDelta::hours(24)));
        assert_eq!(ttl(Some(TimeDelta::minutes(10))), Ok(TimeDelta::minutes(10)));
        assert_eq!(ttl(Some(TimeDelta::hours(72))), Ok(TimeDelta::hours(72)));
        for asked in [TimeDelta::seconds(599), TimeDelta::seconds(72 * 3600 + 1), TimeDelta::zero(), TimeDelta::MIN] {
            assert_eq!(ttl(Some(asked)), Err(TtlRefused { asked, min: MIN_TTL, max: MAX_TTL }));
        }
        assert_eq!(expires_at(noon(), None), Ok(Utc.with_ymd_and_hms(2026, 11, 25, 12, 0, 0).unwrap()));
    }

    #[test]
    fn a_hold_ends_at_its_moment_and_an_assignment_never() {
        let end = noon() + TimeDelta::hours(1);
        let state = |kind, released, now| hold_state(kind, Some(end), released, now);
        assert_eq!(state(AllocationKind::Soft, None, end - TimeDelta::milliseconds(1)), HoldState::Held);
        assert_eq!(state(AllocationKind::Soft, None, end), HoldState::Expired);
        assert_eq!(state(AllocationKind::Soft, Some(noon()), end), HoldState::Released);
        assert_eq!(state(AllocationKind::Hard, None, end), HoldState::Held);
        assert_eq!(hold_state(AllocationKind::Soft, None, None, end), HoldState::Held);
    }

    proptest! {
        #[test]
        fn an_accepted_hold_stands_until_its_end(minutes in -10_i64..6_000) {
            if let Ok(end) = expires_at(noon(), Some(TimeDelta::minutes(minutes))) {
                prop_assert!((10..=4_320).contains(&minutes));
                prop_assert_eq!(hold_state(AllocationKind::Soft, Some(end), None, noon()), HoldState::Held);
                prop_assert_eq!(hold_state(AllocationKind::Soft, Some(end), None, end), HoldState::Expired);
            }
        }
    }
}
