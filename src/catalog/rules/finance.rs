//! What a car loan costs: instalments, interest, the yearly rate of all costs, and what a subsidised rate costs the
//! brand (C048; domain.md 3.3).

use chrono::NaiveDate;
use entity::catalog::{finance_plan, trim};
use entity::{FinanceMethod, FinanceTerm};
use rust_decimal::{Decimal, RoundingStrategy};

use super::incentive::covers;
use super::tax::{fen, yuan};

/// Longest term, months. No law was found that says one (domain.md 3.3, "Loan rules"); a plan is refused past it.
pub const MAX_MONTHS: u32 = 120;

/// Highest rate a year, basis points: what courts do not enforce above is far below it.
pub const MAX_RATE_BP: u32 = 3_600;

/// Whether a plan is to be had on a day, for a trim that is registered in a city.
pub fn offered(plan: &finance_plan::Model, on: NaiveDate, city_code: &str, trim: &trim::Model) -> bool {
    plan.starts_on <= on
        && plan.ends_on.is_none_or(|end| on <= end)
        && plan.city_code.as_deref().is_none_or(|code| covers(code, city_code))
        && plan.powertrain.is_none_or(|powertrain| powertrain == trim.powertrain)
        && plan.trim_id.is_none_or(|id| id == trim.id)
}

/// What is borrowed, and how it is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    pub method: FinanceMethod,
    /// Amount borrowed, fen.
    pub principal_minor: i64,
    /// Of it, what is paid with the last instalment, fen; zero for a loan that has no balloon.
    pub balloon_minor: i64,
    /// Instalments, one a month.
    pub months: u32,
    /// Interest a year, basis points.
    pub rate_bp: u32,
}

/// One month, all in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instalment {
    /// From one.
    pub period: u32,
    /// What is paid back, without the balloon.
    pub principal_minor: i64,
    pub interest_minor: i64,
    /// What is paid besides with the last instalment.
    pub balloon_minor: i64,
    /// What is owed after it.
    pub balance_minor: i64,
}

impl Instalment {
    /// What the month costs, without the balloon.
    pub fn regular_minor(&self) -> i64 {
        self.principal_minor + self.interest_minor
    }

    /// What the month costs.
    pub fn payment_minor(&self) -> i64 {
        self.regular_minor() + self.balloon_minor
    }
}

/// The months of a loan [LOANF]. Interest is rounded to the fen each month; the last one brings the balance to zero and
/// so takes the fen that rounding left.
pub fn schedule(loan: &Loan) -> Vec<Instalment> {
    let monthly = monthly_rate(loan.rate_bp);
    let balloon = loan.balloon_minor.clamp(0, loan.principal_minor.max(0));
    let level = level_minor(loan, balloon, monthly);
    let even = fen(yuan(loan.principal_minor - balloon) / Decimal::from(loan.months.max(1)));
    let mut balance = loan.principal_minor.max(0);
    (1..=loan.months)
        .map(|period| {
            // Multiplied first: a twelfth of a rate has no end, and half a fen would be missed.
            let interest = fen(yuan(balance) * yearly_rate(loan.rate_bp) / Decimal::from(12));
            let owed = balance - balloon;
            let principal = match loan.method {
                _ if period == loan.months => owed,
                FinanceMethod::EqualPrincipal => even,
                FinanceMethod::EqualInstalment | FinanceMethod::Balloon | FinanceMethod::Lease => level - interest,
            };
            // A loan of a few fen is paid back before its time.
            let principal = principal.clamp(0, owed);
            let due = if period == loan.months { balloon } else { 0 };
            balance -= principal + due;
            Instalment {
                period,
                principal_minor: principal,
                interest_minor: interest,
                balloon_minor: due,
                balance_minor: balance,
            }
        })
        .collect()
}

/// The instalment that stays the same: `(P − B/(1+r)^n) · r(1+r)^n / ((1+r)^n − 1)`, fen.
fn level_minor(loan: &Loan, balloon_minor: i64, monthly: Decimal) -> i64 {
    let (principal, balloon) = (yuan(loan.principal_minor), yuan(balloon_minor));
    if monthly.is_zero() {
        return fen((principal - balloon) / Decimal::from(loan.months.max(1)));
    }
    let growth = growth(monthly, loan.months.max(1));
    fen((principal - balloon / growth) * monthly * growth / (growth - Decimal::ONE))
}

/// A yearly rate of basis points.
fn yearly_rate(rate_bp: u32) -> Decimal {
    Decimal::new(i64::from(rate_bp), 4)
}

/// A twelfth of it.
fn monthly_rate(rate_bp: u32) -> Decimal {
    yearly_rate(rate_bp) / Decimal::from(12)
}

/// `(1+r)^n`.
fn growth(monthly: Decimal, months: u32) -> Decimal {
    (0..months).fold(Decimal::ONE, |growth, _| growth * (Decimal::ONE + monthly))
}

