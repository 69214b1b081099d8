//! An order that nobody makes firm in time (C064; domain.md 3.2, `EXPIRED`: INTENTION past its deadline).

use chrono::{DateTime, Utc};
use entity::vocabulary::OrderStatus;

use super::status::OrderMove;

/// What an order in a state comes to when its time runs out: an intention expires; a draft, of which nothing was paid, is called off, as
/// the table has no other end for it. Nothing else runs out.
pub fn at_deadline(status: OrderStatus) -> Option<OrderMove> {
    match status {
        OrderStatus::Draft => Some(OrderMove::Cancel),
        OrderStatus::Intention => Some(OrderMove::Expire),
        _ => None,
    }
}

/// What decides whether an order's time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Until when it was to become firm; none where another system sees to it.
    pub deadline: Option<DateTime<Utc>>,
    /// Somebody asks to change it, and nobody has decided.
    pub has_open_request: bool,
    /// A payment is with its provider, and nobody knows yet how it ends.
    pub is_being_paid: bool,
}

/// Whether an order's time is over. What was begun in time is decided first: a request, and a payment that the customer is at.
pub fn is_overdue(waiting: &Waiting, now: DateTime<Utc>) -> bool {
    let over = waiting.deadline.is_some_and(|deadline| deadline <= now);
    over && !waiting.has_open_request && !waiting.is_being_paid
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::order::rules::status::{OrderFacts, is_ended, move_order};

    #[test]
    fn what_runs_out_comes_to_an_end_by_the_table() {
        let facts = OrderFacts { intention_overdue: true, ..OrderFacts::default() };
        for status in OrderStatus::ALL {
            let Some(action) = at_deadline(*status) else { continue };
            assert!(move_order(*status, action, &facts).is_ok_and(is_ended), "{status}");
        }
        assert_eq!(at_deadline(OrderStatus::Placed), None, "a firm order waits for nobody's mind to be made up");
    }

    proptest! {
        #[test]
        fn nothing_runs_out_before_its_time_or_while_somebody_is_at_it(
            left in proptest::option::of(-100_i64..100),
            has_open_request: bool,
            is_being_paid: bool,
        ) {
            let now = DateTime::UNIX_EPOCH;
            let deadline = left.map(|seconds| now + TimeDelta::seconds(seconds));
            let over = is_overdue(&Waiting { deadline, has_open_request, is_being_paid }, now);
            prop_assert_eq!(over, left.is_some_and(|left| left <= 0) && !has_open_request && !is_being_paid);
        }
    }
}
