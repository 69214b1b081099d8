//! On which grounds a car goes back, and for how much (C075; domain.md 3.2 "Refund matrix", 3.3 "Purchase tax", 4.3 "After-sales").

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::vocabulary::{Fault, FulfillmentMode, PaymentPurpose, ReturnGround};

use crate::customer::rules::warranty::{REPLACE, last_day};
use crate::values::calendar;

/// Days after the day of the hand-over in which a stock car that was bought online goes back without a reason [LAW-CON25].
pub const NO_REASON_DAYS: u64 = 7;

/// Kilometres that one may have driven to look at it; invented, the law asks for goods in good order and domain.md names no number.
pub const NO_REASON_KM: i32 = 100;

/// Days and kilometres in which the three guarantees take a car back without a fee for its use (domain.md 4.3, [23]).
pub const FREE_OF_FEE: (u64, i32) = (60, 3_000);

/// The factor `n` of the fee for its use, ten-thousandths: price × km / 1000 × n (domain.md 4.3, [27]). The range of `n` was not
/// found there; half a per cent is invented, and to be set to what the maker's booklet of guarantees says.
pub const USE_FACTOR: i64 = 50;

/// Share of the purchase tax that is lost with each full year, per cent [LAW-PT15].
const TAX_LOST_PER_YEAR: i64 = 10;

/// What is looked at of a car that is to go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// How the car was found for its order.
    pub mode: FulfillmentMode,
    /// The customer ordered it by themselves.
    pub online: bool,
    /// When it was handed over.
    pub at: DateTime<Utc>,
    /// From when its warranty counts.
    pub warranty_start: DateTime<Utc>,
    /// What the odometer said then, and says now, kilometres.
    pub km: (i32, i32),
}

impl Handed {
    /// Kilometres driven since the hand-over.
    pub fn driven_km(&self) -> i32 {
        (self.km.1 - self.km.0).max(0)
    }
}

/// What stands in the way of a ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hindrance {
    /// It was built for its customer.
    MadeToOrder,
    /// It was ordered at a store, or in another system.
    NotOnline,
    /// The days are over.
    TooLate {
        /// The last one.
        until: NaiveDate,
    },
    /// It was driven further than that.
    TooFar {
        /// Kilometres.
        most: i32,
    },
    /// The guarantees hold for what the maker is at fault of.
    NotTheMakers,
}

/// What stands in the way of a return on this ground; nothing of what an operator grants by their word.
pub fn hindrances(ground: ReturnGround, fault: Fault, of: &Handed, now: DateTime<Utc>) -> Vec<Hindrance> {
    let today = calendar::day(now);
    let mut all = Vec::new();
    match ground {
        ReturnGround::SevenDayNoReason => {
            if of.mode == FulfillmentMode::BuildToOrder {
                all.push(Hindrance::MadeToOrder);
            }
            if !of.online {
                all.push(Hindrance::NotOnline);
            }
            let until = calendar::day(of.at) + Days::new(NO_REASON_DAYS);
            if today > until {
                all.push(Hindrance::TooLate { until });
            }
            if of.driven_km() > NO_REASON_KM {
                all.push(Hindrance::TooFar { most: NO_REASON_KM });
            }
        }
        ReturnGround::ThreeGuarantees => {
            if fault != Fault::Maker {
                all.push(Hindrance::NotTheMakers);
            }
            let until = last_day(of.warranty_start, REPLACE.0);
            if today > until {
                all.push(Hindrance::TooLate { until });
            }
            if of.km.1 > REPLACE.1 {
                all.push(Hindrance::TooFar { most: REPLACE.1 });
            }
        }
        ReturnGround::Goodwill => {}
    }
    all
}

