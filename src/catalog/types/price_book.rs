//! A price book, as it is told of (C061).

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::catalog::price_book;

use crate::catalog::links::ChangesOfPriceBook;
use crate::graph::money::Money;
use crate::graph::{Call, Fields, Result, fields};

/// A dated list of prices that is in force, or will be. There is one price for each car, in every channel and store.
#[derive(Clone, Debug, Description)]
pub struct PriceBook(pub price_book::Model);

#[fields(rows(price_book::Model))]
impl PriceBook {
    /// Code of the list.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// Version of it.
    fn version(&self) -> i32 {
        self.0.price_version
    }

    /// From when it is in force.
    fn effective_from(&self) -> DateTime<Utc> {
        self.0.effective_from
    }

    /// Until when; null: until another takes its place.
    fn effective_to(&self) -> Option<DateTime<Utc>> {
        self.0.effective_to
    }

    /// The trims whose price it changes, against the book whose place it takes, by code; those that the caller may see, at most 200.
    #[columns(id; reckoned)]
    fn changes(&self, call: &Call) -> Result<Vec<PriceChange>> {
        let found = call.found::<ChangesOfPriceBook>(&self.0.id)?;
        let shown = |change: &Change| PriceChange {
            trim_id: ID(change.trim_id.to_string()),
            trim_code: change.trim_code.clone(),
            trim_name: call.pick(&change.trim_zh, &change.trim_en),
            model_id: ID(change.model_id.to_string()),
            before: change.before_minor.map(Money::fen),
            after: change.after_minor.map(Money::fen),
        };
        Ok(found.iter().map(shown).collect())
    }
}

/// A change as it is read.
#[derive(Clone, Debug)]
pub struct Change {
    /// The trim.
    pub trim_id: entity::TrimId,
    /// Its code.
    pub trim_code: String,
    /// Its name.
    pub trim_zh: String,
    /// Its name.
    pub trim_en: String,
    /// Its model.
    pub model_id: entity::VehicleModelId,
    /// List price less discount before, fen.
    pub before_minor: Option<i64>,
    /// List price less discount after, fen.
    pub after_minor: Option<i64>,
}

/// A trim whose price a book changes.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceChange {
    /// The trim, as in `trm_01J…`.
    pub trim_id: ID,
    /// Its code.
    pub trim_code: String,
    /// Its name in the language of the request.
    pub trim_name: String,
    /// Its model, as in `mdl_01J…`.
    pub model_id: ID,
    /// List price less the brand's discount as it was; null when it had no price.
    pub before: Option<Money>,
    /// The same as it is by this book; null when it has no price any more.
    pub after: Option<Money>,
}
