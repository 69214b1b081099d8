//! What a trim's list price was, and since when (C060).

use chrono::{DateTime, Utc};
use entity::catalog::price_book;
use entity::vocabulary::PriceBookStatus;

/// A book, and what it says of a trim: list price and brand discount in fen; none where it has no price for it.
pub type Priced = (price_book::Model, Option<(i64, i64)>);

/// A stretch of time with one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub to: Option<DateTime<Utc>>,
    /// Version of the book it began with.
    pub price_version: i32,
    /// List price, fen.
    pub msrp_minor: i64,
    /// The brand's discount on it, fen.
    pub discount_minor: i64,
}

/// The prices up to `now`, newest first. At each moment the book in force counts, as for any price
/// ([`book_in_force`](super::price::book_in_force)); one that was archived counts within its dates, if it had an end. Stretches of the
/// same price are one; where no book has a price there is none.
pub fn history(books: &[Priced], now: DateTime<Utc>) -> Vec<Stretch> {
    let counts = |book: &price_book::Model| match book.status {
        PriceBookStatus::Published => true,
        PriceBookStatus::Archived => book.effective_to.is_some(),
        PriceBookStatus::Draft => false,
    };
    let books: Vec<&Priced> = books.iter().filter(|(book, _)| counts(book)).collect();
    let ends = books.iter().filter_map(|(book, _)| book.effective_to);
    let mut edges: Vec<DateTime<Utc>> = books.iter().map(|(book, _)| book.effective_from).chain(ends).collect();
    edges.retain(|edge| *edge <= now);
    edges.sort_unstable();
    edges.dedup();
    let mut stretches: Vec<Stretch> = Vec::new();
    for (place, from) in edges.iter().enumerate() {
        let to = edges.get(place + 1).copied();
        let in_force = books
            .iter()
            .filter(|(book, _)| book.effective_from <= *from && book.effective_to.is_none_or(|end| *from < end))
            .max_by_key(|(book, _)| (book.effective_from, book.price_version, book.id));
        let Some((book, Some((msrp_minor, discount_minor)))) = in_force else { continue };
        match stretches.last_mut() {
            Some(last)
                if last.to == Some(*from)
                    && (last.msrp_minor, last.discount_minor) == (*msrp_minor, *discount_minor) =>
            {
                last.to = to;
            }
            _ => stretches.push(Stretch {
                from: *from,
                to,
                price_version: book.price_version,
                msrp_minor: *msrp_minor,
                discount_minor: *discount_minor,
            }),
        }
    }
    stretches.reverse();
    stretches
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use entity::PriceBookId;
    use proptest::prelude::*;

    use super::super::price::book_in_force;
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + number)
    }

    fn book(version: i32, status: PriceBookStatus, from: i64, to: Option<i64>, price: Option<i64>) -> Priced {
        let book = price_book::Model {
            id: PriceBookId::generate(),
            code: "CN".into(),
            price_version: version,
            status,
            effective_from: day(from),
            effective_to: to.map(day),
        };
        (book, price.map(|yuan| (yuan * 100, 0)))
    }

    fn seen(stretches: &[Stretch]) -> Vec<(i64, Option<i64>, i64)> {
        let number = |at: DateTime<Utc>| (at - day(0)).num_days();
        stretches.iter().map(|one| (number(one.from), one.to.map(number), one.msrp_minor / 100)).collect()
    }

    use PriceBookStatus::*;

    #[test]
    fn the_same_price_is_one_stretch_and_a_draft_none() {
        let books = [
            book(1, Archived, 0, Some(10), Some(100)),
            book(2, Published, 10, None, Some(100)),
            book(3, Published, 20, Some(30), Some(90)),
            book(4, Draft, 5, None, Some(1)),
            book(5, Archived, 3, None, Some(2)),
            book(6, Published, 60, None, Some(80)),
        ];
        assert_eq!(seen(&history(&books, day(50))), [(30, None, 100), (20, Some(30), 90), (0, Some(20), 100)]);
        assert_eq!(seen(&history(&books, day(60)))[0], (60, None, 80));
    }

    #[test]
    fn a_book_without_the_trim_is_a_gap() {
        let books = [book(1, Published, 0, None, Some(100)), book(2, Published, 10, Some(20), None)];
        assert_eq!(seen(&history(&books, day(50))), [(20, None, 100), (0, Some(10), 100)]);
        assert_eq!(history(&[], day(50)), []);
    }

    proptest! {
        #[test]
        fn the_history_says_of_each_moment_what_the_price_was(
            books in proptest::collection::vec((0_i64..30, proptest::option::of(1_i64..30), proptest::option::of(1_i64..4)), 0..8),
            at in 0_i64..40,
        ) {
            let books: Vec<Priced> = (1..)
                .zip(books)
                .map(|(version, (from, days, price))| book(version, Published, from, days.map(|days| from + days), price))
                .collect();
            let plain: Vec<_> = books.iter().map(|(book, _)| book.clone()).collect();
            let then = book_in_force(&plain, day(at));
            let price = then.and_then(|then| books.iter().find(|(book, _)| book.id == then.id)?.1);
            let told = history(&books, day(40));
            let found = told.iter().find(|one| one.from <= day(at) && one.to.is_none_or(|to| day(at) < to));
            prop_assert_eq!(found.map(|one| (one.msrp_minor, one.discount_minor)), price);
            prop_assert!(told.windows(2).all(|two| two[1].to.is_some_and(|to| to <= two[0].from)));
        }
    }
}
