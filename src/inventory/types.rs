//! What a car looks like. What its policies hide is null, or coarser.

mod alert;
mod rules;
mod slot;
mod transfer;

use async_graphql::{Description, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::inventory::{allocation, event as vehicle_event, transport_leg, vehicle_unit};
use entity::{
    AgeBand, AgeDisclosure, AllocationKind, Cells, Column, Columns, CommercialStatus, HolderDisclosure, PhysicalStatus,
    RecommendReason, SalesModel, StockType, VehicleEventKind, VehicleStatus, VinDisclosure, Wanted,
};
use sea_orm::DbErr;

pub use alert::{StockAlert, StockAlertAction, StockAlertRule};
pub use rules::{InventoryPreviewCar, InventorySortRule, InventoryVisibilityPolicy};
pub use slot::ProductionSlot;
pub use transfer::{StockTransfer, StockTransferAction};

use super::display::{VehicleDisplayStatus, shown_of_car};
use super::links::{HistoryOfVehicle, HoldOfVehicle, LegsOfVehicle, SlotOfVehicle, TransferOfVehicle};
use super::quality::{CasesOfVehicle, DisclosuresOfVehicle};
use super::rules::age::{age_band, age_days, recommended};
use super::rules::status;
use super::rules::transfer::can_go;
use super::rules::visibility::Disclosure;
use crate::catalog::TrimById;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::Vin;
use crate::graph::{Call, Fields, Result, fields};
use crate::place::{CityByCode, StoreById};
use crate::values::mask;

/// A car as the statement of a list reads it.
#[derive(Clone, Debug)]
pub struct CarRow {
    /// The squared chord to the point that was asked for, in units of 10^-12; a sort key.
    pub nearness: i64,
    /// Its row.
    pub car: vehicle_unit::Model,
}

impl Columns for CarRow {
    const TABLE: &'static str = vehicle_unit::Model::TABLE;
    const COUNT: usize = vehicle_unit::Model::COUNT;
    const LIST: &'static str = vehicle_unit::Model::LIST;
    const NAMES: &'static [&'static str] = vehicle_unit::Model::NAMES;

    fn read_some(row: Cells<'_>, at: usize, wanted: Wanted) -> Result<Self, DbErr> {
        Ok(Self { nearness: i64::required(row, at)?, car: vehicle_unit::Model::read_some(row, at + 1, wanted)? })
    }
}

/// One car, built or planned.
#[derive(Clone, Debug, Description)]
pub struct VehicleUnit {
    /// Its row.
    pub row: vehicle_unit::Model,
    /// What the viewer sees of it.
    pub shown: Disclosure,
    /// Metres from the point that was asked for.
    pub distance_meters: Option<i32>,
}

impl VehicleUnit {
    fn sees_holder(&self, least: HolderDisclosure) -> bool {
        self.shown.holder >= least
    }

    fn seen_vin(&self) -> Option<Vin> {
        let vin = self.row.vin.as_deref()?;
        match self.shown.vin {
            VinDisclosure::Full => Some(Vin(vin.to_owned())),
            VinDisclosure::LastSix => Some(Vin(mask::last_six(vin))),
            VinDisclosure::Hidden => None,
        }
    }

    fn seen_age(&self, now: DateTime<Utc>) -> Option<i64> {
        (self.shown.age == AgeDisclosure::Exact).then(|| age_days(self.row.stock_since, now))
    }

    fn seen_band(&self, now: DateTime<Utc>) -> Option<AgeBand> {
        (self.shown.age >= AgeDisclosure::Band).then(|| age_band(age_days(self.row.stock_since, now)))
    }

    /// Whether the viewer may ask for it to come to another store: a free one where the policies let them, one of an order where that is
    /// handed over by their store; for operators one of an order wherever it is handed over.
    fn may_be_asked_for(&self, call: &Call) -> Result<bool> {
        let viewer = &call.viewer;
        let (Some(here), Some(_)) = (self.row.store_id, viewer.staff()) else { return Ok(false) };
        let (physical, commercial) = (self.row.physical_status, self.row.commercial_status);
        if commercial == CommercialStatus::Allocated {
            let hold = call.found::<HoldOfVehicle>(&self.row.id)?;
            let to = (*hold).as_ref().and_then(|hold| hold.0.store_id);
            let theirs = to.filter(|to| *to != here && viewer.store().is_none_or(|own| own == *to));
            return Ok(theirs.is_some_and(|to| can_go(physical, commercial, Some(to), to)));
        }
        let to = viewer.store();
        let asks = self.shown.may_request_transfer && super::policy::may_request_transfers(viewer);
        Ok(asks && to != Some(here) && can_go(physical, commercial, None, to.unwrap_or_default()))
    }

    /// Whether the viewer is told who holds the car, and what was done with it.
    pub(super) fn sees_business(&self, call: &Call) -> bool {
        self.sees_holder(HolderDisclosure::Name) && call.viewer.staff().is_some()
    }
}

