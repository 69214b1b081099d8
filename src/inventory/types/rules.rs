//! Rules of the stock as operators see them: who sees which cars, and in which order (C095, C096).

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::inventory::{sort_rule, vehicle_unit, visibility_policy};
use entity::{
    AgeBand, AgeDisclosure, Codes, HolderDisclosure, PhysicalStatus, PolicyEffect, PolicyStatus, Role, SalesModel,
    StockSortKey, StockSortMode, StockType, VehicleStatus, VinDisclosure, VisibilityScope,
};

use super::VehicleUnit;
use crate::catalog::TrimById;
use crate::graph::answer::To;
use crate::graph::connection::Direction;
use crate::graph::money::Money;
use crate::graph::scalars::Vin;
use crate::graph::{Call, Fields, fields};
use crate::place::{CityByCode, StoreById};

/// The values of a vocabulary that stand in a list of codes.
fn words<T: Copy + std::fmt::Display>(all: &[T], codes: &Codes) -> Vec<T> {
    all.iter().copied().filter(|word| codes.has(&word.to_string())).collect()
}

/// The ids that stand in a list of codes.
pub(super) fn ids(codes: &Codes) -> Vec<ID> {
    codes.0.iter().map(|id| ID(id.clone())).collect()
}

/// Who sees which cars, and what of them (domain.md 3.7). Without one that shows it nobody of a store sees a car; one that hides
/// it wins; of those that show it the most generous counts for each value.
#[derive(Clone, Debug, Description)]
pub struct InventoryVisibilityPolicy(pub visibility_policy::Model);

#[fields(rows(visibility_policy::Model))]
impl InventoryVisibilityPolicy {
    /// Type-prefixed ULID, as in `vis_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Name, unique.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// State; published ones count.
    fn status(&self) -> PolicyStatus {
        self.0.status
    }

    /// Whether it shows or hides.
    fn effect(&self) -> PolicyEffect {
        self.0.effect
    }

    /// For people who read a list of policies.
    fn priority(&self) -> i32 {
        self.0.priority
    }

    /// Roles that it speaks to; any of a store when empty.
    fn roles(&self) -> Vec<Role> {
        words(Role::ALL, &self.0.roles)
    }

    /// Stores that it speaks to; any when empty.
    fn store_ids(&self) -> Vec<ID> {
        ids(&self.0.store_ids)
    }

    /// Which rows it speaks of, seen from the viewer's store.
    fn scope(&self) -> VisibilityScope {
        self.0.scope
    }

    /// Of the scope `RADIUS`, kilometres.
    fn radius_km(&self) -> Option<i32> {
        self.0.radius_km
    }

    /// Kinds of stock; any when empty.
    fn stock_types(&self) -> Vec<StockType> {
        words(StockType::ALL, &self.0.stock_types)
    }

    /// States of cars; any when empty.
    fn statuses(&self) -> Vec<PhysicalStatus> {
        words(PhysicalStatus::ALL, &self.0.statuses)
    }

    /// Ways of selling; any when empty.
    fn sales_models(&self) -> Vec<SalesModel> {
        words(SalesModel::ALL, &self.0.sales_models)
    }

    /// Trims; any when empty.
    fn trim_ids(&self) -> Vec<ID> {
        ids(&self.0.trim_ids)
    }

    /// From which age on, days.
    fn min_age_days(&self) -> Option<i32> {
        self.0.min_age_days
    }

    /// Up to which age, days.
    fn max_age_days(&self) -> Option<i32> {
        self.0.max_age_days
    }

    /// How much of the VIN is shown.
    fn vin_disclosure(&self) -> VinDisclosure {
        self.0.vin_disclosure
    }

    /// How much of the age is shown.
    fn age_disclosure(&self) -> AgeDisclosure {
        self.0.age_disclosure
    }

    /// How much of the store that has it is shown.
    fn holder_disclosure(&self) -> HolderDisclosure {
        self.0.holder_disclosure
    }

    /// Whether the car may be held.
    fn may_reserve(&self) -> bool {
        self.0.may_reserve
    }

    /// Whether the store that has the car may be asked for it.
    fn may_request_transfer(&self) -> bool {
        self.0.may_request_transfer
    }

    /// From when it is in force, once it is published.
    fn effective_from(&self) -> DateTime<Utc> {
        self.0.effective_from
    }

    /// Until when, itself not within; null for good.
    fn effective_to(&self) -> Option<DateTime<Utc>> {
        self.0.effective_to
    }

    /// Who changed it last: a member of staff, or a system.
    fn changed_by(&self) -> Option<&str> {
        self.0.changed_by.as_deref()
    }

