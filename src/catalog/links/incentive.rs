//! Incentives; they are public.

use entity::IncentiveId;
use entity::catalog::incentive;
use sea_orm::sea_query::Condition;

use crate::catalog::types::Incentive;
use crate::graph::relation::one;

one! {
    /// Incentives by id.
    IncentiveById: IncentiveId => incentive.Id as Incentive,
        |_call| Condition::all(),
        |_call, row| Some(row.into());
}
