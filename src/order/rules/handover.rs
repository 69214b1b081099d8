//! When a car can be handed over, and when a hand-over is confirmed (C089-C091; domain.md 3.2).

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use entity::order::order;
use entity::vocabulary::{HandoverCheck, HandoverMode, HandoverSigner, MilestoneCode, MilestoneState, OrderStatus};
use serde::{Deserialize, Serialize};

use super::milestone::{is_finished, state_of};
use crate::values::calendar;

/// Minutes from one time at which a hand-over can begin to the next, and how long one without a ceremony takes; invented.
pub const SLOT_MINUTES: i64 = 60;

/// Hours before which nobody can be ready, and days for which nobody plans; invented.
pub const NOTICE_HOURS: i64 = 2;
pub const HORIZON_DAYS: i64 = 30;

/// How many cars a store hands over at a time, where it has not said; invented.
pub const BAYS: i32 = 2;

/// Most that a store can say.
pub const MAX_BAYS: i32 = 50;

/// Days from the registration after which an order is COMPLETED (domain.md 3.2).
pub const GRACE_DAYS: i64 = 7;

/// Kilometres that no new car has.
pub const MAX_ODOMETER_KM: i32 = 100_000;

/// A stretch of time: from, and before.
pub type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// Whether an order in this state can have an appointment; how far its car has to be is the graph's to say.
pub fn takes_appointment(status: OrderStatus) -> bool {
    use OrderStatus::*;
    matches!(status, Placed | Locked | Contracted | InFulfillment | ReadyForDelivery)
}

/// Whether a hand-over so can begin between now and then.
pub fn within_notice(start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now + TimeDelta::hours(NOTICE_HOURS) <= start && start < now + TimeDelta::days(HORIZON_DAYS)
}

/// The stretches of a day in which a store that is open from one `HH:MM` to another hands over: they begin every
/// [`SLOT_MINUTES`], and end before it closes. None where the hours are none.
pub fn stretches(day: NaiveDate, (opens_at, closes_at): (&str, &str), minutes: i64) -> Vec<Stretch> {
    let minute =
        |text| NaiveTime::parse_from_str(text, "%H:%M").ok().map(|time| i64::from(time.hour() * 60 + time.minute()));
    let (Some(opens), Some(closes)) = (minute(opens_at), minute(closes_at)) else { return Vec::new() };
    let midnight = calendar::start_of_day(day);
    let mut found = Vec::new();
    let mut at = opens;
    while at + minutes <= closes {
        let start = midnight + TimeDelta::minutes(at);
        found.push((start, start + TimeDelta::minutes(minutes)));
        at += SLOT_MINUTES;
    }
    found
}

/// How many of the taken stretches there are at a time, at most, within this one.
pub fn peak(taken: &[Stretch], within: Stretch) -> usize {
    let (start, end) = within;
    let meets: Vec<&Stretch> = taken.iter().filter(|(from, until)| *from < end && start < *until).collect();
    // The most are there when one of them has just begun, or at the beginning.
    let moments = meets.iter().map(|(from, _)| (*from).max(start));
    let at = |moment: DateTime<Utc>| meets.iter().filter(|(from, until)| *from <= moment && moment < *until).count();
    moments.map(at).max().unwrap_or_default()
}

/// How many more cars can be handed over in a stretch.
pub fn free(bays: i32, taken: &[Stretch], within: Stretch) -> i32 {
    let taken = i32::try_from(peak(taken, within)).unwrap_or(i32::MAX);
    bays.saturating_sub(taken).max(0)
}

/// What a hand-over misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Gap {
    /// Something of the checklist was not gone through.
    Check(HandoverCheck),
    /// Somebody has not signed.
    Signature(HandoverSigner),
    /// Brought to the door, and the customer has not gone through the checklist online.
    Online,
}

