//! What one may follow in the inventory room (domain.md 3.8).

use async_graphql::{Context, Enum, ID, Subscription};
use entity::inventory::{alert, transfer};
use entity::place::store;
use entity::{EventKind, StockAlertId, StockTransferId, StoreId, VehicleUnitId};
use futures_util::Stream;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::links::{StockAlertById, StockTransferById, VehicleUnitById};
use super::policy;
use super::store::alert::STANDING;
use super::store::transfer::MOVING;
use super::types::{StockAlert, StockTransfer, VehicleUnit};
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::events::position::Position;
use crate::graph::answer::selected_below;
use crate::graph::live::{Live, News, absent, lost, news, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};

/// What a message says.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VehicleUpdateKind {
    /// The state to begin with; replaces what the client knew of the car.
    Snapshot,
    /// It is held.
    Reserved,
    /// A hold of it ended.
    Released,
    /// It went on its way, or its state changed otherwise.
    StatusChanged,
}

stream_message! {
    /// News of a car. What it shows of the car is read when it is sent, and so at least as new as its number.
    pub struct VehicleUpdate {
        /// What the message says.
        pub kind: VehicleUpdateKind,
        /// The car, as the caller sees it.
        pub vehicle: VehicleUnit,
    }
}

stream_message! {
    /// An alert of a store's stock that was raised, taken up, taken higher or closed. What it shows of the alert is read when it is
    /// sent, and so at least as new as its number.
    pub struct StockAlertUpdate {
        /// Whether it belongs to the state to begin with, which replaces what the client knew; else it is news.
        pub snapshot: bool,
        /// The alert.
        pub alert: StockAlert,
    }
}

stream_message! {
    /// A transfer from or to a store, or of a car that it has sold, that was asked for, or went on. What it shows of the transfer is read when it is sent, and so at
    /// least as new as its number.
    pub struct StockTransferUpdate {
        /// Whether it belongs to the state to begin with, which replaces what the client knew; else it is news.
        pub snapshot: bool,
        /// The transfer.
        pub transfer: StockTransfer,
    }
}

/// Most alerts or transfers to begin with, newest first.
const MAX_SNAPSHOT: u64 = 100;

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "InventorySubscriptions")]
impl Subscriptions {
    /// Where a car stands between plan and handover, and whether it is held.
    ///
    /// It begins with the present state, unless it goes on from a position. Each message is judged by the rights of its
    /// moment; when the car is no longer the caller's to see, the stream ends with `FORBIDDEN`. A car that the caller may
    /// not see is `NOT_FOUND`.
    async fn vehicle_status_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this car: one that the published policies show, or one on an order of the caller's.")]
        vehicle_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this car: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<VehicleUpdate>>> + 'a> {
        let call = ctx.call();
        let id: VehicleUnitId = parse_id("vehicleId", &vehicle_id)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        policy::readable(call, &*policy::sight(call).await?).or_refuse(&call.viewer)?;
        news(ctx, stream_of("vehicle", id), after, Car(id), VehicleUpdate::stamped).await
    }

    /// Alerts of a store's stock, as they are raised, taken up, taken higher and closed (C098).
    ///
    /// It begins with those that stand, the newest 100, unless it goes on from a position. Each message is judged by the rights of its
    /// moment.
    async fn stock_alert_raised<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this store: staff their own, operators any.")] store_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this store: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<StockAlertUpdate>>> + 'a> {
        let (id, after) = store(ctx.call(), &store_id, after.as_deref(), after_sequence)?;
        news(ctx, stream_of("store", id), after, Alerts(id), StockAlertUpdate::stamped).await
    }

    /// Transfers from and to a store, and of cars that it has sold, as they are asked for and go on (C103).
    ///
    /// It begins with those that are open, the newest 100, unless it goes on from a position. Each message is judged by the rights of
    /// its moment.
    async fn stock_transfer_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this store: staff their own, operators any.")] store_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this store: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<StockTransferUpdate>>> + 'a> {
        let (id, after) = store(ctx.call(), &store_id, after.as_deref(), after_sequence)?;
        news(ctx, stream_of("store", id), after, Transfers(id), StockTransferUpdate::stamped).await
    }
}

