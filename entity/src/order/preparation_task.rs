//! That something was done before a hand-over, by somebody's word (C088).

use sea_orm::entity::prelude::*;

use crate::ids::OrderId;
use crate::vocabulary::PreparationCode;

/// That something was done before a hand-over, by somebody's word (C088).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "preparation_task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: OrderId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: PreparationCode,
    pub done_by: String,
    pub done_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
