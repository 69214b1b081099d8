//! What one may follow in the order room (C086; domain.md 3.8).

mod parts;

use std::sync::LazyLock;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::SelectionSet;
use async_graphql::{Context, Enum, ID, Subscription};
use entity::order::order;
use entity::place::store;
use entity::{EventKind, MilestoneState, OrderId, OrderStatus, StoreId};
use futures_util::Stream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use self::parts::{Changes, Contracts, Invoices, Loans, Parts, Payments};
use super::change::ChangeRequest;
use super::events::MilestoneChanged;
use super::links::{MilestonesOfOrder, OrderById};
use super::policy;
use super::types::{Contract, Eta, FinanceApplication, Invoice, Milestone, Order, Payment};
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::graph::answer::{Linked, To, chosen, selected_below};
use crate::graph::live::{Live, News, absent, lost, news, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Error, Result};

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

/// What the milestone of a message is found among.
static MILESTONES: LazyLock<SelectionSet> = LazyLock::new(|| {
    let parsed = parse_query("{ milestones { code } }").expect("a selection");
    chosen(&parsed, None).expect("one operation").selection_set.node.clone()
});

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

stream_message! {
    /// News of an order's expected date.
    pub struct EtaUpdate {
        /// The order.
        pub order: Order,
        /// When the car is expected.
        pub eta: Eta,
    }
}

stream_message! {
    /// News of an order's payments. What it shows is read when it is sent.
    pub struct PaymentUpdate {
        /// The order.
        pub order: Order,
        /// The payment; null when it began, and there was none, or when money went to the customer on top of what was paid.
        pub payment: Option<Payment>,
    }
}

stream_message! {
    /// News of an order's applications for a loan. What it shows is read when it is sent.
    pub struct FinanceApplicationUpdate {
        /// The order.
        pub order: Order,
        /// The application; null when it began, and there was none.
        pub application: Option<FinanceApplication>,
    }
}

stream_message! {
    /// News of an order's contracts. What it shows is read when it is sent.
    pub struct ContractUpdate {
        /// The order.
        pub order: Order,
        /// The contract; null when it began, and there was none.
        pub contract: Option<Contract>,
    }
}

stream_message! {
    /// News of an order's invoices. What it shows is read when it is sent.
    pub struct InvoiceUpdate {
        /// The order.
        pub order: Order,
        /// The invoice; null when it began, and there was none.
        pub invoice: Option<Invoice>,
    }
}

stream_message! {
    /// News of what is asked to be changed of an order. What it shows is read when it is sent.
    pub struct OrderChangeUpdate {
        /// The order.
        pub order: Order,
        /// The request; null when it began, and there was none.
        pub change_request: Option<ChangeRequest>,
    }
}

stream_message! {
    /// News of an order's hand-over. What it shows is read when it is sent.
    pub struct HandoverUpdate {
        /// The order; its `delivery` and `preparationTasks` say how it stands.
        pub order: Order,
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
            (Some(id), None) => Topic::of_order(call, parse_id("orderId", &id)?)?,
            (None, Some(id)) => Topic::of_store(call, parse_id("storeId", &id)?)?,
            _ => return Err(Error::argument("orderId", "order-one-feed")),
        };
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, topic.stream(), after, topic, |stamp, (kind, milestone), order: Order| {
            let eta = Eta(order.0.clone());
            MilestoneUpdate::stamped(stamp, kind, order, milestone, eta)
        })
        .await
    }

    /// The expected date of one order.
    ///
    /// It begins with the present one, unless it goes on from a position. Each message is judged by the rights of its
    /// moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the caller
    /// may not see is `NOT_FOUND`.
    async fn eta_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<EtaUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = Topic::of_order(call, parse_id("orderId", &order_id)?)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        let of = OrderOf { topic, kind: EventKind::EtaChanged };
        news(ctx, topic.stream(), after, of, |stamp, (), order: Order| {
            let eta = Eta(order.0.clone());
            EtaUpdate::stamped(stamp, order, eta)
        })
        .await
    }

    /// The payments of one order.
    ///
    /// It begins with each of them, the oldest first, unless it goes on from a position. Each message is judged by the rights of
    /// its moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the caller
    /// may not see is `NOT_FOUND`.
    async fn payment_status_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<PaymentUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = Topic::of_order(call, parse_id("orderId", &order_id)?)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, topic.stream(), after, Parts::<Payments>::of(topic), |stamp, payment, order: Order| {
            PaymentUpdate::stamped(stamp, order, payment)
        })
        .await
    }

    /// The applications for a loan over one order's car.
    ///
    /// It begins with each of them, the oldest first, unless it goes on from a position. Each message is judged by the rights of
    /// its moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the caller
    /// may not see is `NOT_FOUND`.
    async fn finance_application_status_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<FinanceApplicationUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = Topic::of_order(call, parse_id("orderId", &order_id)?)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, topic.stream(), after, Parts::<Loans>::of(topic), |stamp, application, order: Order| {
            FinanceApplicationUpdate::stamped(stamp, order, application)
        })
        .await
    }

    /// The contracts of one order.
    ///
    /// It begins with each of them, the oldest first, unless it goes on from a position. Each message is judged by the rights of
    /// its moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the caller
    /// may not see is `NOT_FOUND`.
    async fn contract_status_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<ContractUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = Topic::of_order(call, parse_id("orderId", &order_id)?)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, topic.stream(), after, Parts::<Contracts>::of(topic), |stamp, contract, order: Order| {
            ContractUpdate::stamped(stamp, order, contract)
        })
        .await
    }

    /// The invoices of one order.
    ///
    /// It begins with each of them, the oldest first, unless it goes on from a position. Each message is judged by the rights of
    /// its moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the caller
    /// may not see is `NOT_FOUND`.
    async fn invoice_status_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<InvoiceUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = Topic::of_order(call, parse_id("orderId", &order_id)?)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, topic.stream(), after, Parts::<Invoices>::of(topic), |stamp, invoice, order: Order| {
            InvoiceUpdate::stamped(stamp, order, invoice)
        })
        .await
    }

    /// What is asked to be changed of one order, and what becomes of it.
    ///
    /// It begins with each request, the oldest first, unless it goes on from a position. Each message is judged by the rights of
    /// its moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the caller
    /// may not see is `NOT_FOUND`.
    async fn order_change_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<OrderChangeUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = Topic::of_order(call, parse_id("orderId", &order_id)?)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, topic.stream(), after, Parts::<Changes>::of(topic), |stamp, request, order: Order| {
            OrderChangeUpdate::stamped(stamp, order, request)
        })
        .await
    }

    /// The hand-over of one order: its appointment, what is done before it, its pickup code, and that it has happened.
    ///
    /// It begins with the order as it is, unless it goes on from a position. Each message is judged by the rights of its
    /// moment; when the order is no longer the caller's to see, the stream ends with `FORBIDDEN`. An order that the caller
    /// may not see is `NOT_FOUND`.
    async fn handover_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this order: a customer's own, one of the caller's store, any for operators.")]
        order_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this order: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<HandoverUpdate>>> + 'a> {
        let call = ctx.call();
        let topic = Topic::of_order(call, parse_id("orderId", &order_id)?)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        let of = OrderOf { topic, kind: EventKind::HandoverChanged };
        news(ctx, topic.stream(), after, of, |stamp, (), order: Order| HandoverUpdate::stamped(stamp, order)).await
    }
}