/// The store that is followed, and from where.
fn store(
    call: &Call,
    id: &ID,
    after: Option<&str>,
    after_sequence: Option<Int64>,
) -> Result<(StoreId, Option<Position>)> {
    let id: StoreId = parse_id("storeId", id)?;
    let after = position(call, after, after_sequence)?;
    if call.viewer.may_follow(id) { Ok((id, after)) } else { Err(call.viewer.refused()) }
}

async fn is_there(call: &Call, id: StoreId) -> Result<()> {
    store::Entity::find_by_id(id).one(call.db()).await?.map(|_| ()).ok_or_else(absent)
}

/// A store whose alerts are followed.
struct Alerts(StoreId);

impl News for Alerts {
    type Said = bool;
    type Thing = StockAlert;
    const FIELD: &'static str = "alert";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<StockAlertById>(selected_below::<StockAlert>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        is_there(call, self.0).await
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(bool, StockAlert)>> {
        let rows = alert::Entity::find()
            .filter(policy::alerts(&call.viewer).or_nothing())
            .filter(alert::Column::StoreId.eq(self.0))
            .filter(Expr::cust(STANDING))
            .order_by_desc(alert::Column::RaisedAt)
            .order_by_desc(alert::Column::Id)
            .limit(MAX_SNAPSHOT)
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (true, StockAlert(row))).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(bool, StockAlert)>> {
        let id = entry.aggregate_id.parse::<StockAlertId>().ok().filter(|_| entry.kind == EventKind::StockAlertChanged);
        let Some(id) = id else { return Ok(None) };
        let alert = call.link::<StockAlertById>().one(id).await?;
        Ok(alert.filter(|alert| alert.0.store_id == Some(self.0)).map(|alert| (false, alert)))
    }
}

/// A store whose transfers are followed.
struct Transfers(StoreId);

impl News for Transfers {
    type Said = bool;
    type Thing = StockTransfer;
    const FIELD: &'static str = "transfer";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<StockTransferById>(selected_below::<StockTransfer>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        is_there(call, self.0).await
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(bool, StockTransfer)>> {
        let of_store = policy::transfer_ways(self.0).into_iter().fold(Condition::any(), Condition::add);
        let rows = transfer::Entity::find()
            .filter(policy::transfers(&call.viewer).or_nothing())
            .filter(of_store)
            .filter(Expr::cust(MOVING))
            .order_by_desc(transfer::Column::RequestedAt)
            .order_by_desc(transfer::Column::Id)
            .limit(MAX_SNAPSHOT)
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (true, StockTransfer(row))).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(bool, StockTransfer)>> {
        let told = entry.kind == EventKind::StockTransferChanged;
        let id = entry.aggregate_id.parse::<StockTransferId>().ok().filter(|_| told);
        let Some(id) = id else { return Ok(None) };
        Ok(call.link::<StockTransferById>().one(id).await?.map(|transfer| (false, transfer)))
    }
}

/// A car that is followed.
struct Car(VehicleUnitId);

impl Car {
    async fn seen(&self, call: &Call) -> Result<VehicleUnit> {
        call.link::<VehicleUnitById>().one(self.0).await?.ok_or_else(lost)
    }
}

impl News for Car {
    type Said = VehicleUpdateKind;
    type Thing = VehicleUnit;
    const FIELD: &'static str = "vehicle";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<VehicleUnitById>(selected_below::<VehicleUnit>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        call.link::<VehicleUnitById>().one(self.0).await?.map(|_| ()).ok_or_else(absent)
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(VehicleUpdateKind, VehicleUnit)>> {
        Ok(vec![(VehicleUpdateKind::Snapshot, self.seen(call).await?)])
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(VehicleUpdateKind, VehicleUnit)>> {
        let car = self.seen(call).await?;
        let kind = match entry.kind {
            EventKind::VehicleReserved => VehicleUpdateKind::Reserved,
            EventKind::VehicleReleased => VehicleUpdateKind::Released,
            EventKind::VehicleStatusChanged => VehicleUpdateKind::StatusChanged,
            _ => return Ok(None),
        };
        Ok(Some((kind, car)))
    }
}
