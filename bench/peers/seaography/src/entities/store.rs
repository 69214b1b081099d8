//! A store: the table as it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "store")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub sales_model: String,
    pub city_code: String,
    pub address_zh: String,
    pub address_en: String,
    pub latitude: f64,
    pub longitude: f64,
    pub opens_at: String,
    pub closes_at: String,
    pub service_radius_km: i32,
    pub delivery_center: bool,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(has_many = "super::customer_order::Entity")]
    CustomerOrder,
}

impl Related<super::customer_order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::CustomerOrder.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
pub enum RelatedEntity {
    #[sea_orm(entity = "super::customer_order::Entity")]
    CustomerOrder,
}
