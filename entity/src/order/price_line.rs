//! One line of the price breakdown (C060).

use sea_orm::entity::prelude::*;

use crate::ids::{OrderId, PriceLineId};
use crate::vocabulary::PriceLineKind;

/// One line of the price breakdown (C060).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "order_price_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PriceLineId,
    pub order_id: OrderId,
    pub position: i32,
    pub kind: PriceLineKind,
    pub code: String,
    pub label_zh: String,
    pub label_en: String,
    /// Signed: what lowers the price is negative.
    pub amount_minor: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
