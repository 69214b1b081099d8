//! What a plan makes of a car that somebody says in an input.

use chrono::NaiveDate;
use entity::catalog::{finance_plan, trim};

use super::rules::finance::{Calculation, Unsuitable, Wish, calculate, least_down_payment_minor, offered};
use crate::graph::call::CallState;
use crate::graph::scalars::Decimal;
use crate::graph::user_error::UserErrorCode;
use crate::graph::{UserError, money};
use crate::values::money::Money;

/// The car that is paid over time.
#[derive(Clone, Copy, Debug)]
pub struct PricedCar<'a> {
    /// Its trim.
    pub trim: &'a trim::Model,
    /// Where it is registered.
    pub city_code: &'a str,
    /// What its invoice says, fen.
    pub invoice_minor: i64,
}

/// What a plan makes of it on a day. The input's `planId`, `months` and `downPayment` stand under `at`, which ends with a dot or is
/// empty; what is paid at once is the plan's least when it is left out.
///
/// # Errors
/// When the plan is not offered for the car, or has no such term, or takes another sum at once.
pub fn by_plan(
    call: &CallState,
    at: &str,
    plan: &finance_plan::Model,
    car: PricedCar<'_>,
    on: NaiveDate,
    (months, down_payment): (i32, Option<Decimal>),
) -> Result<(Calculation, i64), UserError> {
    let field = |name: &str| format!("{at}{name}");
    let not_offered =
        || UserError::coded(call, UserErrorCode::NotEligible, &field("planId"), "finance-not-offered", &[]);
    if !offered(plan, on, car.city_code, car.trim) {
        return Err(not_offered());
    }
    let invoice_minor = car.invoice_minor;
    let down_payment_minor = match down_payment {
        Some(yuan) => money::minor(yuan).map_err(|invalid| UserError::refused(call, &field("downPayment"), invalid))?,
        None => least_down_payment_minor(plan, invoice_minor),
    };
    let outcome =
        calculate(plan, &Wish { invoice_minor, down_payment_minor, months }).map_err(
            |unsuitable| match unsuitable {
                Unsuitable::Car => not_offered(),
                Unsuitable::Months { offered } => {
                    let offered: Vec<String> = offered.iter().map(ToString::to_string).collect();
                    let args = [("offered", offered.join(", ").into())];
                    UserError::invalid(call, &field("months"), "finance-months", &args)
                }
                Unsuitable::DownPayment { least_minor, most_minor } => {
                    let [min, max] = [least_minor, most_minor].map(|minor| Money::from_minor(minor).to_string().into());
                    let args = [("min", min), ("max", max)];
                    UserError::invalid(call, &field("downPayment"), "finance-down-payment", &args)
                }
            },
        )?;
    Ok((outcome, down_payment_minor))
}
