//! What one says about sales.

use async_graphql::{ID, InputObject};
use entity::order::deal_price;
use entity::{PrefixedId, StoreId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way};

use crate::graph::Result;
use crate::graph::node::parse_id;
use crate::graph::scalars::{CityCode, Date, Decimal};
use crate::store::page::{SortKey, Sorting};

/// Which sales.
#[derive(InputObject, Default)]
pub struct DealPriceWhereInput {
    /// Only of this store.
    pub store_id: Option<ID>,
}

impl DealPriceWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self) -> Result<Condition> {
        let Some(id) = self.store_id else { return Ok(Condition::all()) };
        let store = parse_id::<StoreId>("where.storeId", &id)?;
        Ok(Condition::all().add(deal_price::Column::StoreId.eq(store)))
    }
}

/// Newest first.
pub fn newest() -> Sorting<deal_price::Model> {
    use deal_price::Column;
    let column = |column| Expr::col((deal_price::Entity, column));
    let key = SortKey::new(column(Column::CreatedAt), Way::Desc, |row: &deal_price::Model| row.created_at.into());
    Sorting::new("deal-price", "newest", key, column(Column::Id), |row| row.id.uuid())
}

/// A sale to tell of.
#[derive(InputObject)]
pub struct DealPriceReportInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The tax office's number of the invoice, 8 to 20 digits. A sale that was told of before is told anew.
    pub invoice_number: String,
    /// What was sold, as in `trm_01J…`.
    pub trim_id: ID,
    /// Where the car was registered.
    pub city_code: CityCode,
    /// What was paid for the car without options, tax and fees, discounts taken off, yuan; 10,000 to 10,000,000.
    pub price: Decimal,
    /// Day of the invoice, of the last 365.
    pub sold_on: Date,
}
