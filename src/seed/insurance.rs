//! What commercial insurance is reckoned with. The rates are invented: insurers set theirs for each car and owner.

use chrono::{DateTime, TimeDelta, Utc};
use entity::InsuranceRateId;
use entity::catalog::insurance_rate;

use super::batch::Batch;
use crate::values::calendar;

/// Code, place, yuan that do not hang on the price, basis points of the price.
const RATES: &[(&str, Option<&str>, i64, i32)] =
    &[("CN-PRIVATE", None, 1_480, 135), ("SH-PRIVATE", Some("310000"), 1_560, 142)];

/// Fixed ids, so that what the dice give others stays as it is.
pub(super) fn build(today: DateTime<Utc>, batch: &mut Batch) {
    let starts_on = calendar::day(today - TimeDelta::days(500));
    for (number, (code, city, yuan, rate_bp)) in (1..).zip(RATES) {
        batch.insurance_rates.push(insurance_rate::Model {
            id: InsuranceRateId::from_parts(0, number),
            code: (*code).into(),
            city_code: city.map(Into::into),
            powertrain: None,
            base_minor: yuan * 100,
            rate_bp: *rate_bp,
            starts_on,
            ends_on: None,
        });
    }
}
