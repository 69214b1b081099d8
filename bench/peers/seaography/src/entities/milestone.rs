//! A step of an order: the table as it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "milestone")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub code: String,
    pub position: i32,
    pub state: String,
    pub planned_at: Option<DateTimeUtc>,
    pub forecast_p50: Option<DateTimeUtc>,
    pub forecast_p90: Option<DateTimeUtc>,
    pub actual_at: Option<DateTimeUtc>,
    pub note: Option<String>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::customer_order::Entity",
        from = "Column::OrderId",
        to = "super::customer_order::Column::Id"
    )]
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
