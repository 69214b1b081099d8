//! A milestone is recorded: the graph decides, then the order's state, its forecasts and its expected date follow.

mod delay;
mod expected;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::catalog::{configuration, trim};
use entity::order::{milestone, order};
use entity::place::store;
use entity::{Columns, EtaReason, MilestoneCode, MilestoneId, MilestoneState, OrderId, OrderStatus, VehicleModelId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use super::super::rules::car::{Behind, come, sent, with_car, without_car};
use super::super::rules::estimate::reason;
use super::super::rules::milestone::{
    Change, MilestoneRefusal, is_finished, late, order_status_after, overtakers, record, state_of,
};
use super::super::rules::pause::expected_on;
use super::super::rules::payment::is_paid;
use super::super::rules::standing::{follow, standing, stands};
use super::super::rules::template::{balance_first, whole};
use super::super::rules::took::Measured;
use super::car::CarAhead;
use super::firm::done;
use super::handover::begin_anew;
use super::{Revision, issued_cars};
use crate::graph::Error;
use crate::store::rows::{ByPlace, among};
use crate::store::{Knows, Tx};
use crate::values::calendar;

pub use self::delay::{delay_for_damage, end_delay_for_damage};

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
    let mut progress = Progress::of(tx.conn(), &revision.order).await?;
    let mut recorded = progress.record(tx, revision, report);
    let signed = report.code == MilestoneCode::ContractSigned && report.state == MilestoneState::Done;
    if signed
        && is_paid(revision.order.payment_status)
        && let Ok(changed) = &mut recorded
    {
        // Paid before there was a contract.
        let paid = progress.record(tx, revision, &done(MilestoneCode::BalancePaid, report.occurred_at));
        changed.extend(paid.unwrap_or_default());
    }
    if revision.reached(MilestoneCode::BalancePaid)
        && let Ok(changed) = &mut recorded
        && let Some(invoiced) = issued_cars(tx.conn(), [revision.order.id]).await?.remove(&revision.order.id)
    {
        // Invoiced before the last of the money was here.
        changed.extend(progress.record(tx, revision, &invoiced).unwrap_or_default());
    }
    Ok(recorded.inspect(|_| progress.save(tx)))
}

/// Whether an order has a milestone; its template may leave it out.
///
/// # Errors
/// When the store fails.
pub async fn has_milestone(conn: &impl ConnectionTrait, order: OrderId, code: MilestoneCode) -> Result<bool, DbErr> {
    let own =
        milestone::Entity::find().filter(milestone::Column::OrderId.eq(order)).filter(milestone::Column::Code.eq(code));
    Ok(own.one(conn).await?.is_some())
}

/// An order's milestones, and what its dates are reckoned with: read once, changed by rules, written once.
#[derive(Debug)]
pub struct Progress {
    stored: Vec<milestone::Model>,
    rows: Vec<milestone::Model>,
    balance_first: bool,
    /// What the order's template says of it, whatever the store.
    balance_of_order: Option<bool>,
    lead_time_days: i32,
    model_id: VehicleModelId,
    /// What the stretches of the way took lately.
    measured: Arc<Measured>,
    /// The store that hands over.
    store: store::Model,
    /// The car, if there is one.
    car: Option<CarAhead>,
}

