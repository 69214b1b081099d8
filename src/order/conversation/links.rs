//! How conversations, messages and files are found from other rows.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::order::{conversation, event, message, order, shared_file};
use entity::{ConversationId, MessageId, OrderId, SharedFileId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, JoinType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use super::policy;
use super::rules::talk::{ENDS, MAX_FILES};
use super::types::{Conversation, Message, SharedFile};
use crate::graph::answer::Selected;
use crate::graph::link::Relation;
use crate::graph::relation::{fetch_first, many, one};
use crate::graph::{Call, Result};
use crate::store::rows::among;

one! {
    /// Conversations by id.
    ConversationById: ConversationId => conversation.Id as Conversation,
        |call| Condition::all().add(policy::of_order(&call.viewer, conversation::Column::OrderId)),
        |_call, row| Some(Conversation(row));

    /// The conversation on an order that the viewer sees; the order's right was asked there.
    ConversationOfOrder: OrderId => conversation.OrderId as Conversation,
        |_call| Condition::all(),
        |_call, row| Some(Conversation(row));

    /// Messages by id.
    MessageById: MessageId => message.Id as Message,
        |call| Condition::all().add(policy::of_order(&call.viewer, message::Column::OrderId)),
        |_call, row| Some(Message(row));

    /// Files by id.
    SharedFileById: SharedFileId => shared_file.Id as SharedFile,
        |call| policy::files(&call.viewer),
        |_call, row| Some(SharedFile(row));
}

many! {
    /// Files by message, in their order; the conversation's right was asked there.
    FilesOfMessage: MessageId => shared_file.MessageId as SharedFile, by [Asc Position], first MAX_FILES as u64,
        |_call| Condition::all(), |_call, row| Some(SharedFile(row));

    /// Messages by order, newest first. Reached through readable orders only.
    MessagesOfOrder: OrderId => message.OrderId as Message, by [Desc Number],
        |_call| Condition::all(), |_call, row| Some(Message(row));
}

/// An order, and how many of its messages.
type Bounded = (OrderId, u64);

/// The newest messages by order, the newest last. Reached through readable orders only.
pub struct LatestOfOrder;

impl Relation for LatestOfOrder {
    type Key = Bounded;
    type Found = Vec<Message>;

    async fn fetch(
        call: &Call,
        keys: &[Bounded],
        selected: Option<&Selected>,
    ) -> Result<HashMap<Bounded, Self::Found>> {
        let most = keys.iter().map(|(_, first)| *first).max().unwrap_or_default();
        let orders: Vec<OrderId> = keys.iter().map(|(order, _)| *order).collect::<BTreeSet<_>>().into_iter().collect();
        let found = fetch_first::<MessagesOfOrder>(call, &orders, most, selected).await?;
        let latest = |(order, first): &Bounded| {
            let rows = found.get(order).map(Vec::as_slice).unwrap_or_default();
            rows.iter().take(*first as usize).rev().cloned().collect()
        };
        Ok(keys.iter().map(|key| (*key, latest(key))).collect())
    }
}

/// When orders came to their end, by order; none while they are under way.
pub struct EndOfOrder;

impl Relation for EndOfOrder {
    type Key = OrderId;
    type Found = Option<DateTime<Utc>>;

    async fn fetch(call: &Call, keys: &[OrderId], _: Option<&Selected>) -> Result<HashMap<OrderId, Self::Found>> {
        let of_order = |column| Expr::col((order::Entity, column));
        let of_event = |column| Expr::col((event::Entity, column));
        let select = Query::select()
            .expr(of_order(order::Column::Id))
            .expr(of_order(order::Column::UpdatedAt))
            .expr(of_event(event::Column::OccurredAt))
            .from(order::Entity)
            .join(
                JoinType::LeftJoin,
                event::Entity,
                of_event(event::Column::OrderId)
                    .equals((order::Entity, order::Column::Id))
                    .and(of_event(event::Column::ToStatus).equals((order::Entity, order::Column::Status))),
            )
            .and_where(among(call.app.db.backend(), order::Column::Id, keys.iter().copied()))
            .and_where(order::Column::Status.is_in(ENDS))
            .to_owned();
        let mut ends: HashMap<OrderId, (DateTime<Utc>, Option<DateTime<Utc>>)> = HashMap::new();
        for row in call.db().query_all(&select).await? {
            let (id, updated) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let told: Option<DateTime<Utc>> = row.try_get_by_index(2)?;
            let end = ends.entry(id).or_insert((updated, None));
            end.1 = Ord::max(end.1, told);
        }
        // What was loaded without its history ended when it was last changed.
        Ok(ends.into_iter().map(|(id, (updated, told))| (id, Some(told.unwrap_or(updated)))).collect::<HashMap<_, _>>())
            .map_err(|error: DbErr| error.into())
    }
}
