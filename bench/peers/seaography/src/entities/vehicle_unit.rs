//! A car: the table as it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vehicle_unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub vin: Option<String>,
    pub trim_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub option_codes: Json,
    pub physical_status: String,
    pub commercial_status: String,
    pub resume_to: Option<String>,
    pub stock_type: String,
    pub sales_model: String,
    pub owner_organization_id: Uuid,
    pub store_id: Option<Uuid>,
    pub city_code: String,
    pub latitude: f64,
    pub longitude: f64,
    pub unit_x: f64,
    pub unit_y: f64,
    pub unit_z: f64,
    pub production_slot_id: Option<Uuid>,
    pub expected_at: Option<DateTimeUtc>,
    pub built_at: Option<DateTimeUtc>,
    pub received_at: Option<DateTimeUtc>,
    pub stock_since: DateTimeUtc,
    pub price_minor: i64,
    pub cost_minor: i64,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
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
