//! What stops an order now (C077).

use async_graphql::SimpleObject;
use entity::order::order;
use entity::{BlockingCode, MilestoneCode, Party, PhysicalStatus};

use super::super::links::{AppointmentOfOrder, MilestonesOfOrder};
use super::super::rules::blocking::{Facts, blocking};
use super::super::rules::milestone::node_of;
use super::super::rules::template::{balance_first, whole};
use crate::graph::text::text;
use crate::graph::{Call, Fields, Result};
use crate::inventory::VehicleOfOrder;
use crate::place::StoreById;

/// Something that stops an order.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct BlockingReason {
    /// What.
    pub code: BlockingCode,
    /// What to call it, in the language of the request.
    pub title: String,
    /// The milestone that cannot be reached before.
    pub milestone: MilestoneCode,
    /// Who can see to it.
    pub party: Party,
}

/// Who sees to what stops an order.
fn party(code: BlockingCode) -> Party {
    match code {
        BlockingCode::DepositUnpaid => Party::Customer,
        BlockingCode::ConfigurationNotLocked => node_of(MilestoneCode::ConfigLocked).party,
        BlockingCode::ContractNotSigned => node_of(MilestoneCode::ContractSigned).party,
        BlockingCode::NoVehicle => node_of(MilestoneCode::Allocated).party,
        BlockingCode::QualityHold => Party::Oem,
        BlockingCode::BalanceUnpaid => node_of(MilestoneCode::BalancePaid).party,
        BlockingCode::InvoiceMissing => node_of(MilestoneCode::Invoiced).party,
        BlockingCode::AppointmentMissing => node_of(MilestoneCode::AppointmentSet).party,
        BlockingCode::ChangeRequestOpen => Party::Store,
    }
}

/// Key of the title: `blocking-no-vehicle`.
fn title_key(code: BlockingCode) -> String {
    format!("blocking-{}", code.to_string().to_ascii_lowercase().replace('_', "-"))
}

/// What stops an order.
///
/// # Errors
/// What was not fetched yet is missing.
pub fn blocking_reasons(call: &Call, of: &order::Model) -> Result<Vec<BlockingReason>> {
    // All asked for at once, so that they are fetched in one round.
    let milestones = call.found::<MilestonesOfOrder>(&of.id);
    let store = call.found::<StoreById>(&of.delivery_store_id);
    let appointment = call.found::<AppointmentOfOrder>(&of.id);
    let car = of.vehicle_id.map(|id| call.found::<VehicleOfOrder>(&id)).transpose();
    let (milestones, store, appointment, car) = (milestones?, store?, appointment?, car?);
    let states: Vec<_> = milestones.iter().map(|row| (row.0.code, row.0.state)).collect();
    let car = car.as_ref().and_then(|car| (**car).as_ref());
    let facts = Facts {
        status: of.status,
        states: &whole(&states),
        balance_first: balance_first(of.balance_first, (*store).as_ref().is_none_or(|store| store.row.delivery_center)),
        has_vehicle: of.vehicle_id.is_some(),
        on_hold: car.is_some_and(|car| car.row.physical_status == PhysicalStatus::QualityHold),
        has_appointment: (*appointment).is_some(),
        has_open_change_request: of.has_open_change_request,
    };
    let shown = |one: super::super::rules::blocking::Blocking| BlockingReason {
        code: one.code,
        title: text(call.locale, &title_key(one.code), &[]),
        milestone: one.node,
        party: party(one.code),
    };
    Ok(blocking(&facts).into_iter().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::Locale;

    #[test]
    fn every_reason_has_a_title_in_both_languages() {
        for code in BlockingCode::ALL {
            let key = title_key(*code);
            let (zh, en) = (text(Locale::ZhCn, &key, &[]), text(Locale::En, &key, &[]));
            assert!(zh != key && en != key && zh != en, "{key}");
        }
    }
}
