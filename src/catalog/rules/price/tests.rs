//! Lines, their sum and the book in force.

use super::*;
use chrono::TimeZone;
use entity::ids::{OptionGroupId, OptionId, PriceBookId, TrimId, VehicleModelId};
use entity::vocabulary::{IncentiveAmountKind, Powertrain};
use proptest::prelude::*;

use crate::catalog::rules::incentive::tests::{day, offer};

pub fn trim() -> trim::Model {
    trim::Model {
        id: TrimId::from_parts(0, 1),
        model_id: VehicleModelId::from_parts(0, 1),
        code: "C7-750".into(),
        name_zh: "长续航".into(),
        name_en: "Long Range".into(),
        powertrain: Powertrain::Bev,
        battery_wh: 95_000,
        cltc_km: 750,
        total_range_km: None,
        acceleration_ms: 5_700,
        seats: 5,
        all_wheel_drive: false,
        purchase_tax_catalog: true,
        model_year: 2026,
        position: 2,
        on_sale: true,
    }
}

fn entry(msrp_minor: i64, discount_minor: i64) -> price_entry::Model {
    price_entry::Model {
        price_book_id: PriceBookId::from_parts(0, 1),
        trim_id: TrimId::from_parts(0, 1),
        msrp_minor,
        discount_minor,
    }
}

fn chosen(code: &str, yuan: i64, position: i32) -> option::Model {
    option::Model {
        id: OptionId::from_parts(0, 0),
        group_id: OptionGroupId::from_parts(0, 0),
        code: code.into(),
        name_zh: code.into(),
        name_en: code.into(),
        price_minor: yuan * 100,
        lead_time_days: 0,
        is_default: false,
        position,
    }
}

fn lines(breakdown: &PriceBreakdown) -> Vec<(PriceLineKind, &str, i64)> {
    breakdown.lines.iter().map(|line| (line.kind, line.code.as_str(), line.amount_minor)).collect()
}

#[test]
fn lines_come_in_order_and_later_money_lowers_nothing() {
    use PriceLineKind as Kind;
    let later = incentive::Model { paid_at_sale: false, ..offer("SH-TOPUP", 10_000) };
    let relief = incentive::Model { amount_kind: IncentiveAmountKind::TaxRelief, ..offer("NEV-TAX", 0) };
    let priced = breakdown(&PriceRequest {
        trim: &trim(),
        entry: &entry(24_980_000, 500_000),
        options: &[chosen("WHEEL-20", 6_000, 2), chosen("EXT-WHITE", 0, 1)],
        city_code: "310100",
        on: day(2026, 11, 24),
        incentives: &[later, offer("BRAND-NOV", 3_000), relief],
        benefits: &[],
        has_old_vehicle: false,
    });
    // 250 800 / 1.13 = 221 946.90; tax 22 194.69; relief 11 097.35.
    assert_eq!(
        lines(&priced),
        [
            (Kind::Msrp, "C7-750", 24_980_000),
            (Kind::Option, "EXT-WHITE", 0),
            (Kind::Option, "WHEEL-20", 600_000),
            (Kind::Discount, DISCOUNT_CODE, -500_000),
            (Kind::Tax, TAX_CODE, 1_109_734),
            (Kind::Fee, PLATE_FEE_CODE, PLATE_FEE_MINOR),
            (Kind::Fee, DELIVERY_FEE_CODE, DELIVERY_FEE_MINOR),
            (Kind::Incentive, "BRAND-NOV", -300_000),
        ]
    );
    assert_eq!(priced.invoice_minor, 25_080_000);
    assert_eq!(priced.payable_minor, 26_139_734);
    assert_eq!(
        priced.reimbursed_later().map(|i| (i.code.as_str(), i.amount_minor)).collect::<Vec<_>>(),
        [("SH-TOPUP", 1_000_000)]
    );
    let in_tax = priced.incentives.applied.iter().find(|i| i.code == "NEV-TAX").unwrap();
    assert_eq!((in_tax.settlement, in_tax.amount_minor), (Settlement::InTax, 1_109_735));
}

#[test]
fn the_tax_vector_of_a_plain_car_appears_as_the_tax_line() {
    let priced = breakdown(&PriceRequest {
        trim: &trim(),
        entry: &entry(24_980_000, 0),
        options: &[],
        city_code: "330100",
        on: day(2026, 11, 24),
        incentives: &[],
        benefits: &[],
        has_old_vehicle: false,
    });
    assert_eq!(priced.lines[1].amount_minor, 1_105_310);
    assert_eq!(priced.payable_minor, 24_980_000 + 1_105_310 + PLATE_FEE_MINOR + DELIVERY_FEE_MINOR);
}

