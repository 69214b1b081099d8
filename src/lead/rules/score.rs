//! The lead's score, 0 to 100: whom to call first (domain.md C023). The weights are ours (D), to be calibrated with
//! conversions.
//!
//! | part | points |
//! |---|---|
//! | intent | H 40, A 30, B 15, C 5 |
//! | test drive | driven 20, booked 12 |
//! | channel of the first touch | store 15, app 12, mini-program 10, web 8, third party 5, system 3 |
//! | touchpoints | 3 each, at most 15 |
//! | last sign of life | within 3 days 10, 7 days 7, 14 days 4, 30 days 2 |

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::{Channel, IntentLevel};

/// The test drive as far as it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drive {
    /// None, or called off.
    None,
    /// Booked.
    Booked,
    /// Done.
    Done,
}

/// What the score is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    /// How soon the person means to buy.
    pub intent: IntentLevel,
    /// Channel of the first touch.
    pub channel: Channel,
    /// Submits of a form, the first included.
    pub touchpoints: u32,
    /// The furthest test drive.
    pub drive: Drive,
    /// Last touch or contact, whichever is later.
    pub last_activity: DateTime<Utc>,
}

/// The score at `now`; 0 to 100.
pub fn score(signals: &Signals, now: DateTime<Utc>) -> u8 {
    intent(signals.intent)
        + drive(signals.drive)
        + channel(signals.channel)
        + touchpoints(signals.touchpoints)
        + recency(now - signals.last_activity)
}

const fn intent(level: IntentLevel) -> u8 {
    match level {
        IntentLevel::H => 40,
        IntentLevel::A => 30,
        IntentLevel::B => 15,
        IntentLevel::C => 5,
    }
}

const fn drive(drive: Drive) -> u8 {
    match drive {
        Drive::None => 0,
        Drive::Booked => 12,
        Drive::Done => 20,
    }
}

const fn channel(channel: Channel) -> u8 {
    match channel {
        Channel::Store => 15,
        Channel::App => 12,
        Channel::MiniProgram => 10,
        Channel::Web => 8,
        Channel::ThirdParty => 5,
        Channel::System => 3,
    }
}

const fn touchpoints(count: u32) -> u8 {
    match count {
        0 => 0,
        1 => 3,
        2 => 6,
        3 => 9,
        4 => 12,
        _ => 15,
    }
}

fn recency(silence: TimeDelta) -> u8 {
    match silence.num_days() {
        ..3 => 10,
        3..7 => 7,
        7..14 => 4,
        14..30 => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        "2026-03-31T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_best_lead_has_a_hundred_and_a_stale_one_next_to_nothing() {
        let best = Signals {
            intent: IntentLevel::H,
            channel: Channel::Store,
            touchpoints: 5,
            drive: Drive::Done,
            last_activity: now(),
        };
        assert_eq!(score(&best, now()), 100);
        let stale = Signals {
            intent: IntentLevel::C,
            channel: Channel::System,
            touchpoints: 0,
            drive: Drive::None,
            last_activity: now() - TimeDelta::days(30),
        };
        assert_eq!(score(&stale, now()), 8);
    }

    #[test]
    fn a_typical_fresh_lead() {
        let fresh = Signals {
            intent: IntentLevel::B,
            channel: Channel::MiniProgram,
            touchpoints: 1,
            drive: Drive::None,
            last_activity: now() - TimeDelta::hours(2),
        };
        assert_eq!(score(&fresh, now()), 15 + 10 + 3 + 10);
    }

    prop_compose! {
        fn any_signals()(
            intent in prop::sample::select(IntentLevel::ALL),
            channel in prop::sample::select(Channel::ALL),
            touchpoints in any::<u32>(),
            drive in prop::sample::select(&[Drive::None, Drive::Booked, Drive::Done][..]),
            hours in -50i64..2000,
        ) -> Signals {
            Signals { intent, channel, touchpoints, drive, last_activity: now() - TimeDelta::hours(hours) }
        }
    }

    proptest! {
        #[test]
        fn it_is_never_above_a_hundred_and_never_rises_by_waiting(signals in any_signals(), hours in 0i64..2000) {
            prop_assert!(score(&signals, now()) <= 100);
            prop_assert!(score(&signals, now() + TimeDelta::hours(hours)) <= score(&signals, now()));
        }

        #[test]
        fn another_touch_or_a_drive_never_lowers_it(signals in any_signals()) {
            let touched = Signals { touchpoints: signals.touchpoints.saturating_add(1), last_activity: now().max(signals.last_activity), ..signals };
            let driven = Signals { drive: Drive::Done, ..signals };
            prop_assert!(score(&touched, now()) >= score(&signals, now()));
            prop_assert!(score(&driven, now()) >= score(&signals, now()));
        }
    }
}
