//! An application for a loan over an order's car (C068; domain.md 3.2).

use sea_orm::entity::prelude::*;

use crate::ids::{ConsentId, FinanceApplicationId, FinancePlanId, OrderId, OrganizationId};
use crate::vocabulary::{FinanceApplicationState, FinanceMethod};

/// An application for a loan over an order's car (C068; domain.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "finance_application")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FinanceApplicationId,
    pub order_id: OrderId,
    pub plan_id: FinancePlanId,
    pub lender_id: OrganizationId,
    /// On which it relies (PIPL 29); none of one that the lender brought, who has it.
    pub consent_id: Option<ConsentId>,
    pub state: FinanceApplicationState,
    /// As the plan was when it was applied for.
    pub method: FinanceMethod,
    pub months: i32,
    pub annual_rate_bp: i32,
    pub down_payment_minor: i64,
    /// What is to be lent.
    pub principal_minor: i64,
    pub monthly_minor: i64,
    /// What the lender lends, once it has said so.
    pub approved_minor: Option<i64>,
    /// The lender's number; of one lender unique when present.
    pub lender_reference: Option<String>,
    /// The lender's page, on which the customer gives what it asks for.
    pub form_url: Option<String>,
    /// The lender's word: what is missing, under which conditions, why not.
    pub lender_note: Option<String>,
    pub created_at: DateTimeUtc,
    pub submitted_at: Option<DateTimeUtc>,
    /// When the lender approved or rejected it.
    pub decided_at: Option<DateTimeUtc>,
    /// Until when an approval holds.
    pub expires_at: Option<DateTimeUtc>,
    /// When the lender came to what it last said, by its own clock; what it says of before is old.
    pub state_at: Option<DateTimeUtc>,
    /// When the lender was last asked about it.
    pub checked_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
