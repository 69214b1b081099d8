//! Finance plans; they are public.

use entity::FinancePlanId;
use entity::catalog::finance_plan;
use sea_orm::sea_query::Condition;

use crate::catalog::types::FinancePlan;
use crate::graph::relation::one;

one! {
    /// Finance plans by id.
    FinancePlanById: FinancePlanId => finance_plan.Id as FinancePlan,
        |_call| Condition::all(),
        |_call, row| Some(FinancePlan(row));
}
