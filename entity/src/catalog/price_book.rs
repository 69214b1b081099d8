//! Dated list of prices (C059).

use sea_orm::entity::prelude::*;

use crate::ids::PriceBookId;
use crate::vocabulary::PriceBookStatus;

/// Dated list of prices (C059).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "price_book")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PriceBookId,
    pub code: String,
    pub price_version: i32,
    pub status: PriceBookStatus,
    pub effective_from: DateTimeUtc,
    pub effective_to: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
