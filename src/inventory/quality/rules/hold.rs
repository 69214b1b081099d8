//! What damage means for its car (C101; domain.md 3.2): it is held while a case of it is open, and goes on from where it was when the
//! last one ends, unless its system of record holds it too.

use entity::vocabulary::PhysicalStatus;

use super::super::super::rules::status::{PhysicalMove, VehicleAction, move_physical, reported};
use crate::values::machine::IllegalTransition;

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The car can be had again, as new or with what is disclosed.
    Well,
    /// It is written off.
    Lost,
}

/// Where a car goes when a damage of it is reported. One that is held stays so, and goes back to where the first case found it.
///
/// # Errors
/// [`IllegalTransition`] of a car that is not there to be damaged: planned, handed over or written off.
pub fn held(
    physical: PhysicalStatus,
    resume_to: Option<PhysicalStatus>,
) -> Result<PhysicalMove, IllegalTransition<PhysicalStatus, VehicleAction>> {
    if physical == PhysicalStatus::QualityHold {
        return Ok(PhysicalMove { to: physical, resume_to });
    }
    move_physical(physical, resume_to, VehicleAction::Hold)
}

/// Where a car goes when a case of it ends while there are other `reasons` to hold it: open cases, and the word of its system of record.
/// None when it stays where it is.
pub fn released(
    physical: PhysicalStatus,
    resume_to: Option<PhysicalStatus>,
    ended: Ended,
    reasons: u64,
) -> Option<PhysicalMove> {
    match ended {
        Ended::Lost => move_physical(physical, resume_to, VehicleAction::WriteOff).ok(),
        Ended::Well if reasons > 0 => None,
        Ended::Well => move_physical(physical, resume_to, VehicleAction::Resume).ok(),
    }
}

/// Where a car is with open cases, of which a system says that it is at `to`: held, and will go on from there; or written off.
/// None when no way of the table leads there.
pub fn reported_while_held(
    physical: PhysicalStatus,
    resume_to: Option<PhysicalStatus>,
    to: PhysicalStatus,
) -> Option<PhysicalMove> {
    let moved = reported(physical, resume_to, to)?;
    let holds = move_physical(moved.to, None, VehicleAction::Hold);
    Some(match (physical, moved.to) {
        (PhysicalStatus::QualityHold, PhysicalStatus::QualityHold | PhysicalStatus::TotalLoss) => moved,
        // What is held is not handed over.
        (PhysicalStatus::QualityHold, _) => holds.ok()?,
        _ => moved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use PhysicalStatus::*;
    use proptest::prelude::*;

    #[test]
    fn a_car_on_its_way_is_held_and_goes_on_from_there() {
        let now = held(InTransit, None).unwrap();
        assert_eq!(now, PhysicalMove { to: QualityHold, resume_to: Some(InTransit) });
        assert_eq!(held(now.to, now.resume_to), Ok(now), "a second damage changes nothing");
        assert_eq!(released(now.to, now.resume_to, Ended::Well, 1), None);
        let on = PhysicalMove { to: InTransit, resume_to: None };
        assert_eq!(released(now.to, now.resume_to, Ended::Well, 0), Some(on));
        let lost = PhysicalMove { to: TotalLoss, resume_to: None };
        assert_eq!(released(now.to, now.resume_to, Ended::Lost, 1), Some(lost));
        for gone in [Planned, Scheduled, Delivered, TotalLoss] {
            assert!(held(gone, None).is_err(), "{gone}");
        }
    }

    #[test]
    fn what_a_system_says_of_a_held_car_moves_where_it_goes_on() {
        let says = |to| reported_while_held(QualityHold, Some(InTransit), to);
        assert_eq!(says(InStock), Some(PhysicalMove { to: QualityHold, resume_to: Some(InStock) }));
        assert_eq!(says(QualityHold), Some(PhysicalMove { to: QualityHold, resume_to: Some(InTransit) }));
        assert_eq!(says(TotalLoss), Some(PhysicalMove { to: TotalLoss, resume_to: None }));
        assert_eq!(says(Delivered), None, "what is held is not handed over");
        assert_eq!(says(Planned), None);
    }

    proptest! {
        /// Whatever is reported and ended, in any order: the car is held exactly while a case is open or its system holds it, unless
        /// it is lost.
        #[test]
        fn a_car_is_held_exactly_while_there_is_a_reason(
            begin in proptest::sample::select(vec![InProduction, Built, Released, InTransit, InStock, Pdi, Ready, Demo]),
            upstream in any::<bool>(), steps in proptest::collection::vec((0_u8..5, any::<bool>()), 0..40),
        ) {
            let (mut physical, mut resume_to, mut open) = (begin, None, 0_u64);
            if upstream {
                let moved = reported(physical, None, QualityHold).unwrap();
                (physical, resume_to) = (moved.to, moved.resume_to);
            }
            for (step, more) in steps {
                let moved = match (step, open) {
                    (4, 1..) => released(physical, resume_to, Ended::Lost, open - 1),
                    (0..=1, 1..) => {
                        open -= 1;
                        released(physical, resume_to, Ended::Well, open + u64::from(upstream))
                    }
                    _ if more => {
                        open += 1;
                        Some(held(physical, resume_to).unwrap())
                    }
                    _ => None,
                };
                if let Some(moved) = moved {
                    (physical, resume_to) = (moved.to, moved.resume_to);
                }
                if physical == TotalLoss {
                    break;
                }
                let held = open > 0 || upstream;
                prop_assert_eq!(physical == QualityHold, held);
                prop_assert_eq!(if held { resume_to } else { Some(physical) }, Some(begin));
            }
        }
    }
}