/// What the use of a car costs that goes back, fen, HALF_UP, at most its price: nothing without a reason in the first days, nor under
/// the guarantees while they are free of it; by word of an operator it is in the sum that they name. `price_minor` is that of the car's
/// invoice.
pub fn use_minor(ground: ReturnGround, of: &Handed, price_minor: i64, now: DateTime<Utc>) -> i64 {
    let free = calendar::day(now) <= calendar::day(of.at) + Days::new(FREE_OF_FEE.0) && of.km.1 <= FREE_OF_FEE.1;
    if ground != ReturnGround::ThreeGuarantees || free {
        return 0;
    }
    // price × km / 1000 × n / 10 000, in a wider type.
    let fee = i128::from(price_minor.max(0)) * i128::from(of.driven_km()) * i128::from(USE_FACTOR);
    let fee = (fee + 5_000_000) / 10_000_000;
    i64::try_from(fee).unwrap_or(i64::MAX).min(price_minor.max(0))
}

/// What of the purchase tax its payer claims back from the authority for a car that went back, fen: what was paid less a tenth for
/// each full year since [LAW-PT15].
pub fn tax_claim_minor(paid_minor: i64, paid_on: NaiveDate, today: NaiveDate) -> i64 {
    let years = i64::from(today.years_since(paid_on).unwrap_or_default());
    let left = (100 - TAX_LOST_PER_YEAR * years).max(0);
    (paid_minor.max(0) * left + 50) / 100
}

/// What goes back of money that is here, fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// What goes back.
    pub back_minor: i64,
    /// What is kept for the car's use.
    pub use_minor: i64,
    /// What was paid on to the tax authority.
    pub passed_on_minor: i64,
}

/// What goes back of `here_minor`, which is paid and not on its way back: all of it less the fee for the use, and less purchase tax that was
/// paid on, which the customer claims from the authority; or what an operator names, at most all. Never less than nothing.
pub fn sums(here_minor: i64, use_minor: i64, passed_on_minor: i64, named_minor: Option<i64>) -> Sums {
    let here = here_minor.max(0);
    if let Some(named) = named_minor {
        return Sums { back_minor: named.clamp(0, here), use_minor: 0, passed_on_minor: 0 };
    }
    let passed_on_minor = passed_on_minor.clamp(0, here);
    let use_minor = use_minor.clamp(0, here - passed_on_minor);
    Sums { back_minor: here - passed_on_minor - use_minor, use_minor, passed_on_minor }
}

/// What is here of a payment and not on its way back, fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Here<Id> {
    /// Which.
    pub payment: Id,
    /// What it was paid for.
    pub purpose: PaymentPurpose,
    /// How much.
    pub minor: i64,
    /// Whether a lender paid it.
    pub of_lender: bool,
}

/// On which payments an amount goes back that is less than all, the newest of the balance first, and the deposits last: when the car goes
/// back a lender's before the others, so that the loan is settled; when it stays its customer's, or none was handed over, after them.
/// None of them more than is here of it. `here` is oldest first.
pub fn parts<Id: Copy>(here: &[Here<Id>], amount_minor: i64, car_goes_back: bool) -> Vec<(Id, i64)> {
    let mut left = amount_minor.max(0);
    let mut turns: Vec<&Here<Id>> = here.iter().rev().collect();
    // What is alike stays as it stands.
    turns.sort_by_key(|one| (one.of_lender != car_goes_back, one.purpose != PaymentPurpose::Balance));
    let mut parts = Vec::new();
    for one in turns {
        let part = left.min(one.minor.max(0));
        if part > 0 {
            parts.push((one.payment, part));
            left -= part;
        }
    }
    parts
}

/// How much of what goes back can be carried over to another order, fen: of the customer's own money, at most its price. A lender's goes
/// back to the lender.
pub fn carried_minor<Id: Copy>(here: &[Here<Id>], back_minor: i64, price_minor: i64) -> i64 {
    let lent: i64 = here.iter().filter(|one| one.of_lender).map(|one| one.minor.max(0)).sum();
    (back_minor - lent.min(back_minor)).min(price_minor).max(0)
}

/// What becomes of a payment of an order whose car goes back for another, fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goes<Id> {
    /// Which.
    pub payment: Id,
    /// What of it goes back.
    pub back_minor: i64,
    /// What of it goes over as earnest money.
    pub earnest_minor: i64,
    /// What of it goes over as balance.
    pub balance_minor: i64,
}

