//! `handoverAppointmentBook`, `handoverAppointmentReschedule` and `handoverAppointmentCancel` (C089): when and how a car is to be
//! handed over. A place is counted under the lock of the store's desk, which is taken after the order's.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{handover_appointment, handover_ceremony, milestone};
use entity::place::store;
use entity::{AddOns, HandoverAppointmentId, HandoverCeremonyId, HandoverMode, MilestoneCode, MilestoneState};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::events::HandoverChange;
use super::super::inputs::{
    HandoverAppointmentBookInput, HandoverAppointmentCancelInput, HandoverAppointmentRescheduleInput,
};
use super::super::policy;
use super::super::rules::handover::{SLOT_MINUTES, Stretch, stretches, takes_appointment, within_notice};
use super::super::store::{
    Report, Revision, appointment_of, call_off_appointment, has_place, record_milestone, save_appointment,
};
use super::super::types::Order;
use super::{Changed, changed, graph_refusal_at, opened};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::Tx;
use crate::store::vault::Personal;
use crate::values::calendar;
use crate::values::postal_address::PostalAddress;

/// What came of it.
#[derive(SimpleObject)]
pub struct HandoverAppointmentBookPayload {
    /// The order.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct HandoverAppointmentReschedulePayload {
    /// The order.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct HandoverAppointmentCancelPayload {
    /// The order.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn book(ctx: &Context<'_>, input: HandoverAppointmentBookInput) -> Result<HandoverAppointmentBookPayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(make(tx, call, input))).await?;
    let (order, user_errors) = changed(ctx, written).await?;
    Ok(HandoverAppointmentBookPayload { order, user_errors })
}

pub async fn reschedule(
    ctx: &Context<'_>,
    input: HandoverAppointmentRescheduleInput,
) -> Result<HandoverAppointmentReschedulePayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(put_off(tx, call, input))).await?;
    let (order, user_errors) = changed(ctx, written).await?;
    Ok(HandoverAppointmentReschedulePayload { order, user_errors })
}

pub async fn cancel(
    ctx: &Context<'_>,
    input: HandoverAppointmentCancelInput,
) -> Result<HandoverAppointmentCancelPayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(call_off(tx, call, input))).await?;
    let (order, user_errors) = changed(ctx, written).await?;
    Ok(HandoverAppointmentCancelPayload { order, user_errors })
}

