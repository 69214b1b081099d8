//! States of a car (domain.md 3.2, `VehicleUnit`): the physical and the commercial one, and the one that is shown.

use entity::vocabulary::{CommercialStatus, PhysicalStatus, VehicleStatus};

use crate::values::machine::{self, IllegalTransition};

/// The one state shown. A car in stock shows whose it is to be; anywhere else it shows where it stands, because a
/// reservation may come long before the car does.
pub fn shown(physical: PhysicalStatus, commercial: CommercialStatus) -> VehicleStatus {
    match physical {
        PhysicalStatus::Planned => VehicleStatus::Planned,
        PhysicalStatus::Scheduled => VehicleStatus::Scheduled,
        PhysicalStatus::InProduction => VehicleStatus::InProduction,
        PhysicalStatus::Built => VehicleStatus::Built,
        PhysicalStatus::Released => VehicleStatus::Released,
        PhysicalStatus::InTransit => VehicleStatus::InTransit,
        PhysicalStatus::InStock => match commercial {
            CommercialStatus::Free => VehicleStatus::InStock,
            CommercialStatus::Reserved => VehicleStatus::Reserved,
            CommercialStatus::Allocated | CommercialStatus::Sold => VehicleStatus::Allocated,
        },
        PhysicalStatus::Transferring => VehicleStatus::Transferring,
        PhysicalStatus::Pdi => VehicleStatus::Pdi,
        PhysicalStatus::Ready => VehicleStatus::Ready,
        PhysicalStatus::Delivered => VehicleStatus::Delivered,
        PhysicalStatus::QualityHold => VehicleStatus::QualityHold,
        PhysicalStatus::Demo => VehicleStatus::Demo,
        PhysicalStatus::Returned => VehicleStatus::Returned,
        PhysicalStatus::TotalLoss => VehicleStatus::TotalLoss,
    }
}

/// The column values that are shown as `status`: [`shown`] read backwards, for filters in statements.
pub fn columns(status: VehicleStatus) -> (PhysicalStatus, &'static [CommercialStatus]) {
    use CommercialStatus::{Allocated, Free, Reserved, Sold};
    match status {
        VehicleStatus::Planned => (PhysicalStatus::Planned, CommercialStatus::ALL),
        VehicleStatus::Scheduled => (PhysicalStatus::Scheduled, CommercialStatus::ALL),
        VehicleStatus::InProduction => (PhysicalStatus::InProduction, CommercialStatus::ALL),
        VehicleStatus::Built => (PhysicalStatus::Built, CommercialStatus::ALL),
        VehicleStatus::Released => (PhysicalStatus::Released, CommercialStatus::ALL),
        VehicleStatus::InTransit => (PhysicalStatus::InTransit, CommercialStatus::ALL),
        VehicleStatus::InStock => (PhysicalStatus::InStock, &[Free]),
        VehicleStatus::Reserved => (PhysicalStatus::InStock, &[Reserved]),
        VehicleStatus::Allocated => (PhysicalStatus::InStock, &[Allocated, Sold]),
        VehicleStatus::Transferring => (PhysicalStatus::Transferring, CommercialStatus::ALL),
        VehicleStatus::Pdi => (PhysicalStatus::Pdi, CommercialStatus::ALL),
        VehicleStatus::Ready => (PhysicalStatus::Ready, CommercialStatus::ALL),
        VehicleStatus::Delivered => (PhysicalStatus::Delivered, CommercialStatus::ALL),
        VehicleStatus::QualityHold => (PhysicalStatus::QualityHold, CommercialStatus::ALL),
        VehicleStatus::Demo => (PhysicalStatus::Demo, CommercialStatus::ALL),
        VehicleStatus::Returned => (PhysicalStatus::Returned, CommercialStatus::ALL),
        VehicleStatus::TotalLoss => (PhysicalStatus::TotalLoss, CommercialStatus::ALL),
    }
}

