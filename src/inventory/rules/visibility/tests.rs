//! A store in Hangzhou looks around.

use super::*;
use chrono::{TimeDelta, TimeZone};
use entity::values::Codes;
use proptest::prelude::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap()
}

fn point(lat: f64, lng: f64) -> Point {
    Point::new(lat, lng).unwrap()
}

fn store(n: u128) -> StoreId {
    StoreId::from_parts(0, n)
}

fn group(n: u128) -> OrganizationId {
    OrganizationId::from_parts(0, n)
}

/// A consultant in Hangzhou, store 1, group 1.
fn viewer() -> Viewer {
    let place = Place {
        store_id: store(1),
        group_id: group(1),
        city_code: "330100".into(),
        region: Region::East,
        point: point(30.287_459, 120.153_576),
    };
    Viewer { role: Role::Consultant, place: Some(place) }
}

/// A free car in Shanghai, store 2, group 2; 164.0 km from the viewer.
fn car() -> Car {
    Car {
        store_id: Some(store(2)),
        group_id: Some(group(2)),
        city_code: "310100".into(),
        region: Region::East,
        point: point(31.231_706, 121.472_644),
        stock_type: StockType::StoreStock,
        physical: PhysicalStatus::InStock,
        commercial: CommercialStatus::Free,
        sales_model: SalesModel::Agency,
        trim_id: TrimId::from_parts(0, 1),
        age_days: 45,
    }
}

/// A published ALLOW for everybody, nationwide, that discloses nothing.
pub fn policy(n: u128) -> visibility_policy::Model {
    visibility_policy::Model {
        id: VisibilityPolicyId::from_parts(0, n),
        name: format!("P{n}"),
        status: PolicyStatus::Published,
        effect: PolicyEffect::Allow,
        priority: 0,
        roles: Codes::default(),
        store_ids: Codes::default(),
        scope: VisibilityScope::Nationwide,
        radius_km: None,
        stock_types: Codes::default(),
        statuses: Codes::default(),
        sales_models: Codes::default(),
        trim_ids: Codes::default(),
        min_age_days: None,
        max_age_days: None,
        vin_disclosure: VinDisclosure::Hidden,
        age_disclosure: AgeDisclosure::Hidden,
        holder_disclosure: HolderDisclosure::Hidden,
        may_reserve: false,
        may_request_transfer: false,
        effective_from: now() - TimeDelta::days(1),
        effective_to: None,
        changed_by: None,
        changed_at: None,
        version: 1,
    }
}

fn seen(policies: &[visibility_policy::Model], car: &Car) -> bool {
    judge(policies, &viewer(), car, now()).disclosure().is_some()
}

#[test]
fn without_a_policy_nothing_is_seen_but_by_operators() {
    assert_eq!(judge(&[], &viewer(), &car(), now()), Verdict::NotAllowed);
    let operator = Viewer { role: Role::Operator, place: None };
    let everything = Verdict::Visible { disclosure: Disclosure::FULL, by: vec![] };
    assert_eq!(judge(&[], &operator, &car(), now()), everything);
    let sold = Car { commercial: CommercialStatus::Sold, ..car() };
    let deny = visibility_policy::Model { effect: PolicyEffect::Deny, ..policy(1) };
    assert_eq!(judge(&[deny], &operator, &sold, now()), everything);
    for role in [Role::Customer, Role::PartnerSystem] {
        assert_eq!(judge(&[policy(1)], &Viewer { role, ..viewer() }, &car(), now()), Verdict::NoRows);
    }
}

#[test]
fn only_a_published_policy_within_its_dates_speaks() {
    let cases = [
        (visibility_policy::Model { ..policy(1) }, true),
        (visibility_policy::Model { status: PolicyStatus::Draft, ..policy(1) }, false),
        (visibility_policy::Model { status: PolicyStatus::Archived, ..policy(1) }, false),
        (visibility_policy::Model { effective_from: now(), ..policy(1) }, true),
        (visibility_policy::Model { effective_from: now() + TimeDelta::seconds(1), ..policy(1) }, false),
        (visibility_policy::Model { effective_to: Some(now()), ..policy(1) }, false),
        (visibility_policy::Model { effective_to: Some(now() + TimeDelta::seconds(1)), ..policy(1) }, true),
    ];
    for (policy, expected) in cases {
        assert_eq!(speaks_to(&policy, &viewer(), now()), expected, "{policy:?}");
    }
}

#[test]
fn a_policy_speaks_to_its_roles_and_stores() {
    let managers = visibility_policy::Model { roles: Codes::from_iter(["STORE_MANAGER"]), ..policy(1) };
    assert!(!speaks_to(&managers, &viewer(), now()));
    assert!(speaks_to(&managers, &Viewer { role: Role::StoreManager, ..viewer() }, now()));
    let stores = visibility_policy::Model {
        store_ids: [store(3), store(1)].map(|s| s.to_string()).into_iter().collect(),
        ..policy(1)
    };
    assert!(speaks_to(&stores, &viewer(), now()));
    let others = visibility_policy::Model { store_ids: Codes::from_iter([store(2).to_string()]), ..policy(1) };
    assert!(!speaks_to(&others, &viewer(), now()));
    assert!(!speaks_to(&stores, &Viewer { place: None, ..viewer() }, now()));
}

