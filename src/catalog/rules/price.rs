//! The one price of a car, line by line (C059-C061; domain.md 3.3, "On-road price").

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::catalog::{benefit_package, incentive, option, price_book, price_entry, trim};
use entity::vocabulary::{PriceBookStatus, PriceLineKind};

use super::incentive::{AppliedIncentive, IncentiveOutcome, Purchase, Settlement, applicable};
use super::tax::{PurchaseTax, holds_until, purchase_tax};
use crate::values::calendar;

/// What registering the car and its plates costs, fen. Invented, the same everywhere (domain.md 4.3).
pub const PLATE_FEE_MINOR: i64 = 50_000;
/// What bringing the car to the delivery store costs, fen. Invented, the same everywhere: a unified price may not
/// depend on the way (C059).
pub const DELIVERY_FEE_MINOR: i64 = 200_000;

/// Code of the purchase-tax line.
pub const TAX_CODE: &str = "PURCHASE_TAX";
/// Code of the brand-discount line.
pub const DISCOUNT_CODE: &str = "BRAND_DISCOUNT";
/// Code of the plate-fee line.
pub const PLATE_FEE_CODE: &str = "PLATE_FEE";
/// Code of the delivery-fee line.
pub const DELIVERY_FEE_CODE: &str = "DELIVERY_FEE";

/// What a price depends on: the car, the place and the day, and nothing of the customer's profile (PIPL 24).
#[derive(Debug, Clone, Copy)]
pub struct PriceRequest<'a> {
    pub trim: &'a trim::Model,
    /// Of the book in force, see [`book_in_force`].
    pub entry: &'a price_entry::Model,
    /// The chosen ones, normalised by the configuration rules; lines come in order of position, then code.
    pub options: &'a [option::Model],
    /// Where the car will be registered.
    pub city_code: &'a str,
    /// Invoice date.
    pub on: NaiveDate,
    pub incentives: &'a [incentive::Model],
    /// The chosen ones, which are to be had; see [`super::benefit::choose`]. They lower and raise no tax: none is part of the car.
    pub benefits: &'a [benefit_package::Model],
    /// Whether the buyer declares an old car to give up.
    pub has_old_vehicle: bool,
}

/// One line; what lowers the price is negative. In fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceLine {
    pub kind: PriceLineKind,
    pub code: String,
    pub label_zh: String,
    pub label_en: String,
    pub amount_minor: i64,
}

/// A price and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBreakdown {
    /// In order: MSRP, OPTION…, DISCOUNT, TAX, FEE…, BENEFIT…, INCENTIVE…. What is free has no line.
    pub lines: Vec<PriceLine>,
    /// Sum of the lines, fen; never negative.
    pub payable_minor: i64,
    /// List price with options less the brand's discount, fen: what the vehicle invoice says.
    pub invoice_minor: i64,
    /// How the TAX line came about.
    pub tax: PurchaseTax,
    /// The last invoice date for which the tax is this; none where no other is known to follow.
    pub tax_until: Option<NaiveDate>,
    /// Every incentive that was looked at. Those `AtSale` have a line; those `Later` are paid out afterwards and lower
    /// nothing here; those `InTax` are in the TAX line already.
    pub incentives: IncentiveOutcome,
}

impl PriceBreakdown {
    /// Incentives that are reimbursed after the sale.
    pub fn reimbursed_later(&self) -> impl Iterator<Item = &AppliedIncentive> {
        self.incentives.applied.iter().filter(|incentive| incentive.settlement == Settlement::Later)
    }
}

/// The published book whose dates hold `at`; of several the one that began last, then the highest version.
pub fn book_in_force(books: &[price_book::Model], at: DateTime<Utc>) -> Option<&price_book::Model> {
    books
        .iter()
        .filter(|book| book.status == PriceBookStatus::Published)
        .filter(|book| book.effective_from <= at && book.effective_to.is_none_or(|end| at < end))
        .max_by_key(|book| (book.effective_from, book.price_version, book.id))
}

