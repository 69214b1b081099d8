//! In which order cars are shown (C096; domain.md 3.7).

use entity::ids::StoreId;
use entity::inventory::sort_rule;
use entity::vocabulary::{CommercialStatus, PhysicalStatus, PolicyStatus, Role};
use entity::{SortCriteria, StockSortKey};

use super::policy::Broken;

/// Most criteria of a rule: each key once.
pub const MAX_CRITERIA: usize = StockSortKey::ALL.len();

/// Everything that a rule breaks: it has criteria, each key once, and speaks to staff.
pub fn check(criteria: &SortCriteria, roles: &[String]) -> Vec<Broken> {
    let mut broken = Vec::new();
    if criteria.0.is_empty() {
        broken.push(Broken::at("criteria", "required"));
    }
    for (place, criterion) in criteria.0.iter().enumerate() {
        if criteria.0[..place].iter().any(|earlier| earlier.key == criterion.key) {
            broken.push(Broken::at(format!("criteria.{place}.key"), "sort-key-twice"));
        }
    }
    let staff = [Role::Consultant, Role::StoreManager, Role::Operator].map(Role::code);
    for (place, role) in roles.iter().enumerate() {
        if !staff.contains(&role.as_str()) {
            broken.push(Broken::at(format!("roles.{place}"), "sort-role"));
        }
    }
    broken
}

/// The rule in force for somebody: of the published ones that speak to them that of the highest priority, and of several such
/// the oldest.
pub fn in_force(rules: &[sort_rule::Model], role: Role, store: Option<StoreId>) -> Option<&sort_rule::Model> {
    rules
        .iter()
        .filter(|rule| rule.status == PolicyStatus::Published)
        .filter(|rule| rule.roles.0.is_empty() || rule.roles.has(role.code()))
        .filter(|rule| rule.store_ids.0.is_empty() || store.is_some_and(|store| rule.store_ids.has(&store.to_string())))
        .min_by_key(|rule| (std::cmp::Reverse(rule.priority), rule.id))
}

/// How soon a car can be had by its place alone; the soonest first.
pub fn place_rank(physical: PhysicalStatus) -> i64 {
    match physical {
        PhysicalStatus::InStock => 0,
        PhysicalStatus::Pdi => 1,
        PhysicalStatus::Ready => 2,
        PhysicalStatus::Transferring => 3,
        PhysicalStatus::InTransit => 4,
        PhysicalStatus::Released => 5,
        PhysicalStatus::Built => 6,
        PhysicalStatus::InProduction => 7,
        PhysicalStatus::Scheduled => 8,
        PhysicalStatus::Planned => 9,
        PhysicalStatus::Demo => 10,
        PhysicalStatus::Returned => 11,
        PhysicalStatus::QualityHold => 12,
        PhysicalStatus::Delivered => 13,
        PhysicalStatus::TotalLoss => 14,
    }
}

/// Beside its place, whether it can be had at all: free ones come first.
pub fn promise_rank(commercial: CommercialStatus) -> i64 {
    match commercial {
        CommercialStatus::Free => 0,
        CommercialStatus::Reserved => 100,
        CommercialStatus::Allocated => 200,
        CommercialStatus::Sold => 300,
    }
}

/// `STATUS_RANK` of a car.
pub fn status_rank(physical: PhysicalStatus, commercial: CommercialStatus) -> i64 {
    promise_rank(commercial) + place_rank(physical)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use entity::{Codes, SortCriterion, SortRuleId};
    use proptest::prelude::*;

    fn rule(n: u128, priority: i32) -> sort_rule::Model {
        sort_rule::Model {
            id: SortRuleId::from_parts(0, n),
            name: format!("R{n}"),
            status: PolicyStatus::Published,
            priority,
            roles: Codes::default(),
            store_ids: Codes::default(),
            criteria: SortCriteria::default(),
            changed_by: "test".into(),
            changed_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    fn keys(keys: &[StockSortKey]) -> SortCriteria {
        SortCriteria(keys.iter().map(|key| SortCriterion { key: *key, descending: false }).collect())
    }

    #[test]
    fn criteria_stand_once_and_roles_are_staff() {
        use StockSortKey::{AgeDays, Distance, OwnFirst};
        assert_eq!(check(&keys(&[OwnFirst, AgeDays, Distance]), &[]), []);
        assert_eq!(check(&keys(&[]), &[]), [Broken::at("criteria", "required")]);
        let roles = ["OPERATOR", "CUSTOMER"].map(str::to_owned);
        let expected = [Broken::at("criteria.2.key", "sort-key-twice"), Broken::at("roles.1", "sort-role")];
        assert_eq!(check(&keys(&[AgeDays, OwnFirst, AgeDays]), &roles), expected);
        assert_eq!(check(&keys(StockSortKey::ALL), &[]), []);
    }

    #[test]
    fn the_weightiest_rule_that_speaks_to_somebody_is_in_force() {
        let store = StoreId::from_parts(0, 1);
        let managers = sort_rule::Model { roles: Codes::from_iter(["STORE_MANAGER"]), ..rule(1, 9) };
        let of_store = sort_rule::Model { store_ids: Codes::from_iter([store.to_string()]), ..rule(2, 5) };
        let draft = sort_rule::Model { status: PolicyStatus::Draft, ..rule(3, 99) };
        let rules = [rule(5, 1), rule(4, 1), managers, of_store, draft];
        let found = |role, store| in_force(&rules, role, store).map(|rule| rule.name.as_str());
        assert_eq!(found(Role::StoreManager, Some(store)), Some("R1"));
        assert_eq!(found(Role::Consultant, Some(store)), Some("R2"));
        assert_eq!(found(Role::Consultant, Some(StoreId::from_parts(0, 2))), Some("R4"));
        assert_eq!(found(Role::Operator, None), Some("R4"));
        assert_eq!(in_force(&rules[4..], Role::Operator, None), None);
    }

    proptest! {
        /// The order of the list does not matter, and nothing in it outweighs what is found.
        #[test]
        fn the_order_of_the_list_does_not_matter(priorities in prop::collection::vec(-3_i32..3, 1..8), turn in 0_usize..8) {
            let rules: Vec<_> = priorities.iter().enumerate().map(|(n, p)| rule(n as u128, *p)).collect();
            let mut turned = rules.clone();
            turned.rotate_left(turn % rules.len());
            let found = in_force(&rules, Role::Consultant, None).unwrap();
            prop_assert_eq!(in_force(&turned, Role::Consultant, None).unwrap(), found);
            prop_assert!(rules.iter().all(|rule| rule.priority <= found.priority));
        }
    }

    #[test]
    fn free_cars_come_before_promised_ones_whatever_their_place() {
        let worst = PhysicalStatus::ALL.iter().map(|p| status_rank(*p, CommercialStatus::Free)).max().unwrap();
        let best = PhysicalStatus::ALL.iter().map(|p| status_rank(*p, CommercialStatus::Reserved)).min().unwrap();
        assert!(worst < best);
        let ranks: std::collections::BTreeSet<_> = PhysicalStatus::ALL.iter().map(|p| place_rank(*p)).collect();
        assert_eq!(ranks.len(), PhysicalStatus::ALL.len());
    }
}