#[test]
fn each_scope_holds_its_cars() {
    use VisibilityScope::*;
    let scoped = |scope, radius_km| visibility_policy::Model { scope, radius_km, ..policy(1) };
    let own = Car { store_id: Some(store(1)), group_id: Some(group(1)), city_code: "330100".into(), ..car() };
    let sister = Car { group_id: Some(group(1)), ..car() };
    let ningbo = Car { city_code: "330200".into(), ..car() };
    let hub = Car { store_id: None, group_id: None, city_code: "440300".into(), region: Region::South, ..car() };
    let cases = [
        (OwnStore, None, [true, false, false, false, false]),
        (SameGroup, None, [true, true, false, false, false]),
        (SameCity, None, [true, false, false, false, false]),
        (SameProvince, None, [true, false, true, false, false]),
        (SameRegion, None, [true, true, true, true, false]),
        (Nationwide, None, [true, true, true, true, true]),
        (Radius, Some(165), [true, true, true, true, true]),
        (Radius, Some(163), [false, false, false, false, false]),
        (Radius, None, [false, false, false, false, false]),
    ];
    for (scope, radius, expected) in cases {
        let found = [&own, &sister, &ningbo, &car(), &hub].map(|car| matches(&scoped(scope, radius), &viewer(), car));
        assert_eq!(found, expected, "{scope} {radius:?}");
    }
    let nowhere = Viewer { place: None, ..viewer() };
    assert!(!matches(&scoped(SameGroup, None), &nowhere, &hub), "no group is not the same as no group");
    assert!(matches(&scoped(Nationwide, None), &nowhere, &hub));
}

fn trims(numbers: [u128; 2]) -> Codes {
    numbers.map(|n| TrimId::from_parts(0, n).to_string()).into_iter().collect()
}

#[test]
fn filters_narrow_the_rows() {
    let cases = [
        (visibility_policy::Model { stock_types: Codes::from_iter(["STORE_STOCK", "OEM_HUB"]), ..policy(1) }, true),
        (visibility_policy::Model { stock_types: Codes::from_iter(["OEM_HUB"]), ..policy(1) }, false),
        (visibility_policy::Model { statuses: Codes::from_iter(["IN_STOCK"]), ..policy(1) }, true),
        (visibility_policy::Model { statuses: Codes::from_iter(["IN_TRANSIT"]), ..policy(1) }, false),
        (visibility_policy::Model { sales_models: Codes::from_iter(["AGENCY"]), ..policy(1) }, true),
        (visibility_policy::Model { sales_models: Codes::from_iter(["WHOLESALE"]), ..policy(1) }, false),
        (visibility_policy::Model { trim_ids: trims([2, 1]), ..policy(1) }, true),
        (visibility_policy::Model { trim_ids: trims([2, 3]), ..policy(1) }, false),
        (visibility_policy::Model { min_age_days: Some(45), max_age_days: Some(45), ..policy(1) }, true),
        (visibility_policy::Model { min_age_days: Some(46), ..policy(1) }, false),
        (visibility_policy::Model { max_age_days: Some(44), ..policy(1) }, false),
    ];
    for (policy, expected) in cases {
        assert_eq!(matches(&policy, &viewer(), &car()), expected, "{policy:?}");
    }
}

#[test]
fn disclosure_is_the_most_permissive_of_the_policies_that_match_this_car() {
    let vin = visibility_policy::Model {
        vin_disclosure: VinDisclosure::LastSix,
        age_disclosure: AgeDisclosure::Exact,
        ..policy(2)
    };
    let hold = visibility_policy::Model {
        age_disclosure: AgeDisclosure::Band,
        holder_disclosure: HolderDisclosure::City,
        may_reserve: true,
        may_request_transfer: true,
        ..policy(1)
    };
    let own_store = visibility_policy::Model {
        scope: VisibilityScope::OwnStore,
        vin_disclosure: VinDisclosure::Full,
        holder_disclosure: HolderDisclosure::Name,
        ..policy(3)
    };
    let expected = Disclosure {
        vin: VinDisclosure::LastSix,
        age: AgeDisclosure::Exact,
        holder: HolderDisclosure::City,
        cost: false,
        may_reserve: true,
        may_request_transfer: true,
    };
    let by = vec![VisibilityPolicyId::from_parts(0, 1), VisibilityPolicyId::from_parts(0, 2)];
    assert_eq!(judge(&[vin, own_store, hold], &viewer(), &car(), now()), Verdict::Visible { disclosure: expected, by });
}

