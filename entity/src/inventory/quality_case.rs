//! A damage to a car, from its report to its end (C101).

use sea_orm::entity::prelude::*;

use crate::ids::{OrderId, QualityDamageCaseId, VehicleUnitId};
use crate::values::Codes;
use crate::vocabulary::{
    QualityDamageKind, QualityDamageLiability, QualityDamageNode, QualityDamagePosition, QualityDamageSeverity,
    QualityDamageState, QualitySwapState,
};

/// A damage to a car, from its report to its end (C101).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "quality_damage_case")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QualityDamageCaseId,
    pub vehicle_id: VehicleUnitId,
    /// The order that had the car when it was reported; a car that is held is given to none.
    pub order_id: Option<OrderId>,
    pub state: QualityDamageState,
    /// Where it was found.
    pub node: QualityDamageNode,
    /// Who carried the car, by name.
    pub carrier: Option<String>,
    pub severity: QualityDamageSeverity,
    pub position: QualityDamagePosition,
    pub kind: QualityDamageKind,
    pub description: String,
    /// Addresses.
    pub photos: Codes,
    pub liability: Option<QualityDamageLiability>,
    /// Who that is, by name.
    pub liable_party: Option<String>,
    /// What it costs, fen.
    pub cost_minor: Option<i64>,
    pub repair_note: Option<String>,
    /// What whoever buys the car is told.
    pub disclosure: Option<String>,
    /// When the car is expected to be well again.
    pub expected_at: Option<DateTimeUtc>,
    pub reported_by: String,
    /// Of a system that reports: its number of it, unique with `reported_by`.
    pub number: Option<String>,
    /// When it was found.
    pub found_at: DateTimeUtc,
    pub reported_at: DateTimeUtc,
    /// When it came to an end.
    pub ended_at: Option<DateTimeUtc>,
    pub swap_state: Option<QualitySwapState>,
    /// Why the store keeps to the car, for the customer.
    pub swap_answer: Option<String>,
    pub swap_requested_at: Option<DateTimeUtc>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
