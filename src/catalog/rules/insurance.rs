//! What insuring a car for its first year is likely to cost (C060; domain.md 3.3, "On-road price"). It is bought from an insurer, so it
//! is an estimate, and no part of what is paid for an order, of its contract or its invoices.

use chrono::NaiveDate;
use entity::catalog::insurance_rate;
use entity::vocabulary::Powertrain;
use rust_decimal::Decimal;

use super::incentive::covers;
use super::tax::{day, fen, yuan};

/// Base premium of compulsory insurance (交强险) for a family's own car, a year, fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompulsoryTariff {
    /// First day.
    pub from: NaiveDate,
    /// With fewer than six seats.
    pub small_minor: i64,
    /// With six seats or more.
    pub large_minor: i64,
}

/// The public base premiums, which are the same everywhere and for every insurer: 950 yuan below six seats, 1 100 from six seats on, since
/// 2008-02-01 (general knowledge, not looked up). What an owner's own accidents take off or put on comes with later years.
pub const COMPULSORY: &[CompulsoryTariff] =
    &[CompulsoryTariff { from: day(2008, 2, 1), small_minor: 95_000, large_minor: 110_000 }];

/// Seats from which on a car is a large one.
const LARGE_SEATS: i32 = 6;

/// What insurance depends on.
#[derive(Debug, Clone, Copy)]
pub struct Insured<'a> {
    /// First day of the insurance.
    pub on: NaiveDate,
    /// Where the car will be registered.
    pub city_code: &'a str,
    pub powertrain: Powertrain,
    pub seats: i32,
    /// What the vehicle invoice says, fen.
    pub invoice_minor: i64,
}

/// What a first year of insurance is likely to cost, fen; none where no rate is known, which is not the same as nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InsuranceEstimate {
    pub compulsory_minor: Option<i64>,
    pub commercial_minor: Option<i64>,
}

impl InsuranceEstimate {
    /// Both together; none where one is not known.
    pub fn total_minor(&self) -> Option<i64> {
        Some(self.compulsory_minor? + self.commercial_minor?)
    }

    /// What a car costs on the road: what is paid for it, and its insurance.
    pub fn on_road_minor(&self, payable_minor: i64) -> Option<i64> {
        Some(payable_minor + self.total_minor()?)
    }
}

/// The estimate for a car, place and day.
pub fn estimate(rates: &[insurance_rate::Model], car: &Insured<'_>) -> InsuranceEstimate {
    InsuranceEstimate {
        compulsory_minor: compulsory_minor(car.on, car.seats),
        commercial_minor: rate_for(rates, car).map(|rate| commercial_minor(rate, car.invoice_minor)),
    }
}

fn compulsory_minor(on: NaiveDate, seats: i32) -> Option<i64> {
    let tariff = COMPULSORY.iter().filter(|tariff| tariff.from <= on).max_by_key(|tariff| tariff.from)?;
    Some(if seats < LARGE_SEATS { tariff.small_minor } else { tariff.large_minor })
}

/// What does not hang on the price, and a share of the price, HALF_UP to the fen.
fn commercial_minor(rate: &insurance_rate::Model, invoice_minor: i64) -> i64 {
    rate.base_minor + fen(yuan(invoice_minor.max(0)) * Decimal::new(i64::from(rate.rate_bp), 4))
}

