//! What one may ask of kept prices.

use async_graphql::ID;

use super::inputs::{QuoteWhereInput, newest};
use super::links::QuoteById;
use super::policy;
use super::types::Quote;
use crate::graph::connection::{List, Rows, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "QuoteQueries")]
impl Queries {
    /// Kept prices, the newest first: a customer's own; for staff those of their store; all for operators.
    async fn quotes(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<QuoteWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Quote>> {
        let viewer = &ask.call.viewer;
        let seen = policy::readable(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition(ask.call.now)?.add(seen));
        list(ask, rows, &newest(), &args, |row| Some(Quote(row))).await
    }

    /// A kept price by id; null when there is none that the caller may see.
    async fn quote(&self, ask: &Ask<'_>, #[graphql(desc = "As in `quo_01J…`.")] id: ID) -> Result<Option<Quote>> {
        one::<QuoteById>(ask, parse_id("id", &id)?).await
    }
}