/// The yearly rate of all that a loan costs: twelve times the internal rate of the months' payments against what the
/// borrower has in hand after the fee; basis points. None when nothing is left in hand, or at more than a hundred per
/// cent a month.
pub fn apr_bp(in_hand_minor: i64, months: &[Instalment]) -> Option<u32> {
    let worth =
        |rate: f64| months.iter().rev().fold(0.0, |later, month| (later + month.payment_minor() as f64) / (1.0 + rate));
    let in_hand = in_hand_minor as f64;
    if in_hand_minor <= 0 || worth(1.0) > in_hand {
        return None;
    }
    // What is paid is worth less the higher the rate; a rate is no money, so it need not be a decimal.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if worth(middle) > in_hand { low = middle } else { high = middle }
    }
    // Below 12,000,000 and not negative.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the search")]
    Some((low * 120_000.0).round() as u32)
}

/// What the brand pays a lender that wants more than the customer pays: the amount lent less what the customer's
/// payments are worth at the lender's rate, fen; never negative.
pub fn subsidy_minor(principal_minor: i64, months: &[Instalment], lender_rate_bp: u32) -> i64 {
    let step = Decimal::ONE + monthly_rate(lender_rate_bp);
    let worth = months.iter().rev().fold(Decimal::ZERO, |later, month| (later + yuan(month.payment_minor())) / step);
    fen(yuan(principal_minor) - worth).max(0)
}

/// What somebody would like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// What the vehicle invoice says, fen: only the car itself is financed.
    pub invoice_minor: i64,
    /// What is paid at once, fen.
    pub down_payment_minor: i64,
    /// Instalments, as they were asked for.
    pub months: i32,
}

/// Why a plan does not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsuitable {
    /// The plan has other terms.
    Months { offered: Vec<u32> },
    /// The car is too cheap for what the plan asks for.
    Car,
    /// Less is paid at once than the plan asks for, or so much that nothing is left to lend; both bounds in fen.
    DownPayment { least_minor: i64, most_minor: i64 },
}

/// A loan under a plan, all in fen unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calculation {
    pub term: FinanceTerm,
    pub loan: Loan,
    pub months: Vec<Instalment>,
    pub interest_minor: i64,
    pub fee_minor: i64,
    /// The yearly rate of all costs, basis points.
    pub apr_bp: Option<u32>,
    /// What the brand pays the lender.
    pub subsidy_minor: i64,
}

impl Calculation {
    /// What the loan costs in all: what is paid back, interest and fee.
    pub fn total_minor(&self) -> i64 {
        self.loan.principal_minor + self.interest_minor + self.fee_minor
    }
}

/// Least down payment of a plan for a car, fen; rounded up, so that the lender's share stays within its bound.
pub fn least_down_payment_minor(plan: &finance_plan::Model, invoice_minor: i64) -> i64 {
    let least = yuan(invoice_minor.max(0)) * share(plan.min_down_bp);
    fen(least.round_dp_with_strategy(2, RoundingStrategy::ToPositiveInfinity))
}

/// What is borrowed under a plan's term, whatever the plan asks for at once; fen.
pub fn loan_of(plan: &finance_plan::Model, term: &FinanceTerm, invoice_minor: i64, principal_minor: i64) -> Loan {
    // A residual value is the car's, whatever was paid at once.
    let of_minor = if plan.method == FinanceMethod::Lease { invoice_minor } else { principal_minor };
    Loan {
        method: plan.method,
        principal_minor,
        balloon_minor: fen(yuan(of_minor) * share(plan.balloon_bp)).min(principal_minor),
        months: term.months,
        rate_bp: term.rate_bp,
    }
}

/// What a plan makes of a wish.
///
/// # Errors
/// [`Unsuitable`], the first of term and down payment.
pub fn calculate(plan: &finance_plan::Model, wish: &Wish) -> Result<Calculation, Unsuitable> {
    let Some(term) = plan.terms.0.iter().find(|term| i64::from(term.months) == i64::from(wish.months)) else {
        return Err(Unsuitable::Months { offered: plan.terms.0.iter().map(|term| term.months).collect() });
    };
    let least_minor = least_down_payment_minor(plan, wish.invoice_minor);
    let most_minor = wish.invoice_minor - LEAST_LOAN_MINOR.max(plan.fee_minor + 1);
    if most_minor < least_minor {
        return Err(Unsuitable::Car);
    }
    if wish.down_payment_minor < least_minor || wish.down_payment_minor > most_minor {
        return Err(Unsuitable::DownPayment { least_minor, most_minor });
    }
    let principal_minor = wish.invoice_minor - wish.down_payment_minor;
    let loan = loan_of(plan, term, wish.invoice_minor, principal_minor);
    let months = schedule(&loan);
    Ok(Calculation {
        term: *term,
        loan,
        interest_minor: months.iter().map(|month| month.interest_minor).sum(),
        fee_minor: plan.fee_minor,
        apr_bp: apr_bp(principal_minor - plan.fee_minor, &months),
        subsidy_minor: term
            .lender_rate_bp
            .filter(|lender| *lender > term.rate_bp)
            .map_or(0, |lender| subsidy_minor(principal_minor, &months, lender)),
        months,
    })
}

/// Least that is lent, fen; invented.
pub const LEAST_LOAN_MINOR: i64 = 1_000_000;

/// Basis points as a part of one.
fn share(basis_points: i32) -> Decimal {
    Decimal::new(i64::from(basis_points), 4)
}

#[cfg(test)]
mod tests;
