//! Which lots paid, so that a cancelled redemption can give back.

use sea_orm::entity::prelude::*;

use crate::ids::{PointsLotId, RedemptionId};

/// Which lots paid, so that a cancelled redemption can give back.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "redemption_lot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub redemption_id: RedemptionId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lot_id: PointsLotId,
    pub points: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
