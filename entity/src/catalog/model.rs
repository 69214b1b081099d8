//! A model as it is advertised (C041).

use sea_orm::entity::prelude::*;

use crate::ids::VehicleModelId;
use crate::values::Media;
use crate::vocabulary::BodyType;

/// A model as it is advertised (C041).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "vehicle_model")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VehicleModelId,
    /// Unique, as in `c5`.
    pub slug: String,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub tagline_zh: String,
    pub tagline_en: String,
    pub body_type: BodyType,
    /// Order on the home page.
    pub position: i32,
    pub on_sale: bool,
    /// What shows it, in order.
    pub media: Media,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
