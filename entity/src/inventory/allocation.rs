//! A hold (SOFT) or an assignment (HARD) of a car (C079, C102).

use sea_orm::entity::prelude::*;

use crate::ids::{AllocationId, OrderId, StoreId, VehicleUnitId};
use crate::vocabulary::AllocationKind;

/// A hold (SOFT) or an assignment (HARD) of a car (C079, C102).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "allocation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AllocationId,
    pub vehicle_id: VehicleUnitId,
    pub order_id: Option<OrderId>,
    pub store_id: Option<StoreId>,
    pub kind: AllocationKind,
    pub actor: String,
    pub expires_at: Option<DateTimeUtc>,
    pub released_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
