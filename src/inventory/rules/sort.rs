//! In which order cars are shown (C096; domain.md 3.7).

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::StoreId;
use entity::inventory::sort_rule;
use entity::vocabulary::{CommercialStatus, PhysicalStatus, PolicyStatus, Role};
use entity::{SortCriteria, SortCriterion, StockSortKey, StockSortMode};

use super::policy::{Broken, within};
use crate::values::geo::chord_squared;

/// Most criteria of a rule: each key once.
pub const MAX_CRITERIA: usize = StockSortKey::ALL.len();

/// How much a criterion may count beside the others.
pub const WEIGHTS: (i32, i32) = (1, 100);

/// Everything that a rule breaks: it has criteria, each key once, each with a weight where they are weighed, and speaks to staff.
pub fn check(mode: StockSortMode, criteria: &SortCriteria, roles: &[String]) -> Vec<Broken> {
    let mut broken = Vec::new();
    if criteria.0.is_empty() {
        broken.push(Broken::at("criteria", "required"));
    }
    for (place, criterion) in criteria.0.iter().enumerate() {
        if criteria.0[..place].iter().any(|earlier| earlier.key == criterion.key) {
            broken.push(Broken::at(format!("criteria.{place}.key"), "sort-key-twice"));
        }
        let field = format!("criteria.{place}.weight");
        broken.extend(match (mode, criterion.weight) {
            (StockSortMode::Weighted, None) => Some(Broken::at(field, "required")),
            (StockSortMode::Weighted, weight) => within(&field, weight, WEIGHTS),
            (StockSortMode::Lexicographic, Some(_)) => Some(Broken::at(field, "sort-weight")),
            (StockSortMode::Lexicographic, None) => None,
        });
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

/// Cars that stand in a store, or at a hub.
pub const STANDING: [PhysicalStatus; 3] = [PhysicalStatus::InStock, PhysicalStatus::Pdi, PhysicalStatus::Ready];

/// When a car can be had: long since where it stands, and last where nobody knows.
pub fn due(physical: PhysicalStatus, expected_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    if STANDING.contains(&physical) { DateTime::UNIX_EPOCH } else { expected_at.unwrap_or_else(never) }
}

/// The first moment of the year 9999.
pub fn never() -> DateTime<Utc> {
    DateTime::from_timestamp(253_370_764_800, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Most points that a criterion gives for each of its weight.
const POINTS: i64 = 1_000;

/// Kilometres at which one more step of distance begins.
const STEPS_KM: [f64; 12] = [5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 300.0, 500.0, 800.0, 1_200.0, 1_800.0, 2_500.0];

/// Ranks at which one more step begins: the places of free cars that matter, then what is promised.
const STEPS_RANK: [i64; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 200, 300];

/// What of a car is weighed by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// A number.
    Number(i64),
    /// A moment.
    Moment(DateTime<Utc>),
}

/// Where the steps of a key begin. All are plain comparisons, so that a statement finds the same as [`passed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Steps {
    /// At these numbers, and above.
    Over(Vec<i64>),
    /// At these moments, and later.
    After(Vec<DateTime<Utc>>),
    /// At these moments, and earlier.
    Before(Vec<DateTime<Utc>>),
}

/// The steps of a key as they are on a day that begins at `today`, from what `ASC` puts first.
pub fn steps(key: StockSortKey, today: DateTime<Utc>) -> Steps {
    #[expect(clippy::cast_possible_truncation, reason = "at most four units of 10^-12")]
    let near = |km: f64| (chord_squared(km) * 1e12) as i64;
    match key {
        StockSortKey::StatusRank => Steps::Over(STEPS_RANK.to_vec()),
        StockSortKey::AgeDays => Steps::Before((1..=12).map(|n| today - TimeDelta::days(15 * n)).collect()),
        StockSortKey::Distance => Steps::Over(STEPS_KM.map(near).to_vec()),
        StockSortKey::Eta => Steps::After((0..12).map(|n| today + TimeDelta::days(7 * n)).collect()),
        StockSortKey::OwnFirst => Steps::Over(vec![1]),
        StockSortKey::Price => Steps::Over((1..=12).map(|n| n * 5_000_000).collect()),
    }
}

/// How many steps there are.
pub fn count(steps: &Steps) -> i64 {
    let count = match steps {
        Steps::Over(all) => all.len(),
        Steps::After(all) | Steps::Before(all) => all.len(),
    };
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How many steps a car has passed.
pub fn passed(steps: &Steps, fact: Fact) -> i64 {
    let count = match (steps, fact) {
        (Steps::Over(all), Fact::Number(number)) => all.iter().filter(|step| number >= **step).count(),
        (Steps::After(all), Fact::Moment(moment)) => all.iter().filter(|step| moment >= **step).count(),
        (Steps::Before(all), Fact::Moment(moment)) => all.iter().filter(|step| moment <= **step).count(),
        _ => 0,
    };
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Points of a criterion for a car that has passed so many of its steps; the fewer the better.
pub fn points(criterion: SortCriterion, passed: i64, of: i64) -> i64 {
    let share = passed * POINTS / of.max(1);
    let share = if criterion.descending { POINTS - share } else { share };
    share * i64::from(criterion.weight.unwrap_or(1))
}

/// The weight of a car in a weighted order, of which the lightest come first.
pub fn weigh(criteria: &[SortCriterion], fact: impl Fn(StockSortKey) -> Fact, today: DateTime<Utc>) -> i64 {
    let each = criteria.iter().map(|criterion| {
        let steps = steps(criterion.key, today);
        points(*criterion, passed(&steps, fact(criterion.key)), count(&steps))
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::{Codes, SortRuleId};
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
            mode: StockSortMode::Lexicographic,
        }
    }

    fn keys(keys: &[StockSortKey]) -> SortCriteria {
        SortCriteria(keys.iter().map(|key| SortCriterion { key: *key, descending: false, weight: None }).collect())
    }

    #[test]
    fn criteria_stand_once_and_roles_are_staff() {
        use StockSortKey::{AgeDays, Distance, OwnFirst};
        assert_eq!(check(StockSortMode::Lexicographic, &keys(&[OwnFirst, AgeDays, Distance]), &[]), []);
        assert_eq!(check(StockSortMode::Lexicographic, &keys(&[]), &[]), [Broken::at("criteria", "required")]);
        let roles = ["OPERATOR", "CUSTOMER"].map(str::to_owned);
        let expected = [Broken::at("criteria.2.key", "sort-key-twice"), Broken::at("roles.1", "sort-role")];
        assert_eq!(check(StockSortMode::Lexicographic, &keys(&[AgeDays, OwnFirst, AgeDays]), &roles), expected);
        assert_eq!(check(StockSortMode::Lexicographic, &keys(StockSortKey::ALL), &[]), []);
    }

    #[test]
    fn what_is_weighed_has_weights_and_nothing_else_has() {
        let of = |weights: &[Option<i32>]| {
            let each = weights.iter().zip(StockSortKey::ALL);
            SortCriteria(
                each.map(|(weight, key)| SortCriterion { key: *key, descending: true, weight: *weight }).collect(),
            )
        };
        assert_eq!(check(StockSortMode::Weighted, &of(&[Some(1), Some(100)]), &[]), []);
        let broken = check(StockSortMode::Weighted, &of(&[None, Some(0), Some(101)]), &[]);
        let found: Vec<_> = broken.iter().map(|broken| (broken.field.as_str(), broken.rule)).collect();
        let number = "ingest-number";
        assert_eq!(
            found,
            [("criteria.0.weight", "required"), ("criteria.1.weight", number), ("criteria.2.weight", number)]
        );
        let unused = [Broken::at("criteria.1.weight", "sort-weight")];
        assert_eq!(check(StockSortMode::Lexicographic, &of(&[None, Some(5)]), &[]), unused);
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

    fn fact(key: StockSortKey, raw: i64) -> Fact {
        let moment = |days: i64| DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(days);
        match key {
            StockSortKey::AgeDays | StockSortKey::Eta => Fact::Moment(moment(raw % 9_000 - 4_500)),
            StockSortKey::OwnFirst => Fact::Number(raw % 2),
            StockSortKey::StatusRank => Fact::Number(raw % 315),
            StockSortKey::Distance => Fact::Number(raw * 1_000_000 % 200_000_000_000),
            StockSortKey::Price => Fact::Number(raw * 10_000 % 90_000_000),
        }
    }

    proptest! {
        /// One criterion alone puts no car before another that its key puts before it; turned round it gives the points that were left;
        /// and what all weigh twice as much does not matter.
        #[test]
        fn weights_follow_their_keys(
            key in proptest::sample::select(StockSortKey::ALL), descending in any::<bool>(), weight in 1_i32..=50,
            (a, b) in (0_i64..1_000_000, 0_i64..1_000_000),
        ) {
            let today = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
            let of = |raw, descending, weight| {
                weigh(&[SortCriterion { key, descending, weight: Some(weight) }], |key| fact(key, raw), today)
            };
            // Old stock is that with an early date.
            let ahead = match (fact(key, a), fact(key, b)) {
                (Fact::Moment(a), Fact::Moment(b)) if key == StockSortKey::AgeDays => b.cmp(&a),
                (Fact::Moment(a), Fact::Moment(b)) => a.cmp(&b),
                (Fact::Number(a), Fact::Number(b)) => a.cmp(&b),
                _ => std::cmp::Ordering::Equal,
            };
            let ahead = if descending { ahead.reverse() } else { ahead };
            let weighed = of(a, descending, weight).cmp(&of(b, descending, weight));
            prop_assert!(weighed == std::cmp::Ordering::Equal || weighed == ahead);
            let most = POINTS * i64::from(weight);
            prop_assert_eq!(of(a, descending, weight) + of(a, !descending, weight), most);
            prop_assert!((0..=most).contains(&of(a, descending, weight)));
            prop_assert_eq!(of(a, descending, weight * 2), of(a, descending, weight) * 2);
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
