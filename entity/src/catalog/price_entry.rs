//! The price of one trim in a book.

use sea_orm::entity::prelude::*;

use crate::ids::{PriceBookId, TrimId};

/// The price of one trim in a book.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "price_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub price_book_id: PriceBookId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub trim_id: TrimId,
    pub msrp_minor: i64,
    pub discount_minor: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
