//! States of a kept price (C044).

use chrono::{DateTime, Utc};
use entity::{OrderId, QuoteState};

/// Its state at a moment.
pub fn state(order: Option<OrderId>, held_until: DateTime<Utc>, now: DateTime<Utc>) -> QuoteState {
    match order {
        Some(_) => QuoteState::Ordered,
        None if now < held_until => QuoteState::Open,
        None => QuoteState::Expired,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn it_is_open_until_its_end_and_ordered_for_good() {
        let end = DateTime::UNIX_EPOCH;
        let before = end - TimeDelta::seconds(1);
        assert_eq!(state(None, end, before), QuoteState::Open);
        assert_eq!(state(None, end, end), QuoteState::Expired);
        assert_eq!(state(Some(OrderId::default()), end, end), QuoteState::Ordered);
        assert_eq!(state(Some(OrderId::default()), end, before), QuoteState::Ordered);
    }
}
