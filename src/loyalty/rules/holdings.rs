//! What an account holds at a moment: its lots and its debt after everything that was due by then.

use chrono::{DateTime, Utc};

use super::points::{self, Balance, Change, Lot};

/// Something that is due by itself at a moment.
type Step = fn(&[Lot], i64, DateTime<Utc>) -> Change;

/// Lots and debt of one account. The lots that are neither pending nor active may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// The lots.
    pub lots: Vec<Lot>,
    /// Points spent and later reversed.
    pub debt: i64,
}

impl Holdings {
    /// Takes in what an operation changed.
    pub fn absorb(&mut self, change: &Change) {
        for lot in &change.lots {
            match self.lots.iter_mut().find(|known| known.id == lot.id) {
                Some(known) => *known = *lot,
                None => self.lots.push(*lot),
            }
        }
        self.debt = change.debt;
    }

    /// Brings the holdings up to `now` and answers what that changed, step by step: what has run out goes first, then
    /// what waited becomes active and pays the debt, then what of that has run out in the meantime goes too. A second
    /// call finds nothing.
    ///
    /// A read shows this without writing it; the next write writes it down.
    pub fn settle(&mut self, now: DateTime<Utc>) -> Vec<Change> {
        let steps: [Step; 3] = [points::expire, points::activate, points::expire];
        let mut changes = Vec::new();
        for step in steps {
            let change = step(&self.lots, self.debt, now);
            self.absorb(&change);
            if !change.is_empty() {
                changes.push(change);
            }
        }
        changes
    }

    /// The sums.
    pub fn balance(&self) -> Balance {
        points::balance(&self.lots, self.debt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::PointsLotId;
    use entity::vocabulary::{LotState, PointsEntryKind};
    use proptest::prelude::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(day * 86_400, 0).unwrap()
    }

    fn lot(n: u128, points: i64, activates: Option<i64>, expires: Option<i64>) -> Lot {
        Lot {
            id: PointsLotId::from_parts(1, n),
            earned: points,
            remaining: points,
            expired: 0,
            state: if activates.is_some() { LotState::Pending } else { LotState::Active },
            earned_at: at(0),
            activates_at: activates.map(at),
            expires_at: expires.map(at),
        }
    }

    #[test]
    fn what_is_due_is_due_in_its_order() {
        let lots = vec![lot(1, 100, None, Some(5)), lot(2, 50, Some(3), Some(8)), lot(3, 30, Some(9), None)];
        let mut holdings = Holdings { lots, debt: 0 };
        let kinds = |changes: Vec<Change>| -> Vec<_> {
            changes.iter().flat_map(|c| &c.lines).map(|line| (line.kind, line.points)).collect()
        };
        assert_eq!(kinds(holdings.settle(at(6))), [(PointsEntryKind::Expire, -100), (PointsEntryKind::Activate, 50)]);
        assert_eq!(holdings.balance(), Balance { active: 50, pending: 30, debt: 0 });
        assert!(holdings.settle(at(6)).is_empty());
        assert_eq!(kinds(holdings.settle(at(10))), [(PointsEntryKind::Expire, -50), (PointsEntryKind::Activate, 30)]);
        assert_eq!(holdings.balance(), Balance { active: 30, pending: 0, debt: 0 });
    }

    #[test]
    fn points_that_became_active_and_ran_out_unseen_pay_the_debt_and_leave_nothing() {
        let mut holdings = Holdings { lots: vec![lot(1, 100, Some(2), Some(4))], debt: 30 };
        holdings.settle(at(5));
        assert_eq!(holdings.balance(), Balance { active: 0, pending: 0, debt: 0 });
    }

    proptest! {
        #[test]
        fn settling_twice_is_settling_once(
            lots in prop::collection::vec((1i64..1000, prop::option::of(0i64..20), prop::option::of(1i64..30)), 0..8),
            now in 0i64..40, debt in 0i64..500,
        ) {
            let lots: Vec<Lot> =
                lots.into_iter().zip(1..).map(|((points, activates, expires), n)| lot(n, points, activates, expires)).collect();
            // Nothing is active while there is debt.
            let debt = if lots.iter().any(|lot| lot.state == LotState::Active) { 0 } else { debt };
            let mut holdings = Holdings { lots, debt };
            let before = holdings.balance();
            let moved: i64 = holdings.settle(at(now)).iter().map(Change::net).sum();
            let after = holdings.balance();
            prop_assert_eq!(before.net() + moved, after.net());
            prop_assert!(after.active == 0 || after.debt == 0);
            prop_assert!(holdings.settle(at(now)).is_empty());
            prop_assert!(points::expire(&holdings.lots, holdings.debt, at(now)).is_empty());
        }
    }
}
