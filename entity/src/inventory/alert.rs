//! Something that a rule has found in a stock (C098).

use sea_orm::entity::prelude::*;

use crate::ids::{StockAlertId, StockAlertRuleId, StoreId, VehicleUnitId};
use crate::vocabulary::{AgeBand, StockAlertLevel, StockAlertState};

/// Something that a rule has found in a stock (C098).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "stock_alert")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StockAlertId,
    pub rule_id: StockAlertRuleId,
    /// The car, of rules that look at cars.
    pub vehicle_id: Option<VehicleUnitId>,
    /// The store that has it; none at a plant or hub.
    pub store_id: Option<StoreId>,
    /// The band of its age, of rules that look at ages.
    pub band: Option<AgeBand>,
    /// What it is about, with its band: of one thing one alert of a rule stands at a time.
    pub subject: String,
    /// Days, cars or per cent, when it was raised.
    pub value: i32,
    pub level: StockAlertLevel,
    pub state: StockAlertState,
    pub raised_at: DateTimeUtc,
    pub escalated_at: Option<DateTimeUtc>,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<DateTimeUtc>,
    pub note: Option<String>,
    pub closed_at: Option<DateTimeUtc>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
