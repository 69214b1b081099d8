//! Which quotas make sense, and when they count (C099).

use chrono::{DateTime, Utc};
use entity::inventory::quota;
use entity::vocabulary::StockQuotaScope;

use super::super::super::rules::policy::{Broken, within};

/// Cars of a quota.
pub const CAP: (i32, i32) = (0, 1_000);

/// Whether it counts at a moment.
pub fn in_force(quota: &quota::Model, now: DateTime<Utc>) -> bool {
    quota.ended_at.is_none() && quota.effective_from <= now && quota.effective_to.is_none_or(|end| now < end)
}

/// What it is about, as a word.
pub fn subject(quota: &quota::Model) -> String {
    match (quota.model_id, quota.trim_id) {
        (Some(model), _) => model.to_string(),
        (None, Some(trim)) => trim.to_string(),
        (None, None) => StockQuotaScope::All.to_string(),
    }
}

/// Everything that a quota breaks: its number is within bounds, it is about what its scope names, and it ends after it begins.
pub fn check(quota: &quota::Model) -> Vec<Broken> {
    let mut broken: Vec<Broken> = within("cap", Some(quota.cap), CAP).into_iter().collect();
    let named = [
        ("modelId", StockQuotaScope::Model, quota.model_id.is_some()),
        ("trimId", StockQuotaScope::Trim, quota.trim_id.is_some()),
    ];
    for (field, scope, given) in named {
        match (quota.scope == scope, given) {
            (true, false) => broken.push(Broken::at(field, "required")),
            (false, true) => broken.push(Broken::at(field, "quota-scope")),
            _ => {}
        }
    }
    if quota.effective_to.is_some_and(|end| end <= quota.effective_from) {
        broken.push(Broken::at("effectiveTo", "policy-dates"));
    }
    broken
}