/// What a hand-over misses beside the pickup code: each thing of the checklist was gone through, by the customer online or at
/// the hand-over, and both have signed. Of one at the door the customer goes through it online (C091).
pub fn gaps(mode: HandoverMode, online: bool, checked: &[HandoverCheck], signed: &[HandoverSigner]) -> Vec<Gap> {
    let checks = HandoverCheck::ALL.iter().filter(|check| !checked.contains(check)).map(|check| Gap::Check(*check));
    let signers = HandoverSigner::ALL.iter().filter(|signer| !signed.contains(signer));
    let remote = (mode == HandoverMode::Home && !online).then_some(Gap::Online);
    checks.chain(signers.map(|signer| Gap::Signature(*signer))).chain(remote).collect()
}

/// What becomes of the car's being its customer's with a change of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The car was handed over, or is known now which was.
    Begins,
    /// It was not handed over after all.
    Ends,
}

/// What a change of an order means for whose the car is (C090). A car that went back ([`OrderStatus::Returned`]) is seen to by what takes
/// it back.
pub fn ownership(before: &order::Model, after: &order::Model) -> Option<Ownership> {
    use OrderStatus::{Completed, Delivered, ReturnRequested, Returned};
    let has = |of: &order::Model| matches!(of.status, Delivered | Completed | ReturnRequested);
    match (has(before), has(after)) {
        (false, true) => Some(Ownership::Begins),
        (true, true) if before.vehicle_id.is_none() && after.vehicle_id.is_some() => Some(Ownership::Begins),
        (true, false) if after.status != Returned => Some(Ownership::Ends),
        _ => None,
    }
}