/// What happens to a car physically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VehicleAction {
    Schedule,
    Unschedule,
    StartProduction,
    RollOff,
    ReleaseQuality,
    Ship,
    Receive,
    StartTransfer,
    StartPdi,
    FinishPdi,
    /// The order fell away after the inspection began.
    BackToStock,
    HandOver,
    /// It was not handed over after all.
    UndoHandOver,
    MakeDemo,
    RetireDemo,
    TakeBack,
    /// A returned car goes back into stock, new or certified pre-owned by its stock type.
    Restock,
    /// Held for a damage or defect; the state before is remembered.
    Hold,
    /// Back to the remembered state. Not in the table: its end depends on the car.
    Resume,
    WriteOff,
}

/// Physical transitions: action, from, to. A hold and a write-off are for cars that exist and are not handed over.
pub const PHYSICAL: &[(VehicleAction, PhysicalStatus, PhysicalStatus)] = {
    use PhysicalStatus::*;
    use VehicleAction::*;
    &[
        (Schedule, Planned, Scheduled),
        (Unschedule, Scheduled, Planned),
        (StartProduction, Scheduled, InProduction),
        (RollOff, InProduction, Built),
        (ReleaseQuality, Built, Released),
        (Ship, Released, InTransit),
        (Receive, InTransit, InStock),
        (StartTransfer, InStock, Transferring),
        (Receive, Transferring, InStock),
        (StartPdi, InStock, Pdi),
        (FinishPdi, Pdi, Ready),
        (BackToStock, Pdi, InStock),
        (BackToStock, Ready, InStock),
        (HandOver, Ready, Delivered),
        (UndoHandOver, Delivered, Ready),
        (MakeDemo, InStock, Demo),
        (RetireDemo, Demo, InStock),
        (TakeBack, Delivered, Returned),
        (Restock, Returned, InStock),
        (Hold, InProduction, QualityHold),
        (Hold, Built, QualityHold),
        (Hold, Released, QualityHold),
        (Hold, InTransit, QualityHold),
        (Hold, InStock, QualityHold),
        (Hold, Transferring, QualityHold),
        (Hold, Pdi, QualityHold),
        (Hold, Ready, QualityHold),
        (Hold, Demo, QualityHold),
        (Hold, Returned, QualityHold),
        (WriteOff, InProduction, TotalLoss),
        (WriteOff, Built, TotalLoss),
        (WriteOff, Released, TotalLoss),
        (WriteOff, InTransit, TotalLoss),
        (WriteOff, InStock, TotalLoss),
        (WriteOff, Transferring, TotalLoss),
        (WriteOff, Pdi, TotalLoss),
        (WriteOff, Ready, TotalLoss),
        (WriteOff, Demo, TotalLoss),
        (WriteOff, Returned, TotalLoss),
        (WriteOff, QualityHold, TotalLoss),
    ]
};

/// Where a car goes, and what the column `resume_to` must then hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhysicalMove {
    pub to: PhysicalStatus,
    pub resume_to: Option<PhysicalStatus>,
}

/// The physical state after `action`. A hold remembers where it came from and `Resume` goes back there; a hold that
/// remembers nothing cannot be resumed.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row, or there is nothing to resume.
pub fn move_physical(
    from: PhysicalStatus,
    resume_to: Option<PhysicalStatus>,
    action: VehicleAction,
) -> Result<PhysicalMove, IllegalTransition<PhysicalStatus, VehicleAction>> {
    match action {
        VehicleAction::Resume => match (from, resume_to) {
            (PhysicalStatus::QualityHold, Some(to)) => Ok(PhysicalMove { to, resume_to: None }),
            _ => Err(IllegalTransition { from, action, allowed: physical_actions(from, resume_to) }),
        },
        VehicleAction::Receive if from == PhysicalStatus::QualityHold && comes(resume_to) => {
            Ok(PhysicalMove { to: from, resume_to: Some(PhysicalStatus::InStock) })
        }
        _ => match machine::apply(PHYSICAL, from, action) {
            Ok(to) => Ok(PhysicalMove { to, resume_to: (action == VehicleAction::Hold).then_some(from) }),
            Err(refusal) => Err(IllegalTransition { allowed: physical_actions(from, resume_to), ..refusal }),
        },
    }
}

