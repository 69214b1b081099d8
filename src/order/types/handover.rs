//! The hand-over of an order's car (C088-C093).

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{handover_appointment, handover_ceremony, order, preparation_task};
use entity::{
    AddOn, Codes, HandoverCheck, HandoverMode, Locale, MilestoneCode, MilestoneState, OrderStatus, PreparationCode,
    PreparationParty,
};

use super::super::links::{AppointmentOfOrder, CeremonyById, DeliveryOfOrder, MilestonesOfOrder, SaidOfOrder};
use super::super::policy;
use super::super::rules::pause::expected_on;
use super::super::rules::pickup::is_locked;
use super::super::rules::preparation::{Facts, Task, by_word, tasks};
use super::super::store::{checks, pickup_code};
use crate::customer::{OwnedVehicle, OwnedVehicleOfOrder};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::text::text;
use crate::graph::{Call, Fields, Result, fields};
use crate::place::StoreById;
use crate::store::vault::Personal;
use crate::values::calendar;

/// The hand-over of an order's car.
#[derive(Clone, Debug, Description)]
pub struct Delivery(pub order::Model);

#[fields(rows(order::Model))]
impl Delivery {
    /// Where the car is handed over: as the appointment says, at the store without one.
    fn mode(&self, call: &Call) -> Result<HandoverMode> {
        let appointment = call.found::<AppointmentOfOrder>(&self.0.id)?;
        Ok((*appointment).as_ref().map_or(HandoverMode::Store, |appointment| appointment.0.mode))
    }

    /// The appointment that stands.
    #[link(self.0.id)]
    fn appointment(&self) -> To<AppointmentOfOrder>;

    /// The six digits by which the customer gets the car; for the customer alone, while the order is READY_FOR_DELIVERY. Null
    /// once it was locked; `pickupCodeRenew` makes another.
    #[columns(id, customer_id, status; reckoned)]
    fn pickup_code(&self, call: &Call) -> Result<Option<String>> {
        if self.0.status != OrderStatus::ReadyForDelivery || call.viewer.customer() != Some(self.0.customer_id) {
            return Ok(None);
        }
        let known = call.found::<DeliveryOfOrder>(&self.0.id)?;
        let (number, wrong) = (*known).as_ref().map_or((0, 0), |known| (known.code_number, known.wrong_tries));
        Ok((!is_locked(wrong)).then(|| pickup_code(&call.app.vault, self.0.id, number)))
    }

    /// Whether the pickup code opens nothing any more, after five wrong ones.
    fn pickup_code_locked(&self, call: &Call) -> Result<bool> {
        let known = call.found::<DeliveryOfOrder>(&self.0.id)?;
        Ok((*known).as_ref().is_some_and(|known| is_locked(known.wrong_tries)))
    }

    /// What is gone through, and whether it was, in order.
    fn checklist(&self, call: &Call) -> Result<Vec<HandoverChecklistLine>> {
        let known = call.found::<DeliveryOfOrder>(&self.0.id)?;
        let done = checks((*known).as_ref().map_or(&Codes::default(), |known| &known.checklist));
        let line = |check: &HandoverCheck| HandoverChecklistLine { check: *check, done: done.contains(check) };
        Ok(HandoverCheck::ALL.iter().map(line).collect())
    }

    /// When the customer had gone through the checklist online.
    fn checklist_completed_at(&self, call: &Call) -> Result<Option<DateTime<Utc>>> {
        let known = call.found::<DeliveryOfOrder>(&self.0.id)?;
        Ok((*known).as_ref().and_then(|known| known.checklist_completed_at))
    }

    /// When the car was handed over.
    fn handed_over_at(&self) -> Option<DateTime<Utc>> {
        self.0.delivered_at
    }

    /// That the car is the customer's; null before.
    fn ownership_transfer(&self, call: &Call) -> Result<Option<OwnershipTransfer>> {
        let milestones = call.found::<MilestonesOfOrder>(&self.0.id)?;
        let done = milestones
            .iter()
            .find(|row| row.0.code == MilestoneCode::OwnershipTransferred && row.0.state == MilestoneState::Done);
        let Some(done) = done else { return Ok(None) };
        let vehicle = call.found::<OwnedVehicleOfOrder>(&self.0.id)?;
        Ok(Some(OwnershipTransfer { transferred_at: done.0.actual_at, vehicle: (*vehicle).clone() }))
    }
}

/// Something of the checklist.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct HandoverChecklistLine {
    /// What.
    pub check: HandoverCheck,
    /// Whether it was gone through.
    pub done: bool,
}

/// That a car became its customer's (C090).
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct OwnershipTransfer {
    /// When.
    pub transferred_at: Option<DateTime<Utc>>,
    /// The car, as the customer has it now; null where it was handed over by another system.
    pub vehicle: Option<OwnedVehicle>,
}

/// When and how a car is to be handed over.
#[derive(Clone, Debug, Description)]
pub struct HandoverAppointment(pub handover_appointment::Model);

#[fields(rows(handover_appointment::Model))]
impl HandoverAppointment {
    /// Type-prefixed ULID, as in `hap_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where.
    fn mode(&self) -> HandoverMode {
        self.0.mode
    }

