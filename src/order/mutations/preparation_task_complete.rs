//! `preparationTaskComplete` (C088): something was done before a hand-over that nobody can tell otherwise.

use async_graphql::{Context, SimpleObject};
use entity::order::{milestone, preparation_task};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::events::HandoverChange;
use super::super::inputs::PreparationTaskCompleteInput;
use super::super::policy;
use super::super::rules::preparation::{Facts, by_word, may_say, tasks};
use super::super::store::appointment_of;
use super::super::types::{Order, booked};
use super::{Changed, changed, opened};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct PreparationTaskCompletePayload {
    /// The order.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: PreparationTaskCompleteInput) -> Result<PreparationTaskCompletePayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(complete(tx, call, input))).await?;
    let (order, user_errors) = changed(ctx, written).await?;
    Ok(PreparationTaskCompletePayload { order, user_errors })
}

async fn complete(tx: &mut Tx, call: &Call, input: PreparationTaskCompleteInput) -> Result<Changed, Refusal> {
    let rows = policy::readable(&call.viewer).or_nothing();
    let mut revision = opened(tx, call, rows, &input.order_id, input.expected_version).await?;
    let order = revision.order.id;
    let refused = |code, key: &str| UserError::coded(call, code, "code", key, &[]);
    let rows = milestone::Entity::find().filter(milestone::Column::OrderId.eq(order)).all(tx.conn()).await?;
    let milestones: Vec<_> = rows.iter().map(|row| (row.code, row.state, row.actual_at)).collect();
    let said =
        preparation_task::Entity::find().filter(preparation_task::Column::OrderId.eq(order)).all(tx.conn()).await?;
    let said: Vec<_> = said.iter().map(|row| (row.code, row.done_at)).collect();
    let appointment = appointment_of(tx.conn(), order).await?;
    let facts = Facts {
        status: revision.order.status,
        payment_status: revision.order.payment_status,
        milestones: &milestones,
        appointment: appointment.as_ref().map(booked),
        expected_at: None,
        said: &said,
    };
    let found = tasks(&facts).into_iter().find(|task| task.code == input.code);
    let Some(task) = found else { return Err(refused(UserErrorCode::NotEligible, "preparation-none").into()) };
    if !by_word(task.code) {
        return Err(refused(UserErrorCode::NotEligible, "preparation-follows").into());
    }
    if !call.viewer.role().is_some_and(|role| may_say(task.party, role)) {
        return Err(refused(UserErrorCode::Forbidden, "preparation-staff").into());
    }
    if !task.done {
        let now = tx.now();
        let row =
            preparation_task::Model { order_id: order, code: task.code, done_by: call.viewer.actor(), done_at: now };
        tx.insert([row.into_active_model().reset_all()]);
        revision.handover_changed(&HandoverChange::TaskCompleted { task: task.code }, now);
        revision.save(tx);
    }
    Ok(Changed { order })
}
