//! A model: the table as it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vehicle_model")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub tagline_zh: String,
    pub tagline_en: String,
    pub body_type: String,
    pub position: i32,
    pub on_sale: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(has_many = "super::trim::Entity")]
    Trim,
}

impl Related<super::trim::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Trim.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
pub enum RelatedEntity {
    #[sea_orm(entity = "super::trim::Entity")]
    Trim,
}
