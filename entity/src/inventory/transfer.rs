//! A car that goes from one store to another (C103).

use sea_orm::entity::prelude::*;

use crate::ids::{OrderId, StockTransferId, StoreId, VehicleUnitId};
use crate::vocabulary::StockTransferState;

/// A car that goes from one store to another (C103).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "stock_transfer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StockTransferId,
    pub vehicle_id: VehicleUnitId,
    /// The store that had it when it was asked for.
    pub from_store_id: StoreId,
    /// The store that asks.
    pub to_store_id: StoreId,
    pub state: StockTransferState,
    /// Why it is asked for.
    pub reason: Option<String>,
    /// What was said with the decision.
    pub answer: Option<String>,
    pub requested_by: String,
    pub requested_at: DateTimeUtc,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTimeUtc>,
    pub expected_at: Option<DateTimeUtc>,
    pub shipped_at: Option<DateTimeUtc>,
    pub received_at: Option<DateTimeUtc>,
    /// The car of the store that asks which goes out for it (C099).
    pub out_vehicle_id: Option<VehicleUnitId>,
    pub version: i32,
    /// The order that has the car and is handed over where it goes (C082).
    pub order_id: Option<OrderId>,
    /// The store that sells that order.
    pub order_store_id: Option<StoreId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
