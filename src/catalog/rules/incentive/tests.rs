//! Windows, places, least prices and stack groups.

use super::*;
use entity::ids::IncentiveId;
use proptest::prelude::*;

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A brand offer of a fixed amount, nationwide, in force all of 2026.
pub fn offer(code: &str, yuan: i64) -> incentive::Model {
    incentive::Model {
        id: IncentiveId::from_parts(0, 0),
        code: code.into(),
        kind: IncentiveKind::BrandOffer,
        name_zh: code.into(),
        name_en: code.into(),
        payer: IncentivePayer::Brand,
        city_code: None,
        amount_kind: IncentiveAmountKind::Fixed,
        amount_minor: yuan * 100,
        rate_bp: 0,
        cap_minor: None,
        min_invoice_minor: 0,
        powertrain: None,
        trim_id: None,
        requires_old_vehicle: false,
        stack_group: None,
        paid_at_sale: true,
        starts_on: day(2026, 1, 1),
        ends_on: Some(day(2026, 12, 31)),
    }
}

/// A battery-electric car of 204 800 yuan, registered in Shanghai.
fn purchase() -> Purchase<'static> {
    Purchase {
        on: day(2026, 11, 24),
        city_code: "310100",
        invoice_minor: 20_480_000,
        powertrain: Powertrain::Bev,
        trim_id: TrimId::from_parts(0, 1),
        has_old_vehicle: false,
        tax_relief_minor: 906_195,
    }
}

fn codes(outcome: &IncentiveOutcome) -> Vec<&str> {
    outcome.applied.iter().map(|a| a.code.as_str()).collect()
}

#[test]
fn window_is_inclusive_at_both_ends() {
    let offer = offer("A", 1000);
    let on = |on| refusals(&offer, &Purchase { on, ..purchase() });
    assert_eq!(on(day(2025, 12, 31)), [IncentiveRefusal::OutsideWindow]);
    assert_eq!(on(day(2026, 1, 1)), []);
    assert_eq!(on(day(2026, 12, 31)), []);
    assert_eq!(on(day(2027, 1, 1)), [IncentiveRefusal::OutsideWindow]);
}

#[test]
fn every_reason_is_named_at_once() {
    // Shape of the Shanghai replacement subsidy of 2025 (domain.md 4.2): 15 000 for a car of at least 100 000.
    let replacement = incentive::Model {
        kind: IncentiveKind::LocalReplacement,
        payer: IncentivePayer::GovLocal,
        city_code: Some("310000".into()),
        min_invoice_minor: 10_000_000,
        powertrain: Some(Powertrain::Bev),
        trim_id: Some(TrimId::from_parts(0, 2)),
        requires_old_vehicle: true,
        paid_at_sale: false,
        ..offer("SH-REPLACE", 15_000)
    };
    let hangzhou =
        Purchase { city_code: "330100", invoice_minor: 9_999_999, powertrain: Powertrain::Erev, ..purchase() };
    assert_eq!(
        refusals(&replacement, &hangzhou),
        [
            IncentiveRefusal::OtherCity,
            IncentiveRefusal::PriceTooLow { min_invoice_minor: 10_000_000 },
            IncentiveRefusal::OtherPowertrain,
            IncentiveRefusal::OtherTrim,
            IncentiveRefusal::OldVehicleRequired,
        ]
    );
    let fits = Purchase { has_old_vehicle: true, trim_id: TrimId::from_parts(0, 2), ..purchase() };
    let outcome = applicable(&[replacement], &fits);
    assert_eq!(outcome.applied[0].amount_minor, 1_500_000);
    assert_eq!(outcome.applied[0].settlement, Settlement::Later);
}

#[test]
fn a_jurisdiction_covers_what_lies_in_it() {
    for (jurisdiction, city, expected) in [
        ("310000", "310100", true),
        ("310100", "310115", true),
        ("310115", "310115", true),
        ("310115", "310100", false),
        ("330100", "330200", false),
        ("330000", "310100", false),
        ("", "310100", false),
        ("00", "310100", false),
    ] {
        assert_eq!(covers(jurisdiction, city), expected, "{jurisdiction} {city}");
    }
}