/// What goes back of an order's payments as [`parts`] has it, and what goes over of the rest to the order of the other car: the deposit
/// before the balance. As earnest money goes over what was earnest money, at most `earnest_most_minor`: what was paid of the balance
/// binds nobody by its loss [LAW-CIV587], and does not come to by an exchange.
pub fn goes<Id: Copy + PartialEq>(
    here: &[Here<Id>],
    (back_minor, over_minor): (i64, i64),
    earnest_most_minor: i64,
) -> Vec<Goes<Id>> {
    let back = parts(here, back_minor, true);
    let (mut over_left, mut earnest_left) = (over_minor.max(0), earnest_most_minor.max(0));
    let mut turns: Vec<&Here<Id>> = here.iter().collect();
    turns.sort_by_key(|one| (one.of_lender, one.purpose != PaymentPurpose::EarnestDeposit));
    let mut all = Vec::new();
    for one in turns {
        let back_minor = back.iter().find(|(id, _)| *id == one.payment).map_or(0, |(_, minor)| *minor);
        let over = over_left.min(one.minor.max(0) - back_minor);
        over_left -= over;
        let earnest = if one.purpose == PaymentPurpose::EarnestDeposit { over.min(earnest_left) } else { 0 };
        earnest_left -= earnest;
        if back_minor > 0 || over > 0 {
            all.push(Goes { payment: one.payment, back_minor, earnest_minor: earnest, balance_minor: over - earnest });
        }
    }
    all
}

/// How much of an order's money goes back when its customer keeps the car: what is above the price goes back without a question, and more
/// only as a kindness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refundable {
    /// Above the price, and not on its way back.
    pub surplus_minor: i64,
    /// Most that can be granted.
    pub most_minor: i64,
}