/// Whether a car that is held was on its way: it comes to its store all the same, and is held there.
fn comes(resume_to: Option<PhysicalStatus>) -> bool {
    resume_to.is_some_and(|before| machine::apply(PHYSICAL, before, VehicleAction::Receive).is_ok())
}

/// Where a car is after a system of record has reported it at `to`: steps in between may have gone unreported, but the
/// table has to lead there. None if it does not.
pub fn reported(from: PhysicalStatus, resume_to: Option<PhysicalStatus>, to: PhysicalStatus) -> Option<PhysicalMove> {
    if to == from {
        return Some(PhysicalMove { to, resume_to });
    }
    // What is held goes on from where it was, or is written off.
    let start = match (from, resume_to) {
        (PhysicalStatus::QualityHold, Some(before)) if machine::reaches(PHYSICAL, before, to) => before,
        _ => from,
    };
    let resume_to = (to == PhysicalStatus::QualityHold).then_some(start);
    machine::reaches(PHYSICAL, start, to).then_some(PhysicalMove { to, resume_to })
}

/// What may happen to a car physically.
pub fn physical_actions(from: PhysicalStatus, resume_to: Option<PhysicalStatus>) -> Vec<VehicleAction> {
    let mut actions = machine::allowed(PHYSICAL, from);
    if from == PhysicalStatus::QualityHold && resume_to.is_some() {
        actions.push(VehicleAction::Resume);
        actions.extend(comes(resume_to).then_some(VehicleAction::Receive));
    }
    actions
}

/// What happens to whose a car is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommercialAction {
    Reserve,
    Release,
    Allocate,
    Deallocate,
    Sell,
    /// It is its order's again, which has not got it after all.
    UndoSale,
    /// The car came back from whom it was sold to.
    TakeBack,
}

/// Commercial transitions: action, from, to.
pub const COMMERCIAL: &[(CommercialAction, CommercialStatus, CommercialStatus)] = {
    use CommercialAction::*;
    use CommercialStatus::*;
    &[
        (Reserve, Free, Reserved),
        (Release, Reserved, Free),
        (Allocate, Free, Allocated),
        (Allocate, Reserved, Allocated),
        (Deallocate, Allocated, Free),
        (Sell, Allocated, Sold),
        (UndoSale, Sold, Allocated),
        (TakeBack, Sold, Free),
    ]
};

/// The commercial state after `action`; whether the car's place permits it is [`may_reserve`]'s matter.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_commercial(
    from: CommercialStatus,
    action: CommercialAction,
) -> Result<CommercialStatus, IllegalTransition<CommercialStatus, CommercialAction>> {
    machine::apply(COMMERCIAL, from, action)
}

/// The states of a car that is handed over; none when it is not there to be, is held, or is not sold or allocated. That its
/// inspection was begun and ended may have gone unreported: the order's milestones say so.
pub fn handed_over(
    physical: PhysicalStatus,
    commercial: CommercialStatus,
) -> Option<(PhysicalStatus, CommercialStatus)> {
    use PhysicalStatus::{Delivered, InStock, Pdi, Ready};
    let sold = match commercial {
        CommercialStatus::Sold => commercial,
        other => move_commercial(other, CommercialAction::Sell).ok()?,
    };
    // One whose hand-over was recorded before, by another way or mistaken, is what it was.
    let there = matches!((physical, commercial), (InStock | Pdi | Ready, _) | (Delivered, CommercialStatus::Sold));
    let moved = reported(physical, None, Delivered).filter(|_| there)?;
    Some((moved.to, sold))
}

/// The states of an order's car of which somebody says that it was handed over: wherever it was last seen, as long as a way leads from
/// there. What it was held at is over. None where none does, or it is not sold or allocated.
pub fn told_handed_over(
    physical: PhysicalStatus,
    resume_to: Option<PhysicalStatus>,
    commercial: CommercialStatus,
) -> Option<(PhysicalMove, CommercialStatus)> {
    let sold = match commercial {
        CommercialStatus::Sold => commercial,
        other => move_commercial(other, CommercialAction::Sell).ok()?,
    };
    Some((reported(physical, resume_to, PhysicalStatus::Delivered)?, sold))
}

