//! `vehicleAllocateMany` (C079, C080).

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};
use entity::inventory::vehicle_unit;
use entity::{ErrorPolicy, OrderId, VehicleUnitId};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::super::mutations::{Moved, allocate_one};
use super::super::super::policy;
use super::super::super::types::Order;
use super::super::inputs::{VehicleAllocateItemInput, VehicleAllocateManyInput};
use super::many::{self, Single};
use crate::graph::write::Key;
use crate::graph::{Call, CallExt, Result, UserError};
use crate::inventory::policy as sights;
use crate::store::{Lock, Tx};

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleAllocateManyPayload {
    /// What came of each, in the order of the items; empty where `userErrors` say why nothing was done.
    pub results: Vec<VehicleAllocateResult>,
    /// How many cars were given.
    pub allocated_count: i32,
    /// What of the whole the user can put right; that of an item stands with its result.
    pub user_errors: Vec<UserError>,
}

/// What came of one.
#[derive(SimpleObject)]
pub struct VehicleAllocateResult {
    /// The order, with its car; null where it was not given.
    pub order: Option<Order>,
    /// What the user can put right, with paths as in `["input", "items", "3", "vehicleId"]`.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: VehicleAllocateManyInput) -> Result<VehicleAllocateManyPayload> {
    let call = ctx.call();
    policy::recordable(&call.viewer).or_refuse(&call.viewer)?;
    let refused = many::refused(call, &input.idempotency_key, input.items.len());
    if !refused.is_empty() {
        return Ok(VehicleAllocateManyPayload { results: Vec::new(), allocated_count: 0, user_errors: refused });
    }
    let sight = sights::sight(call).await?;
    let single: Single<_, Moved> =
        Arc::new(move |tx, call, input| Box::pin(allocate_one(tx, call, Arc::clone(&sight), input)));
    let outcomes = match input.error_policy {
        ErrorPolicy::Continue => {
            let of = VehicleAllocateItemInput::single;
            Ok(many::each(ctx, &input.idempotency_key, input.items, of, single).await?)
        }
        ErrorPolicy::Abort => {
            let key = Key::new(ctx, &input.idempotency_key, &input);
            let orders: Vec<OrderId> = input.items.iter().filter_map(|item| item.order_id.parse().ok()).collect();
            let cars: Vec<VehicleUnitId> = input.items.iter().filter_map(|item| item.vehicle_id.parse().ok()).collect();
            let items = input.items.into_iter().map(VehicleAllocateItemInput::single).collect();
            many::all(ctx, key, items, move |tx, call| lock(tx, call, orders, cars), single).await?
        }
    };
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(user_errors) => {
            return Ok(VehicleAllocateManyPayload { results: Vec::new(), allocated_count: 0, user_errors });
        }
    };
    let orders = many::orders(call, &outcomes, |moved| moved.order).await?;
    let given = outcomes.iter().filter(|one| matches!(one, Ok(Some(_)))).count();
    let results = outcomes.into_iter().zip(orders);
    let results =
        results.map(|(one, order)| VehicleAllocateResult { order, user_errors: one.err().unwrap_or_default() });
    Ok(VehicleAllocateManyPayload {
        results: results.collect(),
        allocated_count: i32::try_from(given).unwrap_or(i32::MAX),
        user_errors: Vec::new(),
    })
}

/// Orders are locked before cars, of several of a kind the smaller id first.
fn lock<'t>(
    tx: &'t mut Tx,
    call: &'t Call,
    orders: Vec<OrderId>,
    cars: Vec<VehicleUnitId>,
) -> BoxFuture<'t, many::Done<()>> {
    Box::pin(async move {
        many::lock_orders(tx, policy::recordable(&call.viewer).or_nothing(), orders).await?;
        let select = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Id.is_in(cars));
        Lock::row(select.order_by_asc(vehicle_unit::Column::Id)).all(tx.conn()).await?;
        Ok(())
    })
}