/// What the caller may do with a car now.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VehicleUnitAction {
    /// Hold it for a while.
    Reserve,
    /// Set it free.
    Release,
    /// Ask the store that has it for it: `stockTransferRequest`. Of a car on an order it is told to the store that hands it over, and to
    /// operators.
    RequestTransfer,
}

#[fields(rows(vehicle_unit::Model))]
impl VehicleUnit {
    /// Type-prefixed ULID, as in `veh_01J…`.
    pub fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// Vehicle identification number, as far as the policies show it: all, the last six characters, or null.
    #[columns(vin)]
    fn vin(&self) -> Option<Vin> {
        self.seen_vin()
    }

    /// The trim it is built as.
    #[link(self.row.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// Codes of its options.
    fn option_codes(&self) -> &[String] {
        &self.row.option_codes.0
    }

    /// The one state, made of the physical and the commercial one: a code for programs. What people are shown is `displayStatus`, whose
    /// words and steps operators choose.
    fn status(&self) -> VehicleStatus {
        status::shown(self.row.physical_status, self.row.commercial_status)
    }

    /// The state as operators have it shown to the caller's kind of people: label, step, colour, picture.
    #[columns(physical_status, commercial_status, resume_to; reckoned)]
    fn display_status(&self, call: &Call) -> Result<VehicleDisplayStatus> {
        shown_of_car(call, &self.row, None)
    }

    /// Where it stands between plan and handover.
    fn physical_status(&self) -> PhysicalStatus {
        self.row.physical_status
    }

    /// Whose it is to be.
    fn commercial_status(&self) -> CommercialStatus {
        self.row.commercial_status
    }

    /// Which stock it belongs to.
    fn stock_type(&self) -> StockType {
        self.row.stock_type
    }

    /// Who owns the stock and sets the price.
    fn sales_model(&self) -> SalesModel {
        self.row.sales_model
    }

    /// The store that has it; null at a plant or hub, or where the policies hide it.
    #[join(store_id)]
    #[columns(store_id)]
    fn store(&self) -> To<StoreById> {
        To::new(self.row.store_id.filter(|_| self.sees_holder(HolderDisclosure::Name)))
    }

    /// The city it is in, where the policies show it.
    #[join(city_code)]
    #[columns(city_code)]
    fn city(&self) -> To<CityByCode> {
        To::new(self.sees_holder(HolderDisclosure::City).then(|| self.row.city_code.clone()))
    }

    /// Metres from the point given as `near`, to the kilometre where the store is hidden; null when none was given, and where the
    /// city is hidden.
    #[columns()]
    fn distance_meters(&self) -> Option<i32> {
        let exact = self.distance_meters.filter(|_| self.sees_holder(HolderDisclosure::City))?;
        Some(if self.sees_holder(HolderDisclosure::Name) { exact } else { (exact + 500) / 1000 * 1000 })
    }

    /// Full days in stock, where the policies show the day.
    #[columns(stock_since)]
    fn age_days(&self, call: &Call) -> Option<i64> {
        self.seen_age(call.now)
    }

    /// Band of days in stock, where the policies show it.
    #[columns(stock_since)]
    fn age_band(&self, call: &Call) -> Option<AgeBand> {
        self.seen_band(call.now)
    }

    /// Whether it is to be sold before others, since it has stood for long and can be had (C097); null where the policies hide its
    /// age.
    #[columns(stock_since, physical_status, commercial_status)]
    fn is_recommended(&self, call: &Call) -> Option<bool> {
        self.seen_band(call.now)?;
        Some(
            recommended(age_days(self.row.stock_since, call.now), self.row.physical_status, self.row.commercial_status)
                .is_some(),
        )
    }

    /// Why it is to be sold before others; null when it is not.
    #[columns(stock_since, physical_status, commercial_status)]
    fn recommend_reason(&self, call: &Call) -> Option<RecommendReason> {
        self.seen_band(call.now)?;
        recommended(age_days(self.row.stock_since, call.now), self.row.physical_status, self.row.commercial_status)
    }

    /// When it is expected in the store.
    fn expected_at(&self) -> Option<DateTime<Utc>> {
        self.row.expected_at
    }

    /// When it left the line.
    fn built_at(&self) -> Option<DateTime<Utc>> {
        self.row.built_at
    }

    /// Its place in the plant's plan, for those who see the holder; null of a car that is in no plan. What customers are told of it is when
    /// the car will be there.
    #[columns(production_slot_id)]
    #[join(production_slot_id)]
    fn production_slot(&self, call: &Call) -> To<SlotOfVehicle> {
        To::new(self.row.production_slot_id.filter(|_| self.sees_business(call)))
    }

    /// What it has run, kilometres; null where nobody has told.
    fn odometer_km(&self) -> Option<i32> {
        self.row.odometer_km
    }

    /// List price with options.
    fn price(&self) -> Money {
        Money::fen(self.row.price_minor)
    }