/// What is followed.
#[derive(Clone, Copy, Debug)]
enum Topic {
    Order(OrderId),
    Store(StoreId),
}

impl Topic {
    fn of_order(call: &Call, id: OrderId) -> Result<Self> {
        policy::readable(&call.viewer).or_refuse(&call.viewer)?;
        Ok(Self::Order(id))
    }

    fn of_store(call: &Call, id: StoreId) -> Result<Self> {
        if call.viewer.may_follow(id) { Ok(Self::Store(id)) } else { Err(call.viewer.refused()) }
    }

    fn stream(self) -> String {
        match self {
            Self::Order(id) => stream_of("order", id),
            Self::Store(id) => stream_of("store", id),
        }
    }
}

impl News for Topic {
    type Said = (MilestoneUpdateKind, Option<Milestone>);
    type Thing = Order;
    const FIELD: &'static str = "order";

    fn expect(ctx: &Context<'_>, call: &Call) {
        let milestones = ctx.look_ahead().field("milestone").exists().then_some(&*MILESTONES);
        let also: Vec<_> = milestones.into_iter().collect();
        call.expect::<OrderById>(selected_below::<Order>(ctx, Self::FIELD, &also));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        let found = match *self {
            Self::Order(id) => call.link::<OrderById>().one(id).await?.is_some(),
            Self::Store(id) => store::Entity::find_by_id(id).one(call.db()).await?.is_some(),
        };
        if found { Ok(()) } else { Err(absent()) }
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(Self::Said, Order)>> {
        let orders = match *self {
            Self::Order(id) => vec![call.link::<OrderById>().one(id).await?.ok_or_else(lost)?],
            Self::Store(id) => under_way(call, id).await?,
        };
        Ok(orders.into_iter().map(|order| ((MilestoneUpdateKind::Snapshot, None), order)).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(Self::Said, Order)>> {
        let said = said(entry)?;
        if said.is_none() && matches!(self, Self::Store(_)) {
            return Ok(None);
        }
        let Some(order) = self.order_of(call, entry).await? else { return Ok(None) };
        let Some((kind, code)) = said else { return Ok(None) };
        let milestone = match code {
            Some(code) => {
                let milestones = To::<MilestonesOfOrder>::new(order.0.id).load(call).await?;
                let shown = milestones.iter().find(|milestone| milestone.0.code == code).cloned();
                if shown.is_none() && call.viewer.customer().is_some() {
                    // A customer is not told of what is not shown.
                    return Ok(None);
                }
                shown
            }
            None => None,
        };
        Ok(Some(((kind, milestone), order)))
    }
}

impl Topic {
    /// The order that an entry speaks of, if the caller may see it. On an order's stream every entry asks for the right, so
    /// that one which moves the order away ends the stream.
    async fn order_of(self, call: &Call, entry: &Entry) -> Result<Option<Order>> {
        let Ok(id) = entry.aggregate_id.parse::<OrderId>() else { return Ok(None) };
        match (call.link::<OrderById>().one(id).await?, self) {
            (None, Self::Order(_)) => Err(lost()),
            (order, _) => Ok(order),
        }
    }
}

/// The order of what is followed, whenever events of one kind tell of it.
struct OrderOf {
    topic: Topic,
    kind: EventKind,
}

impl News for OrderOf {
    type Said = ();
    type Thing = Order;
    const FIELD: &'static str = "order";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<OrderById>(selected_below::<Order>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        self.topic.admit(call).await
    }

    async fn begin(&self, call: &Call) -> Result<Vec<((), Order)>> {
        Ok(self.topic.begin(call).await?.into_iter().map(|(_, order)| ((), order)).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<((), Order)>> {
        let order = self.topic.order_of(call, entry).await?;
        Ok(order.filter(|_| entry.kind == self.kind).map(|order| ((), order)))
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

pub(super) async fn under_way(call: &Call, store: StoreId) -> Result<Vec<Order>> {
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
