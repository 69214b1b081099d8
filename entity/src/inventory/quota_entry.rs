//! What goes out of a stock with a quota, and what comes in for it (C099).

use sea_orm::entity::prelude::*;

use crate::ids::{StockQuotaEntryId, StockQuotaId, StockTransferId, StoreId, VehicleUnitId};
use crate::vocabulary::StockQuotaEntryState;

/// What goes out of a stock with a quota, and what comes in for it (C099).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "one_in_one_out_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StockQuotaEntryId,
    pub quota_id: StockQuotaId,
    /// The quota's.
    pub store_id: StoreId,
    pub state: StockQuotaEntryState,
    /// A right that an operator opened, for which none went out.
    pub granted: bool,
    /// The car that goes out.
    pub out_vehicle_id: Option<VehicleUnitId>,
    /// When it went; before, it is named.
    pub out_at: Option<DateTimeUtc>,
    /// The car that comes in.
    pub in_vehicle_id: Option<VehicleUnitId>,
    /// When it was of the stock, on its way or there.
    pub in_at: Option<DateTimeUtc>,
    /// The transfer that it was promised to.
    pub transfer_id: Option<StockTransferId>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
