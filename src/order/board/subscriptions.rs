//! What one may follow of the board.

use async_graphql::{Context, ID, Subscription};
use entity::place::store;
use entity::{EventKind, OrderId, StoreId};
use futures_util::Stream;
use sea_orm::EntityTrait;

use super::super::links::OrderById;
use super::super::subscriptions::under_way;
use super::super::types::Order;
use super::policy::ON_BOARD;
use super::types::DeliveryBoardUpdateKind;
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::graph::answer::selected_below;
use crate::graph::live::{Live, News, absent, news, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};

stream_message! {
    /// News of a store's board. What it shows of the order is read when it is sent.
    pub struct DeliveryBoardUpdate {
        /// What the message says.
        pub kind: DeliveryBoardUpdateKind,
        /// The order; `currentMilestone` says where it stands now.
        pub order: Order,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "BoardSubscriptions")]
impl Subscriptions {
    /// The board of a store: which of the orders that it sells or hands over has moved; staff their own store, operators any.
    ///
    /// It begins with its orders, the newest 100, unless it goes on from a position. Each message is judged by the rights of its
    /// moment; an order that is no longer the caller's to see is not told of.
    async fn delivery_board_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "As in `sto_01J…`.")] store_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this store: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<DeliveryBoardUpdate>>> + 'a> {
        let call = ctx.call();
        let store: StoreId = parse_id("storeId", &store_id)?;
        if !call.viewer.may_follow(store) {
            return Err(call.viewer.refused());
        }
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, stream_of("store", store), after, Board(store), |stamp, kind, order: Order| {
            DeliveryBoardUpdate::stamped(stamp, kind, order)
        })
        .await
    }
}

/// The board of a store.
struct Board(StoreId);

/// Whether such an event moves an order on the board, or changes what the board shows of it.
fn moves(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::OrderStatusChanged
            | EventKind::MilestoneChanged
            | EventKind::EtaChanged
            | EventKind::PaymentChanged
            | EventKind::HandoverChanged
            | EventKind::ChangeRequestChanged
    )
}

impl News for Board {
    type Said = DeliveryBoardUpdateKind;
    type Thing = Order;
    const FIELD: &'static str = "order";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<OrderById>(selected_below::<Order>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        let found = store::Entity::find_by_id(self.0).one(call.db()).await?.is_some();
        if found { Ok(()) } else { Err(absent()) }
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(Self::Said, Order)>> {
        let orders = under_way(call, self.0).await?;
        Ok(orders.into_iter().map(|order| (DeliveryBoardUpdateKind::Snapshot, order)).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(Self::Said, Order)>> {
        let Some(id) = moves(entry.kind).then(|| entry.aggregate_id.parse::<OrderId>().ok()).flatten() else {
            return Ok(None);
        };
        let Some(order) = call.link::<OrderById>().one(id).await? else { return Ok(None) };
        let here = [order.0.store_id, order.0.delivery_store_id].contains(&self.0);
        let kind = if here && ON_BOARD.contains(&order.0.status) {
            DeliveryBoardUpdateKind::Moved
        } else {
            DeliveryBoardUpdateKind::Left
        };
        Ok(Some((kind, order)))
    }
}
