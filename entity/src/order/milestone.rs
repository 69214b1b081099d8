//! One node of the delivery graph (C086; domain.md 3.2).

use sea_orm::entity::prelude::*;

use crate::ids::{MilestoneId, OrderId, QualityDamageCaseId};
use crate::vocabulary::{MilestoneCode, MilestoneState, Party};

/// One node of the delivery graph (C086; domain.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "milestone")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MilestoneId,
    pub order_id: OrderId,
    pub code: MilestoneCode,
    pub position: i32,
    pub state: MilestoneState,
    pub planned_at: Option<DateTimeUtc>,
    pub forecast_p50: Option<DateTimeUtc>,
    pub forecast_p90: Option<DateTimeUtc>,
    /// While the customer's payment is waited for: the day from which on the forecast moves with the day.
    pub forecast_moves_from: Option<Date>,
    pub actual_at: Option<DateTimeUtc>,
    pub note: Option<String>,
    /// The damage of the order's car that delays it; none where somebody has told another reason since.
    pub delay_case_id: Option<QualityDamageCaseId>,
    /// With it: until when somebody had told that it is delayed for another reason before.
    pub delay_before_p50: Option<DateTimeUtc>,
    pub delay_before_p90: Option<DateTimeUtc>,
    /// Of the order's template: customers are not shown it.
    pub hidden: bool,
    /// Of the order's template: within how many hours it is to be reached once those before it are.
    pub sla_hours: Option<i32>,
    /// Of the order's template: who is to act, where it is not whom the graph names.
    pub party: Option<Party>,
    /// Since when nothing before it is wanted; only while it is not reached.
    pub open_since: Option<DateTimeUtc>,
    /// Until when it is, or was, to be reached by its hours; none while something before it is wanted.
    pub due_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
