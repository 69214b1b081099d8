//! From party to party: the chain of those who had an order in hand (C084).

use chrono::{DateTime, Utc};
use entity::vocabulary::{MilestoneCode, Party};

/// A milestone that was reached: which, who was to act for it, when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub code: MilestoneCode,
    pub party: Party,
    pub at: DateTime<Utc>,
}

/// That an order went from one party to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    pub from: Party,
    pub to: Party,
    /// What the one who gave it on had reached last.
    pub after: MilestoneCode,
    pub at: DateTime<Utc>,
}

/// The chain, oldest first: each time somebody else reached the next milestone or, at the end, is to reach it (`next`). Of two at one
/// moment that comes first which stands first in `done`.
pub fn chain(done: &[Done], next: Option<Party>) -> Vec<Passed> {
    let mut done = done.to_vec();
    done.sort_by_key(|one| one.at);
    let after = done.iter().skip(1).map(|one| Some(one.party)).chain([next]);
    let passed = |(one, to): (&Done, Option<Party>)| {
        let to = to.filter(|to| *to != one.party)?;
        Some(Passed { from: one.party, to, after: one.code, at: one.at })
    };
    done.iter().zip(after).filter_map(passed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn done(code: MilestoneCode, party: Party, hour: i64) -> Done {
        Done { code, party, at: DateTime::UNIX_EPOCH + TimeDelta::hours(hour) }
    }

    #[test]
    fn an_order_goes_from_hand_to_hand() {
        use MilestoneCode::{Allocated, ConfigLocked, OffLine, OrderPlaced, Scheduled};
        let reached = [
            done(OrderPlaced, Party::Customer, 0),
            done(ConfigLocked, Party::Customer, 2),
            done(Scheduled, Party::Plant, 5),
            done(OffLine, Party::Plant, 30),
            done(Allocated, Party::Oem, 4),
        ];
        let passed = |from, to, after, hour| Passed { from, to, after, at: done(after, from, hour).at };
        let expected = [
            passed(Party::Customer, Party::Oem, ConfigLocked, 2),
            passed(Party::Oem, Party::Plant, Allocated, 4),
            passed(Party::Plant, Party::Carrier, OffLine, 30),
        ];
        assert_eq!(chain(&reached, Some(Party::Carrier)), expected);
        assert_eq!(chain(&reached, None), expected[..2]);
        assert_eq!(chain(&[], Some(Party::Customer)), []);
    }

    proptest! {
        /// Each takes over from the one before; nobody hands over to themself; the last is who has it now.
        #[test]
        fn the_chain_has_no_gap(hands in prop::collection::vec((0..6_usize, 0..100_i64), 1..25), next in prop::option::of(0..6_usize)) {
            let party = |at: usize| Party::ALL[at];
            let reached: Vec<_> = hands.iter().map(|(who, hour)| done(MilestoneCode::Ready, party(*who), *hour)).collect();
            let found = chain(&reached, next.map(party));
            prop_assert!(found.windows(2).all(|two| two[0].to == two[1].from && two[0].at <= two[1].at));
            prop_assert!(found.iter().all(|one| one.from != one.to));
            let first = reached.iter().min_by_key(|one| one.at).unwrap().party;
            prop_assert_eq!(found.first().map_or(first, |one| one.from), first);
            if let Some(next) = next {
                prop_assert_eq!(found.last().map_or(first, |one| one.to), party(next));
            }
        }
    }
}
