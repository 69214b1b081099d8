//! The test drive's states and guards (domain.md 3.2, TestDrive; C034-C039). Rescheduling is an event, not a state.

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::{TestDriveMode, TestDriveStatus};

use crate::values::geo::Point;
use crate::values::machine::{self, IllegalTransition};

/// Hours before the slot until which a customer may cancel.
pub const CANCEL_CUT_OFF_HOURS: i64 = 2;

/// Minutes after the slot's start from which somebody who has not come is a no-show.
pub const NO_SHOW_MINUTES: i64 = 30;

/// What can be done to a test drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestDriveAction {
    /// Confirm the slot.
    Confirm,
    /// Send the car to the customer's door.
    Dispatch,
    /// Record that the driver has arrived.
    CheckIn,
    /// Set out.
    Start,
    /// Come back.
    Complete,
    /// Call off.
    Cancel,
    /// Record that nobody came.
    NoShow,
}

use TestDriveAction as A;
use TestDriveStatus as S;

/// Steps of a drive from the store: (action, from, to).
pub const IN_STORE: &[(TestDriveAction, TestDriveStatus, TestDriveStatus)] = &[
    (A::Confirm, S::Requested, S::Confirmed),
    (A::CheckIn, S::Confirmed, S::CheckedIn),
    (A::Start, S::CheckedIn, S::InProgress),
    (A::Complete, S::InProgress, S::Completed),
    (A::Cancel, S::Requested, S::Cancelled),
    (A::Cancel, S::Confirmed, S::Cancelled),
    (A::Cancel, S::CheckedIn, S::Cancelled),
    (A::NoShow, S::Confirmed, S::NoShow),
];

/// Steps of a drive from the customer's door: the car is on its way before the driver can be met.
pub const AT_HOME: &[(TestDriveAction, TestDriveStatus, TestDriveStatus)] = &[
    (A::Confirm, S::Requested, S::Confirmed),
    (A::Dispatch, S::Confirmed, S::Dispatched),
    (A::CheckIn, S::Dispatched, S::CheckedIn),
    (A::Start, S::CheckedIn, S::InProgress),
    (A::Complete, S::InProgress, S::Completed),
    (A::Cancel, S::Requested, S::Cancelled),
    (A::Cancel, S::Confirmed, S::Cancelled),
    (A::Cancel, S::Dispatched, S::Cancelled),
    (A::Cancel, S::CheckedIn, S::Cancelled),
    (A::NoShow, S::Dispatched, S::NoShow),
];

/// The table of a mode.
pub const fn table(mode: TestDriveMode) -> &'static [(TestDriveAction, TestDriveStatus, TestDriveStatus)] {
    match mode {
        TestDriveMode::InStore => IN_STORE,
        TestDriveMode::AtHome => AT_HOME,
    }
}

/// The state after `action`; guards are checked apart.
///
/// # Errors
/// [`IllegalTransition`] with what is allowed instead.
pub fn apply(
    mode: TestDriveMode,
    status: TestDriveStatus,
    action: TestDriveAction,
) -> Result<TestDriveStatus, IllegalTransition<TestDriveStatus, TestDriveAction>> {
    machine::apply(table(mode), status, action)
}

/// What can be done in this state, by anybody, guards apart.
pub fn allowed(mode: TestDriveMode, status: TestDriveStatus) -> Vec<TestDriveAction> {
    machine::allowed(table(mode), status)
}

/// A condition that is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// The slot does not lie ahead.
    #[error("the slot is in the past")]
    SlotInPast,
    /// Too late for the customer to cancel; the store still can.
    #[error("less than two hours to the slot")]
    CancelCutOff,
    /// Half an hour of grace is not over.
    #[error("the customer may still come")]
    TooEarlyForNoShow,
    /// The driver's licence is not verified.
    #[error("the licence is not verified")]
    LicenceNotVerified,
    /// The agreement is not signed.
    #[error("the agreement is not signed")]
    AgreementNotSigned,
    /// The door is farther from the store than it serves.
    #[error("outside the service radius")]
    OutOfServiceArea,
}

/// Guard of a booking: the slot lies ahead, and a door is within the store's service radius.
///
/// # Errors
/// [`Unmet::SlotInPast`], [`Unmet::OutOfServiceArea`]
pub fn may_book(
    slot_start: DateTime<Utc>,
    now: DateTime<Utc>,
    store: Point,
    service_radius_km: f64,
    door: Option<Point>,
) -> Result<(), Unmet> {
    if slot_start <= now {
        return Err(Unmet::SlotInPast);
    }
    match door {
        Some(door) if store.distance_km(door) > service_radius_km => Err(Unmet::OutOfServiceArea),
        _ => Ok(()),
    }
}

