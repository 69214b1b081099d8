//! A change of an order alone: how it is opened, and what of it is shown.

use async_graphql::{Context, ID};
use entity::OrderId;
use sea_orm::sea_query::Condition;
use serde::{Deserialize, Serialize};

use super::super::rules::milestone::MilestoneRefusal;
use super::super::store::Revision;
use super::super::types::Order;
use super::{graph_refusal, shown};
use crate::graph::user_error::{InvalidTransition, path};
use crate::graph::{Call, Refusal, Result, UserError};
use crate::store::Tx;

/// As [`graph_refusal`], about another field of the input than `code`.
pub(super) fn graph_refusal_at(call: &Call, refusal: &MilestoneRefusal, field: &str) -> UserError {
    match graph_refusal(call, refusal) {
        UserError::Transition(transition) => {
            UserError::Transition(InvalidTransition { field: path([field]), ..transition })
        }
        other => other,
    }
}

/// An order that fulfils the condition, locked, of the version that the client has read.
pub(super) async fn opened(
    tx: &Tx,
    call: &Call,
    rows: Condition,
    order_id: &ID,
    expected_version: i32,
) -> Result<Revision, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", order_id)?;
    let unknown = || UserError::not_found(call, "orderId");
    let revision = Revision::open(tx, rows, id, call.viewer.actor()).await?.ok_or_else(unknown)?;
    if revision.version() != expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    Ok(revision)
}

/// What a change of an order alone leaves behind.
#[derive(Serialize, Deserialize)]
pub(super) struct Changed {
    pub(super) order: OrderId,
}

/// The parts of the payload of such a change.
pub(super) async fn changed(
    ctx: &Context<'_>,
    written: Result<Changed, Vec<UserError>>,
) -> Result<(Option<Order>, Vec<UserError>)> {
    match written {
        Ok(outcome) => Ok((shown(ctx, outcome.order).await?, Vec::new())),
        Err(user_errors) => Ok((None, user_errors)),
    }
}