    /// When it last changed.
    fn changed_at(&self) -> Option<DateTime<Utc>> {
        self.0.changed_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// Most policies that are named for one car.
const MAX_REASONS: usize = 50;

/// A car as somebody else would see it, and why.
#[derive(Clone, Debug, Description)]
pub struct InventoryPreviewCar {
    /// Its row, as it would be shown.
    pub row: vehicle_unit::Model,
    /// What of it.
    pub shown: super::Disclosure,
    /// The policies that show it.
    pub by: Vec<visibility_policy::Model>,
}

impl InventoryPreviewCar {
    fn car(&self) -> VehicleUnit {
        VehicleUnit { row: self.row.clone(), shown: self.shown, distance_meters: None }
    }
}

#[fields(rows(vehicle_unit::Model))]
impl InventoryPreviewCar {
    /// The car, as in `veh_01J…`.
    fn vehicle_id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// As they would see it: all, the last six characters, or null.
    #[columns(vin)]
    fn vin(&self) -> Option<Vin> {
        self.car().seen_vin()
    }

    /// The trim it is built as.
    #[link(self.row.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// The one state to show.
    fn status(&self) -> VehicleStatus {
        super::super::rules::status::shown(self.row.physical_status, self.row.commercial_status)
    }

    /// Which stock it belongs to.
    fn stock_type(&self) -> StockType {
        self.row.stock_type
    }

    /// The store that has it, if they would see it.
    #[join(store_id)]
    #[columns(store_id)]
    fn store(&self) -> To<StoreById> {
        To::new(self.row.store_id.filter(|_| self.shown.holder >= HolderDisclosure::Name))
    }

    /// The city it is in, if they would see it.
    #[join(city_code)]
    #[columns(city_code)]
    fn city(&self) -> To<CityByCode> {
        To::new((self.shown.holder >= HolderDisclosure::City).then(|| self.row.city_code.clone()))
    }

    /// Full days in stock, if they would see the day.
    #[columns(stock_since)]
    fn age_days(&self, call: &Call) -> Option<i64> {
        self.car().seen_age(call.now)
    }

    /// Band of days in stock, if they would see it.
    #[columns(stock_since)]
    fn age_band(&self, call: &Call) -> Option<AgeBand> {
        self.car().seen_band(call.now)
    }

    /// List price with options.
    fn price(&self) -> Money {
        Money::fen(self.row.price_minor)
    }

    /// Whether they might hold it.
    #[columns()]
    fn may_reserve(&self) -> bool {
        self.shown.may_reserve
    }

    /// Whether they might ask the store that has it for it.
    #[columns()]
    fn may_request_transfer(&self) -> bool {
        self.shown.may_request_transfer
    }

    /// The policies that show it, at most fifty.
    #[columns()]
    fn visibility_reason(&self) -> Vec<InventoryVisibilityPolicy> {
        self.by.iter().take(MAX_REASONS).cloned().map(InventoryVisibilityPolicy).collect()
    }
}

/// In which order cars are shown (C096): asked for by `inventory(orderBy: { field: RULE })`.
#[derive(Clone, Debug, Description)]
pub struct InventorySortRule(pub sort_rule::Model);

#[fields(rows(sort_rule::Model))]
impl InventorySortRule {
    /// Type-prefixed ULID, as in `srt_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Name, unique.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// State; published ones count.
    fn status(&self) -> PolicyStatus {
        self.0.status
    }

    /// Of several rules that speak to somebody the one of the highest priority counts.
    fn priority(&self) -> i32 {
        self.0.priority
    }

    /// Roles that it speaks to; any staff when empty.
    fn roles(&self) -> Vec<Role> {
        words(Role::ALL, &self.0.roles)
    }

    /// Stores that it speaks to; any when empty.
    fn store_ids(&self) -> Vec<ID> {
        ids(&self.0.store_ids)
    }

    /// How the criteria come together.
    fn mode(&self) -> StockSortMode {
        self.0.mode
    }

    /// What it sorts by, the weightiest first.
    fn criteria(&self) -> Vec<InventorySortCriterion> {
        let criteria = self.0.criteria.0.iter();
        criteria
            .map(|criterion| InventorySortCriterion {
                key: criterion.key,
                direction: if criterion.descending { Direction::Desc } else { Direction::Asc },
                weight: criterion.weight,
            })
            .collect()
    }

    /// Who changed it last.
    fn changed_by(&self) -> &str {
        &self.0.changed_by
    }

    /// When it last changed.
    fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }

    /// Grows with each change; with the rule part of the cursors of its order.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// One thing to sort by.
#[derive(Fields, SimpleObject, Clone, Copy, Debug)]
pub struct InventorySortCriterion {
    /// By what.
    pub key: StockSortKey,
    /// Which way.
    pub direction: Direction,
    /// How much it counts beside the others; null where they are not weighed.
    pub weight: Option<i32>,
}
