//! What a price book changes: against the book that is in force when it begins (C061).

use std::collections::BTreeMap;

use entity::TrimId;
use entity::catalog::price_book;
use entity::vocabulary::PriceBookStatus;

/// List price and the brand's discount on it, fen.
pub type Price = (i64, i64);

/// A trim whose price a book changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The trim.
    pub trim: TrimId,
    /// What it cost; none when it had no price.
    pub before: Option<Price>,
    /// What it costs; none when it has no price any more.
    pub after: Option<Price>,
}

/// The book that would be in force at the beginning of this one, if this one were not there.
pub fn book_before<'a>(books: &'a [price_book::Model], of: &price_book::Model) -> Option<&'a price_book::Model> {
    let at = of.effective_from;
    books
        .iter()
        .filter(|book| book.id != of.id && book.status != PriceBookStatus::Draft)
        // One that ended as this one began was the one before.
        .filter(|book| book.effective_from <= at && book.effective_to.is_none_or(|end| at <= end))
        .max_by_key(|book| (book.effective_from, book.price_version, book.id))
}

/// The trims whose prices differ, in order of their ids; those alike are left out.
pub fn changes(before: &[(TrimId, Price)], after: &[(TrimId, Price)]) -> Vec<Changed> {
    let mut found: BTreeMap<TrimId, (Option<Price>, Option<Price>)> = BTreeMap::new();
    for (trim, price) in before {
        found.entry(*trim).or_default().0 = Some(*price);
    }
    for (trim, price) in after {
        found.entry(*trim).or_default().1 = Some(*price);
    }
    let differs = |(trim, (before, after))| (before != after).then_some(Changed { trim, before, after });
    found.into_iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};
    use entity::PriceBookId;
    use proptest::prelude::*;

    fn book(n: u64, status: PriceBookStatus, from: i64, to: Option<i64>) -> price_book::Model {
        let at = |days| DateTime::UNIX_EPOCH + TimeDelta::days(days);
        price_book::Model {
            id: PriceBookId::from_parts(n, 1),
            code: "CN".into(),
            price_version: i32::try_from(n).unwrap(),
            status,
            effective_from: at(from),
            effective_to: to.map(at),
        }
    }

    #[test]
    fn the_book_before_is_the_one_whose_place_it_takes() {
        use PriceBookStatus::{Archived, Draft, Published};
        let books = [
            book(1, Archived, 0, Some(10)),
            book(2, Published, 10, None),
            book(3, Draft, 12, None),
            book(4, Published, 20, None),
        ];
        let before = |of: &price_book::Model| book_before(&books, of).map(|book| book.price_version);
        assert_eq!(before(&books[3]), Some(2), "drafts are nobody's price");
        assert_eq!(before(&books[1]), Some(1), "it ended as this one began");
        assert_eq!(before(&books[0]), None);
        assert_eq!(before(&book(5, Published, 20, None)), Some(4), "two of one day: the later version");
    }

    proptest! {
        #[test]
        fn a_change_is_a_difference_and_what_is_alike_is_none(
            before in proptest::collection::btree_map(0_u64..12, (0_i64..3, 0_i64..2), 0..8),
            after in proptest::collection::btree_map(0_u64..12, (0_i64..3, 0_i64..2), 0..8),
        ) {
            let of = |prices: &BTreeMap<u64, Price>| -> Vec<_> {
                prices.iter().map(|(n, price)| (TrimId::from_parts(*n, 1), *price)).collect()
            };
            let found = changes(&of(&before), &of(&after));
            for n in 0..12 {
                let (was, is) = (before.get(&n).copied(), after.get(&n).copied());
                let told = found.iter().find(|changed| changed.trim == TrimId::from_parts(n, 1));
                prop_assert_eq!(told.is_some(), was != is);
                if let Some(told) = told {
                    prop_assert_eq!((told.before, told.after), (was, is));
                }
            }
            prop_assert!(changes(&of(&before), &of(&before)).is_empty());
        }
    }
}