/// The states of a car that came back from whom it was handed over to: it is looked at before it is sold again. None where it was not
/// handed over.
pub fn taken_back(
    physical: PhysicalStatus,
    commercial: CommercialStatus,
) -> Option<(PhysicalStatus, CommercialStatus)> {
    let moved = move_physical(physical, None, VehicleAction::TakeBack).ok()?;
    Some((moved.to, move_commercial(commercial, CommercialAction::TakeBack).ok()?))
}

/// As [`taken_back`], of a car whose hand-over somebody else has recorded, and that was last seen somewhere before it: see
/// [`told_handed_over`]. None where no way leads from there.
pub fn told_taken_back(
    physical: PhysicalStatus,
    resume_to: Option<PhysicalStatus>,
    commercial: CommercialStatus,
) -> Option<(PhysicalStatus, CommercialStatus)> {
    let (moved, sold) = told_handed_over(physical, resume_to, commercial)?;
    taken_back(moved.to, sold)
}

/// Whose a car is to be that is its order's no more, wherever it stands: nobody's. One that is handed over stays its buyer's; none
/// where the table has no step.
pub fn set_free(physical: PhysicalStatus, commercial: CommercialStatus) -> Option<CommercialStatus> {
    let step = match commercial {
        CommercialStatus::Sold if physical != PhysicalStatus::Delivered => CommercialAction::TakeBack,
        _ => CommercialAction::Deallocate,
    };
    move_commercial(commercial, step).ok()
}

/// The states of a car that was not handed over after all; see [`taken_back`].
pub fn not_handed_over(
    physical: PhysicalStatus,
    commercial: CommercialStatus,
) -> Option<(PhysicalStatus, CommercialStatus)> {
    let moved = move_physical(physical, None, VehicleAction::UndoHandOver).ok()?;
    Some((moved.to, move_commercial(commercial, CommercialAction::UndoSale).ok()?))
}

/// Whether a car that stands there can be promised to anybody at all.
pub fn can_be_promised(physical: PhysicalStatus) -> bool {
    !matches!(
        physical,
        PhysicalStatus::Demo
            | PhysicalStatus::QualityHold
            | PhysicalStatus::TotalLoss
            | PhysicalStatus::Delivered
            | PhysicalStatus::Returned
    )
}

