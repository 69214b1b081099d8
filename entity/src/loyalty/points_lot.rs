//! Points earned at once, with their expiry (domain.md 3.3).

use sea_orm::entity::prelude::*;

use crate::ids::{LoyaltyAccountId, PointsLotId};
use crate::vocabulary::LotState;

/// Points earned at once, with their expiry (domain.md 3.3).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "points_lot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PointsLotId,
    pub account_id: LoyaltyAccountId,
    pub rule_code: String,
    pub source_type: String,
    /// Unique with rule and source type.
    pub source_id: String,
    pub earned: i64,
    /// 0 to `earned`.
    pub remaining: i64,
    pub state: LotState,
    pub earned_at: DateTimeUtc,
    pub activates_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
