//! `vehicleAutoMatch` (C079): cars given to the orders that have waited longest, without anybody's choice, at an operator's word. A watch
//! does the same by itself where it is wanted (`stock.auto_match_seconds`).

use async_graphql::{Context, SimpleObject};
use entity::{OrderId, VehicleUnitId};
use serde::{Deserialize, Serialize};

use super::super::inputs::VehicleAutoMatchInput;
use super::super::links::OrderById;
use super::super::policy;
use super::super::store::{give_all, waiting};
use super::super::types::Order;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::inventory::{VehicleUnit, VehicleUnitById};
use crate::store::Tx;

/// Most orders of one call.
const MOST: i32 = 20;

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleAutoMatchPayload {
    /// Orders that have got a car, the one that has waited longest first; at most 20.
    pub matches: Vec<VehicleAutoMatch>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// An order that has got a car.
#[derive(SimpleObject)]
pub struct VehicleAutoMatch {
    /// The order.
    pub order: Order,
    /// Its car.
    pub vehicle: VehicleUnit,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    matches: Vec<(OrderId, VehicleUnitId)>,
}

pub async fn run(ctx: &Context<'_>, input: VehicleAutoMatchInput) -> Result<VehicleAutoMatchPayload> {
    let call = ctx.call();
    policy::matches_by_itself(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let first = input.first.unwrap_or(MOST);
    let written = match u64::try_from(first) {
        Ok(first @ 1..=20) => write(ctx, Some(key), move |tx, call| Box::pin(give(tx, call, first))).await?,
        _ => Err(vec![UserError::invalid(call, "first", "first", &[("max", i64::from(MOST).into())])]),
    };
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok(VehicleAutoMatchPayload { matches: Vec::new(), user_errors }),
    };
    let orders = call.link::<OrderById>().many(outcome.matches.iter().map(|(order, _)| *order)).await?;
    let cars = call.link::<VehicleUnitById>().many(outcome.matches.iter().map(|(_, car)| *car)).await?;
    let matches = orders
        .into_iter()
        .zip(cars)
        .filter_map(|(order, vehicle)| Some(VehicleAutoMatch { order: order?, vehicle: vehicle? }));
    Ok(VehicleAutoMatchPayload { matches: matches.collect(), user_errors: Vec::new() })
}

async fn give(tx: &mut Tx, call: &Call, first: u64) -> std::result::Result<Outcome, Refusal> {
    let oldest: Vec<OrderId> = waiting(tx.conn(), None, first).await?.into_iter().map(|(_, id)| id).collect();
    Ok(Outcome { matches: give_all(tx, &call.viewer.actor(), &oldest).await? })
}
