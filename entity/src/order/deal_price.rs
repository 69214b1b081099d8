//! A sale of a dealer's that was not ordered here, as the dealer tells of it (C062).

use sea_orm::entity::prelude::*;

use crate::ids::{DealPriceId, StoreId, TrimId};

/// A sale of a dealer's that was not ordered here, as the dealer tells of it (C062).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "deal_price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DealPriceId,
    pub store_id: StoreId,
    /// The tax office's number of the dealer's invoice; once for each store.
    pub invoice_number: String,
    pub trim_id: TrimId,
    /// Where the car was registered.
    pub city_code: String,
    /// List price less discounts, without options, tax and fees; fen.
    pub price_minor: i64,
    /// Day of the invoice.
    pub sold_on: Date,
    pub reported_by: String,
    /// Counts how often it was told anew.
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
