//! The lead's way from first touch to order (domain.md 3.2, Lead).
//!
//! Forward steps may be skipped; backward only by reopening, which leads to CONTACTED. A closed lead (INVALID,
//! CONVERTED) stays closed. Assigning a lead that is further on hands it to another store or consultant and leaves
//! the stage as it is.

use entity::vocabulary::LeadStage;

use crate::values::machine::{self, IllegalTransition};

/// What can be done to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeadAction {
    /// Give to a store or consultant, also once more.
    Assign,
    /// Record that the person was spoken with.
    Contact,
    /// Confirm the interest.
    Qualify,
    /// Record a booked test drive.
    BookTestDrive,
    /// Record a finished test drive.
    CompleteTestDrive,
    /// Begin to talk about an offer.
    Negotiate,
    /// Record the order. Done by the order's event, never by hand.
    Convert,
    /// Close as no real lead.
    Invalidate,
    /// Close as gone elsewhere; needs a reason.
    Lose,
    /// Set aside after thirty days without contact; done by the clock (`sla::is_dormant`).
    Sleep,
    /// Take up again.
    Reopen,
}

impl LeadAction {
    /// Every action.
    pub const ALL: [Self; 11] = [
        Self::Assign,
        Self::Contact,
        Self::Qualify,
        Self::BookTestDrive,
        Self::CompleteTestDrive,
        Self::Negotiate,
        Self::Convert,
        Self::Invalidate,
        Self::Lose,
        Self::Sleep,
        Self::Reopen,
    ];

    /// Whether a person may ask for it; the rest is done by the order and by the clock.
    pub const fn by_hand(self) -> bool {
        !matches!(self, Self::Convert | Self::Sleep)
    }

    /// Whether it needs a `LostReason`.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Invalidate | Self::Lose)
    }
}

use LeadAction as A;
use LeadStage as S;

/// Every step there is: (action, from, to).
pub const TABLE: &[(LeadAction, LeadStage, LeadStage)] = &[
    (A::Assign, S::New, S::Assigned),
    (A::Assign, S::Assigned, S::Assigned),
    (A::Assign, S::Contacted, S::Contacted),
    (A::Assign, S::Qualified, S::Qualified),
    (A::Assign, S::TestDriveBooked, S::TestDriveBooked),
    (A::Assign, S::TestDriven, S::TestDriven),
    (A::Assign, S::Negotiating, S::Negotiating),
    (A::Contact, S::New, S::Contacted),
    (A::Contact, S::Assigned, S::Contacted),
    (A::Qualify, S::New, S::Qualified),
    (A::Qualify, S::Assigned, S::Qualified),
    (A::Qualify, S::Contacted, S::Qualified),
    (A::BookTestDrive, S::New, S::TestDriveBooked),
    (A::BookTestDrive, S::Assigned, S::TestDriveBooked),
    (A::BookTestDrive, S::Contacted, S::TestDriveBooked),
    (A::BookTestDrive, S::Qualified, S::TestDriveBooked),
    (A::CompleteTestDrive, S::New, S::TestDriven),
    (A::CompleteTestDrive, S::Assigned, S::TestDriven),
    (A::CompleteTestDrive, S::Contacted, S::TestDriven),
    (A::CompleteTestDrive, S::Qualified, S::TestDriven),
    (A::CompleteTestDrive, S::TestDriveBooked, S::TestDriven),
    (A::Negotiate, S::New, S::Negotiating),
    (A::Negotiate, S::Assigned, S::Negotiating),
    (A::Negotiate, S::Contacted, S::Negotiating),
    (A::Negotiate, S::Qualified, S::Negotiating),
    (A::Negotiate, S::TestDriveBooked, S::Negotiating),
    (A::Negotiate, S::TestDriven, S::Negotiating),
    (A::Convert, S::New, S::Converted),
    (A::Convert, S::Assigned, S::Converted),
    (A::Convert, S::Contacted, S::Converted),
    (A::Convert, S::Qualified, S::Converted),
    (A::Convert, S::TestDriveBooked, S::Converted),
    (A::Convert, S::TestDriven, S::Converted),
    (A::Convert, S::Negotiating, S::Converted),
    (A::Invalidate, S::New, S::Invalid),
    (A::Invalidate, S::Assigned, S::Invalid),
    (A::Invalidate, S::Contacted, S::Invalid),
    (A::Lose, S::New, S::Lost),
    (A::Lose, S::Assigned, S::Lost),
    (A::Lose, S::Contacted, S::Lost),
    (A::Lose, S::Qualified, S::Lost),
    (A::Lose, S::TestDriveBooked, S::Lost),
    (A::Lose, S::TestDriven, S::Lost),
    (A::Lose, S::Negotiating, S::Lost),
    (A::Sleep, S::New, S::Dormant),
    (A::Sleep, S::Assigned, S::Dormant),
    (A::Sleep, S::Contacted, S::Dormant),
    (A::Sleep, S::Qualified, S::Dormant),
    (A::Sleep, S::TestDriveBooked, S::Dormant),
    (A::Sleep, S::TestDriven, S::Dormant),
    (A::Sleep, S::Negotiating, S::Dormant),
    (A::Reopen, S::Lost, S::Contacted),
    (A::Reopen, S::Dormant, S::Contacted),
];

/// The stage after `action`.
///
/// # Errors
/// [`IllegalTransition`] with what is allowed instead.
pub fn apply(stage: LeadStage, action: LeadAction) -> Result<LeadStage, IllegalTransition<LeadStage, LeadAction>> {
    machine::apply(TABLE, stage, action)
}

/// What can be done in this stage, by anybody.
pub fn allowed(stage: LeadStage) -> Vec<LeadAction> {
    machine::allowed(TABLE, stage)
}

