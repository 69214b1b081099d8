//! Points given for an item.

use sea_orm::entity::prelude::*;

use crate::ids::{LoyaltyAccountId, RedemptionId, RedemptionItemId};
use crate::vocabulary::RedemptionStatus;

/// Points given for an item.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "redemption")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RedemptionId,
    pub account_id: LoyaltyAccountId,
    /// Empty when points alone were redeemed at a till.
    pub item_id: Option<RedemptionItemId>,
    pub points: i64,
    pub status: RedemptionStatus,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