/// Whether the days of grace are over: the ownership is transferred, the plate is there or not the store's to get, and seven
/// days have gone by since the last of it (domain.md 3.2). Milestones with their states and when they were reached.
pub fn grace_over(reached: &[(MilestoneCode, MilestoneState, Option<DateTime<Utc>>)], now: DateTime<Utc>) -> bool {
    use MilestoneCode::{HandedOver, OwnershipTransferred, PlateReady};
    let states: Vec<_> = reached.iter().map(|(code, state, _)| (*code, *state)).collect();
    let done = |code| state_of(&states, code) == MilestoneState::Done;
    if !done(HandedOver) || !done(OwnershipTransferred) || !is_finished(state_of(&states, PlateReady)) {
        return false;
    }
    let moments = reached.iter().filter(|(code, ..)| [HandedOver, OwnershipTransferred, PlateReady].contains(code));
    let last = moments.filter_map(|(.., at)| *at).max();
    last.is_some_and(|last| last + TimeDelta::days(GRACE_DAYS) <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day() -> NaiveDate {
        "2026-12-01".parse().unwrap()
    }

    #[test]
    fn a_day_begins_when_the_store_opens_and_ends_before_it_closes() {
        let found = stretches(day(), ("09:30", "12:00"), 60);
        assert_eq!(
            found,
            [
                (at("2026-12-01T01:30:00Z"), at("2026-12-01T02:30:00Z")),
                (at("2026-12-01T02:30:00Z"), at("2026-12-01T03:30:00Z"))
            ]
        );
        assert_eq!(stretches(day(), ("09:30", "12:00"), 90).len(), 2);
        assert_eq!(stretches(day(), ("09:30", "12:00"), 91).len(), 1);
        assert_eq!(stretches(day(), ("20:00", "09:00"), 60), [], "closed");
        assert_eq!(stretches(day(), ("", "09:00"), 60), [], "no hours");
    }

    #[test]
    fn what_lies_side_by_side_needs_one_place() {
        let hour = |n: i64| at("2026-12-01T01:00:00Z") + TimeDelta::hours(n);
        let taken = [(hour(0), hour(1)), (hour(1), hour(2)), (hour(1), hour(3))];
        assert_eq!(peak(&taken, (hour(0), hour(3))), 2);
        assert_eq!(peak(&taken, (hour(0), hour(1))), 1);
        assert_eq!(peak(&taken, (hour(3), hour(4))), 0, "one begins when another ends");
        assert_eq!((free(2, &taken, (hour(0), hour(2))), free(2, &taken, (hour(2), hour(4)))), (0, 1));
        assert_eq!(free(1, &taken, (hour(1), hour(2))), 0, "fewer places than were taken");
    }

    #[test]
    fn notice_and_horizon_have_exact_ends() {
        let now = at("2026-12-01T01:00:00Z");
        for (start, can) in [
            ("2026-12-01T02:59:59Z", false),
            ("2026-12-01T03:00:00Z", true),
            ("2026-12-31T00:59:59Z", true),
            ("2026-12-31T01:00:00Z", false),
        ] {
            assert_eq!(within_notice(at(start), now), can, "{start}");
        }
    }

    #[test]
    fn a_hand_over_names_all_it_misses() {
        use HandoverCheck::*;
        let all = HandoverCheck::ALL;
        let both = HandoverSigner::ALL;
        assert_eq!(gaps(HandoverMode::Store, false, all, both), []);
        assert_eq!(gaps(HandoverMode::Home, false, all, both), [Gap::Online]);
        assert_eq!(gaps(HandoverMode::Home, true, all, both), []);
        assert_eq!(
            gaps(HandoverMode::Center, false, &[Exterior, Interior, Documents, Functions], &[HandoverSigner::Store]),
            [Gap::Check(Keys), Gap::Check(Accessories), Gap::Signature(HandoverSigner::Customer)]
        );
    }

    #[test]
    fn the_days_of_grace_count_from_the_last_of_all() {
        use MilestoneCode::*;
        use MilestoneState::{Done, Pending, Skipped};
        let (first, last) = (at("2026-12-01T01:00:00Z"), at("2026-12-03T01:00:00Z"));
        let reached = |plate: (MilestoneState, Option<DateTime<Utc>>), transferred| {
            vec![
                (PlateReady, plate.0, plate.1),
                (HandedOver, Done, Some(first)),
                (OwnershipTransferred, transferred, Some(last)),
            ]
        };
        let over = last + TimeDelta::days(7);
        let plate = (Done, Some(first));
        assert!(grace_over(&reached(plate, Done), over));
        assert!(!grace_over(&reached(plate, Done), over - TimeDelta::milliseconds(1)));
        assert!(!grace_over(&reached(plate, Pending), over));
        assert!(!grace_over(&reached((Pending, None), Done), over), "no plate");
        assert!(grace_over(&reached((Skipped, None), Done), over), "the plate is not the store's to get");
        assert!(!grace_over(&[], over));
    }

    proptest! {
        /// Whoever is let in one after the other while a place is free never needs more than there are, at any minute.
        #[test]
        fn never_more_than_there_are_places(
            bays in 0_i32..5,
            asked in prop::collection::vec((0_i64..600, 30_i64..240), 0..60),
        ) {
            let zero = at("2026-12-01T01:00:00Z");
            let mut taken: Vec<Stretch> = Vec::new();
            for (from, minutes) in asked {
                let start = zero + TimeDelta::minutes(from);
                let wanted = (start, start + TimeDelta::minutes(minutes));
                if free(bays, &taken, wanted) > 0 {
                    taken.push(wanted);
                }
            }
            for minute in 0..900 {
                let moment = zero + TimeDelta::minutes(minute);
                let there = taken.iter().filter(|(from, until)| *from <= moment && moment < *until).count();
                prop_assert!(i32::try_from(there).unwrap() <= bays);
            }
        }

        #[test]
        fn stretches_lie_within_the_hours(opens in 0_u32..1440, closes in 0_u32..1440, minutes in 30_i64..240) {
            let text = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            let found = stretches(day(), (&text(opens), &text(closes)), minutes);
            prop_assert!(found.len() <= 24);
            for (start, end) in found {
                prop_assert!(calendar::minute_of_day(start) >= opens);
                prop_assert_eq!(end - start, TimeDelta::minutes(minutes));
                prop_assert!(i64::from(calendar::minute_of_day(start)) + minutes <= i64::from(closes));
            }
        }
    }
}
