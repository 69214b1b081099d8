//! A package that was chosen with an order, as it was agreed (C069).

use sea_orm::entity::prelude::*;

use crate::ids::{BenefitPackageId, OrderBenefitId, OrderId};
use crate::values::BenefitItems;
use crate::vocabulary::BenefitKind;

/// A package that was chosen with an order, as it was agreed (C069).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "order_benefit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderBenefitId,
    pub order_id: OrderId,
    pub position: i32,
    /// What it was made of; what is offered may have changed since.
    pub package_id: BenefitPackageId,
    pub code: String,
    pub kind: BenefitKind,
    pub name_zh: String,
    pub name_en: String,
    pub terms_zh: String,
    pub terms_en: String,
    pub items: BenefitItems,
    pub price_minor: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
