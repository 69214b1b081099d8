//! What price books change.

use std::collections::HashMap;

use entity::catalog::{price_entry, trim};
use entity::{PriceBookId, TrimId};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::catalog::policy;
use crate::catalog::rules::price_change::{Changed, Price, book_before, changes};
use crate::catalog::store::published_books;
use crate::catalog::types::Change;
use crate::graph::answer::Selected;
use crate::graph::link::Relation;
use crate::graph::{Call, Result};
use crate::store::rows::among;

/// Most trims that are told.
const MAX_CHANGES: u64 = 200;

/// The trims whose prices a book changes, as far as the viewer may see them; in three statements for any number of books.
pub struct ChangesOfPriceBook;

impl Relation for ChangesOfPriceBook {
    type Key = PriceBookId;
    type Found = Vec<Change>;

    async fn fetch(
        call: &Call,
        keys: &[PriceBookId],
        _selected: Option<&Selected>,
    ) -> Result<HashMap<PriceBookId, Self::Found>> {
        let (conn, backend) = (call.db(), call.app.db.backend());
        let books = published_books(conn).await?;
        let pairs: Vec<(PriceBookId, Option<PriceBookId>)> = books
            .iter()
            .filter(|book| keys.contains(&book.id))
            .map(|book| (book.id, book_before(&books, book).map(|before| before.id)))
            .collect();
        if pairs.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = pairs.iter().flat_map(|(book, before)| [Some(*book), *before]).flatten();
        let entries =
            price_entry::Entity::find().filter(among(backend, price_entry::Column::PriceBookId, ids)).all(conn).await?;
        let mut prices: HashMap<PriceBookId, Vec<(TrimId, Price)>> = HashMap::new();
        for entry in entries {
            let price = (entry.msrp_minor, entry.discount_minor);
            prices.entry(entry.price_book_id).or_default().push((entry.trim_id, price));
        }
        let of = |id: Option<PriceBookId>| id.and_then(|id| prices.get(&id)).map_or(&[][..], Vec::as_slice);
        let changed: HashMap<PriceBookId, Vec<Changed>> =
            pairs.iter().map(|(book, before)| (*book, changes(of(*before), of(Some(*book))))).collect();

        let ids: Vec<TrimId> = changed.values().flatten().map(|changed| changed.trim).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let trims = trim::Entity::find()
            .filter(among(backend, trim::Column::Id, ids))
            .filter(policy::trims(&call.viewer).or_nothing())
            .order_by_asc(trim::Column::Code)
            .limit(MAX_CHANGES)
            .all(conn)
            .await?;
        let told = |changed: &[Changed]| {
            let one = |trim: &trim::Model| {
                let found = changed.iter().find(|changed| changed.trim == trim.id)?;
                let net = |price: Price| price.0 - price.1;
                Some(Change {
                    trim_id: trim.id,
                    trim_code: trim.code.clone(),
                    trim_zh: trim.name_zh.clone(),
                    trim_en: trim.name_en.clone(),
                    model_id: trim.model_id,
                    before_minor: found.before.map(net),
                    after_minor: found.after.map(net),
                })
            };
            trims.iter().filter_map(one).collect()
        };
        Ok(changed.iter().map(|(book, changed)| (*book, told(changed))).collect())
    }
}