/// The rate of this car: of those in force for it that of the narrowest place, then one for its drive, then the one that began last, then
/// the first code.
pub fn rate_for<'a>(rates: &'a [insurance_rate::Model], car: &Insured<'_>) -> Option<&'a insurance_rate::Model> {
    rates
        .iter()
        .filter(|rate| rate.starts_on <= car.on && rate.ends_on.is_none_or(|end| car.on <= end))
        .filter(|rate| rate.city_code.as_deref().is_none_or(|code| covers(code, car.city_code)))
        .filter(|rate| rate.powertrain.is_none_or(|powertrain| powertrain == car.powertrain))
        .min_by_key(|rate| {
            let wider = std::cmp::Reverse(rate.city_code.as_deref().map_or(0, |code| code.trim_end_matches('0').len()));
            (wider, rate.powertrain.is_none(), std::cmp::Reverse(rate.starts_on), &rate.code)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::InsuranceRateId;
    use proptest::prelude::*;

    fn rate(code: &str, city: Option<&str>, base_yuan: i64, rate_bp: i32) -> insurance_rate::Model {
        insurance_rate::Model {
            id: InsuranceRateId::from_parts(0, 1),
            code: code.into(),
            city_code: city.map(Into::into),
            powertrain: None,
            base_minor: base_yuan * 100,
            rate_bp,
            starts_on: day(2026, 1, 1),
            ends_on: Some(day(2026, 12, 31)),
        }
    }

    fn car(invoice_minor: i64) -> Insured<'static> {
        Insured { on: day(2026, 11, 24), city_code: "310115", powertrain: Powertrain::Bev, seats: 5, invoice_minor }
    }

    #[test]
    fn six_seats_cost_more_and_before_the_tariff_nothing_is_known() {
        let seats = |seats| estimate(&[], &Insured { seats, ..car(1) }).compulsory_minor;
        assert_eq!([2, 5, 6, 7].map(seats), [Some(95_000), Some(95_000), Some(110_000), Some(110_000)]);
        let early = Insured { on: day(2008, 1, 31), ..car(1) };
        assert_eq!(estimate(&[], &early).compulsory_minor, None);
    }

    #[test]
    fn an_estimate_is_the_base_and_a_share_of_the_price() {
        // 249 800.00 x 1.35 % = 3 372.30, and 1 480.00; with 950.00 and 263 353.10 to pay, 269 155.40 on the road.
        let found = estimate(&[rate("CN", None, 1_480, 135)], &car(24_980_000));
        assert_eq!(found, InsuranceEstimate { compulsory_minor: Some(95_000), commercial_minor: Some(485_230) });
        assert_eq!((found.total_minor(), found.on_road_minor(26_335_310)), (Some(580_230), Some(26_915_540)));
        // Half a fen is one: 0.20 x 2.50 %.
        assert_eq!(estimate(&[rate("CN", None, 0, 250)], &car(20)).commercial_minor, Some(1));
    }

    #[test]
    fn without_a_rate_there_is_no_estimate_and_no_price_on_the_road() {
        for rates in [vec![], vec![rate("SZ", Some("440300"), 1, 1)]] {
            let found = estimate(&rates, &car(24_980_000));
            assert_eq!((found.commercial_minor, found.total_minor(), found.on_road_minor(1)), (None, None, None));
        }
        let over = Insured { on: day(2027, 1, 1), ..car(1) };
        assert_eq!(estimate(&[rate("CN", None, 1, 1)], &over).commercial_minor, None, "its days are over");
    }

    #[test]
    fn the_narrowest_place_comes_first_then_the_drive_then_the_newest() {
        let of = |rates: &[insurance_rate::Model]| rate_for(rates, &car(1)).map(|rate| rate.code.clone());
        let nationwide = rate("CN", None, 1, 1);
        let drive = insurance_rate::Model { powertrain: Some(Powertrain::Bev), ..rate("CN-BEV", None, 1, 1) };
        let other = insurance_rate::Model { powertrain: Some(Powertrain::Erev), ..rate("CN-EREV", None, 1, 1) };
        let newer = insurance_rate::Model { starts_on: day(2026, 6, 1), ..rate("CN-2", None, 1, 1) };
        let province = rate("SH", Some("310000"), 1, 1);
        let city = rate("SH-CITY", Some("310100"), 1, 1);
        let rates = [nationwide, other, newer, drive, province, city];
        assert_eq!(of(&rates).as_deref(), Some("SH-CITY"));
        assert_eq!(of(&rates[..5]).as_deref(), Some("SH"));
        assert_eq!(of(&rates[..4]).as_deref(), Some("CN-BEV"));
        assert_eq!(of(&rates[..3]).as_deref(), Some("CN-2"));
        assert_eq!(of(&rates[..2]).as_deref(), Some("CN"));
    }

    proptest! {
        /// The order of the rows does not matter, and a dearer car costs no less.
        #[test]
        fn an_estimate_is_plain_and_grows_with_the_price(
            price in 0_i64..100_000_000,
            more in 0_i64..100_000_000,
            bp in 0..=10_000_i32,
            base in 0_i64..10_000,
        ) {
            let mut rates = vec![rate("A", None, base, bp), rate("B", Some("310000"), base, bp), rate("C", None, 0, 0)];
            let (one, dearer) = (estimate(&rates, &car(price)), estimate(&rates, &car(price + more)));
            prop_assert!(one.commercial_minor <= dearer.commercial_minor);
            let exact = i128::from(price) * i128::from(bp);
            let share = i128::from(one.commercial_minor.unwrap() - base * 100) * 10_000;
            prop_assert!((share - exact).abs() <= 5_000);
            rates.reverse();
            prop_assert_eq!(one, estimate(&rates, &car(price)));
        }
    }
}
