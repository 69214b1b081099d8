//! What a price looks like: every line of it (C060).

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{IncentiveKind, IncentivePayer, PriceLineKind, SalesModel};

use crate::catalog::price_token::PriceToken;
use crate::catalog::quote::PriceQuote;
use crate::catalog::rules::incentive::{AppliedIncentive, Settlement};
use crate::catalog::rules::insurance;
use crate::catalog::rules::price_history::Stretch;
use crate::graph::Fields;
use crate::graph::call::CallState;
use crate::graph::money::Money;
use crate::graph::scalars::{CityCode, Date};

/// What a car costs, and how that comes about: what one pays for an order, `payable`, and with its insurance what it costs on the road,
/// `onRoad`. It depends on the car, the city and the day, on nothing of the caller's.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceBreakdown {
    /// In order: list price, options, discount, tax, fees, packages, incentives paid at the sale. Their sum is `payable`.
    pub lines: Vec<PriceLine>,
    /// What one pays for the order, tax and plates among it. Insurance is bought from an insurer, and is no part of it.
    pub payable: Money,
    /// List price of the trim.
    pub msrp: Money,
    /// Sum of the options.
    pub options: Money,
    /// Sum of the brand's discounts, zero or negative.
    pub discounts: Money,
    /// List price with options less discounts: what the vehicle invoice says.
    pub invoice: Money,
    /// Sum of the taxes.
    pub taxes: Money,
    /// How the purchase tax comes about.
    pub purchase_tax: PurchaseTax,
    /// Sum of the fees.
    pub fees: Money,
    /// Sum of the packages that are had besides the car.
    pub benefits: Money,
    /// Sum of the incentives paid at the sale, zero or negative.
    pub incentives: Money,
    /// Incentives that are paid out after the sale; they lower nothing here.
    pub later_incentives: Vec<AppliedOffer>,
    /// Incentives that are not money.
    pub non_cash_incentives: Vec<AppliedOffer>,
    /// Codes of the options priced: those chosen, with what they include and the defaults; sorted.
    pub option_codes: Vec<String>,
    /// City of registration.
    pub city_code: CityCode,
    /// Version of the price book.
    pub price_version: i32,
    /// The moment the price holds for.
    pub as_of: DateTime<Utc>,
    /// Until when `orderPlace` takes this price by `quoteToken`, though a newer price book has come into force: a day, or the end of today
    /// where tax or an incentive is another tomorrow.
    pub quote_expires_at: DateTime<Utc>,
    /// This price, held; opaque.
    pub quote_token: String,
    /// Days that the options add to the build.
    pub lead_time_days: i32,
    /// What insuring the car for its first year is likely to cost. An estimate: it is in no order, contract or invoice.
    pub insurance: InsuranceEstimate,
    /// What the car costs on the road: `payable` and the estimate of its insurance (C060). Null where that is not known. What is paid out
    /// after the sale (`laterIncentives`) lowers it no more than `payable`.
    pub on_road: Option<Money>,
}

/// What insuring a car for its first year is likely to cost; it is bought from an insurer, whose offer may be another.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct InsuranceEstimate {
    /// Compulsory insurance (交强险) of a family's own car: the public base premium, 950 yuan a year with fewer than six seats, 1 100 with six
    /// and more. Null for days of before that tariff.
    pub compulsory: Option<Money>,
    /// Commercial insurance, by the rate that product data tells for the car's place and drive: a fixed part, and a share of what the vehicle
    /// invoice says. Null where there is no rate.
    pub commercial: Option<Money>,
    /// Both; null where one is not known.
    pub total: Option<Money>,
}

impl From<insurance::InsuranceEstimate> for InsuranceEstimate {
    fn from(of: insurance::InsuranceEstimate) -> Self {
        Self {
            compulsory: of.compulsory_minor.map(Money::fen),
            commercial: of.commercial_minor.map(Money::fen),
            total: of.total_minor().map(Money::fen),
        }
    }
}

/// Whether a price is what one pays (C059; domain.md 3.5).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum PricePolicy {
    /// The car maker's price, the same at every store.
    Unified,
    /// The car maker's guide; the dealer sells in its own name and sets the price.
    Guide,
}

impl From<SalesModel> for PricePolicy {
    fn from(sold: SalesModel) -> Self {
        match sold {
            SalesModel::Direct | SalesModel::Agency => Self::Unified,
            SalesModel::Wholesale => Self::Guide,
        }
    }
}

