//! Purchase tax of an order by the day that decides about it (C059, C074; domain.md 3.3, "key date = invoice date").
//!
//! The TAX line is part of an order's total, as it was on the day of its price. By law the day of the car's invoice decides, and it is the
//! buyer who owes the tax, to the tax office; the seller only passes it on. So what was agreed stays as it is, whatever the tax comes to,
//! and the difference is told: nobody's order gets dearer behind their back, and who settles it knows how much it is.

use chrono::NaiveDate;
use entity::order::price_line;
use entity::vocabulary::{InvoiceCover, OrderStatus, PriceLineKind};

use super::invoice::covered;
use super::status::is_ended;
use crate::catalog::rules::tax::{holds_until, purchase_tax};

/// What the day is by which tax is reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The day of the car's invoice.
    Invoice,
    /// The day on which the car is expected.
    Expected,
    /// Today.
    Today,
}

/// What is looked at of an order.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub status: OrderStatus,
    /// Day of the car's invoice in force, or of another system's that told of it.
    pub invoiced_on: Option<NaiveDate>,
    /// What that invoice says, fen; none where it is not known here.
    pub invoiced_minor: Option<i64>,
    pub handed_over: bool,
    /// When the car is expected.
    pub expected_on: Option<NaiveDate>,
    pub today: NaiveDate,
    /// Whether the car stands in the reduction catalogue.
    pub in_catalog: bool,
}

/// The tax of an order, fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxDue {
    pub amount_minor: i64,
    pub as_of: NaiveDate,
    pub basis: Basis,
    /// What the order's total has of it; none where it has no such line.
    pub agreed_minor: Option<i64>,
    /// The last invoice date for which it is this much; none once there is an invoice, and where no change is known to follow.
    pub until: Option<NaiveDate>,
}

impl TaxDue {
    /// What is due beyond what was agreed; negative where less is. None where nothing was agreed.
    pub fn difference_minor(&self) -> Option<i64> {
        Some(self.amount_minor - self.agreed_minor?)
    }

    /// Whether another amount is due than was agreed.
    pub fn differs(&self) -> bool {
        self.difference_minor().is_some_and(|minor| minor != 0)
    }
}

