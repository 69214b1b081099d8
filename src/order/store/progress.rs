//! A milestone is recorded: the graph decides, then the order's state, its forecasts and its expected date follow.

use chrono::{DateTime, Days, Utc};
use entity::catalog::configuration;
use entity::inventory::{production_slot, transport_leg, vehicle_unit};
use entity::order::{eta_revision, milestone, order};
use entity::place::store;
use entity::{EtaReason, EtaRevisionId, MilestoneCode, MilestoneId, MilestoneState, OrderStatus};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use super::super::rules::estimate::{Estimate, Known, Reached, SLOT_SLACK_DAYS, estimate, reason, usual_legs};
use super::super::rules::eta::{LegKind, should_publish};
use super::super::rules::milestone::{
    Change, MilestoneRefusal, is_finished, late, order_status_after, overtakers, record, state_of,
};
use super::super::rules::party::balance_before_shipment;
use super::Revision;
use crate::graph::Error;
use crate::store::Tx;
use crate::values::calendar;

/// What is said of a milestone.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which one.
    pub code: MilestoneCode,
    /// How far it is now.
    pub state: MilestoneState,
    /// When that happened.
    pub occurred_at: DateTime<Utc>,
    /// A word with it.
    pub note: Option<String>,
    /// When it is expected, p50 and p90.
    pub forecast: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

/// Records a milestone in a revision of its order; answers the milestones that changed, its own first. Whether the order
/// takes milestones at all is the caller's to ask, and so is saving the revision.
///
/// # Errors
/// When the store fails. A step that the graph does not have is the inner error; nothing is written then.
pub async fn record_milestone(
    tx: &mut Tx,
    revision: &mut Revision,
    report: &Report,
) -> Result<Result<Vec<MilestoneId>, MilestoneRefusal>, Error> {
    let stored = milestones_of(tx.conn(), &revision.order).await?;
    let mut rows = stored.clone();
    let store = store::Entity::find_by_id(revision.order.delivery_store_id).one(tx.conn()).await?;
    let balance_first = store.as_ref().is_some_and(balance_before_shipment);
    let before = states(&rows);
    let mut changes = match record(&before, report.code, report.state, balance_first) {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if changes.is_empty() && report.state == MilestoneState::Delayed && report.forecast.is_some() {
        changes.push(Change { code: report.code, from: report.state, to: report.state });
    }
    if changes.is_empty() {
        return Ok(Ok(Vec::new()));
    }

    let mut changed = Vec::new();
    for change in &changes {
        let Some(row) = rows.iter_mut().find(|row| row.code == change.code) else { continue };
        let own = change.code == report.code;
        row.state = change.to;
        row.actual_at = (change.to == MilestoneState::Done).then_some(report.occurred_at);
        if own {
            row.note.clone_from(&report.note);
            if let Some((p50, p90)) = report.forecast {
                (row.forecast_p50, row.forecast_p90) = (Some(p50), p90);
            }
        }
        changed.push(row.id);
        revision.milestone_changed(change, report.occurred_at, own.then(|| report.note.clone()).flatten());
    }
    let after = states(&rows);
    follow_status(revision, order_status_after(revision.order.status, &after, &changes), report.occurred_at);
    if !is_finished(state_of(&before, MilestoneCode::Ready)) || !is_finished(state_of(&after, MilestoneCode::Ready)) {
        reestimate(tx, revision, &mut rows, reason(report.code, report.state)).await?;
    }
    let locked = changes.iter().any(|c| c.code == MilestoneCode::ConfigLocked && c.to == MilestoneState::Done);
    if locked && revision.order.promised_by.is_none() {
        revision.order.promised_by = revision.order.eta_latest;
    }
    save_changed(tx, &stored, rows);
    Ok(Ok(changed))
}

/// Records what is said of a detail that was overtaken before the word of it came. None when this is no such case.
///
/// # Errors
/// When the store fails.
pub async fn record_late(tx: &mut Tx, revision: &mut Revision, report: &Report) -> Result<Option<()>, DbErr> {
    let stored = milestones_of(tx.conn(), &revision.order).await?;
    let overtaken_at = overtakers(report.code)
        .filter_map(|by| stored.iter().find(|row| row.code == by && row.state == MilestoneState::Done)?.actual_at)
        .min();
    let (Some(overtaken_at), Some(own)) = (overtaken_at, stored.iter().find(|row| row.code == report.code)) else {
        return Ok(None);
    };
    if !is_finished(own.state) || overtaken_at < report.occurred_at {
        return Ok(None);
    }
    let late = late(own.state, report.code, report.state, report.occurred_at, overtaken_at);
    if own.state == late.change.to && own.actual_at == late.at {
        return Ok(Some(()));
    }
    let row = milestone::Model { state: late.change.to, actual_at: late.at, note: report.note.clone(), ..own.clone() };
    revision.milestone_changed(&late.change, report.occurred_at, report.note.clone());
    save_changed(tx, std::slice::from_ref(own), vec![row]);
    Ok(Some(()))
}

fn follow_status(revision: &mut Revision, status: OrderStatus, at: DateTime<Utc>) {
    let was = revision.order.status;
    revision.order.delivered_at = match (was, status) {
        (OrderStatus::Delivered, OrderStatus::Delivered) => revision.order.delivered_at,
        (_, OrderStatus::Delivered) => Some(at),
        (OrderStatus::Delivered, OrderStatus::ReadyForDelivery) => None,
        _ => revision.order.delivered_at,
    };
    revision.set_status(status, at, None);
}

async fn milestones_of(conn: &impl ConnectionTrait, order: &order::Model) -> Result<Vec<milestone::Model>, DbErr> {
    milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order.id))
        .order_by_asc(milestone::Column::Position)
        .all(conn)
        .await
}