    /// The store that hands over.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The ceremony that was chosen.
    #[link(self.0.ceremony_id)]
    fn ceremony(&self) -> To<CeremonyById>;

    /// When it begins.
    fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// When it ends.
    fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }

    /// What was chosen with the ceremony, as it was then.
    fn add_ons(&self, call: &Call) -> Vec<HandoverAddOn> {
        add_ons(call, &self.0.add_ons.0)
    }

    /// What the ceremony and what was chosen with it cost then; paid at the store, beside the order.
    fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// Where the car is brought; shown down to the district except to the customer and holders of `pii:read`. Null unless it is
    /// brought.
    #[columns(address)]
    fn address(&self, call: &Call) -> Result<Option<String>> {
        let disclosure = policy::personal_of_own(&call.viewer);
        self.0.address.as_ref().map(|sealed| call.show(Personal::Address, sealed, disclosure)).transpose()
    }

    /// When it was made.
    fn booked_at(&self) -> DateTime<Utc> {
        self.0.booked_at
    }
}

/// A way in which a store hands cars over.
#[derive(Clone, Debug, Description)]
pub struct HandoverCeremony(pub handover_ceremony::Model);

#[fields(rows(handover_ceremony::Model))]
impl HandoverCeremony {
    /// Type-prefixed ULID, as in `hoc_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code, unique within the store.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// The store that offers it.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// What it costs.
    fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// How long it takes, minutes.
    fn duration_minutes(&self) -> i32 {
        self.0.duration_minutes
    }

    /// What can be chosen with it, in order.
    fn add_ons(&self, call: &Call) -> Vec<HandoverAddOn> {
        add_ons(call, &self.0.add_ons.0)
    }

    /// Whether it can be chosen.
    fn active(&self) -> bool {
        self.0.active
    }

    /// Grows with each change; sent back as `expectedVersion`.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// Something that can be had with a ceremony.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct HandoverAddOn {
    /// Code, unique within the ceremony.
    pub code: String,
    /// Name in the language of the request.
    pub name: String,
    /// What it costs.
    pub price: Money,
}

fn add_ons(call: &Call, rows: &[AddOn]) -> Vec<HandoverAddOn> {
    let shown = |row: &AddOn| HandoverAddOn {
        code: row.code.clone(),
        name: call.pick(&row.name_zh, &row.name_en),
        price: Money::fen(row.price_minor),
    };
    rows.iter().map(shown).collect()
}

/// A time at which a store can hand a car over.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct HandoverSlot {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// How many more cars can be handed over then.
    pub free: i32,
}

/// Something that has to be done before a hand-over (C088).
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PreparationTask {
    /// What.
    pub code: PreparationCode,
    /// What to call it, in the language of the request.
    pub title: String,
    /// By when; null while nobody can tell when the hand-over will be.
    pub due_at: Option<DateTime<Utc>>,
    /// Who sees to it.
    pub done_by: PreparationParty,
    /// Whether it is done.
    pub done: bool,
    /// When it was done; null where that is not known.
    pub done_at: Option<DateTime<Utc>>,
    /// Whether it is done by `preparationTaskComplete`; the others follow from what is so.
    pub by_word: bool,
}

/// The tasks of an order.
///
/// # Errors
/// What was not fetched yet is missing.
pub fn preparation_tasks(call: &Call, of: &order::Model) -> Result<Vec<PreparationTask>> {
    // All asked for at once, so that they are fetched in one round.
    let milestones = call.found::<MilestonesOfOrder>(&of.id);
    let appointment = call.found::<AppointmentOfOrder>(&of.id);
    let said = call.found::<SaidOfOrder>(&of.id);
    let (milestones, appointment, said) = (milestones?, appointment?, said?);
    let milestones: Vec<_> = milestones.iter().map(|row| (row.0.code, row.0.state, row.0.actual_at)).collect();
    let said: Vec<_> = said.iter().map(|row: &preparation_task::Model| (row.code, row.done_at)).collect();
    let facts = Facts {
        status: of.status,
        payment_status: of.payment_status,
        milestones: &milestones,
        appointment: (*appointment).as_ref().map(|appointment| booked(&appointment.0)),
        expected_at: expected_on(of, || calendar::day(call.now)).map(|window| calendar::end_of_day(window.likely)),
        said: &said,
    };
    let shown = |task: Task| PreparationTask {
        code: task.code,
        title: title(call.locale, task.code),
        due_at: task.due_at,
        done_by: task.party,
        done: task.done,
        done_at: task.done_at,
        by_word: by_word(task.code),
    };
    Ok(tasks(&facts).into_iter().map(shown).collect())
}

/// What of an appointment the tasks depend on.
pub fn booked(row: &handover_appointment::Model) -> (HandoverMode, DateTime<Utc>, bool) {
    (row.mode, row.starts_at, row.ceremony_id.is_some())
}

fn title(locale: Locale, code: PreparationCode) -> String {
    text(locale, &format!("preparation-{}", code.code().to_ascii_lowercase().replace('_', "-")), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_title_in_both_languages() {
        for code in PreparationCode::ALL {
            let (zh, en) = (title(Locale::ZhCn, *code), title(Locale::En, *code));
            assert!(!zh.starts_with("preparation-") && !en.starts_with("preparation-") && zh != en, "{code}");
        }
    }
}
