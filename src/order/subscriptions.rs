//! What one may follow in the order room (C086; domain.md 3.8).

use async_graphql::{Context, Enum, ID, Subscription};
use entity::order::order;
use entity::place::store;
use entity::{EventKind, MilestoneState, OrderId, OrderStatus, StoreId};
use futures_util::{Stream, StreamExt};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::events::MilestoneChanged;
use super::links::{MilestonesOfOrder, OrderById};
use super::policy;
use super::types::{Eta, Milestone, Order};
use crate::events::Entry;
use crate::events::feed::{Feed, Stamp, Step, Teller};
use crate::events::log::stream_of;
use crate::graph::answer::below;
use crate::graph::live::{Live, messages, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Code, Error, Result};

/// Most orders of a store's snapshot, newest first.
const MAX_SNAPSHOT: u64 = 100;

/// States of an order that a store's snapshot shows: under way, and not yet handed over.
const UNDER_WAY: [OrderStatus; 5] = [
    OrderStatus::Placed,
    OrderStatus::Locked,
    OrderStatus::Contracted,
    OrderStatus::InFulfillment,
    OrderStatus::ReadyForDelivery,
];

/// What a message says.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneUpdateKind {
    /// The state to begin with; replaces what the client knew of the order.
    Snapshot,
    /// A milestone is under way.
    Started,
    /// A milestone was reached.
    Reached,
    /// A milestone will be later than planned.
    Delayed,
    /// A milestone is not needed.
    Skipped,
    /// A milestone was taken back, or waits again because one before it was.
    RolledBack,
    /// The expected date changed.
    EtaChanged,
}

stream_message! {
    /// News of an order's way to its customer. What it shows of the order is read when it is sent, and so at least as new as
    /// its number.
    pub struct MilestoneUpdate {
        /// What the message says.
        pub kind: MilestoneUpdateKind,
        /// The order.
        pub order: Order,
        /// The milestone that changed; null in a snapshot and when only the date changed.
        pub milestone: Option<Milestone>,
        /// When the car is expected.
        pub eta: Eta,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "OrderSubscriptions")]
impl Subscriptions {
    /// Milestones of one order, or of a store's orders; give exactly one of the two ids.
    ///
    /// Without a position, or with one that the log cannot go on from (then `replayGap` says why), it begins with a
    /// `SNAPSHOT`: of the order, or of each order under way that the store sells or hands over, the newest 100. With one it
    /// begins with everything after it. Each message is judged by the rights of its moment; when the order is no longer the caller's to see, the
    /// stream ends with `FORBIDDEN`. An order that the caller may not see is `NOT_FOUND`.
    async fn delivery_milestone_updated<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: Option<ID>,
        #[graphql(desc = "Follow this store: staff their own, operators any.")] store_id: Option<ID>,
        #[graphql(desc = "`cursor` of the last message received on this order or store: where to go on.")]
        after: Option<String>,
        #[graphql(
            desc = "The same by its `sequence` alone; a log that was restored meanwhile goes unnoticed. Not with `after`."
        )]
        after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<MilestoneUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = match (order_id, store_id) {
            (Some(id), None) => Topic::of_order(call, parse_id("orderId", &id)?).await?,
            (None, Some(id)) => Topic::of_store(call, parse_id("storeId", &id)?).await?,
            _ => return Err(Error::argument("orderId", "order-one-feed")),
        };
        let after = position(call, after.as_deref(), after_sequence)?;
        let feed = Feed::open(&call.app, topic.stream(), after).await?;
        let news = News { ctx, topic };
        Ok(messages(call, feed, news).map(|told| told.map(|(stamp, message)| message.stamped(stamp))))
    }
}

/// What is followed.
#[derive(Clone, Copy, Debug)]
enum Topic {
    Order(OrderId),
    Store(StoreId),
}

impl Topic {
    async fn of_order(call: &Call, id: OrderId) -> Result<Self> {
        policy::readable(&call.viewer).or_refuse(&call.viewer)?;
        let found = call.link::<OrderById>().one(id).await?;
        found.map(|_| Self::Order(id)).ok_or_else(|| Error::shown(Code::NotFound, "not-found"))
    }

    async fn of_store(call: &Call, id: StoreId) -> Result<Self> {
        if !policy::may_follow_store(&call.viewer, id) {
            return Err(call.viewer.refused());
        }
        let found = store::Entity::find_by_id(id).one(call.db()).await?;
        found.map(|_| Self::Store(id)).ok_or_else(|| Error::shown(Code::NotFound, "not-found"))
    }

