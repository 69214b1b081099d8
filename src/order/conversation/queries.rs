//! What one may ask about conversations.

use async_graphql::ID;
use entity::OrderId;
use entity::order::{conversation, message};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use super::inputs::{ConversationWhereInput, by_number, newest, of_store};
use super::policy;
use super::types::{Conversation, Message};
use crate::graph::connection::{Direction, List, Rows, list, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "ConversationQueries")]
impl Queries {
    /// Conversations, the one with the newest message first: people of a store those of orders that it sells or hands over, operators all.
    async fn conversations(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which conversations.")] filter: Option<ConversationWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Conversation>> {
        let viewer = &ask.call.viewer;
        let own = policy::inbox(viewer).ok_or_else(|| viewer.refused())?;
        let args = page_args(first, after.as_deref())?;
        let filter = filter.unwrap_or_default();
        let asked = filter.store()?;
        let mut rows = filter.condition().add(policy::of_order(viewer, conversation::Column::OrderId));
        // The caller's store has the indexes; another is a condition beside it.
        if let (Some(_), Some(other)) = (own, asked) {
            rows = rows.add(of_store(other).into_iter().fold(Condition::any(), Condition::add));
        }
        let ways = own.or(asked).map_or_else(Vec::new, |store| of_store(store).into());
        let rows = Rows::those(rows).seen_by(ways);
        list(ask, rows, &newest(), &args, |row| Some(Conversation(row))).await
    }

    /// Messages of an order that the caller may see, the newest first, or from the first one on; none where there are none.
    async fn messages(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
        #[graphql(desc = "`DESC` for the newest first, also when left out; `ASC` for the oldest first.")]
        direction: Option<Direction>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Message>> {
        let viewer = &ask.call.viewer;
        policy::writes(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let order: OrderId = parse_id("orderId", &order_id)?;
        let rows = Condition::all()
            .add(message::Column::OrderId.eq(order))
            .add(policy::of_order(viewer, message::Column::OrderId));
        list(ask, Rows::those(rows), &by_number(direction), &args, |row| Some(Message(row))).await
    }
}
