//! Another car in place of a damaged one (C101; domain.md 3.2: the customer must be told, and may swap).

use entity::vocabulary::{QualityDamageState, QualitySwapState};

/// Whether the customer may ask for another car: the order has this one and it is not handed over, its damage is open or stays, and nothing was answered yet.
pub fn may_request(state: QualityDamageState, swap: Option<QualitySwapState>, has_car: bool) -> bool {
    has_car && state != QualityDamageState::Closed && swap.is_none()
}

/// Whether there is a wish to be answered.
pub fn waits(swap: Option<QualitySwapState>) -> bool {
    swap == Some(QualitySwapState::Requested)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_asks_once_while_the_car_is_theirs_and_not_as_new() {
        for state in QualityDamageState::ALL {
            assert_eq!(may_request(*state, None, true), *state != QualityDamageState::Closed, "{state}");
            assert!(!may_request(*state, None, false), "{state}");
            for swap in QualitySwapState::ALL {
                assert!(!may_request(*state, Some(*swap), true), "{state} {swap}");
                assert_eq!(waits(Some(*swap)), *swap == QualitySwapState::Requested);
            }
        }
        assert!(!waits(None));
    }
}