impl Progress {
    /// Of one order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(conn: &impl Knows, order: &order::Model) -> Result<Self, DbErr> {
        let mut all = Self::of_all(conn, std::iter::once(order)).await?;
        all.remove(&order.id).ok_or_else(|| DbErr::RecordNotFound("an order without store or configuration".into()))
    }

    /// Of many, each once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_all(
        conn: &impl Knows,
        orders: impl Iterator<Item = &order::Model>,
    ) -> Result<HashMap<OrderId, Self>, DbErr> {
        let backend = conn.get_database_backend();
        let (mut ids, mut cars, mut firsts) = (Vec::new(), HashMap::new(), HashMap::new());
        for order in orders {
            ids.push(order.id);
            firsts.extend(order.balance_first.map(|first| (order.id, first)));
            cars.extend(order.vehicle_id.map(|car| (order.id, car)));
        }
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut milestones: HashMap<OrderId, Vec<milestone::Model>> = HashMap::new();
        let select = milestone::Entity::find()
            .filter(among(backend, milestone::Column::OrderId, ids.iter().copied()))
            .order_by_asc(milestone::Column::OrderId)
            .order_by_asc(milestone::Column::Position);
        for row in select.by_place(conn).await? {
            milestones.entry(row.order_id).or_default().push(row);
        }
        let ahead = CarAhead::of_all(conn, cars.values().copied()).await?;
        let measured = conn.by_heart::<Measured>();
        let mut all = HashMap::new();
        let mut select = Query::select();
        select
            .column((order::Entity, order::Column::Id))
            .column((configuration::Entity, configuration::Column::LeadTimeDays))
            .column((trim::Entity, trim::Column::ModelId))
            .expr(Expr::cust(store::Model::LIST))
            .from(order::Entity)
            .inner_join(
                configuration::Entity,
                Expr::col((configuration::Entity, configuration::Column::Id))
                    .equals((order::Entity, order::Column::ConfigurationId)),
            )
            .inner_join(
                trim::Entity,
                Expr::col((trim::Entity, trim::Column::Id)).equals((order::Entity, order::Column::TrimId)),
            )
            .inner_join(
                store::Entity,
                Expr::col((store::Entity, store::Column::Id)).equals((order::Entity, order::Column::DeliveryStoreId)),
            )
            .and_where(among(backend, order::Column::Id, ids));
        for row in conn.query_all(&select).await? {
            let id: OrderId = row.try_get_by(0)?;
            let car = cars.get(&id);
            let rows = milestones.remove(&id).unwrap_or_default();
            let store = store::Model::read(&row, 3)?;
            all.insert(
                id,
                Self {
                    stored: rows.clone(),
                    rows,
                    balance_first: balance_first(firsts.get(&id).copied(), store.delivery_center),
                    balance_of_order: firsts.get(&id).copied(),
                    lead_time_days: row.try_get_by(1)?,
                    model_id: row.try_get_by(2)?,
                    measured: measured.clone(),
                    store,
                    car: car.and_then(|car| ahead.get(car)).cloned(),
                },
            );
        }
        Ok(all)
    }

    /// Whether the order has this milestone; its template may leave it out.
    pub fn has(&self, code: MilestoneCode) -> bool {
        self.rows.iter().any(|row| row.code == code)
    }

    /// Whether the order's car is known to stand where it is handed over.
    pub fn has_car_there(&self) -> bool {
        self.car.as_ref().is_some_and(|car| car.stands_at(self.store.id))
    }

    /// Records a milestone; answers the milestones that changed, its own first: none where the order does not have it.
    ///
    /// # Errors
    /// A step that the graph does not have; nothing is changed then.
    pub fn record(
        &mut self,
        tx: &mut Tx,
        revision: &mut Revision,
        report: &Report,
    ) -> Result<Vec<MilestoneId>, MilestoneRefusal> {
        if !self.has(report.code) {
            return Ok(Vec::new());
        }
        let before = states(&self.rows);
        let mut changes = record(&before, report.code, report.state, self.balance_first)?;
        let of_damage = || self.rows.iter().any(|row| row.code == report.code && row.delay_case_id.is_some());
        if changes.is_empty() && report.state == MilestoneState::Delayed && (report.forecast.is_some() || of_damage()) {
            changes.push(Change { code: report.code, from: report.state, to: report.state });
        }
        if changes.is_empty() {
            return Ok(Vec::new());
        }

        let changed = self.change(revision, &changes, report.occurred_at, Some(report));
        let falls = |change: &Change| {
            matches!(change.code, MilestoneCode::Ready | MilestoneCode::HandedOver)
                && change.to == MilestoneState::RolledBack
        };
        if changes.iter().any(falls) {
            begin_anew(tx, revision.order.id);
        }
        let after = states(&self.rows);
        let was_ready = is_finished(state_of(&before, MilestoneCode::Ready));
        if !was_ready || !is_finished(state_of(&after, MilestoneCode::Ready)) {
            self.reestimate(tx, revision, reason(report.code, report.state));
        }
        let locked = changes.iter().any(|c| c.code == MilestoneCode::ConfigLocked && c.to == MilestoneState::Done);
        if locked && revision.order.promised_by.is_none() {
            let promised = expected_on(&revision.order, || calendar::day(tx.now()));
            revision.order.promised_by = promised.map(|window| window.latest);
        }
        Ok(changed)
    }

    /// Makes changes that a rule has found, and lets the order's state follow; `report` is what was said of one of them.
    /// Answers the milestones.
    fn change(
        &mut self,
        revision: &mut Revision,
        changes: &[Change],
        at: DateTime<Utc>,
        report: Option<&Report>,
    ) -> Vec<MilestoneId> {
        let mut changed = Vec::new();
        for change in changes {
            let Some(row) = make(&mut self.rows, change, at) else { continue };
            let own = report.filter(|report| report.code == change.code);
            if let Some(report) = own {
                row.note.clone_from(&report.note);
                if let Some((p50, p90)) = report.forecast {
                    (row.forecast_p50, row.forecast_p90) = (Some(p50), p90);
                }
            }
            changed.push(row.id);
            let note = own.and_then(|report| report.note.clone());
            revision.milestone_changed((change, row.hidden), at, note);
        }
        follow_status(revision, order_status_after(revision.order.status, &states(&self.rows), changes), at);
        self.stand(revision);
        changed
    }

    /// Notes where the order stands now, and until when what comes next is to be reached: with each change of milestones, and once an order
    /// goes on that stood nowhere while somebody decided about it.
    pub fn stand(&mut self, revision: &mut Revision) {
        let order = &mut revision.order;
        follow(&mut self.rows, self.balance_first, order.placed_at.unwrap_or(order.created_at));
        let next = if stands(order.status) { standing(&self.rows) } else { None };
        if !stands(order.status) {
            self.rows.iter_mut().for_each(|row| (row.open_since, row.forecast_moves_from) = (None, None));
        }
        order.current_milestone = next.map(|next| next.code);
        order.current_party = next.map(|next| next.party);
        order.current_due_at = next.map(|next| next.due_at);
    }

    /// What changes when the order gets this car; see [`with_car`].
    ///
    /// # Errors
    /// A step that the graph does not have.
    pub fn when_got(&self, car: &CarAhead) -> Result<Vec<Change>, MilestoneRefusal> {
        with_car(&states(&self.rows), self.behind(car), self.balance_first)
    }

    /// The order has got this car, with these changes.
    pub fn got_car(&mut self, tx: &mut Tx, revision: &mut Revision, car: CarAhead, changes: &[Change]) {
        self.car = Some(car);
        self.change(revision, changes, tx.now(), None);
        self.reestimate(tx, revision, EtaReason::Progress);
    }

    /// What changes when the order's car has left for the store that hands over; see [`sent`].
    ///
    /// # Errors
    /// A step that the graph does not have.
    pub fn when_sent(&self) -> Result<Vec<Change>, MilestoneRefusal> {
        sent(&states(&self.rows), self.balance_first)
    }

    /// What changes when the order's car has come to the store that hands over; see [`come`].
    pub fn when_come(&self) -> Vec<Change> {
        come(&states(&self.rows), self.balance_first)
    }

    /// The order's car has moved, with these changes; the dates are worked out anew from where it is.
    pub fn car_moved(&mut self, tx: &mut Tx, revision: &mut Revision, changes: &[Change]) {
        if !changes.is_empty() {
            self.change(revision, changes, tx.now(), None);
        }
        if !is_finished(state_of(&states(&self.rows), MilestoneCode::Ready)) {
            self.reestimate(tx, revision, EtaReason::Progress);
        }
    }

    /// What changes when the order loses its car; see [`without_car`].
    ///
    /// # Errors
    /// A step that the graph does not have.
    pub fn when_lost(&self, order: &order::Model, replaced: bool) -> Result<Vec<Change>, MilestoneRefusal> {
        without_car(&states(&self.rows), order.fulfillment_mode, replaced, self.balance_first)
    }

    /// The order has lost its car, with these changes. When it is `replaced`, dates follow with the next one.
    pub fn lost_car(&mut self, tx: &mut Tx, revision: &mut Revision, changes: &[Change], replaced: bool) {
        self.car = None;
        self.change(revision, changes, tx.now(), None);
        if !replaced {
            self.reestimate(tx, revision, reason(MilestoneCode::Allocated, MilestoneState::RolledBack));
        }
    }

    /// The milestones and their states.
    pub fn states(&self) -> Vec<(MilestoneCode, MilestoneState)> {
        states(&self.rows)
    }

    /// Whether the balance is wanted before the car is moved.
    pub fn balance_first(&self) -> bool {
        self.balance_first
    }

    /// Looks at the order as a change leaves it: another store that hands over, other options.
    pub fn look_at(&mut self, store: Option<&store::Model>, lead_time_days: Option<i32>) {
        if let Some(store) = store {
            self.store.clone_from(store);
            self.balance_first = balance_first(self.balance_of_order, store.delivery_center);
        }
        self.lead_time_days = lead_time_days.unwrap_or(self.lead_time_days);
    }

    /// The customer has changed the order: these milestones fall, with the car where it is gone, and the dates are worked out anew.
    pub fn changed_by_customer(&mut self, tx: &mut Tx, revision: &mut Revision, changes: &[Change], car_gone: bool) {
        if car_gone {
            self.car = None;
        }
        self.change(revision, changes, tx.now(), None);
        self.reestimate(tx, revision, EtaReason::Customer);
    }

    /// The store that hands over.
    pub fn store(&self) -> &store::Model {
        &self.store
    }

    fn behind(&self, car: &CarAhead) -> Behind {
        Behind { production: car.is_built(), transport: car.stands_at(self.store.id) }
    }

    /// Records what is said of a detail that was overtaken before the word of it came; false when this is no such case.
    pub fn record_late(&mut self, revision: &mut Revision, report: &Report) -> bool {
        let overtaken_at = overtakers(report.code)
            .filter_map(|by| {
                self.rows.iter().find(|row| row.code == by && row.state == MilestoneState::Done)?.actual_at
            })
            .min();
        let (Some(overtaken_at), Some(own)) = (overtaken_at, self.rows.iter_mut().find(|row| row.code == report.code))
        else {
            return false;
        };
        if !is_finished(own.state) || overtaken_at < report.occurred_at {
            return false;
        }
        let late = late(own.state, report.code, report.state, report.occurred_at, overtaken_at);
        if own.state == late.change.to && own.actual_at == late.at {
            return true;
        }
        (own.state, own.actual_at, own.note) = (late.change.to, late.at, report.note.clone());
        let hidden = own.hidden;
        revision.milestone_changed((&late.change, hidden), report.occurred_at, report.note.clone());
        self.stand(revision);
        true
    }

    /// Writes the milestones that changed, and those whose forecast moved. They are there, so the insert updates each.
    pub fn save(&mut self, tx: &mut Tx) {
        let now = tx.now();
        let changed: Vec<_> = self
            .rows
            .iter()
            .zip(&self.stored)
            .filter(|(row, stored)| row != stored)
            .map(|(row, _)| milestone::Model { updated_at: now, ..row.clone() }.into_active_model().reset_all())
            .collect();
        let known = OnConflict::column(milestone::Column::Id)
            .update_columns([
                milestone::Column::State,
                milestone::Column::ActualAt,
                milestone::Column::Note,
                milestone::Column::ForecastP50,
                milestone::Column::ForecastP90,
                milestone::Column::ForecastMovesFrom,
                milestone::Column::DelayCaseId,
                milestone::Column::DelayBeforeP50,
                milestone::Column::DelayBeforeP90,
                milestone::Column::OpenSince,
                milestone::Column::DueAt,
                milestone::Column::UpdatedAt,
            ])
            .to_owned();
        if !changed.is_empty() {
            tx.insert_or(known, changed);
        }
    }
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

/// Makes a change of one milestone.
fn make<'r>(rows: &'r mut [milestone::Model], change: &Change, at: DateTime<Utc>) -> Option<&'r mut milestone::Model> {
    let row = rows.iter_mut().find(|row| row.code == change.code)?;
    row.state = change.to;
    // Whoever says something of it now, it is not the damage's any more.
    (row.delay_case_id, row.delay_before_p50, row.delay_before_p90) = (None, None, None);
    row.actual_at = (change.to == MilestoneState::Done).then_some(at);
    Some(row)
}

/// The milestones as the graph looks at them.
fn states(rows: &[milestone::Model]) -> Vec<(MilestoneCode, MilestoneState)> {
    whole(&rows.iter().map(|row| (row.code, row.state)).collect::<Vec<_>>())
}