/// Whether a car may be held now (C102).
pub fn may_reserve(physical: PhysicalStatus, commercial: CommercialStatus) -> bool {
    commercial == CommercialStatus::Free && can_be_promised(physical)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whoever walks through the table may leave steps unreported: where the walk ends can be reported, and a hold
        /// remembers where it came from.
        #[test]
        fn the_end_of_any_walk_can_be_reported(steps in prop::collection::vec(0_usize..8, 0..20)) {
            let (begun, mut here, mut resume_to) = (PhysicalStatus::Planned, PhysicalStatus::Planned, None);
            for step in steps {
                let actions = physical_actions(here, resume_to);
                let Some(action) = actions.get(step % actions.len().max(1)) else { break };
                let before = here;
                let moved = move_physical(here, resume_to, *action).unwrap();
                (here, resume_to) = (moved.to, moved.resume_to);
                let one_step = reported(before, (before == PhysicalStatus::QualityHold).then_some(here), here);
                prop_assert_eq!(one_step.map(|found| found.to), Some(here));
            }
            let found = reported(begun, None, here);
            prop_assert_eq!(found.map(|found| found.to), Some(here));
        }
    }

    #[test]
    fn a_report_goes_no_step_back_and_a_hold_goes_on_from_where_it_was() {
        use PhysicalStatus::*;
        for (from, resume_to, to) in
            [(Delivered, None, Planned), (InStock, None, InProduction), (TotalLoss, None, InStock)]
        {
            assert_eq!(reported(from, resume_to, to), None, "{from} {to}");
        }
        assert_eq!(reported(QualityHold, Some(InStock), InProduction), None);
        assert_eq!(reported(QualityHold, Some(InStock), Pdi), Some(PhysicalMove { to: Pdi, resume_to: None }));
        let held = PhysicalMove { to: QualityHold, resume_to: Some(InStock) };
        assert_eq!(reported(InStock, None, QualityHold), Some(held));
        assert_eq!(reported(QualityHold, Some(InStock), QualityHold), Some(held));
    }

    #[test]
    fn only_a_car_in_stock_shows_whose_it_is_to_be() {
        use CommercialStatus::*;
        let in_stock = |commercial| shown(PhysicalStatus::InStock, commercial);
        assert_eq!(
            CommercialStatus::ALL.iter().map(|c| in_stock(*c)).collect::<Vec<_>>(),
            [VehicleStatus::InStock, VehicleStatus::Reserved, VehicleStatus::Allocated, VehicleStatus::Allocated]
        );
        assert_eq!(shown(PhysicalStatus::InTransit, Allocated), VehicleStatus::InTransit);
        assert_eq!(shown(PhysicalStatus::QualityHold, Reserved), VehicleStatus::QualityHold);
        assert_eq!(shown(PhysicalStatus::Delivered, Sold), VehicleStatus::Delivered);
    }

    #[test]
    fn shown_and_columns_are_each_others_inverse() {
        for physical in PhysicalStatus::ALL {
            for commercial in CommercialStatus::ALL {
                for status in VehicleStatus::ALL {
                    let (p, c) = columns(*status);
                    assert_eq!(
                        p == *physical && c.contains(commercial),
                        shown(*physical, *commercial) == *status,
                        "{physical} {commercial} {status}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_hold_goes_back_where_it_came_from() {
        use PhysicalStatus::*;
        let held = move_physical(InTransit, None, VehicleAction::Hold).unwrap();
        assert_eq!(held, PhysicalMove { to: QualityHold, resume_to: Some(InTransit) });
        let come = move_physical(held.to, held.resume_to, VehicleAction::Receive).unwrap();
        assert_eq!(come, PhysicalMove { to: QualityHold, resume_to: Some(InStock) });
        assert!(move_physical(come.to, come.resume_to, VehicleAction::Receive).is_err());
        let resumed = move_physical(held.to, held.resume_to, VehicleAction::Resume).unwrap();
        assert_eq!(resumed, PhysicalMove { to: InTransit, resume_to: None });
        let refusal = move_physical(QualityHold, None, VehicleAction::Resume).unwrap_err();
        assert_eq!(refusal.allowed, [VehicleAction::WriteOff]);
        assert!(move_physical(InStock, Some(Pdi), VehicleAction::Resume).is_err());
    }

    #[test]
    fn the_straight_way_leads_from_plan_to_handover() {
        use VehicleAction::*;
        let way = [Schedule, StartProduction, RollOff, ReleaseQuality, Ship, Receive, StartPdi, FinishPdi, HandOver];
        let end = way.iter().fold(PhysicalStatus::Planned, |at, action| move_physical(at, None, *action).unwrap().to);
        assert_eq!(end, PhysicalStatus::Delivered);
        let refusal = move_physical(PhysicalStatus::Planned, None, HandOver).unwrap_err();
        assert_eq!((refusal.from, refusal.allowed), (PhysicalStatus::Planned, vec![Schedule]));
    }

    #[test]
    fn only_a_sold_or_allocated_car_that_is_there_is_handed_over() {
        use PhysicalStatus::*;
        for physical in PhysicalStatus::ALL {
            let there = [InStock, Pdi, Ready].contains(physical);
            for commercial in CommercialStatus::ALL {
                let own = [CommercialStatus::Allocated, CommercialStatus::Sold].contains(commercial);
                let again = (*physical, *commercial) == (Delivered, CommercialStatus::Sold);
                let expected = (there && own || again).then_some((Delivered, CommercialStatus::Sold));
                assert_eq!(handed_over(*physical, *commercial), expected, "{physical} {commercial}");
            }
        }
    }

    #[test]
    fn what_was_handed_over_comes_back_or_was_not_handed_over() {
        use CommercialStatus::{Allocated, Free, Sold};
        use PhysicalStatus::*;
        assert_eq!(taken_back(Delivered, Sold), Some((Returned, Free)));
        assert_eq!(not_handed_over(Delivered, Sold), Some((Ready, Allocated)));
        for physical in PhysicalStatus::ALL {
            for commercial in CommercialStatus::ALL {
                let both = taken_back(*physical, *commercial).zip(not_handed_over(*physical, *commercial));
                let own = (*physical, *commercial) == (Delivered, Sold);
                assert_eq!(both.is_some(), own, "{physical} {commercial}");
            }
        }
    }

    #[test]
    fn no_car_that_is_given_back_stays_its_orders() {
        use CommercialStatus::{Allocated, Free, Sold};
        use PhysicalStatus::*;
        assert_eq!(told_taken_back(InTransit, None, Allocated), Some((Returned, Free)));
        assert_eq!(told_taken_back(QualityHold, Some(Pdi), Allocated), Some((Returned, Free)));
        assert_eq!(told_taken_back(QualityHold, None, Allocated), None);
        assert_eq!((set_free(Delivered, Sold), set_free(Ready, Free)), (None, None));
        for physical in PhysicalStatus::ALL {
            for resume_to in [None, Some(Pdi), Some(Demo)] {
                for commercial in [Allocated, Sold] {
                    let back = told_taken_back(*physical, resume_to, commercial).map(|(_, whose)| whose);
                    assert_eq!(back.or_else(|| set_free(*physical, commercial)), Some(Free), "{physical} {commercial}");
                }
            }
        }
    }

    #[test]
    fn what_somebody_says_was_handed_over_may_have_been_seen_anywhere_before() {
        use CommercialStatus::{Allocated, Free, Sold};
        use PhysicalStatus::*;
        let delivered = PhysicalMove { to: Delivered, resume_to: None };
        for physical in [Planned, InTransit, InStock, Ready, Delivered] {
            assert_eq!(told_handed_over(physical, None, Allocated), Some((delivered, Sold)), "{physical}");
        }
        assert_eq!(told_handed_over(QualityHold, Some(Pdi), Sold), Some((delivered, Sold)));
        assert_eq!(told_handed_over(TotalLoss, None, Sold), None);
        assert_eq!(told_handed_over(Ready, None, Free), None);
    }

    #[test]
    fn each_action_has_one_end_from_each_state() {
        assert_eq!(machine::ambiguous(PHYSICAL), None);
        assert_eq!(machine::ambiguous(COMMERCIAL), None);
    }

    #[test]
    fn what_may_be_held_is_free_and_for_sale() {
        use PhysicalStatus::*;
        for physical in PhysicalStatus::ALL {
            let barred = [Demo, QualityHold, TotalLoss, Delivered, Returned].contains(physical);
            assert_eq!(may_reserve(*physical, CommercialStatus::Free), !barred, "{physical}");
            for commercial in &CommercialStatus::ALL[1..] {
                assert!(!may_reserve(*physical, *commercial), "{physical} {commercial}");
            }
        }
        let allocated = move_commercial(CommercialStatus::Reserved, CommercialAction::Allocate);
        assert_eq!(allocated, Ok(CommercialStatus::Allocated));
        assert!(move_commercial(CommercialStatus::Sold, CommercialAction::Reserve).is_err());
    }

    proptest! {
        #[test]
        fn a_car_remembers_where_to_resume_exactly_while_it_is_held(picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..40)) {
            let (mut at, mut resume_to) = (PhysicalStatus::Planned, None);
            for pick in picks {
                let actions = physical_actions(at, resume_to);
                if actions.is_empty() {
                    prop_assert_eq!(at, PhysicalStatus::TotalLoss, "only a write-off is an end");
                    break;
                }
                let moved = move_physical(at, resume_to, *pick.get(&actions)).unwrap();
                (at, resume_to) = (moved.to, moved.resume_to);
                prop_assert_eq!(resume_to.is_some(), at == PhysicalStatus::QualityHold);
            }
        }
    }
}
