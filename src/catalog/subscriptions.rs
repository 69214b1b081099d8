//! What one may follow in the catalog room (C061; domain.md 3.8). Prices are everybody's, so callers without a token may.

use async_graphql::{Context, Subscription};
use entity::catalog::price_book;
use entity::{EventKind, PriceBookStatus};
use futures_util::Stream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::rules::price::book_in_force;
use super::types::PriceBook;
use super::upstream::PriceBookReported;
use crate::events::{Entry, Topic};
use crate::graph::live::{Live, News, news, position, stream_message};
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};

/// Most books to begin with.
const MAX_SNAPSHOT: u64 = 20;

stream_message! {
    /// A price book that was published. What it shows of the book is read when it is sent, and so at least as new as its number.
    pub struct PriceBookPublication {
        /// Whether it belongs to the state to begin with, which replaces what the client knew; else it is news.
        pub snapshot: bool,
        /// The book.
        pub price_book: PriceBook,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "CatalogSubscriptions")]
impl Subscriptions {
    /// Price books as they are published, or reported anew while they are; one may come into force later. A price that is held by its
    /// token stays as long as it is held, and every other one is asked for again (`PRICE_CHANGED` at the order). Open to everybody.
    ///
    /// It begins with the book in force and those that begin later, unless it goes on from a position.
    async fn price_book_published<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "`cursor` of the last message received: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<PriceBookPublication>>> + 'a> {
        let after = position(ctx.call(), after.as_deref(), after_sequence)?;
        news(ctx, Topic::Catalog.stream().to_owned(), after, Published, PriceBookPublication::stamped).await
    }
}

/// Books that are published.
struct Published;

impl News for Published {
    type Said = bool;
    type Thing = PriceBook;
    const FIELD: &'static str = "priceBook";

    async fn admit(&self, _: &Call) -> Result<()> {
        Ok(())
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(bool, PriceBook)>> {
        let books = price_book::Entity::find()
            .filter(price_book::Column::Status.eq(PriceBookStatus::Published))
            .order_by_desc(price_book::Column::EffectiveFrom)
            .order_by_desc(price_book::Column::PriceVersion)
            .limit(MAX_SNAPSHOT)
            .all(call.db())
            .await?;
        let in_force = book_in_force(&books, call.now).map(|book| book.id);
        let counts = |book: &price_book::Model| in_force == Some(book.id) || book.effective_from > call.now;
        let mut told: Vec<_> = books.into_iter().filter(counts).map(|book| (true, PriceBook(book))).collect();
        told.reverse();
        Ok(told)
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(bool, PriceBook)>> {
        let named = (entry.kind == EventKind::CatalogChanged).then(|| PriceBookReported::named(&entry.aggregate_id));
        let Some((code, version)) = named.flatten() else { return Ok(None) };
        let book = price_book::Entity::find()
            .filter(price_book::Column::Code.eq(code))
            .filter(price_book::Column::PriceVersion.eq(version))
            .filter(price_book::Column::Status.eq(PriceBookStatus::Published))
            .one(call.db())
            .await?;
        Ok(book.map(|book| (false, PriceBook(book))))
    }
}
