//! `deliveryChecklistComplete` (C091): a customer has gone through the checklist online, where the car was brought to the door.

use async_graphql::{Context, SimpleObject};
use entity::order::delivery;
use entity::{Codes, HandoverCheck, HandoverMode, OrderStatus};

use super::super::events::HandoverChange;
use super::super::inputs::DeliveryChecklistCompleteInput;
use super::super::policy;
use super::super::store::{appointment_of, delivery_of, save_delivery};
use super::super::types::Order;
use super::delivery_handover_confirm::{missing, signature};
use super::{Changed, changed, opened};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct DeliveryChecklistCompletePayload {
    /// The order.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: DeliveryChecklistCompleteInput) -> Result<DeliveryChecklistCompletePayload> {
    let viewer = &ctx.call().viewer;
    policy::own(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(complete(tx, call, input))).await?;
    let (order, user_errors) = changed(ctx, written).await?;
    Ok(DeliveryChecklistCompletePayload { order, user_errors })
}

async fn complete(tx: &mut Tx, call: &Call, input: DeliveryChecklistCompleteInput) -> Result<Changed, Refusal> {
    let rows = policy::own(&call.viewer).or_nothing();
    let mut revision = opened(tx, call, rows, &input.order_id, input.expected_version).await?;
    let (order, now) = (revision.order.id, tx.now());
    if revision.order.status != OrderStatus::ReadyForDelivery {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "handover-not-ready", &[]).into());
    }
    if appointment_of(tx.conn(), order).await?.is_none_or(|appointment| appointment.mode != HandoverMode::Home) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "handover-not-home", &[]).into());
    }
    let mut errors = Vec::new();
    let open = HandoverCheck::ALL.iter().copied().filter(|check| !input.checklist.contains(check)).collect::<Vec<_>>();
    errors.extend(missing(call, &open));
    let signed = signature(call, "signature", &input.signature).map_err(|error| errors.push(error)).ok();
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let row = delivery_of(tx, order).await?;
    let row = delivery::Model {
        checklist: HandoverCheck::ALL.iter().map(|check| check.code()).collect::<Codes>(),
        checklist_completed_at: Some(now),
        customer_signature: signed,
        ..row
    };
    save_delivery(tx, row);
    revision.handover_changed(&HandoverChange::ChecklistCompleted, now);
    revision.save(tx);
    Ok(Changed { order })
}
