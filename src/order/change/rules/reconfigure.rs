//! Whether an order can have another configuration (C075), as far as its car goes.

use entity::vocabulary::{FulfillmentMode, MilestoneCode, MilestoneState, PhysicalStatus};

use crate::order::rules::car::is_matched;
use crate::order::rules::milestone::state_of;

/// What was done in the plant for nobody else: once one of these is under way, the car is the one that was ordered.
const BUILDING: [MilestoneCode; 5] = [
    MilestoneCode::Body,
    MilestoneCode::Paint,
    MilestoneCode::Assembly,
    MilestoneCode::OffLine,
    MilestoneCode::QualityReleased,
];

/// Whether the car is being built, or is built, for this order; `car` is where the order's car is, if it has one.
pub fn is_being_built(
    mode: FulfillmentMode,
    states: &[(MilestoneCode, MilestoneState)],
    car: Option<PhysicalStatus>,
) -> bool {
    use MilestoneState::{Active, Done};
    let begun = BUILDING.iter().any(|code| matches!(state_of(states, *code), Active | Done));
    let stands = car.is_some_and(|car| !matches!(car, PhysicalStatus::Planned | PhysicalStatus::Scheduled));
    !is_matched(mode) && (begun || stands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use FulfillmentMode::{BuildToOrder, BuildToStock, LocateToOrder};
    use proptest::prelude::*;

    #[test]
    fn a_plan_can_be_changed_and_a_body_cannot() {
        let at = |code| vec![(code, MilestoneState::Done)];
        assert!(!is_being_built(BuildToOrder, &at(MilestoneCode::Scheduled), Some(PhysicalStatus::Scheduled)));
        assert!(is_being_built(BuildToOrder, &at(MilestoneCode::Body), None));
        assert!(is_being_built(BuildToOrder, &[], Some(PhysicalStatus::InProduction)));
        assert!(!is_being_built(BuildToStock, &at(MilestoneCode::OffLine), Some(PhysicalStatus::InStock)));
    }

    proptest! {
        #[test]
        fn a_car_from_stock_was_built_for_nobody(
            mode in proptest::sample::select(vec![BuildToStock, LocateToOrder]),
            code in proptest::sample::select(MilestoneCode::ALL),
            car in proptest::option::of(proptest::sample::select(PhysicalStatus::ALL)),
        ) {
            prop_assert!(!is_being_built(mode, &[(code, MilestoneState::Done)], car));
        }
    }
}
