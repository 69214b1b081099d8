//! Purchase tax of new-energy cars (domain.md 3.3, "Purchase tax").

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::values::money::round_half_up;

/// How much of the tax the state lets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxMode {
    /// All of it, up to the cap.
    Exempt,
    /// Half of it, up to the cap.
    Half,
}

/// One line of the dated table of reliefs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxPolicy {
    /// First invoice date.
    pub from: NaiveDate,
    /// Last invoice date.
    pub to: NaiveDate,
    pub mode: TaxMode,
    /// Most that is let go, in fen.
    pub cap_minor: i64,
    /// Whether the model must stand in the reduction catalogue.
    pub catalog_required: bool,
}

/// Rate of the tax [LAW-PT4, 6].
const RATE: Decimal = Decimal::from_parts(10, 0, 0, false, 2);
/// What divides a price with value-added tax to give the price without it (13 %).
const VAT_DIVISOR: Decimal = Decimal::from_parts(113, 0, 0, false, 2);

/// A day that there is; for tables.
pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("no such day"),
    }
}

/// The reliefs known today [TAX]. Outside of them there is none: no policy for 2028 and later was found.
pub const TAX_POLICIES: &[TaxPolicy] = &[
    TaxPolicy {
        from: day(2024, 1, 1),
        to: day(2025, 12, 31),
        mode: TaxMode::Exempt,
        cap_minor: 3_000_000,
        catalog_required: true,
    },
    TaxPolicy {
        from: day(2026, 1, 1),
        to: day(2027, 12, 31),
        mode: TaxMode::Half,
        cap_minor: 1_500_000,
        catalog_required: true,
    },
];

/// The tax and how it came about; all in fen. `due_minor` is always `tax_minor - relief_minor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseTax {
    /// Price without value-added tax.
    pub taxable_minor: i64,
    /// Tax before relief.
    pub tax_minor: i64,
    /// What the state lets go.
    pub relief_minor: i64,
    /// What the buyer pays.
    pub due_minor: i64,
}

/// The relief in force on the invoice date.
pub fn policy_on(invoiced_on: NaiveDate) -> Option<&'static TaxPolicy> {
    TAX_POLICIES.iter().find(|policy| policy.from <= invoiced_on && invoiced_on <= policy.to)
}

/// The relief that a car has on the invoice date, if it has any.
fn relief_on(invoiced_on: NaiveDate, in_catalog: bool) -> Option<&'static TaxPolicy> {
    policy_on(invoiced_on).filter(|policy| in_catalog || !policy.catalog_required)
}

/// The last invoice date up to which a car's tax is what it is on this one; none where no other is known to follow.
pub fn holds_until(invoiced_on: NaiveDate, in_catalog: bool) -> Option<NaiveDate> {
    let now = relief_on(invoiced_on, in_catalog);
    let mut edges: Vec<NaiveDate> =
        TAX_POLICIES.iter().flat_map(|policy| [policy.from.pred_opt(), Some(policy.to)]).flatten().collect();
    edges.sort_unstable();
    let after = |edge: &NaiveDate| edge.succ_opt().and_then(|next| relief_on(next, in_catalog));
    edges.into_iter().filter(|edge| *edge >= invoiced_on).find(|edge| after(edge) != now)
}

/// Purchase tax of a car invoiced at `invoice_minor` (fen, with value-added tax) on that day. Taxable price, tax and
/// relief are figures of the declaration, so each is rounded to the fen, half up, before the next is made of it.
pub fn purchase_tax(invoice_minor: i64, invoiced_on: NaiveDate, in_catalog: bool) -> PurchaseTax {
    let taxable_minor = without_vat_minor(invoice_minor.max(0));
    let tax_minor = fen(yuan(taxable_minor) * RATE);
    let relief_minor = relief_on(invoiced_on, in_catalog).map_or(0, |policy| {
        let full = match policy.mode {
            TaxMode::Exempt => tax_minor,
            TaxMode::Half => fen(yuan(tax_minor) / Decimal::TWO),
        };
        full.min(policy.cap_minor)
    });
    PurchaseTax { taxable_minor, tax_minor, relief_minor, due_minor: tax_minor - relief_minor }
}

/// A price (fen) without the value-added tax in it, rounded half up.
pub fn without_vat_minor(price_minor: i64) -> i64 {
    fen(yuan(price_minor) / VAT_DIVISOR)
}

/// What comes back of the tax paid (fen) when the car is returned after so many full years: a tenth less each year
/// [LAW-PT15].
pub fn purchase_tax_refund(paid_minor: i64, full_years: u32) -> i64 {
    fen(yuan(paid_minor) * Decimal::from(10_u32.saturating_sub(full_years)) / Decimal::TEN)
}

