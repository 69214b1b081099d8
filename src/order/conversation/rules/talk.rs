//! When one may write, how fast, and until when a message can be taken back (C076). The figures are invented.

use chrono::{DateTime, TimeDelta, Utc};
use entity::OrderStatus;

/// States in which nothing more happens to an order.
pub const ENDS: [OrderStatus; 4] =
    [OrderStatus::Completed, OrderStatus::Cancelled, OrderStatus::Returned, OrderStatus::Expired];

/// How long after its order's end a conversation takes messages; it can be read for good.
pub const OPEN_FOR: TimeDelta = TimeDelta::days(30);

/// Most messages of one side of a conversation within [`PACE_OF`].
pub const PACE: i64 = 20;

/// See [`PACE`].
pub const PACE_OF: TimeDelta = TimeDelta::minutes(1);

/// How long a sender can take a message back.
pub const RECALL_FOR: TimeDelta = TimeDelta::minutes(2);

/// Most files of a message.
pub const MAX_FILES: usize = 10;

/// Most files on one order that somebody has uploaded, or is about to, and not sent.
pub const MAX_UNSENT: u64 = 20;

/// Characters of a message.
pub const MAX_TEXT: u32 = 2000;

/// Characters of a file's name.
pub const MAX_NAME: u32 = 120;

/// How long an upload has to come to its end.
pub const UPLOAD_FOR: TimeDelta = TimeDelta::hours(1);

/// How long a file waits to be sent.
pub const UNSENT_FOR: TimeDelta = TimeDelta::hours(24);

/// Whether nothing more happens to an order in this state.
pub fn is_end(status: OrderStatus) -> bool {
    ENDS.contains(&status)
}

/// Until when a conversation takes messages whose order came to its end then; for an order under way, for good.
pub fn closes_at(ended_at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    ended_at.map(|at| at + OPEN_FOR)
}

/// Whether it does now.
pub fn is_open(ended_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    closes_at(ended_at).is_none_or(|end| now < end)
}

/// Whether a side that sent so many messages within [`PACE_OF`] may send another.
pub fn may_send(sent: i64) -> bool {
    sent < PACE
}

/// Whether a message that was sent then can be taken back.
pub fn may_recall(sent_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now < sent_at + RECALL_FOR
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_764_000_000 + seconds, 0).unwrap()
    }

    proptest! {
        #[test]
        fn a_conversation_is_open_until_its_time_and_never_again(after in -10_000_000_i64..10_000_000, later in 0_i64..10_000_000) {
            let (ended, now) = (Some(at(0)), at(after));
            prop_assert_eq!(is_open(ended, now), after < OPEN_FOR.num_seconds());
            prop_assert!(is_open(None, now));
            if !is_open(ended, now) {
                prop_assert!(!is_open(ended, at(after + later)));
            }
        }

        #[test]
        fn a_message_is_taken_back_within_its_time(after in 0_i64..1000) {
            prop_assert_eq!(may_recall(at(0), at(after)), after < 120);
        }

        #[test]
        fn of_a_minute_there_are_so_many(sent in 0_i64..100) {
            prop_assert_eq!(may_send(sent), sent < 20);
        }
    }

    #[test]
    fn an_order_ends_in_four_ways() {
        let ends: Vec<_> = OrderStatus::ALL.iter().copied().filter(|status| is_end(*status)).collect();
        assert_eq!(ends, [OrderStatus::Completed, OrderStatus::Cancelled, OrderStatus::Returned, OrderStatus::Expired]);
    }
}