fn states(rows: &[milestone::Model]) -> Vec<(MilestoneCode, MilestoneState)> {
    rows.iter().map(|row| (row.code, row.state)).collect()
}

/// Works out the dates anew. The forecasts of the milestones follow; the order's own date is published by the rule.
async fn reestimate(
    tx: &mut Tx,
    revision: &mut Revision,
    rows: &mut [milestone::Model],
    why: EtaReason,
) -> Result<(), Error> {
    let now = tx.now();
    let today = calendar::day(now);
    let found = estimate_of(tx.conn(), &revision.order, rows, today).await?;
    for (code, p50, p90) in &found.forecasts {
        let told = |row: &milestone::Model| row.state == MilestoneState::Delayed && row.forecast_p50.is_some();
        if let Some(row) = rows.iter_mut().find(|row| row.code == *code && !told(row)) {
            row.forecast_p50 = Some(calendar::end_of_day(*p50));
            row.forecast_p90 = Some(calendar::end_of_day(*p90));
        }
    }
    revision.order.eta_as_of = now;
    revision.order.eta_confidence = found.confidence;
    if should_publish(revision.order.eta_likely, found.window.likely, today) {
        revision.publish_eta(&found.window, found.confidence, why, now);
        let published = eta_revision::ActiveModel {
            id: Set(EtaRevisionId::generate()),
            order_id: Set(revision.order.id),
            earliest: Set(found.window.earliest),
            likely: Set(found.window.likely),
            latest: Set(found.window.latest),
            confidence: Set(found.confidence),
            reason: Set(why),
            published_at: Set(now),
        };
        tx.put(eta_revision::Entity::insert(published));
    }
    Ok(())
}

async fn estimate_of(
    conn: &impl ConnectionTrait,
    order: &order::Model,
    rows: &[milestone::Model],
    today: chrono::NaiveDate,
) -> Result<Estimate, DbErr> {
    let configuration = configuration::Entity::find_by_id(order.configuration_id).one(conn).await?;
    let lead_time_days = configuration.map_or(0, |configuration| configuration.lead_time_days);
    let mut known: Vec<Known> = rows
        .iter()
        .filter(|row| row.state == MilestoneState::Delayed)
        .filter_map(|row| Known::of_milestone(row.code, row.forecast_p50?, row.forecast_p90))
        .collect();
    let mut transport = Vec::new();
    if let Some(car) = order.vehicle_id {
        let legs = transport_leg::Entity::find()
            .filter(transport_leg::Column::VehicleId.eq(car))
            .order_by_asc(transport_leg::Column::Position)
            .all(conn)
            .await?;
        transport.extend(legs.iter().map(|leg| (leg.p50_days, leg.p90_days)));
        let slot: Option<production_slot::Model> = production_slot::Entity::find()
            .filter(
                production_slot::Column::Id.in_subquery(
                    vehicle_unit::Entity::find_by_id(car)
                        .select_only()
                        .column(vehicle_unit::Column::ProductionSlotId)
                        .into_query(),
                ),
            )
            .one(conn)
            .await?;
        known.extend(slot.map(|slot| {
            let p50 = calendar::day(slot.planned_off);
            Known { through: LegKind::Build, p50, p90: p50 + Days::new(SLOT_SLACK_DAYS) }
        }));
    }
    let reached: Vec<Reached> = rows.iter().map(|row| (row.code, row.state, row.actual_at)).collect();
    let legs = usual_legs(&order.city_code, lead_time_days, &transport);
    Ok(estimate(&reached, &legs, &known, order.created_at, today))
}

/// Writes the milestones that changed, and those whose forecast moved. They are there, so the insert updates each.
fn save_changed(tx: &mut Tx, stored: &[milestone::Model], rows: Vec<milestone::Model>) {
    let now = tx.now();
    let changed: Vec<_> = rows
        .into_iter()
        .zip(stored)
        .filter(|(row, stored)| row != *stored)
        .map(|(row, _)| milestone::Model { updated_at: now, ..row }.into_active_model().reset_all())
        .collect();
    if changed.is_empty() {
        return;
    }
    let known = OnConflict::column(milestone::Column::Id)
        .update_columns([
            milestone::Column::State,
            milestone::Column::ActualAt,
            milestone::Column::Note,
            milestone::Column::ForecastP50,
            milestone::Column::ForecastP90,
            milestone::Column::UpdatedAt,
        ])
        .to_owned();
    tx.put(milestone::Entity::insert_many(changed).on_conflict(known));
}
