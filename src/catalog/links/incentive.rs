//! Incentives; they are public.

use entity::IncentiveId;
use entity::catalog::incentive;
use sea_orm::EntityTrait;

use crate::catalog::types::Incentive;
use crate::graph::link::one;

one! {
    /// Incentives by id.
    IncentiveById: IncentiveId => incentive.Id as Incentive,
        |_call| incentive::Entity::find(),
        |_call, row| Some(row.into());
}