/// Fen as yuan, to compute with.
pub(super) fn yuan(minor: i64) -> Decimal {
    Decimal::new(minor, 2)
}

/// Yuan as fen, half up; the largest amount where no `i64` holds it.
pub(super) fn fen(yuan: Decimal) -> i64 {
    round_half_up(yuan).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn due(yuan: i64, year: i32) -> i64 {
        purchase_tax(yuan * 100, day(year, 6, 1), true).due_minor
    }

    #[test]
    fn vectors_of_2026() {
        assert_eq!(
            purchase_tax(15_980_000, day(2026, 11, 24), true),
            PurchaseTax { taxable_minor: 14_141_593, tax_minor: 1_414_159, relief_minor: 707_080, due_minor: 707_079 }
        );
        assert_eq!(due(249_800, 2026), 1_105_310);
        assert_eq!(
            purchase_tax(33_900_000, day(2027, 12, 31), true),
            PurchaseTax {
                taxable_minor: 30_000_000,
                tax_minor: 3_000_000,
                relief_minor: 1_500_000,
                due_minor: 1_500_000
            }
        );
        assert_eq!(purchase_tax(50_000_000, day(2026, 1, 1), true).tax_minor, 4_424_779);
        assert_eq!(due(500_000, 2026), 2_924_779);
    }

    #[test]
    fn vectors_of_2025() {
        assert_eq!(due(339_000, 2025), 0);
        assert_eq!(due(500_000, 2025), 1_424_779);
    }

    #[test]
    fn no_relief_outside_the_table_or_the_catalogue() {
        assert_eq!(due(339_000, 2028), 3_000_000);
        assert_eq!(due(339_000, 2023), 3_000_000);
        assert_eq!(purchase_tax(33_900_000, day(2026, 6, 1), false).due_minor, 3_000_000);
    }

    #[test]
    fn a_returned_car_gives_back_a_tenth_less_each_year() {
        assert_eq!(purchase_tax_refund(1_105_310, 0), 1_105_310);
        assert_eq!(purchase_tax_refund(1_105_310, 3), 773_717);
        assert_eq!(purchase_tax_refund(1_105_310, 11), 0);
    }

    #[test]
    fn a_tax_holds_to_the_last_day_of_its_line() {
        let until = |on, listed| holds_until(on, listed);
        assert_eq!(until(day(2023, 6, 1), true), Some(day(2023, 12, 31)));
        assert_eq!(until(day(2025, 12, 31), true), Some(day(2025, 12, 31)));
        assert_eq!(until(day(2026, 1, 1), true), Some(day(2027, 12, 31)));
        assert_eq!(until(day(2027, 12, 31), true), Some(day(2027, 12, 31)));
        assert_eq!(until(day(2028, 1, 1), true), None);
        assert_eq!(until(day(2026, 1, 1), false), None, "what has no relief loses none");
    }

    proptest! {
        /// Up to the day that is told nothing changes, and on the next one something does, for a car that is dear enough.
        #[test]
        fn what_holds_holds(price in 100_i64..200_000_000, offset in 0_i64..2_500, listed: bool) {
            let on = day(2023, 1, 1) + chrono::Days::new(offset.unsigned_abs());
            let tax = |on| purchase_tax(price, on, listed).relief_minor;
            let last = holds_until(on, listed).unwrap_or(day(2040, 1, 1));
            prop_assert!(last >= on);
            let mut day = on;
            while day <= last && day < on + chrono::Days::new(1_200) {
                prop_assert_eq!(tax(day), tax(on));
                day = day + chrono::Days::new(97);
            }
            prop_assert_eq!(tax(last), tax(on));
            if holds_until(on, listed).is_some() {
                prop_assert_ne!(relief_on(last.succ_opt().unwrap(), listed), relief_on(on, listed));
            }
        }

        #[test]
        fn relief_never_exceeds_tax_or_cap(price in 0_i64..200_000_000, offset in 0_i64..2_500, listed: bool) {
            let on = day(2023, 1, 1) + chrono::Days::new(offset.unsigned_abs());
            let tax = purchase_tax(price, on, listed);
            prop_assert!(0 <= tax.relief_minor && tax.relief_minor <= tax.tax_minor);
            prop_assert!(tax.relief_minor <= policy_on(on).map_or(0, |policy| policy.cap_minor));
            prop_assert_eq!(tax.due_minor, tax.tax_minor - tax.relief_minor);
        }
    }
}
