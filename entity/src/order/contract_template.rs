//! What contracts are drawn up from (C070). A version never changes; a change is the next version.

use sea_orm::entity::prelude::*;

use crate::ids::ContractTemplateId;
use crate::values::Clauses;
use crate::vocabulary::SalesModel;

/// What contracts are drawn up from (C070). A version never changes; a change is the next version.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "contract_template")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContractTemplateId,
    /// With the version unique.
    pub code: String,
    pub template_version: i32,
    pub name_zh: String,
    pub name_en: String,
    /// Only for orders that are sold so; none for all.
    pub sales_model: Option<SalesModel>,
    pub clauses: Clauses,
    pub published_by: String,
    pub published_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