/// A stretch of time in which a trim's list price was the same (C060).
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceStretch {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when; null while it lasts.
    pub to: Option<DateTime<Utc>>,
    /// Version of the price book it began with.
    pub price_version: i32,
    /// List price.
    pub msrp: Money,
    /// The brand's discount, zero or negative.
    pub discount: Money,
    /// List price less discount.
    pub price: Money,
}

impl From<Stretch> for PriceStretch {
    fn from(stretch: Stretch) -> Self {
        Self {
            from: stretch.from,
            to: stretch.to,
            price_version: stretch.price_version,
            msrp: Money::fen(stretch.msrp_minor),
            discount: Money::fen(-stretch.discount_minor),
            price: Money::fen(stretch.msrp_minor - stretch.discount_minor),
        }
    }
}

/// One line of a price.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceLine {
    /// What kind of line it is.
    pub kind: PriceLineKind,
    /// Code of the trim, option, incentive, tax or fee.
    pub code: String,
    /// What it is, in the language of the request.
    pub label: String,
    /// Its amount; negative where it lowers the price.
    pub amount: Money,
}

/// How the purchase tax comes about.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PurchaseTax {
    /// Invoice price without value-added tax.
    pub taxable: Money,
    /// The tax before relief.
    pub tax: Money,
    /// What the state lets go.
    pub relief: Money,
    /// What is to be paid.
    pub due: Money,
    /// The last invoice date for which it is this much: by law the day of the vehicle invoice decides, not that of the order. Null where no
    /// change is known to follow.
    pub valid_until: Option<Date>,
}

/// An incentive that applies to a price.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct AppliedOffer {
    /// The incentive's code.
    pub code: String,
    /// What it is for.
    pub kind: IncentiveKind,
    /// Who pays it.
    pub payer: IncentivePayer,
    /// Name in the language of the request.
    pub name: String,
    /// What it is worth; zero where it is not money.
    pub amount: Money,
}

impl PriceBreakdown {
    /// A quote in the language of the call, with what insurance is likely to cost beside it.
    pub fn of(call: &CallState, quote: PriceQuote, insurance: insurance::InsuranceEstimate) -> Self {
        let quote_token = PriceToken::of(&quote).seal(&call.app.vault);
        let quote_expires_at = quote.holds_until;
        let PriceQuote { option_codes, city_code, lead_time_days, price_version, breakdown, at, .. } = quote;
        let sum = |kind: PriceLineKind| {
            Money::fen(breakdown.lines.iter().filter(|line| line.kind == kind).map(|line| line.amount_minor).sum())
        };
        let settled = |settlement: Settlement| {
            let offers = breakdown.incentives.applied.iter().filter(|offer| offer.settlement == settlement);
            offers.map(|offer| AppliedOffer::of(call, offer)).collect()
        };
        Self {
            payable: Money::fen(breakdown.payable_minor),
            msrp: sum(PriceLineKind::Msrp),
            options: sum(PriceLineKind::Option),
            discounts: sum(PriceLineKind::Discount),
            invoice: Money::fen(breakdown.invoice_minor),
            taxes: sum(PriceLineKind::Tax),
            purchase_tax: PurchaseTax {
                taxable: Money::fen(breakdown.tax.taxable_minor),
                tax: Money::fen(breakdown.tax.tax_minor),
                relief: Money::fen(breakdown.tax.relief_minor),
                due: Money::fen(breakdown.tax.due_minor),
                valid_until: breakdown.tax_until.map(Date),
            },
            fees: sum(PriceLineKind::Fee),
            benefits: sum(PriceLineKind::Benefit),
            incentives: sum(PriceLineKind::Incentive),
            later_incentives: settled(Settlement::Later),
            non_cash_incentives: settled(Settlement::NonCash),
            lines: breakdown
                .lines
                .iter()
                .map(|line| PriceLine {
                    kind: line.kind,
                    code: line.code.clone(),
                    label: call.pick(&line.label_zh, &line.label_en),
                    amount: Money::fen(line.amount_minor),
                })
                .collect(),
            option_codes,
            city_code: CityCode(city_code),
            price_version,
            as_of: at,
            quote_expires_at,
            quote_token,
            lead_time_days,
            insurance: insurance.into(),
            on_road: insurance.on_road_minor(breakdown.payable_minor).map(Money::fen),
        }
    }
}

impl AppliedOffer {
    fn of(call: &CallState, offer: &AppliedIncentive) -> Self {
        Self {
            code: offer.code.clone(),
            kind: offer.kind,
            payer: offer.payer,
            name: call.pick(&offer.name_zh, &offer.name_en),
            amount: Money::fen(offer.amount_minor),
        }
    }
}
