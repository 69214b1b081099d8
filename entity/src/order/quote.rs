//! A price that was put together and kept: a car, what goes with it, how it is paid (C044).

use sea_orm::entity::prelude::*;

use crate::ids::{ConfigurationId, CustomerId, FinancePlanId, OrderId, QuoteId, StoreId, TrimId};
use crate::values::{Codes, QuotedBenefits, QuotedLines};

/// A price that was put together and kept: a car, what goes with it, how it is paid (C044).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "order_quote")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuoteId,
    pub customer_id: CustomerId,
    /// The store that made it, or that the customer wants to buy from.
    pub store_id: Option<StoreId>,
    pub created_by: String,
    pub configuration_id: ConfigurationId,
    pub trim_id: TrimId,
    /// Snapshot.
    pub option_codes: Codes,
    /// Where it will be registered.
    pub city_code: String,
    /// Snapshot.
    pub benefits: QuotedBenefits,
    /// Snapshot.
    pub lines: QuotedLines,
    pub payable_minor: i64,
    /// What the vehicle invoice would say: what is financed.
    pub invoice_minor: i64,
    pub price_version: i32,
    pub finance_plan_id: Option<FinancePlanId>,
    /// With a plan, and only then.
    pub finance_months: Option<i32>,
    /// With a plan, and only then.
    pub down_payment_minor: Option<i64>,
    /// The moment that the price is of.
    pub priced_at: DateTimeUtc,
    pub held_until: DateTimeUtc,
    /// The order that was placed with it.
    pub order_id: Option<OrderId>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
