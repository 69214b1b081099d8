//! A version of a model: the table as it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trim")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub model_id: Uuid,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub powertrain: String,
    pub battery_wh: i64,
    pub cltc_km: i32,
    pub total_range_km: Option<i32>,
    pub acceleration_ms: i32,
    pub seats: i32,
    pub all_wheel_drive: bool,
    pub purchase_tax_catalog: bool,
    pub model_year: i32,
    pub position: i32,
    pub on_sale: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::vehicle_model::Entity",
        from = "Column::ModelId",
        to = "super::vehicle_model::Column::Id"
    )]
    VehicleModel,
    #[sea_orm(has_many = "super::customer_order::Entity")]
    CustomerOrder,
}

impl Related<super::vehicle_model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::VehicleModel.def()
    }
}

impl Related<super::customer_order::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::CustomerOrder.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
pub enum RelatedEntity {
    #[sea_orm(entity = "super::vehicle_model::Entity")]
    VehicleModel,
    #[sea_orm(entity = "super::customer_order::Entity")]
    CustomerOrder,
}
