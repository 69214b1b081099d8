//! What has to be done before a hand-over (C088): which tasks an order has, until when, and whether they are done. It follows
//! from the order as it is, so that orders of before have theirs; only what nobody can tell otherwise is noted by a word.

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::{
    HandoverMode, MilestoneCode, MilestoneState, OrderPaymentStatus, OrderStatus, PreparationCode, PreparationParty,
    Role,
};

use super::payment::is_paid;

/// What the rule looks at.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub status: OrderStatus,
    pub payment_status: OrderPaymentStatus,
    /// Milestones, and when they were reached.
    pub milestones: &'a [(MilestoneCode, MilestoneState, Option<DateTime<Utc>>)],
    /// Where and when the car is to be handed over, and whether something was chosen with it; none without an appointment.
    pub appointment: Option<(HandoverMode, DateTime<Utc>, bool)>,
    /// When the car is expected to be ready.
    pub expected_at: Option<DateTime<Utc>>,
    /// What was done, by a word, and when.
    pub said: &'a [(PreparationCode, DateTime<Utc>)],
}

/// A task as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    pub code: PreparationCode,
    pub party: PreparationParty,
    /// None while nobody can tell when the hand-over will be.
    pub due_at: Option<DateTime<Utc>>,
    pub done: bool,
    /// When it was done, if anybody knows.
    pub done_at: Option<DateTime<Utc>>,
}

/// Code, who sees to it, days before the hand-over (invented), and the milestone that it is done with; none where somebody has
/// to say so.
const TASKS: &[(PreparationCode, PreparationParty, i64, Option<MilestoneCode>)] = {
    use PreparationCode::*;
    use PreparationParty::{Customer, Staff};
    &[
        (Balance, Customer, 7, Some(MilestoneCode::BalancePaid)),
        (Loan, Customer, 10, Some(MilestoneCode::FinanceApproved)),
        (Insurance, Customer, 3, Some(MilestoneCode::Insured)),
        (Plate, Staff, 1, Some(MilestoneCode::PlateReady)),
        (Vehicle, Staff, 1, Some(MilestoneCode::PdiDone)),
        (Charger, Customer, 2, None),
        (Documents, Customer, 1, None),
        (HomeAccess, Customer, 1, None),
        (Ceremony, Staff, 1, None),
    ]
};

/// The tasks of an order, in order of the vocabulary: from the lock of its configuration on, as long as it is on the straight way.
pub fn tasks(facts: &Facts<'_>) -> Vec<Task> {
    use OrderStatus::*;
    if !matches!(facts.status, Locked | Contracted | InFulfillment | ReadyForDelivery | Delivered | Completed) {
        return Vec::new();
    }
    let hand_over = facts.appointment.map(|(_, at, _)| at).or(facts.expected_at);
    TASKS
        .iter()
        .filter(|(code, _, _, milestone)| applies(*code, *milestone, facts))
        .map(|(code, party, days, milestone)| {
            let reached = milestone.and_then(|wanted| facts.milestones.iter().find(|(code, ..)| *code == wanted));
            let said = facts.said.iter().find(|(said, _)| said == code);
            let paid = *code == PreparationCode::Balance && is_paid(facts.payment_status);
            let (done, done_at) = match (reached, said) {
                (Some((_, MilestoneState::Done, at)), _) => (true, *at),
                (None, Some((_, at))) => (true, Some(*at)),
                _ => (paid, None),
            };
            Task { code: *code, party: *party, due_at: hand_over.map(|at| at - TimeDelta::days(*days)), done, done_at }
        })
        .collect()
}

/// Whether an order has a task at all.
fn applies(code: PreparationCode, milestone: Option<MilestoneCode>, facts: &Facts<'_>) -> bool {
    use MilestoneState::{Active, Delayed, Done, RolledBack, Skipped};
    let state =
        milestone.and_then(|wanted| facts.milestones.iter().find(|(code, ..)| *code == wanted)).map(|found| found.1);
    match code {
        // Who pays without a loan has nothing to do with a lender.
        PreparationCode::Loan => state.is_some_and(|state| matches!(state, Active | Delayed | Done | RolledBack)),
        PreparationCode::HomeAccess => facts.appointment.is_some_and(|(mode, ..)| mode == HandoverMode::Home),
        PreparationCode::Ceremony => facts.appointment.is_some_and(|(.., chosen)| chosen),
        _ => state != Some(Skipped),
    }
}

/// Whether a task is done by somebody's word; the others follow from what is so.
pub fn by_word(code: PreparationCode) -> bool {
    TASKS.iter().any(|(task, _, _, milestone)| *task == code && milestone.is_none())
}