#[test]
fn amounts_are_fixed_a_share_or_the_tax_relief_up_to_the_cap() {
    let percent =
        incentive::Model { amount_kind: IncentiveAmountKind::Percent, rate_bp: 125, amount_minor: 7, ..offer("P", 0) };
    assert_eq!(amount_minor(&percent, &purchase()), 256_000);
    assert_eq!(amount_minor(&percent, &Purchase { invoice_minor: 20_480_040, ..purchase() }), 256_001, "half up");
    assert_eq!(amount_minor(&incentive::Model { cap_minor: Some(100_000), ..percent }, &purchase()), 100_000);
    let relief = incentive::Model { amount_kind: IncentiveAmountKind::TaxRelief, ..offer("T", 0) };
    assert_eq!(amount_minor(&relief, &purchase()), 906_195);
    assert_eq!(applicable(&[relief], &purchase()).applied[0].settlement, Settlement::InTax);
    let plate = incentive::Model { amount_kind: IncentiveAmountKind::NonCash, ..offer("N", 94_100) };
    assert_eq!(amount_minor(&plate, &purchase()), 0);
    assert_eq!(applicable(&[plate], &purchase()).applied[0].settlement, Settlement::NonCash);
}

#[test]
fn of_a_stack_group_the_best_stays_and_the_rest_stacks() {
    let grouped = |code: &str, yuan| incentive::Model { stack_group: Some("brand".into()), ..offer(code, yuan) };
    let later = incentive::Model { paid_at_sale: false, ..grouped("B-LATER", 5_000) };
    let list = [grouped("C", 5_000), later, grouped("D", 5_000), grouped("A", 3_000), offer("Z", 100)];
    let outcome = applicable(&list, &purchase());
    assert_eq!(codes(&outcome), ["C", "Z"]);
    let superseded = |code: &str| (code.to_owned(), vec![IncentiveRefusal::Superseded { by: "C".into() }]);
    assert_eq!(outcome.refused, [superseded("A"), superseded("B-LATER"), superseded("D")]);
}

#[test]
fn one_that_does_not_apply_supersedes_nobody() {
    let best =
        incentive::Model { stack_group: Some("g".into()), powertrain: Some(Powertrain::Phev), ..offer("BEST", 9_000) };
    let other = incentive::Model { stack_group: Some("g".into()), ..offer("OTHER", 10) };
    assert_eq!(codes(&applicable(&[best, other], &purchase())), ["OTHER"]);
}

proptest! {
    #[test]
    fn order_is_irrelevant_and_each_incentive_is_decided_once(
        offers in proptest::collection::vec((0_i64..20_000, 0_usize..4, any::<bool>(), any::<bool>()), 0..8),
        turn in 0_usize..8,
    ) {
        let mut list: Vec<_> = offers.iter().enumerate().map(|(n, (yuan, group, at_sale, old_car))| incentive::Model {
            stack_group: (*group > 0).then(|| format!("g{group}")),
            paid_at_sale: *at_sale,
            requires_old_vehicle: *old_car,
            ..offer(&format!("I{n}"), *yuan)
        }).collect();
        let outcome = applicable(&list, &purchase());
        prop_assert_eq!(outcome.applied.len() + outcome.refused.len(), list.len());
        let groups: Vec<_> = list.iter()
            .filter(|i| codes(&outcome).contains(&i.code.as_str()))
            .filter_map(|i| i.stack_group.clone())
            .collect();
        prop_assert_eq!(groups.iter().collect::<std::collections::HashSet<_>>().len(), groups.len());
        if !list.is_empty() {
            let by = turn % list.len();
            list.rotate_left(by);
        }
        prop_assert_eq!(applicable(&list, &purchase()), outcome);
    }
}
