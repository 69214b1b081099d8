//! When the car is expected: worked out from what is known of the order, published by the rules (C085).

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::order::{eta_revision, milestone, order};
use entity::place::store;
use entity::{EtaReason, EtaRevisionId, MilestoneCode, MilestoneState};
use sea_orm::ActiveValue::Set;

use super::super::super::rules::car::with_car;
use super::super::super::rules::estimate::{Estimate, Known, Reached, SLOT_SLACK_DAYS, Way, estimate, usual_legs};
use super::super::super::rules::eta::{EtaWindow, LegKind};
use super::super::super::rules::milestone::{Change, is_finished};
use super::super::super::rules::pause::{Kept, awaits_payment, publishes};
use super::super::super::rules::took::Usual;
use super::super::{CarAhead, Revision};
use super::{Progress, make, states};
use crate::store::Tx;
use crate::values::calendar;

impl Progress {
    /// The day that would be published in place of the likely day that is shown, once these changes are made, and the car is gone; none
    /// where that stays.
    pub fn expected_after(
        &self,
        (order, shown): (&order::Model, Option<NaiveDate>),
        changes: &[Change],
        car_gone: bool,
        now: DateTime<Utc>,
    ) -> Option<EtaWindow> {
        let mut rows = self.rows.clone();
        for change in changes {
            make(&mut rows, change, now);
        }
        let today = calendar::day(now);
        let found = self.estimate(&rows, self.car.as_ref().filter(|_| !car_gone), order, today);
        let kept = found.kept(order.deferred_until);
        let window = kept.on(today, order.deferred_until);
        let (was, is) = ((order.eta_moves_from.is_some(), shown), (kept.moves_from.is_some(), window.likely));
        // What is published with the day that is shown already is no other day.
        let told = publishes(was, is, today, EtaReason::Customer).is_some() && shown != Some(window.likely);
        told.then_some(window)
    }

    /// What would be expected with this car in place of what the order has; none where the graph does not let it have one.
    pub fn expected_with(&self, order: &order::Model, car: &CarAhead, now: DateTime<Utc>) -> Option<EtaWindow> {
        let mut rows = self.rows.clone();
        for change in self.when_lost(order, true).ok()? {
            make(&mut rows, &change, now);
        }
        for change in with_car(&states(&rows), self.behind(car), self.balance_first).ok()? {
            make(&mut rows, &change, now);
        }
        let today = calendar::day(now);
        let found = self.estimate(&rows, Some(car), order, today);
        Some(found.kept(order.deferred_until).on(today, order.deferred_until))
    }

    /// Another system lets another store hand over, which may want the balance before the car is moved, or not: where that stops the
    /// clock or lets it go on, the dates are worked out anew.
    pub fn moved_to(&mut self, tx: &mut Tx, revision: &mut Revision, store: &store::Model) {
        self.look_at(Some(store), None);
        if awaits_payment(&self.states(), self.balance_first) != revision.order.eta_moves_from.is_some() {
            self.stand(revision);
            self.reestimate(tx, revision, EtaReason::Progress);
        }
    }

    /// Works out the dates anew. The forecasts of the milestones follow; the order's own date is published by the rules.
    pub(super) fn reestimate(&mut self, tx: &mut Tx, revision: &mut Revision, why: EtaReason) {
        let now = tx.now();
        let today = calendar::day(now);
        let found = self.estimate(&self.rows, self.car.as_ref(), &revision.order, today);
        let told = |row: &milestone::Model| row.state == MilestoneState::Delayed && row.forecast_p50.is_some();
        for row in self.rows.iter_mut().filter(|row| !told(row)) {
            row.forecast_moves_from = None;
            if let Some((_, p50, p90)) = found.forecasts.iter().find(|(code, ..)| *code == row.code) {
                row.forecast_p50 = Some(calendar::end_of_day(*p50));
                row.forecast_p90 = Some(calendar::end_of_day(*p90));
                row.forecast_moves_from = found.moves_from;
            }
        }
        // What is shown is without a wish that this change only brings.
        let before = Kept::of(&revision.order);
        let shown = before.map(|kept| kept.on(today, revision.before().deferred_until).likely);
        let was_paused = revision.order.eta_moves_from.is_some();
        let kept = found.kept(revision.order.deferred_until);
        let window = kept.on(today, revision.order.deferred_until);
        revision.order.eta_as_of = now;
        revision.order.eta_confidence = found.confidence;
        let paused = (kept.moves_from.is_some(), window.likely);
        if let Some(reason) = publishes((was_paused, shown), paused, today, why) {
            revision.publish_eta(&kept, found.confidence, reason, now);
            let published = eta_revision::ActiveModel {
                id: Set(EtaRevisionId::generate()),
                order_id: Set(revision.order.id),
                earliest: Set(window.earliest),
                likely: Set(window.likely),
                latest: Set(window.latest),
                confidence: Set(found.confidence),
                reason: Set(reason),
                published_at: Set(now),
            };
            tx.insert([published]);
        }
    }

    /// As it is reckoned, whatever the customer wishes.
    fn estimate(
        &self,
        rows: &[milestone::Model],
        car: Option<&CarAhead>,
        order: &order::Model,
        today: NaiveDate,
    ) -> Estimate {
        let mut known: Vec<Known> = rows
            .iter()
            .filter(|row| row.state == MilestoneState::Delayed)
            .filter_map(|row| Known::of_milestone(row.code, row.forecast_p50?, row.forecast_p90))
            .collect();
        known.extend(car.and_then(|car| car.planned_off).map(|planned_off| {
            let p50 = calendar::day(planned_off);
            Known { through: LegKind::Build, p50, p90: p50 + Days::new(SLOT_SLACK_DAYS) }
        }));
        known.extend(car.and_then(|car| car.expected_at(self.store.id)).map(|at| {
            let day = calendar::day(at);
            Known { through: LegKind::Transport, p50: day, p90: day }
        }));
        let reached: Vec<Reached> = rows.iter().map(|row| (row.code, row.state, row.actual_at)).collect();
        let shipped = reached.iter().any(|(code, state, _)| *code == MilestoneCode::Shipped && is_finished(*state));
        let usual = Usual::of(&self.measured, car.and_then(|car| car.plant_id), self.model_id);
        let transport = car.map(|car| car.transport(usual, self.store.id, &self.store.city_code, shipped));
        let way = Way {
            city_code: &order.city_code,
            lead_time_days: self.lead_time_days,
            transport: &transport.unwrap_or_default(),
        };
        let legs = usual_legs(usual, &way);
        estimate((&reached, self.balance_first), &legs, &known, order.created_at, today)
    }
}