/// Whether the lead is being worked on.
pub fn is_open(stage: LeadStage) -> bool {
    progress(stage).is_some() && stage != S::Converted
}

/// The stage after a fact that was established elsewhere: a call that was made, a test drive that took place, an
/// order. A fact about a step that lies behind changes nothing (a second test drive while negotiating), so telling
/// the same fact twice is harmless.
///
/// # Errors
/// [`IllegalTransition`] if the lead is not open; it has to be reopened first. Also for actions that are no steps
/// forward.
pub fn record(stage: LeadStage, fact: LeadAction) -> Result<LeadStage, IllegalTransition<LeadStage, LeadAction>> {
    let target = match fact {
        A::Contact => Some(S::Contacted),
        A::Qualify => Some(S::Qualified),
        A::BookTestDrive => Some(S::TestDriveBooked),
        A::CompleteTestDrive => Some(S::TestDriven),
        A::Negotiate => Some(S::Negotiating),
        A::Convert => Some(S::Converted),
        A::Assign | A::Invalidate | A::Lose | A::Sleep | A::Reopen => None,
    };
    match (target.and_then(progress), progress(stage)) {
        (Some(step), Some(reached)) if reached >= step => Ok(stage),
        _ => apply(stage, fact),
    }
}

/// How far along the main line a stage is, from 0; none off the line.
pub const fn progress(stage: LeadStage) -> Option<u8> {
    match stage {
        S::New => Some(0),
        S::Assigned => Some(1),
        S::Contacted => Some(2),
        S::Qualified => Some(3),
        S::TestDriveBooked => Some(4),
        S::TestDriven => Some(5),
        S::Negotiating => Some(6),
        S::Converted => Some(7),
        S::Invalid | S::Lost | S::Dormant => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_is_unambiguous_and_reaches_every_stage() {
        assert_eq!(machine::ambiguous(TABLE), None);
        for stage in S::ALL.iter().filter(|s| **s != S::New) {
            assert!(TABLE.iter().any(|(_, _, to)| to == stage), "{stage} is never reached");
        }
    }

    #[test]
    fn the_main_line_is_walked_step_by_step() {
        let line =
            [A::Assign, A::Contact, A::Qualify, A::BookTestDrive, A::CompleteTestDrive, A::Negotiate, A::Convert];
        let end = line.iter().try_fold(S::New, |stage, action| apply(stage, *action));
        assert_eq!(end, Ok(S::Converted));
    }

    #[test]
    fn steps_may_be_skipped_and_not_taken_back() {
        assert_eq!(apply(S::New, A::Negotiate), Ok(S::Negotiating));
        let refused = apply(S::Negotiating, A::Qualify).unwrap_err();
        assert_eq!((refused.from, refused.action), (S::Negotiating, A::Qualify));
        assert_eq!(refused.allowed, vec![A::Assign, A::Convert, A::Lose, A::Sleep]);
    }

    #[test]
    fn only_the_first_three_stages_can_turn_out_invalid() {
        let from: Vec<_> = S::ALL.iter().copied().filter(|s| apply(*s, A::Invalidate).is_ok()).collect();
        assert_eq!(from, [S::New, S::Assigned, S::Contacted]);
    }

    #[test]
    fn lost_and_dormant_leads_reopen_as_contacted_and_closed_ones_never() {
        assert_eq!(apply(S::Lost, A::Reopen), Ok(S::Contacted));
        assert_eq!(apply(S::Dormant, A::Reopen), Ok(S::Contacted));
        assert_eq!(allowed(S::Lost), vec![A::Reopen]);
        assert_eq!(allowed(S::Dormant), vec![A::Reopen]);
        assert!(allowed(S::Converted).is_empty());
        assert!(allowed(S::Invalid).is_empty());
    }

    #[test]
    fn a_fact_about_a_step_behind_changes_nothing() {
        assert_eq!(record(S::Negotiating, A::CompleteTestDrive), Ok(S::Negotiating));
        assert_eq!(record(S::Converted, A::Convert), Ok(S::Converted));
        assert_eq!(record(S::Assigned, A::CompleteTestDrive), Ok(S::TestDriven));
        assert!(record(S::Lost, A::Convert).is_err());
        assert!(record(S::Converted, A::Lose).is_err());
    }

    fn any_action() -> impl Strategy<Value = LeadAction> {
        prop::sample::select(&A::ALL[..])
    }

    proptest! {
        #[test]
        fn a_walk_goes_back_only_by_reopening(actions in prop::collection::vec(any_action(), 0..60)) {
            let mut stage = S::New;
            for action in actions {
                match apply(stage, action) {
                    Ok(next) => {
                        prop_assert!(allowed(stage).contains(&action));
                        if let (Some(before), Some(after)) = (progress(stage), progress(next)) {
                            prop_assert!(after >= before);
                            prop_assert!(after > before || action == A::Assign);
                        }
                        prop_assert_eq!(action == A::Reopen, progress(stage).is_none() && progress(next).is_some());
                        stage = next;
                    }
                    Err(refused) => {
                        prop_assert!(!refused.allowed.contains(&action));
                        prop_assert_eq!(refused.allowed, allowed(stage));
                    }
                }
                prop_assert_eq!(is_open(stage), apply(stage, A::Lose).is_ok());
            }
        }

        #[test]
        fn a_fact_told_twice_is_told_once(stage in prop::sample::select(S::ALL), fact in any_action()) {
            if let Ok(once) = record(stage, fact) && !matches!(fact, A::Invalidate | A::Lose | A::Sleep | A::Reopen) {
                prop_assert_eq!(record(once, fact), Ok(once));
            }
        }
    }
}
