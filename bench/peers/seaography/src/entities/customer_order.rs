//! An order: the table as it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: String,
    pub customer_id: Uuid,
    pub store_id: Uuid,
    pub delivery_store_id: Uuid,
    pub consultant_id: Option<Uuid>,
    pub sales_model: String,
    pub fulfillment_mode: String,
    pub configuration_id: Uuid,
    pub trim_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub option_codes: Json,
    pub city_code: String,
    pub status: String,
    pub payment_status: String,
    pub vehicle_id: Option<Uuid>,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub buyer_name: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub buyer_id_number: Option<Vec<u8>>,
    pub total_minor: i64,
    pub paid_minor: i64,
    pub has_open_change_request: bool,
    pub cancel_reason: Option<String>,
    pub eta_earliest: Option<Date>,
    pub eta_likely: Option<Date>,
    pub eta_latest: Option<Date>,
    pub eta_confidence: String,
    pub eta_as_of: DateTimeUtc,
    pub promised_by: Option<Date>,
    pub placed_at: Option<DateTimeUtc>,
    pub contract_started_at: Option<DateTimeUtc>,
    pub lock_deadline: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::customer::Entity", from = "Column::CustomerId", to = "super::customer::Column::Id")]
    Customer,
    #[sea_orm(
        belongs_to = "super::vehicle_unit::Entity",
        from = "Column::VehicleId",
        to = "super::vehicle_unit::Column::Id"
    )]
    VehicleUnit,
    #[sea_orm(belongs_to = "super::trim::Entity", from = "Column::TrimId", to = "super::trim::Column::Id")]
    Trim,
    #[sea_orm(belongs_to = "super::store::Entity", from = "Column::StoreId", to = "super::store::Column::Id")]
    Store,
    #[sea_orm(has_many = "super::milestone::Entity")]
    Milestone,
}

impl Related<super::customer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Customer.def()
    }
}

impl Related<super::vehicle_unit::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::VehicleUnit.def()
    }
}

impl Related<super::trim::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Trim.def()
    }
}

impl Related<super::store::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Store.def()
    }
}

impl Related<super::milestone::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Milestone.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelatedEntity)]
pub enum RelatedEntity {
    #[sea_orm(entity = "super::customer::Entity")]
    Customer,
    #[sea_orm(entity = "super::vehicle_unit::Entity")]
    VehicleUnit,
    #[sea_orm(entity = "super::trim::Entity")]
    Trim,
    #[sea_orm(entity = "super::store::Entity")]
    Store,
    #[sea_orm(entity = "super::milestone::Entity")]
    Milestone,
}
