//! Which incentives apply to a car, and what they are worth (C054; domain.md 4.2).

use chrono::NaiveDate;
use entity::catalog::incentive;
use entity::ids::TrimId;
use entity::vocabulary::{IncentiveAmountKind, IncentiveKind, IncentivePayer, Powertrain};
use rust_decimal::Decimal;

use super::tax::{fen, yuan};

/// What an incentive asks about the purchase. Nothing of the customer's profile may enter here (PIPL 24); an old car to
/// give up is published eligibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase<'a> {
    pub on: NaiveDate,
    /// Where the car will be registered (GB/T 2260).
    pub city_code: &'a str,
    /// Price on the vehicle invoice, fen.
    pub invoice_minor: i64,
    pub powertrain: Powertrain,
    pub trim_id: TrimId,
    pub has_old_vehicle: bool,
    /// Relief that the purchase tax already grants, fen; the amount of a `TAX_RELIEF` incentive.
    pub tax_relief_minor: i64,
}

/// When the money reaches the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// Lowers what is paid at the sale.
    AtSale,
    /// Paid out afterwards; does not lower what is paid at the sale.
    Later,
    /// Already in the purchase tax that the breakdown shows.
    InTax,
    /// Not money.
    NonCash,
}

/// An incentive that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedIncentive {
    pub code: String,
    pub kind: IncentiveKind,
    pub payer: IncentivePayer,
    pub name_zh: String,
    pub name_en: String,
    /// Never negative, fen; zero if not money.
    pub amount_minor: i64,
    pub settlement: Settlement,
}

/// Why an incentive does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncentiveRefusal {
    /// Before the first or after the last day.
    OutsideWindow,
    /// For another city or province.
    OtherCity,
    /// The invoice price is below the least one.
    PriceTooLow {
        min_invoice_minor: i64,
    },
    OtherPowertrain,
    OtherTrim,
    /// An old car must be given up.
    OldVehicleRequired,
    /// A better one of the same stack group applies.
    Superseded {
        by: String,
    },
}

/// What was found of a list of incentives; both lists are sorted by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncentiveOutcome {
    pub applied: Vec<AppliedIncentive>,
    /// With every reason, for `incentiveEligibility`.
    pub refused: Vec<(String, Vec<IncentiveRefusal>)>,
}

/// Every reason why this incentive, looked at alone, does not apply; empty if it does.
pub fn refusals(incentive: &incentive::Model, purchase: &Purchase<'_>) -> Vec<IncentiveRefusal> {
    let mut reasons = Vec::new();
    if purchase.on < incentive.starts_on || incentive.ends_on.is_some_and(|end| end < purchase.on) {
        reasons.push(IncentiveRefusal::OutsideWindow);
    }
    if incentive.city_code.as_deref().is_some_and(|code| !covers(code, purchase.city_code)) {
        reasons.push(IncentiveRefusal::OtherCity);
    }
    if purchase.invoice_minor < incentive.min_invoice_minor {
        reasons.push(IncentiveRefusal::PriceTooLow { min_invoice_minor: incentive.min_invoice_minor });
    }
    if incentive.powertrain.is_some_and(|powertrain| powertrain != purchase.powertrain) {
        reasons.push(IncentiveRefusal::OtherPowertrain);
    }
    if incentive.trim_id.is_some_and(|trim| trim != purchase.trim_id) {
        reasons.push(IncentiveRefusal::OtherTrim);
    }
    if incentive.requires_old_vehicle && !purchase.has_old_vehicle {
        reasons.push(IncentiveRefusal::OldVehicleRequired);
    }
    reasons
}

/// Whether a jurisdiction (`310000` province, `330100` city, else a county) covers a city or county code.
pub fn covers(jurisdiction: &str, city_code: &str) -> bool {
    let prefix = jurisdiction
        .strip_suffix("0000")
        .or_else(|| jurisdiction.strip_suffix("00"))
        .filter(|prefix| matches!(prefix.len(), 2 | 4));
    match prefix {
        Some(prefix) => city_code.starts_with(prefix),
        None => jurisdiction == city_code,
    }
}

/// What the incentive is worth for this purchase in fen, cap applied, whether or not it applies.
pub fn amount_minor(incentive: &incentive::Model, purchase: &Purchase<'_>) -> i64 {
    let amount = match incentive.amount_kind {
        IncentiveAmountKind::Fixed => incentive.amount_minor,
        IncentiveAmountKind::Percent => {
            fen(yuan(purchase.invoice_minor) * Decimal::new(i64::from(incentive.rate_bp), 4))
        }
        IncentiveAmountKind::TaxRelief => purchase.tax_relief_minor,
        IncentiveAmountKind::NonCash => 0,
    };
    incentive.cap_minor.map_or(amount, |cap| amount.min(cap)).max(0)
}

/// The incentives that apply together. Of a stack group only the best one stays: most money, then what is paid at the
/// sale, then the first code. The order of the list does not matter.
pub fn applicable(incentives: &[incentive::Model], purchase: &Purchase<'_>) -> IncentiveOutcome {
    let mut sorted: Vec<&incentive::Model> = incentives.iter().collect();
    sorted.sort_by(|a, b| a.code.cmp(&b.code));
    let (eligible, refused): (Vec<_>, Vec<_>) =
        sorted.into_iter().map(|incentive| (incentive, refusals(incentive, purchase))).partition(|(_, r)| r.is_empty());
    let mut outcome = IncentiveOutcome {
        applied: Vec::new(),
        refused: refused.into_iter().map(|(incentive, reasons)| (incentive.code.clone(), reasons)).collect(),
    };
    for (incentive, _) in &eligible {
        let best = match &incentive.stack_group {
            None => *incentive,
            Some(group) => best_of(eligible.iter().map(|(i, _)| *i), group, purchase).unwrap_or(incentive),
        };
        if best.code == incentive.code {
            outcome.applied.push(applied(incentive, purchase));
        } else {
            let reason = IncentiveRefusal::Superseded { by: best.code.clone() };
            outcome.refused.push((incentive.code.clone(), vec![reason]));
        }
    }
    outcome.refused.sort_by(|a, b| a.0.cmp(&b.0));
    outcome
}

fn best_of<'a>(
    eligible: impl Iterator<Item = &'a incentive::Model>,
    group: &str,
    purchase: &Purchase<'_>,
) -> Option<&'a incentive::Model> {
    eligible
        .filter(|incentive| incentive.stack_group.as_deref() == Some(group))
        .min_by_key(|i| (std::cmp::Reverse(amount_minor(i, purchase)), !i.paid_at_sale, i.code.as_str()))
}

fn applied(incentive: &incentive::Model, purchase: &Purchase<'_>) -> AppliedIncentive {
    AppliedIncentive {
        code: incentive.code.clone(),
        kind: incentive.kind,
        payer: incentive.payer,
        name_zh: incentive.name_zh.clone(),
        name_en: incentive.name_en.clone(),
        amount_minor: amount_minor(incentive, purchase),
        settlement: match incentive.amount_kind {
            IncentiveAmountKind::NonCash => Settlement::NonCash,
            IncentiveAmountKind::TaxRelief => Settlement::InTax,
            _ if incentive.paid_at_sale => Settlement::AtSale,
            _ => Settlement::Later,
        },
    }
}

#[cfg(test)]
pub(super) mod tests;
