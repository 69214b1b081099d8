//! What damage to cars looks like.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::inventory::{quality_case, quality_event};
use entity::{
    QualityDamageAction, QualityDamageKind, QualityDamageLiability, QualityDamageNode, QualityDamagePosition,
    QualityDamageSeverity, QualityDamageState, QualitySwapState, VehicleUnitId,
};

use super::super::links::VehicleUnitById;
use super::links::EventsOfCase;
use super::policy;
use super::rules::case::{CASE, QualityMove, is_ended};
use super::rules::swap;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, Result, fields};
use crate::order::OrderById;
use crate::values::machine;

/// A damage to a car, from its report to its end (C101). While one is open the car is held: nobody gets it, and it goes nowhere.
#[derive(Clone, Debug, Description)]
pub struct QualityDamageCase(pub quality_case::Model);

#[fields(rows(quality_case::Model))]
impl QualityDamageCase {
    /// Type-prefixed ULID, as in `qdc_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The car, as the caller sees it.
    #[columns(vehicle_id)]
    fn vehicle(&self) -> To<VehicleUnitById> {
        To::new(self.0.vehicle_id)
    }

    /// The order that had the car when it was reported; null where the caller may not see that.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// How far it is.
    fn state(&self) -> QualityDamageState {
        self.0.state
    }

    /// Where it was found.
    fn node(&self) -> QualityDamageNode {
        self.0.node
    }

    /// Who carried the car, by name.
    fn carrier(&self) -> Option<&str> {
        self.0.carrier.as_deref()
    }

    /// How bad it is: as reported, and then as assessed.
    fn severity(&self) -> QualityDamageSeverity {
        self.0.severity
    }

    /// Which part of the car is damaged.
    fn position(&self) -> QualityDamagePosition {
        self.0.position
    }

    /// What kind of damage it is.
    fn kind(&self) -> QualityDamageKind {
        self.0.kind
    }

    /// The damage in words.
    fn description(&self) -> &str {
        &self.0.description
    }

    /// Addresses of photos of it.
    fn photos(&self) -> &[String] {
        &self.0.photos.0
    }

    /// Who answers for it; null until that is confirmed.
    fn liability(&self) -> Option<QualityDamageLiability> {
        self.0.liability
    }

    /// Who that is, by name.
    fn liable_party(&self) -> Option<&str> {
        self.0.liable_party.as_deref()
    }

    /// What it costs; null until it is assessed.
    fn cost(&self) -> Option<Money> {
        self.0.cost_minor.map(Money::fen)
    }

    /// What is or was repaired.
    fn repair_note(&self) -> Option<&str> {
        self.0.repair_note.as_deref()
    }

    /// What whoever buys the car is told, once it is downgraded.
    fn disclosure(&self) -> Option<&str> {
        self.0.disclosure.as_deref()
    }

    /// When the car is expected to be well again.
    fn expected_at(&self) -> Option<DateTime<Utc>> {
        self.0.expected_at
    }

    /// Who reported it: id of a member of staff or of a system.
    fn reported_by(&self) -> &str {
        &self.0.reported_by
    }

    /// The number of the system that reported it.
    fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// When it was found.
    fn found_at(&self) -> DateTime<Utc> {
        self.0.found_at
    }

    /// When it was reported.
    fn reported_at(&self) -> DateTime<Utc> {
        self.0.reported_at
    }

    /// When it came to its end.
    fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// What became of the customer's wish for another car; null when there was none.
    fn swap_state(&self) -> Option<QualitySwapState> {
        self.0.swap_state
    }

    /// When the customer asked for another car.
    fn swap_requested_at(&self) -> Option<DateTime<Utc>> {
        self.0.swap_requested_at
    }

    /// What happened to it, oldest first, the first 100.
    #[link(self.0.id)]
    fn history(&self) -> To<EventsOfCase>;