    fn stream(self) -> String {
        match self {
            Self::Order(id) => stream_of("order", id),
            Self::Store(id) => stream_of("store", id),
        }
    }
}

/// Turns a feed into news of milestones.
struct News<'a, 'c> {
    ctx: &'a Context<'c>,
    topic: Topic,
}

/// News before it is stamped, with the call under which it was read.
struct Message {
    call: Call,
    kind: MilestoneUpdateKind,
    order: Order,
    milestone: Option<Milestone>,
}

impl Message {
    fn stamped(self, stamp: Stamp) -> Live<MilestoneUpdate> {
        let eta = Eta(self.order.0.clone());
        Live::new(self.call, MilestoneUpdate::stamped(stamp, self.kind, self.order, self.milestone, eta))
    }
}

impl Teller for News<'_, '_> {
    type Message = Message;

    async fn tell(&mut self, step: &Step) -> Result<Vec<Message>> {
        // Nothing that an earlier message has read may decide about this one.
        let call = self.ctx.call().renewed();
        match step {
            Step::Snapshot { .. } => self.snapshot(&call).await,
            Step::Entry { entry, .. } => self.entry(&call, entry).await,
        }
    }
}

impl News<'_, '_> {
    async fn snapshot(&self, call: &Call) -> Result<Vec<Message>> {
        let orders = match self.topic {
            Topic::Order(id) => vec![call.link::<OrderById>().one(id).await?.ok_or_else(lost)?],
            Topic::Store(id) => under_way(call, id).await?,
        };
        self.prefetch(call, &orders).await?;
        let message =
            |order| Message { call: call.clone(), kind: MilestoneUpdateKind::Snapshot, order, milestone: None };
        Ok(orders.into_iter().map(message).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Vec<Message>> {
        let Ok(id) = entry.aggregate_id.parse::<OrderId>() else { return Ok(Vec::new()) };
        let said = said(entry)?;
        if said.is_none() && matches!(self.topic, Topic::Store(_)) {
            return Ok(Vec::new());
        }
        // On an order's stream every entry asks for the right, so that one which moves the order away ends the stream.
        let order = match (call.link::<OrderById>().one(id).await?, self.topic) {
            (Some(order), _) => order,
            (None, Topic::Order(_)) => return Err(lost()),
            (None, Topic::Store(_)) => return Ok(Vec::new()),
        };
        let Some((kind, code)) = said else { return Ok(Vec::new()) };
        self.prefetch(call, std::slice::from_ref(&order)).await?;
        let milestone = match code {
            Some(code) => {
                let milestones = call.link::<MilestonesOfOrder>().one(id).await?;
                milestones.into_iter().find(|milestone| milestone.0.code == code)
            }
            None => None,
        };
        Ok(vec![Message { call: call.clone(), kind, order, milestone }])
    }

    async fn prefetch(&self, call: &Call, orders: &[Order]) -> Result<()> {
        below(self.ctx, call, "order", &orders).await
    }
}

/// What an entry says to this subscription; none if it speaks of something else.
fn said(entry: &Entry) -> Result<Option<(MilestoneUpdateKind, Option<entity::MilestoneCode>)>> {
    Ok(match entry.kind {
        EventKind::EtaChanged => Some((MilestoneUpdateKind::EtaChanged, None)),
        EventKind::MilestoneChanged => {
            let changed: MilestoneChanged = serde_json::from_value(entry.payload.clone())?;
            let kind = match changed.to {
                MilestoneState::Active => MilestoneUpdateKind::Started,
                MilestoneState::Done => MilestoneUpdateKind::Reached,
                MilestoneState::Delayed => MilestoneUpdateKind::Delayed,
                MilestoneState::Skipped => MilestoneUpdateKind::Skipped,
                MilestoneState::Pending | MilestoneState::RolledBack => MilestoneUpdateKind::RolledBack,
            };
            Some((kind, Some(changed.code)))
        }
        _ => None,
    })
}

/// The error that ends a stream whose order is no longer the caller's to see.
fn lost() -> Error {
    Error::shown(Code::Forbidden, "forbidden")
}

async fn under_way(call: &Call, store: StoreId) -> Result<Vec<Order>> {
    let rows = order::Entity::find()
        .filter(policy::readable(&call.viewer).or_nothing())
        .filter(policy::of_store(store))
        .filter(order::Column::Status.is_in(UNDER_WAY))
        .order_by_desc(order::Column::CreatedAt)
        .order_by_desc(order::Column::Id)
        .limit(MAX_SNAPSHOT)
        .all(call.db())
        .await?;
    Ok(rows.into_iter().map(Order).collect())
}
