//! Who sees which cars, and what of them (C095; domain.md 3.7).
//!
//! This is the reference: the predicate that the store compiles into statements must say the same of every car, and a
//! test holds the two together.
//!
//! - Operators see every car in full; the policies are for stores.
//! - Customers and partner systems see no single car, whatever a policy says.
//! - Store staff see a car if an ALLOW policy that speaks to them matches it and no DENY policy does. Cars promised or
//!   sold, held for quality or handed over stay within the store that has them.

use chrono::{DateTime, Utc};
use entity::ids::{OrganizationId, StoreId, TrimId, VisibilityPolicyId};
use entity::inventory::visibility_policy;
use entity::vocabulary::{
    AgeDisclosure, CommercialStatus, HolderDisclosure, OrganizationKind, PhysicalStatus, PolicyEffect, PolicyStatus,
    Region, Role, SalesModel, StockType, VinDisclosure, VisibilityScope,
};

use crate::values::geo::Point;

/// Who looks, and from where.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewer {
    pub role: Role,
    /// Where the person looks from; none for the car maker's own people.
    pub place: Option<Place>,
}

/// A store as a point of view or as a car's holder.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub store_id: StoreId,
    /// See [`group_of`].
    pub group_id: OrganizationId,
    /// GB/T 2260; the first two digits are the province.
    pub city_code: String,
    pub region: Region,
    pub point: Point,
}

/// What of a car decides who sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Car {
    /// Custodian store, none at a plant or hub.
    pub store_id: Option<StoreId>,
    /// Group of the custodian store, see [`group_of`].
    pub group_id: Option<OrganizationId>,
    pub city_code: String,
    pub region: Region,
    pub point: Point,
    pub stock_type: StockType,
    pub physical: PhysicalStatus,
    pub commercial: CommercialStatus,
    pub sales_model: SalesModel,
    pub trim_id: TrimId,
    /// See [`super::age::age_days`].
    pub age_days: i64,
}

/// What is shown of a car that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disclosure {
    pub vin: VinDisclosure,
    pub age: AgeDisclosure,
    pub holder: HolderDisclosure,
    /// The car maker's eyes only; no policy gives it.
    pub cost: bool,
    /// Whether the viewer may hold the car, if its state permits.
    pub may_reserve: bool,
    /// Whether the viewer may ask the store that has it for the car, if its state permits.
    pub may_request_transfer: bool,
}

impl Disclosure {
    /// Everything.
    pub const FULL: Self = Self {
        vin: VinDisclosure::Full,
        age: AgeDisclosure::Exact,
        holder: HolderDisclosure::Name,
        cost: true,
        may_reserve: true,
        may_request_transfer: true,
    };

    fn of(policy: &visibility_policy::Model) -> Self {
        Self {
            vin: policy.vin_disclosure,
            age: policy.age_disclosure,
            holder: policy.holder_disclosure,
            cost: false,
            may_reserve: policy.may_reserve,
            may_request_transfer: policy.may_request_transfer,
        }
    }

    /// The most permissive of both, field by field.
    fn or(self, other: Self) -> Self {
        Self {
            vin: self.vin.max(other.vin),
            age: self.age.max(other.age),
            holder: self.holder.max(other.holder),
            cost: self.cost || other.cost,
            may_reserve: self.may_reserve || other.may_reserve,
            may_request_transfer: self.may_request_transfer || other.may_request_transfer,
        }
    }
}

/// Whether a car is seen, and why (`visibilityReason`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Seen, by grace of these ALLOW policies, in order of id; of none if the role alone suffices.
    Visible { disclosure: Disclosure, by: Vec<VisibilityPolicyId> },
    /// No policy that speaks to the viewer matches.
    NotAllowed,
    /// These DENY policies match, in order of id.
    Denied { by: Vec<VisibilityPolicyId> },
    /// Promised, sold, held or handed over, and in another store's hands.
    Withheld,
    /// The role sees no single cars.
    NoRows,
}

impl Verdict {
    /// What is shown, if the car is seen.
    pub fn disclosure(&self) -> Option<Disclosure> {
        match self {
            Self::Visible { disclosure, .. } => Some(*disclosure),
            _ => None,
        }
    }
}

/// The group of a store: the dealer group above its legal party, or else that party itself, so that a lone store is a
/// group of its own.
pub fn group_of(own: OrganizationId, parent: Option<(OrganizationId, OrganizationKind)>) -> OrganizationId {
    match parent {
        Some((group, OrganizationKind::DealerGroup)) => group,
        _ => own,
    }
}

/// Whether the role sees every car in full without any policy.
pub fn sees_all(role: Role) -> bool {
    role == Role::Operator
}

/// Whether the role is one that policies speak to.
pub fn is_store_staff(role: Role) -> bool {
    matches!(role, Role::Consultant | Role::StoreManager)
}