/// See [`Refundable`]; `here_minor` is what is paid and not on its way back.
pub fn refundable(here_minor: i64, total_minor: i64) -> Refundable {
    let most_minor = here_minor.max(0);
    Refundable { surplus_minor: (most_minor - total_minor.max(0)).max(0), most_minor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FulfillmentMode::{BuildToOrder, BuildToStock, LocateToOrder};
    use ReturnGround::{Goodwill, SevenDayNoReason, ThreeGuarantees};
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn handed() -> Handed {
        let at = at("2026-12-01T04:00:00Z");
        Handed { mode: BuildToStock, online: true, at, warranty_start: at, km: (12, 80) }
    }

    #[test]
    fn a_stock_car_bought_online_goes_back_in_seven_days() {
        let ask = |of: Handed, now| hindrances(SevenDayNoReason, Fault::Customer, &of, at(now));
        // The last moment of the seventh day after the hand-over, in Shanghai.
        assert_eq!(ask(handed(), "2026-12-08T15:59:59Z"), []);
        assert_eq!(ask(Handed { mode: LocateToOrder, ..handed() }, "2026-12-08T15:59:59Z"), []);
        let until = "2026-12-08".parse().unwrap();
        assert_eq!(ask(handed(), "2026-12-08T16:00:00Z"), [Hindrance::TooLate { until }]);
        let all = Handed { mode: BuildToOrder, online: false, km: (12, 113), ..handed() };
        assert_eq!(
            ask(all, "2027-01-01T00:00:00Z"),
            [
                Hindrance::MadeToOrder,
                Hindrance::NotOnline,
                Hindrance::TooLate { until },
                Hindrance::TooFar { most: 100 }
            ]
        );
    }

    #[test]
    fn the_guarantees_hold_for_the_makers_fault_for_two_years_and_fifty_thousand_kilometres() {
        let ask = |of: Handed, fault, now| hindrances(ThreeGuarantees, fault, &of, at(now));
        let far = Handed { km: (12, 50_000), mode: BuildToOrder, online: false, ..handed() };
        assert_eq!(ask(far, Fault::Maker, "2028-11-30T15:59:59Z"), []);
        let until = "2028-11-30".parse().unwrap();
        assert_eq!(
            ask(Handed { km: (12, 50_001), ..far }, Fault::Neither, "2028-11-30T16:00:00Z"),
            [Hindrance::NotTheMakers, Hindrance::TooLate { until }, Hindrance::TooFar { most: 50_000 }]
        );
        assert_eq!(hindrances(Goodwill, Fault::Neither, &far, at("2040-01-01T00:00:00Z")), []);
    }

    #[test]
    fn the_use_of_a_car_costs_by_price_and_kilometres() {
        let later = at("2027-06-01T00:00:00Z");
        let of = Handed { km: (12, 10_012), ..handed() };
        // 200 000 × 10 × 0.5 %.
        assert_eq!(use_minor(ThreeGuarantees, &of, 20_000_000, later), 1_000_000);
        // A fen of which a half is one.
        assert_eq!(use_minor(ThreeGuarantees, &Handed { km: (0, 3_001), ..handed() }, 100, later), 2);
        assert_eq!(use_minor(ThreeGuarantees, &Handed { km: (0, 900_000), ..handed() }, 100, later), 100);
        for ground in [SevenDayNoReason, Goodwill] {
            assert_eq!(use_minor(ground, &of, 20_000_000, later), 0);
        }
        // Sixty days and three thousand kilometres are free of it.
        let early = at("2027-01-30T15:59:59Z");
        assert_eq!(use_minor(ThreeGuarantees, &Handed { km: (0, 3_000), ..handed() }, 20_000_000, early), 0);
        assert_eq!(use_minor(ThreeGuarantees, &Handed { km: (0, 3_001), ..handed() }, 20_000_000, early), 300_100);
        let next = at("2027-01-30T16:00:00Z");
        assert_eq!(use_minor(ThreeGuarantees, &Handed { km: (0, 3_000), ..handed() }, 20_000_000, next), 300_000);
    }

    #[test]
    fn a_tenth_of_the_tax_is_lost_with_each_full_year() {
        let day = |text: &str| text.parse().unwrap();
        let claim = |today| tax_claim_minor(1_105_310, day("2026-12-01"), day(today));
        assert_eq!(claim("2026-12-01"), 1_105_310);
        assert_eq!(claim("2027-11-30"), 1_105_310);
        assert_eq!(claim("2027-12-01"), 994_779);
        assert_eq!(claim("2029-12-01"), 773_717);
        assert_eq!(claim("2036-12-01"), 0);
        assert_eq!(claim("2046-12-01"), 0);
    }

    #[test]
    fn a_lenders_money_goes_back_first_and_is_carried_nowhere() {
        use PaymentPurpose::{Balance, EarnestDeposit};
        let one = |payment, purpose, minor, of_lender| Here { payment, purpose, minor, of_lender };
        let here = [
            one("deposit", EarnestDeposit, 5_000, false),
            one("loan", Balance, 80_000, true),
            one("balance", Balance, 15_000, false),
        ];
        assert_eq!(parts(&here, 96_000, true), [("loan", 80_000), ("balance", 15_000), ("deposit", 1_000)]);
        assert_eq!(parts(&here, 21_000, false), [("balance", 15_000), ("deposit", 5_000), ("loan", 1_000)]);
        assert_eq!(parts(&here, 200_000, true).iter().map(|(_, minor)| minor).sum::<i64>(), 100_000);
        assert_eq!(carried_minor(&here, 96_000, 1_000_000), 16_000);
        assert_eq!(carried_minor(&here, 70_000, 1_000_000), 0);
        assert_eq!(carried_minor(&here[..1], 5_000, 3_000), 3_000);
    }

    #[test]
    fn a_deposit_goes_back_last_however_late_it_came() {
        use PaymentPurpose::{Balance, EarnestDeposit};
        let one = |payment, purpose, minor| Here { payment, purpose, minor, of_lender: false };
        let here = [one("first", Balance, 300), one("deposit", EarnestDeposit, 500), one("second", Balance, 200)];
        assert_eq!(parts(&here, 600, false), [("second", 200), ("first", 300), ("deposit", 100)]);
    }

    #[test]
    fn what_was_balance_goes_over_as_balance() {
        use PaymentPurpose::{Balance, EarnestDeposit};
        let one = |payment, purpose, minor, of_lender| Here { payment, purpose, minor, of_lender };
        let goes = |here: &[Here<&'static str>], back, over| {
            let all = goes(here, (back, over), 5_000);
            all.into_iter()
                .map(|one| (one.payment, one.back_minor, one.earnest_minor, one.balance_minor))
                .collect::<Vec<_>>()
        };
        let two = [
            one("a", EarnestDeposit, 2_000, false),
            one("b", EarnestDeposit, 3_500, false),
            one("c", Balance, 90_000, false),
            one("loan", Balance, 10_000, true),
        ];
        // The tax is kept of the balance.
        assert_eq!(
            goes(&two, 12_000, 80_000),
            [("a", 0, 2_000, 0), ("b", 0, 3_000, 500), ("c", 2_000, 0, 74_500), ("loan", 10_000, 0, 0)]
        );
        assert_eq!(goes(&two[2..3], 0, 90_000), [("c", 0, 0, 90_000)], "nothing of it was earnest money");
    }

    #[test]
    fn what_is_above_the_price_goes_back_without_a_question() {
        assert_eq!(refundable(110, 100), Refundable { surplus_minor: 10, most_minor: 110 });
        assert_eq!(refundable(90, 100), Refundable { surplus_minor: 0, most_minor: 90 });
        assert_eq!(refundable(-1, 100), Refundable { surplus_minor: 0, most_minor: 0 });
    }

    proptest! {
        #[test]
        fn what_goes_back_and_what_is_kept_is_what_was_here(
            amounts in proptest::collection::vec(
                (0_i64..5_000_000, any::<bool>(), proptest::sample::select(PaymentPurpose::ALL)), 0..6,
            ),
            fee in 0_i64..9_000_000, tax in 0_i64..2_000_000, named in proptest::option::of(0_i64..9_000_000),
            price in 0_i64..9_000_000,
        ) {
            let here: Vec<_> = amounts
                .iter()
                .enumerate()
                .map(|(payment, (minor, of_lender, purpose))| Here {
                    payment,
                    purpose: *purpose,
                    minor: *minor,
                    of_lender: *of_lender,
                })
                .collect();
            let all: i64 = here.iter().map(|one| one.minor).sum();
            let sums = sums(all, fee, tax, named);
            prop_assert!((0..=all).contains(&sums.back_minor));
            if named.is_none() {
                prop_assert_eq!(sums.back_minor + sums.use_minor + sums.passed_on_minor, all);
            }
            let parts = parts(&here, sums.back_minor, tax % 2 == 0);
            prop_assert_eq!(parts.iter().map(|(_, minor)| minor).sum::<i64>(), sums.back_minor);
            for (at, minor) in parts {
                prop_assert!(0 < minor && minor <= here[at].minor);
            }
            let carried = carried_minor(&here, sums.back_minor, price);
            prop_assert!((0..=sums.back_minor.min(price)).contains(&carried));
            prop_assert!((0..=all).contains(&refundable(all, price).surplus_minor));
            let goes = goes(&here, (sums.back_minor - carried, carried), fee);
            prop_assert_eq!(goes.iter().map(|one| one.back_minor).sum::<i64>(), sums.back_minor - carried);
            prop_assert_eq!(goes.iter().map(|one| one.earnest_minor + one.balance_minor).sum::<i64>(), carried);
            prop_assert!(goes.iter().map(|one| one.earnest_minor).sum::<i64>() <= fee);
            for one in goes {
                let of = here[one.payment];
                prop_assert!(one.back_minor + one.earnest_minor + one.balance_minor <= of.minor);
                prop_assert!(one.earnest_minor == 0 || of.purpose == PaymentPurpose::EarnestDeposit);
                prop_assert!(!of.of_lender || one.earnest_minor + one.balance_minor == 0, "a lender's goes nowhere else");
            }
        }

        #[test]
        fn the_later_the_more_the_use_costs(km in 0_i32..200_000, more in 0_i32..50_000, price in 0_i64..90_000_000, days in 0_u64..800) {
            let now = handed().at + Days::new(days);
            let fee = |km| use_minor(ThreeGuarantees, &Handed { km: (0, km), ..handed() }, price, now);
            prop_assert!(fee(km) <= fee(km + more) && fee(km + more) <= price);
        }
    }
}