async fn make(tx: &mut Tx, call: &Call, input: HandoverAppointmentBookInput) -> Result<Changed, Refusal> {
    let rows = policy::readable(&call.viewer).or_nothing();
    let mut revision = opened(tx, call, rows, &input.order_id, input.expected_version).await?;
    let (order, now) = (revision.order.id, tx.now());
    may_have(call, &revision)?;
    if appointment_of(tx.conn(), order).await?.is_some() {
        let code = UserErrorCode::InvalidTransition;
        return Err(UserError::coded(call, code, "orderId", "handover-booked", &[]).into());
    }
    let gone = || Error::hidden("the store of an order is gone");
    let store = store::Entity::find_by_id(revision.order.delivery_store_id).one(tx.conn()).await?.ok_or_else(gone)?;

    let mut errors = Vec::new();
    let ceremony = match chosen(tx, call, &store, input.ceremony_id.as_ref()).await? {
        Ok(ceremony) => ceremony,
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let address = whereto(call, &input, &store).map_err(|error| errors.push(error)).unwrap_or_default();
    if ceremony.is_some() && input.mode == HandoverMode::Home {
        errors.push(UserError::invalid(call, "ceremonyId", "handover-ceremony-home", &[]));
    }
    let add_ons = add_ons(call, ceremony.as_ref(), &input.add_ons).map_err(|e| errors.extend(e)).unwrap_or_default();
    let minutes = ceremony.as_ref().map_or(SLOT_MINUTES, |ceremony| i64::from(ceremony.duration_minutes));
    let within = slot(call, &store, input.starts_at, minutes, now).map_err(|error| errors.push(error)).ok();
    let Some(within) = within.filter(|_| errors.is_empty()) else { return Err(errors.into()) };
    if !has_place(tx, store.id, within, order).await? {
        return Err(full(call).into());
    }

    let add_on_minor: i64 = add_ons.0.iter().map(|add_on| add_on.price_minor).sum();
    let row = handover_appointment::Model {
        id: HandoverAppointmentId::generate(),
        order_id: order,
        store_id: store.id,
        ceremony_id: ceremony.as_ref().map(|ceremony| ceremony.id),
        mode: input.mode,
        starts_at: within.0,
        ends_at: within.1,
        price_minor: ceremony.map_or(0, |ceremony| ceremony.price_minor) + add_on_minor,
        add_ons,
        address: address.map(|address| call.app.vault.seal(Personal::Address, address.as_str())),
        booked_by: call.viewer.actor(),
        booked_at: now,
        cancelled_at: None,
        updated_at: now,
    };
    reach(tx, call, &mut revision, MilestoneState::Done).await?;
    let told = HandoverChange::Booked { appointment: row.id, starts_at: row.starts_at, mode: row.mode };
    revision.handover_changed(&told, now);
    tx.insert([row.into_active_model().reset_all()]);
    revision.save(tx);
    Ok(Changed { order })
}

async fn put_off(tx: &mut Tx, call: &Call, input: HandoverAppointmentRescheduleInput) -> Result<Changed, Refusal> {
    let rows = policy::readable(&call.viewer).or_nothing();
    let mut revision = opened(tx, call, rows, &input.order_id, input.expected_version).await?;
    let (order, now) = (revision.order.id, tx.now());
    may_have(call, &revision)?;
    let row = appointment_of(tx.conn(), order).await?.ok_or_else(|| none(call))?;
    let gone = || Error::hidden("the store of an appointment is gone");
    let store = store::Entity::find_by_id(row.store_id).one(tx.conn()).await?.ok_or_else(gone)?;
    let within = slot(call, &store, input.starts_at, (row.ends_at - row.starts_at).num_minutes(), now)?;
    if within.0 == row.starts_at {
        return Ok(Changed { order });
    }
    if !has_place(tx, store.id, within, order).await? {
        return Err(full(call).into());
    }
    let row = handover_appointment::Model { starts_at: within.0, ends_at: within.1, updated_at: now, ..row };
    let told = HandoverChange::Rescheduled { appointment: row.id, starts_at: row.starts_at };
    revision.handover_changed(&told, now);
    save_appointment(tx, &row);
    revision.save(tx);
    Ok(Changed { order })
}

async fn call_off(tx: &mut Tx, call: &Call, input: HandoverAppointmentCancelInput) -> Result<Changed, Refusal> {
    let rows = policy::readable(&call.viewer).or_nothing();
    let mut revision = opened(tx, call, rows, &input.order_id, input.expected_version).await?;
    let order = revision.order.id;
    may_have(call, &revision)?;
    let row = appointment_of(tx.conn(), order).await?.ok_or_else(|| none(call))?;
    reach(tx, call, &mut revision, MilestoneState::RolledBack).await?;
    call_off_appointment(tx, &mut revision, row);
    revision.save(tx);
    Ok(Changed { order })
}

/// Whether the order is one that can have an appointment.
fn may_have(call: &Call, revision: &Revision) -> std::result::Result<(), UserError> {
    let status = revision.before().status;
    if takes_appointment(status) {
        return Ok(());
    }
    let args = [("status", status.to_string().into())];
    Err(UserError::coded(call, UserErrorCode::NotEligible, "orderId", "order-not-under-way", &args))
}

fn none(call: &Call) -> UserError {
    UserError::coded(call, UserErrorCode::NotEligible, "orderId", "handover-no-appointment", &[])
}

fn full(call: &Call) -> UserError {
    UserError::coded(call, UserErrorCode::LimitReached, "startsAt", "handover-full", &[])
}

/// APPOINTMENT_SET is reached, or taken back. Whether the car has come as far is the graph's to say; where staff have recorded
/// otherwise, theirs stays.
async fn reach(tx: &mut Tx, call: &Call, revision: &mut Revision, state: MilestoneState) -> Result<(), Refusal> {
    let code = MilestoneCode::AppointmentSet;
    let own = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(revision.order.id))
        .filter(milestone::Column::Code.eq(code))
        .one(tx.conn())
        .await?;
    let was = own.map_or(MilestoneState::Pending, |row| row.state);
    if state == MilestoneState::RolledBack && was != MilestoneState::Done {
        return Ok(());
    }
    let report = Report { code, state, occurred_at: tx.now(), note: None, forecast: None };
    match record_milestone(tx, revision, &report).await? {
        Err(refusal) if !refusal.missing.is_empty() => Err(graph_refusal_at(call, &refusal, "orderId").into()),
        _ => Ok(()),
    }
}

