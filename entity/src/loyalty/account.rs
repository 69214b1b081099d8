//! One account a customer.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, LoyaltyAccountId, TierId};

/// One account a customer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "loyalty_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LoyaltyAccountId,
    /// Unique.
    pub customer_id: CustomerId,
    /// Points that can be spent; never below zero.
    pub balance: i64,
    pub pending: i64,
    /// Points spent and later reversed.
    pub debt: i64,
    /// Growth of the rolling year.
    pub growth: i64,
    pub tier_id: TierId,
    pub tier_since: DateTimeUtc,
    pub tier_expires_at: DateTimeUtc,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
