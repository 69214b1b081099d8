//! A saved choice of trim and options.

use sea_orm::entity::prelude::*;

use crate::ids::{ConfigurationId, CustomerId, TrimId};
use crate::values::Codes;

/// A saved choice of trim and options.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "configuration")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConfigurationId,
    /// Unique short code to share.
    pub code: String,
    pub customer_id: Option<CustomerId>,
    pub trim_id: TrimId,
    /// Sorted.
    pub option_codes: Codes,
    pub city_code: Option<String>,
    pub ruleset_version: i32,
    pub price_minor: i64,
    pub lead_time_days: i32,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