    /// What the caller may do with it now, where the car is theirs to see to.
    #[columns(state, swap_state)]
    fn allowed_actions(&self, call: &Call) -> Vec<QualityDamageAction> {
        let mut actions: Vec<QualityDamageAction> =
            machine::allowed(CASE, self.0.state).into_iter().map(action).collect();
        actions.dedup();
        actions.extend(swap::waits(self.0.swap_state).then_some(QualityDamageAction::DeclineSwap));
        actions.retain(|action| policy::may(&call.viewer, *action));
        actions
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// When it last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// By which action somebody makes such a move.
pub fn action(of: QualityMove) -> QualityDamageAction {
    match of {
        QualityMove::Assess => QualityDamageAction::Assess,
        QualityMove::ConfirmLiability => QualityDamageAction::ConfirmLiability,
        QualityMove::Repair => QualityDamageAction::Repair,
        QualityMove::Pass | QualityMove::Fail => QualityDamageAction::Reinspect,
        QualityMove::Close => QualityDamageAction::Close,
        QualityMove::Downgrade => QualityDamageAction::Downgrade,
        QualityMove::Scrap => QualityDamageAction::Scrap,
    }
}

/// Something that happened to a damage.
#[derive(Clone, Debug, Description)]
pub struct QualityDamageEvent(pub quality_event::Model);

#[fields(rows(quality_event::Model))]
impl QualityDamageEvent {
    /// State before; null of the first.
    #[expect(clippy::wrong_self_convention, reason = "the field's name beside `toState`")]
    fn from_state(&self) -> Option<QualityDamageState> {
        self.0.from_state
    }

    /// State after.
    fn to_state(&self) -> QualityDamageState {
        self.0.to_state
    }

    /// Where the customer's wish for another car moved, if it did.
    fn swap_state(&self) -> Option<QualitySwapState> {
        self.0.swap_state
    }

    /// Id of who did it.
    fn actor(&self) -> &str {
        &self.0.actor
    }

    /// What was said with it.
    fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}

/// A damage to an order's car, as its customer may know it: no fault, no cost, no photos.
#[derive(Clone, Debug, Description)]
pub struct OrderQualityCase(pub quality_case::Model);

#[fields(rows(quality_case::Model))]
impl OrderQualityCase {
    /// Type-prefixed ULID, as in `qdc_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How far it is.
    fn state(&self) -> QualityDamageState {
        self.0.state
    }

    /// Whether the car is held for it.
    #[columns(state)]
    fn is_open(&self) -> bool {
        !is_ended(self.0.state)
    }

    /// Which part of the car is damaged.
    fn position(&self) -> QualityDamagePosition {
        self.0.position
    }

    /// How bad it is.
    fn severity(&self) -> QualityDamageSeverity {
        self.0.severity
    }

    /// What stays, once the car is sold with it.
    fn disclosure(&self) -> Option<&str> {
        self.0.disclosure.as_deref()
    }

    /// When the car is expected to be well again.
    fn expected_at(&self) -> Option<DateTime<Utc>> {
        self.0.expected_at
    }

    /// When it was reported.
    fn reported_at(&self) -> DateTime<Utc> {
        self.0.reported_at
    }

    /// When it came to its end.
    fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// What became of the wish for another car; null when there was none.
    fn swap_state(&self) -> Option<QualitySwapState> {
        self.0.swap_state
    }

    /// Why the store keeps to this car.
    fn swap_answer(&self) -> Option<&str> {
        self.0.swap_answer.as_deref()
    }

    /// Whether the caller may ask for another car now: `qualitySwapRequest`.
    fn may_request_swap(&self, call: &Call) -> Result<bool> {
        if call.viewer.customer().is_none() {
            return Ok(false);
        }
        let has = has_car(call, &self.0)?;
        Ok(swap::may_request(self.0.state, self.0.swap_state, has))
    }

    /// Grows with each change; sent back as `expectedVersion`.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// Whether the case's order has the car still, and it is not handed over.
fn has_car(call: &Call, case: &quality_case::Model) -> Result<bool> {
    let Some(order) = case.order_id else { return Ok(false) };
    let order = call.found::<OrderById>(&order)?;
    let waits = (*order).as_ref().filter(|order| order.0.delivered_at.is_none());
    Ok(waits.and_then(|order| order.0.vehicle_id) == Some::<VehicleUnitId>(case.vehicle_id))
}