/// The tax of an order with these lines: by its invoice once there is one, before that by the day on which the car is expected, since it is
/// invoiced about then, and never by a day that has passed. None at an end without the car, and of a car that was handed over without
/// anybody's telling when it was invoiced.
pub fn tax_due<'a>(facts: &Facts, lines: impl Iterator<Item = &'a price_line::Model>) -> Option<TaxDue> {
    if is_ended(facts.status) {
        return None;
    }
    let (mut car_minor, mut agreed_minor) = (0, None);
    for line in lines {
        if line.kind == PriceLineKind::Tax {
            agreed_minor = Some(agreed_minor.unwrap_or(0) + line.amount_minor);
        } else if covered(line.kind, &line.code) == Some(InvoiceCover::Car) {
            car_minor += line.amount_minor;
        }
    }
    let (as_of, basis) = match (facts.invoiced_on, facts.expected_on) {
        (Some(on), _) => (on, Basis::Invoice),
        (None, _) if facts.handed_over => return None,
        (None, Some(on)) if on > facts.today => (on, Basis::Expected),
        (None, _) => (facts.today, Basis::Today),
    };
    let invoice_minor = facts.invoiced_minor.unwrap_or(car_minor);
    let open = basis != Basis::Invoice;
    Some(TaxDue {
        amount_minor: purchase_tax(invoice_minor, as_of, facts.in_catalog).due_minor,
        as_of,
        basis,
        agreed_minor,
        until: holds_until(as_of, facts.in_catalog).filter(|_| open),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::rules::price::{DELIVERY_FEE_CODE, TAX_CODE};
    use entity::{OrderId, PriceLineId};
    use proptest::prelude::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn line(kind: PriceLineKind, code: &str, amount_minor: i64) -> price_line::Model {
        price_line::Model {
            id: PriceLineId::from_parts(0, 1),
            order_id: OrderId::from_parts(0, 1),
            position: 1,
            kind,
            code: code.into(),
            label_zh: code.into(),
            label_en: code.into(),
            amount_minor,
        }
    }

    /// A car of 249 800.00, whose half tax of 2026 and 2027 is 11 053.10 and whose whole one 22 106.20.
    fn lines() -> Vec<price_line::Model> {
        vec![
            line(PriceLineKind::Msrp, "C7-750", 24_480_000),
            line(PriceLineKind::Option, "WHEEL", 600_000),
            line(PriceLineKind::Discount, "BRAND_DISCOUNT", -100_000),
            line(PriceLineKind::Tax, TAX_CODE, 1_105_310),
            line(PriceLineKind::Fee, DELIVERY_FEE_CODE, 200_000),
            line(PriceLineKind::Benefit, "WALLBOX", 498_000),
            line(PriceLineKind::Incentive, "BRAND", -300_000),
        ]
    }

    fn facts(today: NaiveDate) -> Facts {
        Facts {
            status: OrderStatus::Placed,
            invoiced_on: None,
            invoiced_minor: None,
            handed_over: false,
            expected_on: None,
            today,
            in_catalog: true,
        }
    }

    fn due(facts: &Facts) -> TaxDue {
        tax_due(facts, lines().iter()).unwrap()
    }

    #[test]
    fn the_day_of_the_invoice_decides_at_the_turn_of_2028() {
        let placed = facts(day(2027, 12, 20));
        let of = due(&placed);
        assert_eq!((of.amount_minor, of.basis, of.until), (1_105_310, Basis::Today, Some(day(2027, 12, 31))));
        assert!(!of.differs());
        let last = due(&Facts { invoiced_on: Some(day(2027, 12, 31)), ..placed });
        assert_eq!((last.amount_minor, last.basis, last.until), (1_105_310, Basis::Invoice, None));
        assert_eq!((last.difference_minor(), last.differs()), (Some(0), false));
        let first = due(&Facts { invoiced_on: Some(day(2028, 1, 1)), ..placed });
        assert_eq!((first.amount_minor, first.difference_minor(), first.differs()), (2_210_620, Some(1_105_310), true));
        assert_eq!(first.as_of, day(2028, 1, 1));
    }

    #[test]
    fn before_there_is_an_invoice_the_expected_day_tells_what_comes() {
        let late = Facts { expected_on: Some(day(2028, 2, 10)), ..facts(day(2027, 12, 20)) };
        let of = due(&late);
        assert_eq!((of.as_of, of.basis, of.amount_minor), (day(2028, 2, 10), Basis::Expected, 2_210_620));
        assert_eq!((of.difference_minor(), of.until), (Some(1_105_310), None));
        // One that has passed tells nothing any more.
        let past = due(&Facts { today: day(2028, 3, 1), ..late });
        assert_eq!((past.as_of, past.basis), (day(2028, 3, 1), Basis::Today));
        let soon = due(&Facts { expected_on: Some(day(2027, 12, 31)), ..facts(day(2027, 12, 20)) });
        assert_eq!((soon.amount_minor, soon.until), (1_105_310, Some(day(2027, 12, 31))));
    }

    #[test]
    fn what_the_invoice_says_counts_and_what_has_no_relief_never_differs() {
        let invoiced = Facts { invoiced_on: Some(day(2027, 6, 1)), ..facts(day(2027, 7, 1)) };
        // 159 800.00: the vector of 2026.
        assert_eq!(due(&Facts { invoiced_minor: Some(15_980_000), ..invoiced }).amount_minor, 707_079);
        let unlisted = due(&Facts { in_catalog: false, ..facts(day(2027, 12, 20)) });
        assert_eq!((unlisted.amount_minor, unlisted.until), (2_210_620, None));
    }

    #[test]
    fn nothing_is_due_of_what_is_over_or_without_a_line_to_differ_from() {
        for status in [OrderStatus::Cancelled, OrderStatus::Expired, OrderStatus::Returned] {
            assert_eq!(tax_due(&Facts { status, ..facts(day(2027, 1, 1)) }, lines().iter()), None);
        }
        assert_eq!(tax_due(&Facts { handed_over: true, ..facts(day(2027, 1, 1)) }, lines().iter()), None);
        let without: Vec<_> = lines().into_iter().filter(|line| line.kind != PriceLineKind::Tax).collect();
        let of = tax_due(&facts(day(2028, 1, 1)), without.iter()).unwrap();
        assert_eq!((of.amount_minor, of.agreed_minor, of.difference_minor()), (2_210_620, None, None));
        assert!(!of.differs());
    }

    proptest! {
        /// What was agreed by the tax of a day differs from what is due by an invoice exactly where the taxes of the two days do.
        #[test]
        fn it_differs_where_the_taxes_do(ordered in 0_u64..1_500, later in 0_u64..700, price in 0_i64..100_000_000, listed: bool) {
            let on = day(2024, 1, 1) + chrono::Days::new(ordered);
            let invoiced = on + chrono::Days::new(later);
            let tax = |on| purchase_tax(price, on, listed).due_minor;
            let lines = [line(PriceLineKind::Msrp, "X", price), line(PriceLineKind::Tax, TAX_CODE, tax(on))];
            let facts = Facts { in_catalog: listed, invoiced_on: Some(invoiced), ..facts(on) };
            let of = tax_due(&facts, lines.iter()).unwrap();
            prop_assert_eq!(of.differs(), tax(on) != tax(invoiced));
            prop_assert_eq!(of.difference_minor(), Some(tax(invoiced) - tax(on)));
            let before = tax_due(&Facts { invoiced_on: None, ..facts }, lines.iter()).unwrap();
            prop_assert!(!before.differs());
            if before.until.is_none_or(|until| invoiced <= until) {
                prop_assert!(!of.differs());
            }
        }
    }
}
