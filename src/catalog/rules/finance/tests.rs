use chrono::NaiveDate;
use entity::{FinancePlanId, FinanceTerms, OrganizationId, Powertrain, TrimId, VehicleModelId};
use proptest::prelude::*;

use super::*;

fn loan(method: FinanceMethod, yuan: i64, months: u32, rate_bp: u32, balloon: i64) -> Loan {
    Loan { method, principal_minor: yuan * 100, balloon_minor: balloon * 100, months, rate_bp }
}

/// First and last instalment without a balloon, and the interest of all, fen.
fn figures(loan: &Loan) -> (i64, i64, i64) {
    let months = schedule(loan);
    let interest = months.iter().map(|month| month.interest_minor).sum();
    (months[0].regular_minor(), months[months.len() - 1].regular_minor(), interest)
}

#[test]
fn vectors() {
    use FinanceMethod::*;
    for (loan, expected) in [
        (loan(EqualInstalment, 200_000, 36, 399, 0), (590_391, 590_377, 1_254_062)),
        (loan(EqualInstalment, 200_000, 60, 399, 0), (368_240, 368_256, 2_094_416)),
        (loan(EqualInstalment, 200_000, 24, 0, 0), (833_333, 833_341, 0)),
        (loan(Balloon, 200_000, 36, 499, 80_000), (392_864, 392_849, 2_143_089)),
        (loan(EqualPrincipal, 200_000, 36, 399, 0), (622_056, 557_387, 1_230_250)),
    ] {
        assert_eq!(figures(&loan), expected, "{loan:?}");
    }
}

#[test]
fn half_a_fen_is_rounded_up() {
    // 199,800 yuan: the first month's interest is 830.835 at 4.99 %, and 581.085 at 3.49 %.
    let balloon = schedule(&loan(FinanceMethod::Balloon, 199_800, 36, 499, 79_920));
    assert_eq!(balloon[0].interest_minor, 83_084);
    let even = schedule(&loan(FinanceMethod::EqualPrincipal, 199_800, 24, 349, 0));
    assert_eq!((even[0].interest_minor, even[0].regular_minor()), (58_109, 890_609));
}

#[test]
fn a_residual_value_is_the_cars() {
    let lease = finance_plan::Model { method: FinanceMethod::Lease, balloon_bp: 4_500, ..plan() };
    for down_payment_minor in [3_072_000, 10_240_000] {
        let wish = Wish { invoice_minor: 20_480_000, down_payment_minor, months: 60 };
        assert_eq!(calculate(&lease, &wish).unwrap().loan.balloon_minor, 9_216_000);
    }
}

#[test]
fn a_plan_is_offered_by_day_place_and_car() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let trim = trim::Model {
        id: TrimId::generate(),
        model_id: VehicleModelId::generate(),
        code: "C5-660".into(),
        name_zh: String::new(),
        name_en: String::new(),
        powertrain: Powertrain::Bev,
        battery_wh: 0,
        cltc_km: 0,
        total_range_km: None,
        acceleration_ms: 0,
        seats: 5,
        all_wheel_drive: false,
        purchase_tax_catalog: true,
        model_year: 2026,
        position: 1,
        on_sale: true,
    };
    let dated = finance_plan::Model { ends_on: Some(day("2026-03-31")), ..plan() };
    for (on, expected) in [("2025-12-31", false), ("2026-01-01", true), ("2026-03-31", true), ("2026-04-01", false)] {
        assert_eq!(offered(&dated, day(on), "310100", &trim), expected, "{on}");
    }
    let on = day("2026-02-01");
    for (place, city, expected) in [
        ("320000", "320500", true),
        ("320000", "320583", true),
        ("320000", "310100", false),
        ("320500", "320583", true),
        ("320500", "320100", false),
    ] {
        let local = finance_plan::Model { city_code: Some(place.into()), ..plan() };
        assert_eq!(offered(&local, on, city, &trim), expected, "{place} {city}");
    }
    let of = |trim_id, powertrain| finance_plan::Model { trim_id, powertrain, ..plan() };
    assert!(offered(&of(Some(trim.id), Some(Powertrain::Bev)), on, "310100", &trim));
    assert!(!offered(&of(Some(TrimId::generate()), None), on, "310100", &trim));
    assert!(!offered(&of(None, Some(Powertrain::Erev)), on, "310100", &trim));
}

#[test]
fn a_car_that_is_too_cheap_has_no_plan() {
    let all_at_once = finance_plan::Model { min_down_bp: 10_000, ..plan() };
    let wish = Wish { invoice_minor: 20_480_000, down_payment_minor: 20_480_000, months: 60 };
    assert_eq!(calculate(&all_at_once, &wish), Err(Unsuitable::Car));
    let dear = finance_plan::Model { fee_minor: 30_000_000, ..plan() };
    assert_eq!(calculate(&dear, &Wish { down_payment_minor: 5_000_000, ..wish }), Err(Unsuitable::Car));
}

#[test]
fn a_balloon_is_paid_with_the_last_instalment() {
    let months = schedule(&loan(FinanceMethod::Balloon, 200_000, 36, 499, 80_000));
    let last = months[35];
    assert_eq!((last.balloon_minor, last.payment_minor(), last.balance_minor), (8_000_000, 8_392_849, 0));
    assert!(months[..35].iter().all(|month| month.balloon_minor == 0));
}