/// Guard of a cancellation by the customer: at least two hours before the slot.
///
/// # Errors
/// [`Unmet::CancelCutOff`]
pub fn customer_may_cancel(slot_start: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Unmet> {
    if slot_start - now >= TimeDelta::hours(CANCEL_CUT_OFF_HOURS) { Ok(()) } else { Err(Unmet::CancelCutOff) }
}

/// Guard of a no-show: half an hour after the slot's start.
///
/// # Errors
/// [`Unmet::TooEarlyForNoShow`]
pub fn may_mark_no_show(slot_start: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Unmet> {
    if now - slot_start >= TimeDelta::minutes(NO_SHOW_MINUTES) { Ok(()) } else { Err(Unmet::TooEarlyForNoShow) }
}

/// Guard of setting out: who drives has a verified licence, and the agreement is signed in any case.
///
/// # Errors
/// [`Unmet::LicenceNotVerified`], [`Unmet::AgreementNotSigned`]
pub fn may_start(drives: bool, licence_verified: bool, agreement_signed: bool) -> Result<(), Unmet> {
    if drives && !licence_verified {
        return Err(Unmet::LicenceNotVerified);
    }
    if agreement_signed { Ok(()) } else { Err(Unmet::AgreementNotSigned) }
}

/// Whether a drive in this state keeps its slot from others.
pub const fn holds_slot(status: TestDriveStatus) -> bool {
    !matches!(status, S::Completed | S::Cancelled | S::NoShow)
}

/// Whether two slots of one car, each from its start for so many minutes, are in each other's way. Slots that touch
/// are not.
pub fn overlap(a: (DateTime<Utc>, u32), b: (DateTime<Utc>, u32)) -> bool {
    let end = |slot: (DateTime<Utc>, u32)| slot.0 + TimeDelta::minutes(i64::from(slot.1));
    a.0 < end(b) && b.0 < end(a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [A; 7] = [A::Confirm, A::Dispatch, A::CheckIn, A::Start, A::Complete, A::Cancel, A::NoShow];

    fn slot() -> DateTime<Utc> {
        "2026-03-31T06:00:00Z".parse().unwrap()
    }

    #[test]
    fn both_tables_are_unambiguous() {
        assert_eq!(machine::ambiguous(IN_STORE), None);
        assert_eq!(machine::ambiguous(AT_HOME), None);
    }

    #[test]
    fn a_car_is_dispatched_only_to_a_door_and_always_to_one() {
        assert!(apply(TestDriveMode::InStore, S::Confirmed, A::Dispatch).is_err());
        assert_eq!(apply(TestDriveMode::InStore, S::Confirmed, A::CheckIn), Ok(S::CheckedIn));
        let refused = apply(TestDriveMode::AtHome, S::Confirmed, A::CheckIn).unwrap_err();
        assert_eq!(refused.allowed, vec![A::Dispatch, A::Cancel]);
    }

    #[test]
    fn a_drive_under_way_can_only_end() {
        for mode in TestDriveMode::ALL {
            assert_eq!(allowed(*mode, S::InProgress), vec![A::Complete]);
        }
    }

    #[test]
    fn the_guards_hold_to_the_minute() {
        let (minutes, second) = (TimeDelta::minutes, TimeDelta::seconds(1));
        assert_eq!(customer_may_cancel(slot(), slot() - minutes(120)), Ok(()));
        assert_eq!(customer_may_cancel(slot(), slot() - minutes(120) + second), Err(Unmet::CancelCutOff));
        assert_eq!(may_mark_no_show(slot(), slot() + minutes(30)), Ok(()));
        assert_eq!(may_mark_no_show(slot(), slot() + minutes(30) - second), Err(Unmet::TooEarlyForNoShow));
        assert_eq!(may_start(true, false, true), Err(Unmet::LicenceNotVerified));
        assert_eq!(may_start(true, true, false), Err(Unmet::AgreementNotSigned));
        assert_eq!(may_start(false, false, true), Ok(()));
    }

    #[test]
    fn a_door_must_be_within_the_radius_and_the_slot_ahead() {
        let store = Point::new(31.231706, 121.472644).unwrap();
        let hangzhou = Some(Point::new(30.287459, 120.153576).unwrap());
        let now = slot() - TimeDelta::days(1);
        assert_eq!(may_book(slot(), now, store, 30.0, hangzhou), Err(Unmet::OutOfServiceArea));
        assert_eq!(may_book(slot(), now, store, 165.0, hangzhou), Ok(()));
        assert_eq!(may_book(slot(), now, store, 0.0, None), Ok(()));
        assert_eq!(may_book(slot(), slot(), store, 30.0, None), Err(Unmet::SlotInPast));
    }

    proptest! {
        #[test]
        fn a_walk_ends_in_a_state_that_frees_the_slot(
            mode in prop::sample::select(TestDriveMode::ALL), actions in prop::collection::vec(prop::sample::select(&ALL[..]), 0..40),
        ) {
            let mut status = S::Requested;
            for action in actions {
                match apply(mode, status, action) {
                    Ok(next) => { prop_assert_ne!(next, status); status = next; }
                    Err(refused) => prop_assert_eq!(refused.allowed, allowed(mode, status)),
                }
                prop_assert_eq!(holds_slot(status), !allowed(mode, status).is_empty());
                prop_assert!(mode == TestDriveMode::AtHome || status != S::Dispatched);
            }
        }

        #[test]
        fn overlap_is_symmetric_and_touching_is_none(a in 0i64..500, b in 0i64..500, long in 1u32..120, other in 1u32..120) {
            let (x, y) = ((slot() + TimeDelta::minutes(a), long), (slot() + TimeDelta::minutes(b), other));
            prop_assert_eq!(overlap(x, y), overlap(y, x));
            prop_assert!(overlap(x, x));
            prop_assert!(!overlap(x, (x.0 + TimeDelta::minutes(i64::from(long)), other)));
        }
    }
}
