//! One line of the ledger.

use sea_orm::entity::prelude::*;

use crate::ids::{LoyaltyAccountId, PointsEntryId, PointsLotId};
use crate::vocabulary::PointsEntryKind;

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "points_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PointsEntryId,
    pub account_id: LoyaltyAccountId,
    pub lot_id: Option<PointsLotId>,
    pub kind: PointsEntryKind,
    /// Signed.
    pub points: i64,
    pub balance_after: i64,
    pub reason: String,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