/// The stretch of the store's day that begins then.
fn slot(
    call: &Call,
    store: &store::Model,
    starts_at: DateTime<Utc>,
    minutes: i64,
    now: DateTime<Utc>,
) -> std::result::Result<Stretch, UserError> {
    let found = stretches(calendar::day(starts_at), (&store.opens_at, &store.closes_at), minutes);
    let found = found.into_iter().find(|(start, _)| *start == starts_at && within_notice(*start, now));
    found.ok_or_else(|| UserError::invalid(call, "startsAt", "handover-slot", &[]))
}

/// The ceremony that is asked for.
async fn chosen(
    tx: &Tx,
    call: &Call,
    store: &store::Model,
    id: Option<&ID>,
) -> Result<std::result::Result<Option<handover_ceremony::Model>, UserError>> {
    let Some(id) = id else { return Ok(Ok(None)) };
    let id: HandoverCeremonyId = match UserError::parse_id(call, "ceremonyId", id) {
        Ok(id) => id,
        Err(error) => return Ok(Err(error)),
    };
    let found = handover_ceremony::Entity::find_by_id(id).one(tx.conn()).await?;
    let found = found.filter(|row| row.store_id == store.id && row.active);
    Ok(found.map(Some).ok_or_else(|| UserError::not_found(call, "ceremonyId")))
}

/// What is chosen with the ceremony, in its order.
fn add_ons(
    call: &Call,
    ceremony: Option<&handover_ceremony::Model>,
    codes: &[String],
) -> std::result::Result<AddOns, Vec<UserError>> {
    let offered = ceremony.map_or(&[][..], |ceremony| &ceremony.add_ons.0);
    let mut known = BTreeSet::new();
    let mut errors = Vec::new();
    for (place, code) in codes.iter().enumerate() {
        let field = format!("addOns.{place}");
        if offered.iter().all(|add_on| add_on.code != *code) {
            errors.push(UserError::not_found(call, &field));
        } else if !known.insert(code) {
            errors.push(UserError::invalid(call, &field, "contract-code-twice", &[]));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(AddOns(offered.iter().filter(|add_on| known.contains(&add_on.code)).cloned().collect()))
}

/// Where the car is brought, if it is; whether it can be handed over there at all.
fn whereto(
    call: &Call,
    input: &HandoverAppointmentBookInput,
    store: &store::Model,
) -> std::result::Result<Option<PostalAddress>, UserError> {
    match (input.mode, input.address.as_deref()) {
        (HandoverMode::Home, Some(address)) => {
            PostalAddress::parse(address).map(Some).map_err(|invalid| UserError::refused(call, "address", invalid))
        }
        (HandoverMode::Home, None) => {
            Err(UserError::coded(call, UserErrorCode::Required, "address", "handover-address", &[]))
        }
        (_, Some(_)) => Err(UserError::invalid(call, "address", "handover-address", &[])),
        (HandoverMode::Center, None) if !store.delivery_center => {
            Err(UserError::coded(call, UserErrorCode::NotEligible, "mode", "handover-center", &[]))
        }
        (_, None) => Ok(None),
    }
}