#[test]
fn the_yearly_rate_without_a_fee_is_the_rate_and_with_one_more() {
    let months = schedule(&loan(FinanceMethod::EqualInstalment, 200_000, 36, 399, 0));
    assert_eq!(apr_bp(20_000_000, &months), Some(399));
    // 1,000 yuan of fee; solved elsewhere: 4.32297 %.
    assert_eq!(apr_bp(19_900_000, &months), Some(432));
    let free = schedule(&loan(FinanceMethod::EqualInstalment, 200_000, 24, 0, 0));
    assert_eq!(apr_bp(20_000_000, &free), Some(0));
    assert_eq!(apr_bp(0, &free), None);
}

#[test]
fn a_subsidy_is_what_the_payments_are_worth_less() {
    let free = schedule(&loan(FinanceMethod::EqualInstalment, 200_000, 36, 0, 0));
    assert_eq!(subsidy_minor(20_000_000, &free, 0), 0);
    // Reckoned elsewhere, in binary fractions: 11,800.7117.
    assert_eq!(subsidy_minor(20_000_000, &free, 399), 1_180_071);
}

fn plan() -> finance_plan::Model {
    finance_plan::Model {
        id: FinancePlanId::generate(),
        code: "S-PLAN".into(),
        lender_id: OrganizationId::generate(),
        name_zh: "标准贷".into(),
        name_en: "Standard loan".into(),
        intro_zh: String::new(),
        intro_en: String::new(),
        method: FinanceMethod::EqualInstalment,
        city_code: None,
        trim_id: None,
        powertrain: None,
        min_down_bp: 1_500,
        balloon_bp: 0,
        fee_minor: 0,
        terms: FinanceTerms(vec![
            FinanceTerm { months: 36, rate_bp: 0, lender_rate_bp: Some(399) },
            FinanceTerm { months: 60, rate_bp: 399, lender_rate_bp: None },
        ]),
        starts_on: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
        ends_on: None,
    }
}

#[test]
fn a_plan_refuses_what_it_does_not_offer() {
    let wish = Wish { invoice_minor: 20_480_000, down_payment_minor: 5_000_000, months: 48 };
    assert_eq!(calculate(&plan(), &wish), Err(Unsuitable::Months { offered: vec![36, 60] }));
    let bounds = Err(Unsuitable::DownPayment { least_minor: 3_072_000, most_minor: 19_480_000 });
    for refused in [3_071_999, 19_480_001, -1, i64::MAX] {
        assert_eq!(calculate(&plan(), &Wish { down_payment_minor: refused, months: 60, ..wish }), bounds, "{refused}");
    }
    let least = calculate(&plan(), &Wish { down_payment_minor: 3_072_000, months: 60, ..wish }).unwrap();
    assert_eq!(least.loan.principal_minor, 17_408_000);
    assert_eq!(least.total_minor(), least.months.iter().map(Instalment::payment_minor).sum::<i64>());
    assert_eq!(least.subsidy_minor, 0);
    let subsidised = calculate(&plan(), &Wish { down_payment_minor: 5_000_000, months: 36, ..wish }).unwrap();
    assert_eq!((subsidised.interest_minor, subsidised.apr_bp), (0, Some(0)));
    assert!(subsidised.subsidy_minor > 0);
}

#[test]
fn the_least_down_payment_is_rounded_up() {
    assert_eq!(least_down_payment_minor(&plan(), 100_001), 15_001);
}

proptest! {
    #[test]
    fn a_loan_is_paid_back_to_the_fen(
        method in proptest::sample::select(FinanceMethod::ALL),
        principal_minor in 1_i64..1_000_000_000,
        balloon_bp in 0_i64..=10_000,
        months in 1_u32..=120,
        rate_bp in 0_u32..3_600,
    ) {
        let balloon_minor = principal_minor * balloon_bp / 10_000;
        let loan = Loan { method, principal_minor, balloon_minor, months, rate_bp };
        let schedule = schedule(&loan);
        prop_assert_eq!(schedule.len(), months as usize);
        let back: i64 = schedule.iter().map(|month| month.principal_minor + month.balloon_minor).sum();
        prop_assert_eq!(back, principal_minor);
        prop_assert_eq!(schedule[months as usize - 1].balance_minor, 0);
        let mut before = principal_minor;
        for month in &schedule {
            prop_assert!(month.principal_minor >= 0 && month.interest_minor >= 0, "{month:?}");
            prop_assert_eq!(month.balance_minor, before - month.principal_minor - month.balloon_minor);
            before = month.balance_minor;
        }
        // What stays the same stays the same: all but the last, which takes what rounding left.
        if method != FinanceMethod::EqualPrincipal && principal_minor > 1_000_000 {
            for month in &schedule[..months as usize - 1] {
                prop_assert_eq!(month.regular_minor(), schedule[0].regular_minor());
            }
        }
    }

    #[test]
    fn without_a_fee_the_yearly_rate_is_the_rate(
        method in proptest::sample::select(FinanceMethod::ALL),
        yuan in 10_000_i64..1_000_000,
        months in 6_u32..=84,
        rate_bp in 0_u32..2_400,
    ) {
        let months = schedule(&loan(method, yuan, months, rate_bp, 0));
        let apr = apr_bp(yuan * 100, &months).unwrap();
        prop_assert!(apr.abs_diff(rate_bp) <= 1, "{apr} {rate_bp}");
        // A lender with the customer's own rate wants nothing of the brand but rounding.
        prop_assert!(subsidy_minor(yuan * 100, &months, rate_bp) <= 60);
    }

    #[test]
    fn a_fee_never_makes_it_cheaper(fee in 0_i64..500_000, rate_bp in 0_u32..2_400) {
        let months = schedule(&loan(FinanceMethod::EqualInstalment, 100_000, 36, rate_bp, 0));
        let (with, without) = (apr_bp(10_000_000 - fee, &months).unwrap(), apr_bp(10_000_000, &months).unwrap());
        prop_assert!(with >= without);
    }
}
