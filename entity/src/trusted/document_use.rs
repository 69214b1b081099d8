//! How often a version of an app asked for a trusted document, by day.

use sea_orm::entity::prelude::*;

/// How often a version of an app asked for a trusted document, by day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "document_use")]
pub struct Model {
    /// The app, by its name in the settings.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client: String,
    /// The document, by the hash of its normal form; or what of the schema is to go and was used, by its coordinate.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document: String,
    /// As the app says it; empty when it does not.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    /// In UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    pub uses: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
