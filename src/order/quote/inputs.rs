//! What one says about kept prices.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::order::quote;
use entity::{CustomerId, PrefixedId, QuoteState, StoreId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way};

use crate::graph::Result;
use crate::graph::node::parse_id;
use crate::graph::scalars::{CityCode, Decimal};
use crate::store::page::{SortKey, Sorting};

/// Which kept prices.
#[derive(InputObject, Default)]
pub struct QuoteWhereInput {
    /// Only in this state.
    pub state: Option<QuoteState>,
    /// Only of this customer.
    pub customer_id: Option<ID>,
    /// Only of this store.
    pub store_id: Option<ID>,
}

impl QuoteWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self, now: DateTime<Utc>) -> Result<Condition> {
        use quote::Column as Quote;
        let mut all = Condition::all();
        all = match self.state {
            None => all,
            Some(QuoteState::Ordered) => all.add(Quote::OrderId.is_not_null()),
            Some(QuoteState::Open) => all.add(Quote::OrderId.is_null()).add(Quote::HeldUntil.gt(now)),
            Some(QuoteState::Expired) => all.add(Quote::OrderId.is_null()).add(Quote::HeldUntil.lte(now)),
        };
        if let Some(id) = self.customer_id {
            all = all.add(Quote::CustomerId.eq(parse_id::<CustomerId>("where.customerId", &id)?));
        }
        if let Some(id) = self.store_id {
            all = all.add(Quote::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        Ok(all)
    }
}

/// Newest first.
pub fn newest() -> Sorting<quote::Model> {
    let column = |column| Expr::col((quote::Entity, column));
    let key = SortKey::new(column(quote::Column::CreatedAt), Way::Desc, |row: &quote::Model| row.created_at.into());
    Sorting::new("quote", "newest", key, column(quote::Column::Id), |row| row.id.uuid())
}

/// How a car is to be paid over time.
#[derive(InputObject)]
pub struct QuoteFinanceInput {
    /// The plan, as in `fpl_01J…`; one of `financePlans`.
    pub plan_id: ID,
    /// One of the plan's terms, months.
    pub months: i32,
    /// What is paid at once, yuan; the plan's least when left out.
    pub down_payment: Option<Decimal>,
}

/// What to put together and keep.
#[derive(InputObject)]
pub struct QuoteSaveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The kept price to put together anew, as in `quo_01J…`; left out for a new one.
    pub quote_id: Option<ID>,
    /// The version that was read; needed with `quoteId`, and only then.
    pub expected_version: Option<i32>,
    /// For whom, as in `cus_01J…`: staff say it with a new one; customers keep prices for themselves alone.
    pub customer_id: Option<ID>,
    /// The store that the car is to be bought from; staff's is their own.
    pub store_id: Option<ID>,
    /// What car: a saved configuration of the customer's, or one that is nobody's.
    pub configuration_id: ID,
    /// Where the car is to be registered.
    pub city_code: CityCode,
    /// Packages that are had besides the car, as in `bnp_01J…`; those of `benefitPackages`, at most ten.
    #[graphql(default)]
    pub benefit_package_ids: Vec<ID>,
    /// How it is to be paid over time; at once when left out.
    pub finance: Option<QuoteFinanceInput>,
}
