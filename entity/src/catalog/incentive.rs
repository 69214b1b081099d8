//! Policy or offer that lowers what one pays (C054; domain.md 4.2).

use sea_orm::entity::prelude::*;

use crate::ids::{IncentiveId, TrimId};
use crate::vocabulary::{IncentiveAmountKind, IncentiveKind, IncentivePayer, Powertrain};

/// Policy or offer that lowers what one pays (C054; domain.md 4.2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "incentive")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IncentiveId,
    /// Unique.
    pub code: String,
    pub kind: IncentiveKind,
    pub name_zh: String,
    pub name_en: String,
    pub payer: IncentivePayer,
    /// Empty: nationwide.
    pub city_code: Option<String>,
    pub amount_kind: IncentiveAmountKind,
    /// For `FIXED`.
    pub amount_minor: i64,
    /// Basis points for `PERCENT`.
    pub rate_bp: i32,
    pub cap_minor: Option<i64>,
    pub min_invoice_minor: i64,
    pub powertrain: Option<Powertrain>,
    pub trim_id: Option<TrimId>,
    pub requires_old_vehicle: bool,
    /// At most one of a group applies.
    pub stack_group: Option<String>,
    pub paid_at_sale: bool,
    pub starts_on: Date,
    /// Inclusive.
    pub ends_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