    /// What it cost; for operators.
    #[columns(cost_minor)]
    fn cost(&self) -> Option<Money> {
        self.shown.cost.then(|| Money::fen(self.row.cost_minor))
    }

    /// Its way to the store, leg by leg; empty where the city is hidden.
    #[columns(id)]
    #[join(id)]
    fn transport_legs(&self) -> To<LegsOfVehicle> {
        To::new(self.sees_holder(HolderDisclosure::City).then_some(self.row.id))
    }

    /// The hold or assignment in force, for those who see the holder.
    #[columns(id)]
    #[join(id)]
    fn allocation(&self, call: &Call) -> To<HoldOfVehicle> {
        To::new(self.sees_business(call).then_some(self.row.id))
    }

    /// What happened to it, oldest first, for those who see the holder.
    #[columns(id)]
    #[join(id)]
    fn timeline(&self, call: &Call) -> To<HistoryOfVehicle> {
        To::new(self.sees_business(call).then_some(self.row.id))
    }

    /// Damage to it, newest first, the last 20: for staff of the store that has it or whose order it is on, and operators.
    #[link(self.row.id)]
    fn quality_cases(&self) -> To<CasesOfVehicle>;

    /// What whoever buys it has to be told: damage that it is sold with, newest first. Empty for a car without.
    #[columns(id; reckoned)]
    fn damage_disclosures(&self, call: &Call) -> Result<Vec<String>> {
        let cases = call.found::<DisclosuresOfVehicle>(&self.row.id)?;
        Ok(cases.iter().filter_map(|case| case.disclosure.clone()).collect())
    }

    /// What the caller may do with it now.
    #[columns(id, store_id, physical_status, commercial_status; reckoned)]
    #[join(id => HoldOfVehicle)]
    fn allowed_actions(&self, call: &Call) -> Result<Vec<VehicleUnitAction>> {
        let mut actions = Vec::new();
        if self.shown.may_reserve && status::may_reserve(self.row.physical_status, self.row.commercial_status) {
            actions.push(VehicleUnitAction::Reserve);
        }
        if self.row.commercial_status == CommercialStatus::Reserved && call.viewer.staff().is_some() {
            let hold = call.found::<HoldOfVehicle>(&self.row.id)?;
            if (*hold).as_ref().is_some_and(|hold| super::policy::may_release(&call.viewer, &hold.0)) {
                actions.push(VehicleUnitAction::Release);
            }
        }
        if self.may_be_asked_for(call)? {
            actions.push(VehicleUnitAction::RequestTransfer);
        }
        Ok(actions)
    }

    /// The transfer by which it goes, or is to go, to another store: for staff of the stores of the transfer, of the store that has sold
    /// the car, and operators.
    #[link(self.row.id)]
    fn open_transfer(&self) -> To<TransferOfVehicle>;

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.row.version
    }

    /// When it last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }
}

/// One leg of a car's way.
#[derive(Clone, Debug, Description)]
pub struct TransportLeg(pub transport_leg::Model);

#[fields(rows(transport_leg::Model))]
impl TransportLeg {
    /// Place in the order of legs, from 1.
    fn position(&self) -> i32 {
        self.0.position
    }

    /// Where it starts; null for a place outside the list of cities.
    #[link(self.0.from_city_code)]
    fn origin(&self) -> To<CityByCode>;

    /// Where it ends; null for a place outside the list of cities.
    #[link(self.0.to_city_code)]
    fn destination(&self) -> To<CityByCode>;

    /// Days that half of such legs take at most.
    fn median_days(&self) -> i32 {
        self.0.p50_days
    }

    /// Days that nine of ten such legs take at most.
    fn p90_days(&self) -> i32 {
        self.0.p90_days
    }

    /// When the car left.
    fn departed_at(&self) -> Option<DateTime<Utc>> {
        self.0.departed_at
    }

    /// When the car arrived.
    fn arrived_at(&self) -> Option<DateTime<Utc>> {
        self.0.arrived_at
    }
}

/// A hold, or an assignment to an order.
#[derive(Clone, Debug, Description)]
pub struct Allocation(pub allocation::Model);

#[fields(rows(allocation::Model))]
impl Allocation {
    /// Type-prefixed ULID, as in `alc_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How firm it is.
    fn kind(&self) -> AllocationKind {
        self.0.kind
    }

    /// The store it was made for.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// When a hold runs out; an assignment does not.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When it was made.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// One line of a car's history.
#[derive(Fields, Clone, Debug, SimpleObject)]
pub struct VehicleEvent {
    /// What happened.
    pub kind: VehicleEventKind,
    /// State before.
    pub from_status: Option<String>,
    /// State after.
    pub to_status: Option<String>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

impl From<vehicle_event::Model> for VehicleEvent {
    fn from(row: vehicle_event::Model) -> Self {
        Self { kind: row.kind, from_status: row.from_status, to_status: row.to_status, occurred_at: row.occurred_at }
    }
}