/// Whether the policy speaks to the viewer at all: published, within its dates (the end does not belong to them), and
/// the viewer in its audience.
pub fn speaks_to(policy: &visibility_policy::Model, viewer: &Viewer, now: DateTime<Utc>) -> bool {
    policy.status == PolicyStatus::Published
        && policy.effective_from <= now
        && policy.effective_to.is_none_or(|end| now < end)
        && is_store_staff(viewer.role)
        && names(&policy.roles.0, viewer.role.code())
        && (policy.store_ids.0.is_empty()
            || viewer.place.as_ref().is_some_and(|place| policy.store_ids.has(&place.store_id.to_string())))
}

/// The policies that speak to the viewer; both effects, in order of the list.
pub fn policies_for<'a>(
    policies: &'a [visibility_policy::Model],
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> impl Iterator<Item = &'a visibility_policy::Model> {
    policies.iter().filter(move |policy| speaks_to(policy, viewer, now))
}

/// Whether the policy's rows, seen from the viewer, hold this car: scope and filters. Says nothing of audience or
/// effect. A viewer without a place has only the nationwide scope; a radius scope without a radius holds nothing.
pub fn matches(policy: &visibility_policy::Model, viewer: &Viewer, car: &Car) -> bool {
    in_scope(policy, viewer.place.as_ref(), car)
        && names(&policy.stock_types.0, car.stock_type.code())
        && names(&policy.statuses.0, car.physical.code())
        && names(&policy.sales_models.0, car.sales_model.code())
        && (policy.trim_ids.0.is_empty() || policy.trim_ids.has(&car.trim_id.to_string()))
        && policy.min_age_days.is_none_or(|min| i64::from(min) <= car.age_days)
        && policy.max_age_days.is_none_or(|max| car.age_days <= i64::from(max))
}

fn in_scope(policy: &visibility_policy::Model, place: Option<&Place>, car: &Car) -> bool {
    if policy.scope == VisibilityScope::Nationwide {
        return true;
    }
    let Some(place) = place else { return false };
    match policy.scope {
        VisibilityScope::OwnStore => car.store_id == Some(place.store_id),
        VisibilityScope::SameGroup => car.group_id == Some(place.group_id),
        VisibilityScope::SameCity => car.city_code == place.city_code,
        VisibilityScope::SameProvince => province(&car.city_code) == province(&place.city_code),
        VisibilityScope::SameRegion => car.region == place.region,
        VisibilityScope::Radius => {
            policy.radius_km.is_some_and(|radius| place.point.distance_km(car.point) <= f64::from(radius))
        }
        VisibilityScope::Nationwide => true,
    }
}

/// Whether the car stays within the store that has it: promised, sold, held for quality, or handed over (a private
/// owner's). The car's own store may see it if a policy allows.
pub fn withheld(viewer: &Viewer, car: &Car) -> bool {
    let private = matches!(car.commercial, CommercialStatus::Allocated | CommercialStatus::Sold)
        || matches!(car.physical, PhysicalStatus::QualityHold | PhysicalStatus::Delivered);
    private && viewer.place.as_ref().is_none_or(|place| car.store_id != Some(place.store_id))
}

/// Whether the viewer sees the car and what of it. The order of the policies and their priorities do not matter: a DENY
/// wins, and of the ALLOWs that match this car the most permissive counts for each field.
pub fn judge(policies: &[visibility_policy::Model], viewer: &Viewer, car: &Car, now: DateTime<Utc>) -> Verdict {
    judge_by(policies_for(policies, viewer, now), viewer, car)
}

/// As [`judge`], by policies that are known to speak to the viewer: for many cars.
pub fn judge_by<'a>(
    speaking: impl IntoIterator<Item = &'a visibility_policy::Model>,
    viewer: &Viewer,
    car: &Car,
) -> Verdict {
    if sees_all(viewer.role) {
        return Verdict::Visible { disclosure: Disclosure::FULL, by: Vec::new() };
    }
    if !is_store_staff(viewer.role) {
        return Verdict::NoRows;
    }
    let matching: Vec<_> = speaking.into_iter().filter(|policy| matches(policy, viewer, car)).collect();
    let ids = |effect| {
        let mut ids: Vec<_> = matching.iter().filter(|policy| policy.effect == effect).map(|p| p.id).collect();
        ids.sort();
        ids
    };
    let denied = ids(PolicyEffect::Deny);
    if !denied.is_empty() {
        return Verdict::Denied { by: denied };
    }
    match matching.iter().map(|policy| Disclosure::of(policy)).reduce(Disclosure::or) {
        None => Verdict::NotAllowed,
        Some(_) if withheld(viewer, car) => Verdict::Withheld,
        Some(disclosure) => Verdict::Visible { disclosure, by: ids(PolicyEffect::Allow) },
    }
}

/// Whether a list of codes names the value; an empty list names all.
fn names(codes: &[String], value: &str) -> bool {
    codes.is_empty() || codes.iter().any(|code| code == value)
}

/// First two digits of a city code.
fn province(city_code: &str) -> &str {
    city_code.get(..2).unwrap_or(city_code)
}

#[cfg(test)]
pub(in crate::inventory::rules) mod tests;