#[test]
fn a_deny_wins_over_every_allow() {
    let deny = visibility_policy::Model {
        effect: PolicyEffect::Deny,
        sales_models: Codes::from_iter(["AGENCY"]),
        priority: -9,
        ..policy(7)
    };
    let by = vec![VisibilityPolicyId::from_parts(0, 7)];
    assert_eq!(judge(&[policy(1), deny.clone()], &viewer(), &car(), now()), Verdict::Denied { by });
    assert!(seen(&[policy(1), deny], &Car { sales_model: SalesModel::Direct, ..car() }));
}

#[test]
fn promised_sold_held_and_private_cars_stay_within_their_store() {
    let cases = [
        Car { commercial: CommercialStatus::Allocated, ..car() },
        Car { commercial: CommercialStatus::Sold, ..car() },
        Car { physical: PhysicalStatus::QualityHold, ..car() },
        Car { physical: PhysicalStatus::Delivered, ..car() },
    ];
    for car in cases {
        assert_eq!(judge(&[policy(1)], &viewer(), &car, now()), Verdict::Withheld, "{car:?}");
        assert!(seen(&[policy(1)], &Car { store_id: Some(store(1)), ..car }));
    }
    assert!(seen(&[policy(1)], &Car { commercial: CommercialStatus::Reserved, ..car() }));
}

#[test]
fn a_lone_store_is_a_group_of_its_own() {
    assert_eq!(group_of(group(1), Some((group(9), OrganizationKind::DealerGroup))), group(9));
    assert_eq!(group_of(group(1), Some((group(9), OrganizationKind::Region))), group(1));
    assert_eq!(group_of(group(1), None), group(1));
}

fn any_policy(n: u128) -> impl Strategy<Value = visibility_policy::Model> {
    use proptest::sample::select;
    (
        (select(PolicyStatus::ALL), select(PolicyEffect::ALL), select(VisibilityScope::ALL)),
        (proptest::option::of(0_i32..300), proptest::option::of(0_i32..90), any::<bool>(), any::<bool>()),
        (select(VinDisclosure::ALL), select(AgeDisclosure::ALL), select(HolderDisclosure::ALL)),
    )
        .prop_map(
            move |((status, effect, scope), (radius_km, min_age_days, may_reserve, one_trim), (vin, age, holder))| {
                visibility_policy::Model {
                    status,
                    effect,
                    scope,
                    radius_km,
                    min_age_days,
                    may_reserve,
                    may_request_transfer: !may_reserve,
                    trim_ids: if one_trim { trims([1, 1]) } else { Codes::default() },
                    vin_disclosure: vin,
                    age_disclosure: age,
                    holder_disclosure: holder,
                    ..policy(n)
                }
            },
        )
}

fn any_car() -> impl Strategy<Value = Car> {
    use proptest::sample::select;
    let place = select(vec![("330100", Region::East), ("330200", Region::East), ("440300", Region::South)]);
    (
        (proptest::option::of(1_u128..3), place, 20.0_f64..45.0, 90.0_f64..130.0),
        (select(PhysicalStatus::ALL), select(CommercialStatus::ALL), select(StockType::ALL), 0_i64..120, 1_u128..4),
    )
        .prop_map(|((at, (city, region), lat, lng), (physical, commercial, stock_type, age_days, trim))| Car {
            store_id: at.map(store),
            group_id: at.map(group),
            city_code: city.into(),
            region,
            point: point(lat, lng),
            stock_type,
            physical,
            commercial,
            sales_model: SalesModel::Direct,
            trim_id: TrimId::from_parts(0, trim),
            age_days,
        })
}

proptest! {
    #[test]
    fn order_is_irrelevant_an_allow_only_adds_and_a_deny_only_takes(
        policies in [any_policy(1), any_policy(2), any_policy(3)],
        more in any_policy(4),
        car in any_car(),
        turn in 0_usize..3,
    ) {
        let before = judge(&policies, &viewer(), &car, now());
        let mut turned = policies.to_vec();
        turned.rotate_left(turn);
        prop_assert_eq!(&judge(&turned, &viewer(), &car, now()), &before);

        turned.push(more.clone());
        let after = judge(&turned, &viewer(), &car, now());
        match (more.effect, before.disclosure(), after.disclosure()) {
            (PolicyEffect::Allow, Some(before), after) => {
                let after = after.unwrap();
                prop_assert!(before.vin <= after.vin && before.age <= after.age && before.holder <= after.holder);
                prop_assert!(before.may_reserve <= after.may_reserve && !after.cost);
                prop_assert!(before.may_request_transfer <= after.may_request_transfer);
            }
            (PolicyEffect::Deny, None, after) => prop_assert_eq!(after, None),
            (PolicyEffect::Deny, before, Some(after)) => prop_assert_eq!(before, Some(after)),
            _ => {}
        }
        if after.disclosure().is_some() {
            prop_assert!(!withheld(&viewer(), &car));
            let viewer = viewer();
            let allowed = policies_for(&turned, &viewer, now()).any(|p| p.effect == PolicyEffect::Allow && matches(p, &viewer, &car));
            prop_assert!(allowed);
        }
    }
}
