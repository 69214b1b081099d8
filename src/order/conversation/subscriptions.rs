//! Following the conversation on an order.

use async_graphql::{Context, ID, Subscription};
use entity::order::message;
use entity::{EventKind, MessageId, OrderId};
use futures_util::Stream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::links::MessageById;
use super::policy;
use super::types::Message;
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::graph::answer::selected_below;
use crate::graph::live::{Live, News, absent, lost, news, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};
use crate::order::{Order, OrderById};

stream_message! {
    /// News of an order's conversation. What it shows is read when it is sent.
    pub struct MessageUpdate {
        /// The order.
        pub order: Order,
        /// The message that was sent, or taken back; null when it began, and there was none.
        pub message: Option<Message>,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "ConversationSubscriptions")]
impl Subscriptions {
    /// The messages on one order, as they are sent and taken back.
    ///
    /// It begins with the last one, unless it goes on from a position; those before are had by the query `messages`. Each message is judged
    /// by the rights of its moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the
    /// caller may not see is `NOT_FOUND`.
    async fn message_received<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<MessageUpdate>>> + 'a> {
        let call = ctx.call();
        policy::writes(&call.viewer).or_refuse(&call.viewer)?;
        let order: OrderId = parse_id("orderId", &order_id)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, stream_of("order", order), after, Messages(order), |stamp, message, order: Order| {
            MessageUpdate::stamped(stamp, order, message)
        })
        .await
    }
}

/// The messages on an order.
struct Messages(OrderId);

impl News for Messages {
    type Said = Option<Message>;
    type Thing = Order;
    const FIELD: &'static str = "order";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<OrderById>(selected_below::<Order>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        call.link::<OrderById>().one(self.0).await?.map(|_| ()).ok_or_else(absent)
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(Self::Said, Order)>> {
        let order = call.link::<OrderById>().one(self.0).await?.ok_or_else(lost)?;
        let last = message::Entity::find()
            .filter(message::Column::OrderId.eq(self.0))
            .order_by_desc(message::Column::Number)
            .one(call.db())
            .await?;
        Ok(vec![(last.map(Message), order)])
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(Self::Said, Order)>> {
        // Every entry asks for the right, so that one which moves the order away ends the stream.
        let order = call.link::<OrderById>().one(self.0).await?.ok_or_else(lost)?;
        if entry.kind != EventKind::MessageSent {
            return Ok(None);
        }
        let id = entry.payload.get("message").and_then(|id| id.as_str()?.parse::<MessageId>().ok());
        let message = match id {
            Some(id) => call.link::<MessageById>().one(id).await?,
            None => None,
        };
        Ok(message.map(|message| (Some(message), order)))
    }
}
