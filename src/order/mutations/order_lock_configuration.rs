//! `orderLockConfiguration` (C066): from here on a change is a change request.

use async_graphql::{Context, SimpleObject};
use entity::catalog::trim;
use entity::order::order;
use entity::{MilestoneCode, MilestoneState, OrderAction, OrderId};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

use super::super::inputs::OrderLockConfigurationInput;
use super::super::policy;
use super::super::rules::status::{ORDER, OrderMove, allowed_actions};
use super::super::store::{Report, Revision, record_milestone};
use super::super::types::Order;
use super::{graph_refusal, shown};
use crate::catalog::quote::Fields;
use crate::catalog::store::Configurator;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::machine;

/// Where a configuration that is no longer valid is named.
const FIELDS: Fields = Fields { trim: "orderId", options: "orderId", city: "orderId", listed: false };

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderLockConfigurationPayload {
    /// The order.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    order: OrderId,
}

pub async fn run(ctx: &Context<'_>, input: OrderLockConfigurationInput) -> Result<OrderLockConfigurationPayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(lock(tx, call, input))).await?;
    Ok(match written {
        Ok(outcome) => {
            OrderLockConfigurationPayload { order: shown(ctx, outcome.order).await?, user_errors: Vec::new() }
        }
        Err(user_errors) => OrderLockConfigurationPayload { order: None, user_errors },
    })
}

async fn lock(tx: &mut Tx, call: &Call, input: OrderLockConfigurationInput) -> Result<Outcome, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let Some(mut revision) = Revision::open(tx, rows, id, call.viewer.actor()).await? else {
        return Err(UserError::not_found(call, "orderId").into());
    };
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    let order = &revision.order;
    let role = call.viewer.role().ok_or_else(|| call.viewer.refused())?;
    if !allowed_actions(order.status, role, order.has_open_change_request).contains(&OrderAction::LockConfiguration) {
        let allowed = machine::allowed(ORDER, order.status).into_iter().filter(|action| *action != OrderMove::Lock);
        return Err(UserError::transition(call, order.status, OrderMove::Lock, allowed).into());
    }
    still_valid(tx, call, order).await?;
    let report = Report {
        code: MilestoneCode::ConfigLocked,
        state: MilestoneState::Done,
        occurred_at: tx.now(),
        note: None,
        forecast: None,
    };
    record_milestone(tx, &mut revision, &report).await?.map_err(|refusal| graph_refusal(call, &refusal))?;
    revision.save(tx);
    Ok(Outcome { order: id })
}

/// Whether an order's configuration is valid by the rules of now, whoever locks it.
///
/// # Errors
/// What is not valid, or when the store fails.
pub(super) async fn still_valid(tx: &Tx, call: &Call, order: &order::Model) -> Result<(), Refusal> {
    let trim = trim::Entity::find_by_id(order.trim_id).one(tx.conn()).await?;
    let trim = trim.ok_or_else(|| Error::hidden("an order of no trim"))?;
    let rules = Configurator::of_model(tx.conn(), trim.model_id).await?;
    rules.check(&trim.code, &order.option_codes.0).map_err(|error| error.refusal(call, FIELDS))?;
    Ok(())
}
