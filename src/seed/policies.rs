//! Who sees which cars at the beginning (domain.md 3.7). Operators see all by their role.

use chrono::{DateTime, TimeDelta, Utc};
use entity::inventory::visibility_policy;
use entity::{
    AgeDisclosure, Codes, HolderDisclosure, PolicyEffect, PolicyStatus, Role, SalesModel, StockType, VinDisclosure,
    VisibilityScope,
};

use super::batch::Batch;
use super::dice::Dice;
use super::places::Places;

/// Name, status, effect, priority, scope, VIN, age, holder, whether the car may be held.
type Row = (
    &'static str,
    PolicyStatus,
    PolicyEffect,
    i32,
    VisibilityScope,
    VinDisclosure,
    AgeDisclosure,
    HolderDisclosure,
    bool,
);

const ROWS: &[Row] = {
    use PolicyEffect::{Allow, Deny};
    use PolicyStatus::{Archived, Draft, Published};
    use VisibilityScope as Scope;
    use {AgeDisclosure as Age, HolderDisclosure as Holder, VinDisclosure as Vin};
    &[
        ("Own store", Published, Allow, 10, Scope::OwnStore, Vin::Full, Age::Exact, Holder::Name, true),
        ("Same dealer group", Published, Allow, 20, Scope::SameGroup, Vin::Full, Age::Exact, Holder::Name, true),
        ("Same city", Published, Allow, 30, Scope::SameCity, Vin::LastSix, Age::Band, Holder::City, false),
        ("Same region", Published, Allow, 40, Scope::SameRegion, Vin::Hidden, Age::Band, Holder::City, false),
        (
            "Nationwide for managers",
            Published,
            Allow,
            50,
            Scope::Nationwide,
            Vin::Hidden,
            Age::Hidden,
            Holder::City,
            false,
        ),
        ("Old stock nearby", Published, Allow, 60, Scope::Radius, Vin::LastSix, Age::Exact, Holder::City, true),
        (
            "Demo cars stay at home",
            Published,
            Deny,
            90,
            Scope::Nationwide,
            Vin::Hidden,
            Age::Hidden,
            Holder::Hidden,
            false,
        ),
        ("Whole country, open", Archived, Allow, 99, Scope::Nationwide, Vin::Full, Age::Exact, Holder::Name, true),
        ("Same province", Draft, Allow, 35, Scope::SameProvince, Vin::LastSix, Age::Band, Holder::City, false),
    ]
};

/// Stock that others may see: everything but demo cars.
const NOT_DEMO: &[StockType] = &[
    StockType::Factory,
    StockType::OemHub,
    StockType::InTransit,
    StockType::StoreStock,
    StockType::Display,
    StockType::Cpo,
];

pub(super) fn build(today: DateTime<Utc>, places: &Places, dice: &mut Dice, batch: &mut Batch) {
    for &(name, status, effect, priority, scope, vin, age, holder, may_reserve) in ROWS {
        let denied = effect == PolicyEffect::Deny;
        // Agents and dealers do not see the maker's demo cars; their own are of another sales model.
        let store_ids: Codes = places
            .shops
            .iter()
            .filter(|shop| denied && shop.model != SalesModel::Direct)
            .map(|shop| shop.id.to_string())
            .collect();
        let managers = scope == VisibilityScope::Nationwide && !denied;
        let stock_types: Codes = match scope {
            VisibilityScope::OwnStore => Codes::default(),
            _ if denied => Codes(vec![StockType::Demo.to_string()]),
            _ => NOT_DEMO.iter().map(ToString::to_string).collect(),
        };
        batch.policies.push(visibility_policy::Model {
            id: dice.id(),
            name: name.into(),
            status,
            effect,
            priority,
            roles: if managers { Codes(vec![Role::StoreManager.to_string()]) } else { Codes::default() },
            store_ids,
            scope,
            radius_km: (scope == VisibilityScope::Radius).then_some(150),
            stock_types,
            statuses: Codes::default(),
            trim_ids: Codes::default(),
            sales_models: if denied { Codes(vec![SalesModel::Direct.to_string()]) } else { Codes::default() },
            min_age_days: (scope == VisibilityScope::Radius).then_some(90),
            max_age_days: None,
            vin_disclosure: vin,
            age_disclosure: age,
            holder_disclosure: holder,
            may_reserve,
            // Between stores of one owner.
            may_request_transfer: scope == VisibilityScope::SameGroup,
            effective_from: today - TimeDelta::days(365),
            effective_to: (status == PolicyStatus::Archived).then(|| today - TimeDelta::days(90)),
            changed_by: None,
            changed_at: None,
            version: 1,
        });
    }
}
