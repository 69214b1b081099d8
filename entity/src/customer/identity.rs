//! A verified way to recognise a customer; unique by provider and hash.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, CustomerIdentityId};
use crate::values::Blind;
use crate::vocabulary::IdentityProvider;

/// A verified way to recognise a customer; unique by provider and hash.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "customer_identity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerIdentityId,
    pub customer_id: CustomerId,
    pub provider: IdentityProvider,
    pub external_hash: Blind,
    pub verified_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