/// The breakdown for this car, place and day. Incentives do not lower the taxable price; together they give back no
/// more than the invoice price.
pub fn breakdown(request: &PriceRequest<'_>) -> PriceBreakdown {
    let mut lines = vec![line(
        PriceLineKind::Msrp,
        &request.trim.code,
        &request.trim.name_zh,
        &request.trim.name_en,
        request.entry.msrp_minor,
    )];
    let mut options: Vec<&option::Model> = request.options.iter().collect();
    options.sort_by(|a, b| (a.position, &a.code).cmp(&(b.position, &b.code)));
    for option in options {
        lines.push(line(PriceLineKind::Option, &option.code, &option.name_zh, &option.name_en, option.price_minor));
    }
    let list_minor: i64 = lines.iter().map(|line| line.amount_minor).sum();
    let discount_minor = request.entry.discount_minor.clamp(0, list_minor.max(0));
    if discount_minor > 0 {
        lines.push(line(PriceLineKind::Discount, DISCOUNT_CODE, "品牌优惠", "Brand discount", -discount_minor));
    }
    let invoice_minor = list_minor - discount_minor;
    let tax = purchase_tax(invoice_minor, request.on, request.trim.purchase_tax_catalog);
    lines.push(line(PriceLineKind::Tax, TAX_CODE, "车辆购置税", "Purchase tax", tax.due_minor));
    lines.push(line(PriceLineKind::Fee, PLATE_FEE_CODE, "上牌费", "Plate fee", PLATE_FEE_MINOR));
    lines.push(line(PriceLineKind::Fee, DELIVERY_FEE_CODE, "交付费", "Delivery fee", DELIVERY_FEE_MINOR));
    for package in request.benefits.iter().filter(|package| package.price_minor > 0) {
        lines.push(line(
            PriceLineKind::Benefit,
            &package.code,
            &package.name_zh,
            &package.name_en,
            package.price_minor,
        ));
    }

    let incentives = applicable(
        request.incentives,
        &Purchase {
            on: request.on,
            city_code: request.city_code,
            invoice_minor,
            powertrain: request.trim.powertrain,
            trim_id: request.trim.id,
            has_old_vehicle: request.has_old_vehicle,
            tax_relief_minor: tax.relief_minor,
        },
    );
    let mut left = invoice_minor.max(0);
    for incentive in incentives.applied.iter().filter(|incentive| incentive.settlement == Settlement::AtSale) {
        let amount = incentive.amount_minor.min(left);
        left -= amount;
        lines.push(line(PriceLineKind::Incentive, &incentive.code, &incentive.name_zh, &incentive.name_en, -amount));
    }
    let payable_minor = lines.iter().map(|line| line.amount_minor).sum();
    let tax_until = holds_until(request.on, request.trim.purchase_tax_catalog);
    PriceBreakdown { lines, payable_minor, invoice_minor, tax, tax_until, incentives }
}

/// How long a price is held for who keeps it; invented.
pub const HELD: TimeDelta = TimeDelta::hours(24);

/// Until when a price of this moment is held: a day, whatever book comes into force; to the end of the day where what the
/// state takes or gives is another on the next one, which is not the brand's to hold, or a package is not to be had any more. `priced` is what the request
/// comes to, `tomorrows` are the incentives of the next day.
pub fn held_until(
    request: &PriceRequest<'_>,
    priced: &PriceBreakdown,
    tomorrows: &[incentive::Model],
    at: DateTime<Utc>,
) -> DateTime<Utc> {
    let tomorrow = PriceRequest { on: request.on + Days::new(1), incentives: tomorrows, ..*request };
    let end = at + HELD;
    let ends_today = request.benefits.iter().any(|package| package.ends_on.is_some_and(|end| end <= request.on));
    if !ends_today && breakdown(&tomorrow).lines == priced.lines {
        end
    } else {
        end.min(calendar::end_of_day(request.on))
    }
}

fn line(kind: PriceLineKind, code: &str, label_zh: &str, label_en: &str, amount_minor: i64) -> PriceLine {
    PriceLine { kind, code: code.into(), label_zh: label_zh.into(), label_en: label_en.into(), amount_minor }
}

#[cfg(test)]
pub mod tests;
