//! How close a person is to the brand, and what moves them (domain.md C012, C013).
//!
//! A stage says the most a person has been: it rises with what happens and does not fall by silence. The one way down
//! is giving back the last car (D).

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::LifecycleStage;

/// Days between the request to delete an account and the erasure, in which it can be called back (domain.md 3.6, D).
pub const DELETION_COOL_OFF_DAYS: i64 = 15;

/// Something that happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Took part: an activity, a post, a check-in.
    TookPart,
    /// Showed interest in a car: a lead, a test drive, an order begun.
    ShowedInterest,
    /// A car was handed over.
    CarHandedOver,
    /// Somebody they referred got a car.
    ReferralDelivered,
    /// A car went back or was sold.
    CarGivenBack {
        /// Cars they still have.
        cars_left: u32,
    },
}

/// The stage after a signal.
pub fn next(stage: LifecycleStage, signal: Signal) -> LifecycleStage {
    match signal {
        Signal::TookPart => stage.max(LifecycleStage::Fan),
        Signal::ShowedInterest => stage.max(LifecycleStage::Prospect),
        Signal::CarHandedOver => stage.max(LifecycleStage::Owner),
        Signal::ReferralDelivered => stage.max(LifecycleStage::Advocate),
        // Who brings others stays an advocate without a car.
        Signal::CarGivenBack { cars_left: 0 } if stage == LifecycleStage::Owner => LifecycleStage::Fan,
        Signal::CarGivenBack { .. } => stage,
    }
}

/// When an account is erased that was asked to be deleted at `requested_at`.
pub fn erasure_due(requested_at: DateTime<Utc>) -> DateTime<Utc> {
    requested_at + TimeDelta::days(DELETION_COOL_OFF_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use LifecycleStage as S;
    use proptest::prelude::*;

    #[test]
    fn each_signal_lifts_to_its_stage() {
        for (signal, stage) in [
            (Signal::TookPart, S::Fan),
            (Signal::ShowedInterest, S::Prospect),
            (Signal::CarHandedOver, S::Owner),
            (Signal::ReferralDelivered, S::Advocate),
        ] {
            assert_eq!(next(S::Follower, signal), stage);
            assert_eq!(next(S::Advocate, signal), S::Advocate);
        }
    }

    #[test]
    fn only_the_last_car_takes_the_owner_down() {
        assert_eq!(next(S::Owner, Signal::CarGivenBack { cars_left: 1 }), S::Owner);
        assert_eq!(next(S::Owner, Signal::CarGivenBack { cars_left: 0 }), S::Fan);
        assert_eq!(next(S::Advocate, Signal::CarGivenBack { cars_left: 0 }), S::Advocate);
    }

    #[test]
    fn an_account_is_erased_after_fifteen_days() {
        assert_eq!(
            erasure_due("2026-03-01T00:00:00Z".parse().unwrap()),
            "2026-03-16T00:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
    }

    proptest! {
        #[test]
        fn a_stage_falls_only_with_the_last_car(stage in prop::sample::select(S::ALL), kind in 0u8..5, cars_left in 0u32..3) {
            let signal = match kind {
                0 => Signal::TookPart,
                1 => Signal::ShowedInterest,
                2 => Signal::CarHandedOver,
                3 => Signal::ReferralDelivered,
                _ => Signal::CarGivenBack { cars_left },
            };
            let after = next(stage, signal);
            let may_fall = signal == Signal::CarGivenBack { cars_left: 0 };
            prop_assert!(after >= stage || may_fall);
            prop_assert_eq!(next(after, signal), after);
        }
    }
}
