//! When somebody is told of a stock (C098).

use sea_orm::entity::prelude::*;

use crate::ids::StockAlertRuleId;
use crate::values::Codes;
use crate::vocabulary::{StockAlertMetric, StockType};

/// When somebody is told of a stock (C098).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "stock_alert_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StockAlertRuleId,
    /// Unique.
    pub name: String,
    pub stock_type: StockType,
    pub metric: StockAlertMetric,
    /// Days, cars or per cent, by the metric.
    pub threshold: i32,
    /// Stores whose stock it looks at (prefixed ids); empty: all stock.
    pub store_ids: Codes,
    /// After how long an alert that nobody takes up is the region's.
    pub region_after_hours: Option<i32>,
    /// After how long it is the car maker's.
    pub oem_after_hours: Option<i32>,
    pub active: bool,
    /// When the stock was last looked at.
    pub checked_at: DateTimeUtc,
    pub changed_by: String,
    pub changed_at: DateTimeUtc,
    pub version: i32,
    /// Kilometres, of rules that look at what cars have run.
    pub mileage_km: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
