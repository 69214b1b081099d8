//! `pickupCodeRenew` (C093): another pickup code, when the one before was seen by others, or locked.

use async_graphql::{Context, SimpleObject};
use entity::OrderStatus;
use entity::order::delivery;

use super::super::events::HandoverChange;
use super::super::inputs::PickupCodeRenewInput;
use super::super::policy;
use super::super::store::{delivery_of, save_delivery};
use super::super::types::Order;
use super::{Changed, changed, opened};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct PickupCodeRenewPayload {
    /// The order; its `delivery` has the code.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: PickupCodeRenewInput) -> Result<PickupCodeRenewPayload> {
    let viewer = &ctx.call().viewer;
    policy::own(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(renew(tx, call, input))).await?;
    let (order, user_errors) = changed(ctx, written).await?;
    Ok(PickupCodeRenewPayload { order, user_errors })
}

async fn renew(tx: &mut Tx, call: &Call, input: PickupCodeRenewInput) -> Result<Changed, Refusal> {
    let rows = policy::own(&call.viewer).or_nothing();
    let mut revision = opened(tx, call, rows, &input.order_id, input.expected_version).await?;
    let order = revision.order.id;
    if revision.order.status != OrderStatus::ReadyForDelivery {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "handover-not-ready", &[]).into());
    }
    let row = delivery_of(tx, order).await?;
    let row = delivery::Model { code_number: row.code_number.saturating_add(1), wrong_tries: 0, ..row };
    save_delivery(tx, row);
    revision.handover_changed(&HandoverChange::PickupCodeRenewed, tx.now());
    revision.save(tx);
    Ok(Changed { order })
}