/// Whether this caller may say that a task is done: the store of any, a customer of their own.
pub fn may_say(party: PreparationParty, role: Role) -> bool {
    match role {
        Role::Customer => party == PreparationParty::Customer,
        Role::Consultant | Role::StoreManager | Role::Operator => true,
        Role::PartnerSystem => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::vocabulary::PreparationCode::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn facts(status: OrderStatus) -> Facts<'static> {
        Facts {
            status,
            payment_status: OrderPaymentStatus::DepositPaid,
            milestones: &[],
            appointment: None,
            expected_at: None,
            said: &[],
        }
    }

    fn codes(facts: &Facts<'_>) -> Vec<PreparationCode> {
        tasks(facts).iter().map(|task| task.code).collect()
    }

    #[test]
    fn tasks_begin_with_the_lock_and_follow_the_order() {
        assert_eq!(codes(&facts(OrderStatus::Placed)), []);
        assert_eq!(codes(&facts(OrderStatus::Cancelled)), []);
        let plain = [Balance, Insurance, Plate, Vehicle, Charger, Documents];
        assert_eq!(codes(&facts(OrderStatus::Locked)), plain);
        let loan = [(MilestoneCode::FinanceApproved, MilestoneState::Active, None)];
        let with_loan = Facts { milestones: &loan, ..facts(OrderStatus::InFulfillment) };
        assert_eq!(codes(&with_loan), [Balance, Loan, Insurance, Plate, Vehicle, Charger, Documents]);
        let own = [(MilestoneCode::PlateReady, MilestoneState::Skipped, None)];
        let start = at("2026-12-08T02:00:00Z");
        let home = Facts {
            milestones: &own,
            appointment: Some((HandoverMode::Home, start, true)),
            ..facts(OrderStatus::ReadyForDelivery)
        };
        assert_eq!(codes(&home), [Balance, Insurance, Vehicle, Charger, Documents, HomeAccess, Ceremony]);
    }

    #[test]
    fn what_is_so_needs_nobodys_word_and_days_count_from_the_appointment() {
        let paid_at = at("2026-11-20T02:00:00Z");
        let reached = [
            (MilestoneCode::BalancePaid, MilestoneState::Done, Some(paid_at)),
            (MilestoneCode::Insured, MilestoneState::Active, None),
        ];
        let said = [(Charger, at("2026-11-21T02:00:00Z")), (Insurance, paid_at)];
        let facts = Facts {
            milestones: &reached,
            said: &said,
            expected_at: Some(at("2026-12-09T02:00:00Z")),
            ..facts(OrderStatus::InFulfillment)
        };
        let found = tasks(&facts);
        let of = |facts: &[Task], code| *facts.iter().find(|task| task.code == code).unwrap();
        assert_eq!((of(&found, Balance).done, of(&found, Balance).done_at), (true, Some(paid_at)));
        assert!(!of(&found, Insurance).done, "no word makes a fact");
        assert_eq!(of(&found, Charger).done_at, Some(at("2026-11-21T02:00:00Z")));
        assert_eq!(of(&found, Balance).due_at, Some(at("2026-12-02T02:00:00Z")));
        let sooner = Facts { appointment: Some((HandoverMode::Store, at("2026-12-08T02:00:00Z"), false)), ..facts };
        assert_eq!(of(&tasks(&sooner), Balance).due_at, Some(at("2026-12-01T02:00:00Z")));
        let paid = Facts { payment_status: OrderPaymentStatus::Full, milestones: &[], ..sooner };
        assert_eq!((of(&tasks(&paid), Balance).done, of(&tasks(&paid), Balance).done_at), (true, None));
    }

    #[test]
    fn a_word_is_for_what_nobody_can_tell_and_the_stores_tasks_are_the_stores() {
        let said: Vec<_> = PreparationCode::ALL.iter().copied().filter(|code| by_word(*code)).collect();
        assert_eq!(said, [Charger, Documents, HomeAccess, Ceremony]);
        assert!(
            may_say(PreparationParty::Customer, Role::Customer)
                && may_say(PreparationParty::Customer, Role::Consultant)
        );
        assert!(
            !may_say(PreparationParty::Staff, Role::Customer) && may_say(PreparationParty::Staff, Role::StoreManager)
        );
        assert!(!may_say(PreparationParty::Customer, Role::PartnerSystem));
    }

    proptest! {
        #[test]
        fn each_task_stands_once_and_in_order(
            status in prop::sample::select(OrderStatus::ALL),
            states in prop::collection::vec((prop::sample::select(MilestoneCode::ALL), prop::sample::select(MilestoneState::ALL)), 0..24),
            mode in prop::option::of(prop::sample::select(HandoverMode::ALL)),
            chosen: bool,
        ) {
            let milestones: Vec<_> = states.into_iter().map(|(code, state)| (code, state, None)).collect();
            let appointment = mode.map(|mode| (mode, at("2026-12-08T02:00:00Z"), chosen));
            let found = codes(&Facts { milestones: &milestones, appointment, ..facts(status) });
            let mut sorted = found.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(found, sorted);
        }
    }
}