#[test]
fn the_book_in_force_is_published_current_and_the_latest() {
    let at = |month| Utc.with_ymd_and_hms(2026, month, 1, 0, 0, 0).unwrap();
    let book = |n: u128, status, from, to: Option<u32>| price_book::Model {
        id: PriceBookId::from_parts(0, n),
        code: format!("B{n}"),
        price_version: i32::try_from(n).unwrap(),
        status,
        effective_from: at(from),
        effective_to: to.map(at),
    };
    let books = [
        book(1, PriceBookStatus::Published, 1, None),
        book(2, PriceBookStatus::Published, 6, Some(9)),
        book(3, PriceBookStatus::Draft, 7, None),
        book(4, PriceBookStatus::Archived, 7, None),
    ];
    let code = |month| book_in_force(&books, at(month)).map(|book| book.code.as_str());
    assert_eq!(code(5), Some("B1"));
    assert_eq!(code(6), Some("B2"));
    assert_eq!(code(9), Some("B1"), "the end does not belong to the window");
    assert_eq!(book_in_force(&books[1..], at(5)), None);
}

proptest! {
    #[test]
    fn payable_is_the_sum_of_the_lines_and_never_negative(
        msrp in 0_i64..60_000_000,
        discount in -1_000_000_i64..80_000_000,
        options in proptest::collection::vec(0_i64..30_000, 0..5),
        offers in proptest::collection::vec((0_i64..400_000, any::<bool>()), 0..5),
        offset in 0_u64..1_500,
    ) {
        let options: Vec<_> = options.iter().enumerate().map(|(n, yuan)| chosen(&format!("O{n}"), *yuan, 0)).collect();
        let incentives: Vec<_> = offers.iter().enumerate()
            .map(|(n, (yuan, at_sale))| incentive::Model { paid_at_sale: *at_sale, ..offer(&format!("I{n}"), *yuan) })
            .collect();
        let priced = breakdown(&PriceRequest {
            trim: &trim(),
            entry: &entry(msrp, discount),
            options: &options,
            city_code: "310100",
            on: day(2024, 1, 1) + Days::new(offset),
            incentives: &incentives,
            benefits: &[],
            has_old_vehicle: true,
        });
        prop_assert_eq!(priced.payable_minor, priced.lines.iter().map(|line| line.amount_minor).sum::<i64>());
        prop_assert!(priced.payable_minor >= 0);
        prop_assert!(priced.lines.is_sorted_by_key(|line| line.kind));
        for line in &priced.lines {
            let lowers = matches!(line.kind, PriceLineKind::Discount | PriceLineKind::Incentive);
            let right = if lowers { line.amount_minor <= 0 } else { line.amount_minor >= 0 };
            prop_assert!(right, "{:?}", line);
        }
    }
}

#[test]
fn a_price_is_held_for_a_day_or_as_long_as_tax_and_incentives_stay() {
    let at = Utc.with_ymd_and_hms(2026, 11, 24, 4, 0, 0).unwrap();
    let (trim, entry) = (trim(), entry(24_980_000, 0));
    let of = |on, incentives: &[incentive::Model], at| {
        let request = PriceRequest {
            trim: &trim,
            entry: &entry,
            options: &[],
            city_code: "310100",
            on,
            incentives,
            benefits: &[],
            has_old_vehicle: false,
        };
        held_until(&request, &breakdown(&request), incentives, at)
    };
    let november = day(2026, 11, 24);
    assert_eq!(of(november, &[offer("BRAND", 3_000)], at), at + TimeDelta::hours(24));
    let last_day = incentive::Model { ends_on: Some(november), ..offer("BRAND", 3_000) };
    assert_eq!(
        of(november, &[last_day], at),
        Utc.with_ymd_and_hms(2026, 11, 24, 16, 0, 0).unwrap() - TimeDelta::milliseconds(1)
    );
    // The tax relief ends with 2027.
    let silvester = Utc.with_ymd_and_hms(2027, 12, 31, 4, 0, 0).unwrap();
    assert_eq!(of(day(2027, 12, 31), &[], silvester), calendar::end_of_day(day(2027, 12, 31)));
}
