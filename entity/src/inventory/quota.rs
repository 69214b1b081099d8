//! How many cars a store has, one in, one out (C099).

use sea_orm::entity::prelude::*;

use crate::ids::{StockQuotaId, StoreId, TrimId, VehicleModelId};
use crate::vocabulary::{StockQuotaMode, StockQuotaScope};

/// How many cars a store has, one in, one out (C099).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "stock_quota")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StockQuotaId,
    pub store_id: StoreId,
    pub scope: StockQuotaScope,
    /// Of the scope MODEL.
    pub model_id: Option<VehicleModelId>,
    /// Of the scope TRIM.
    pub trim_id: Option<TrimId>,
    /// What it is about: of one thing a store has one quota at a time.
    pub subject: String,
    /// How many cars.
    pub cap: i32,
    pub mode: StockQuotaMode,
    pub effective_from: DateTimeUtc,
    pub effective_to: Option<DateTimeUtc>,
    /// When an operator ended it.
    pub ended_at: Option<DateTimeUtc>,
    pub changed_by: String,
    pub created_at: DateTimeUtc,
    pub changed_at: DateTimeUtc,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
