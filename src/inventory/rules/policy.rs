//! Which visibility policies make sense (C095; domain.md 3.7), whoever writes them: an operator, or a system.

use entity::inventory::visibility_policy;
use entity::vocabulary::{HolderDisclosure, PolicyEffect, Role, VisibilityScope};

use super::visibility::is_store_staff;

/// Kilometres of a radius.
pub const RADIUS_KM: (i32, i32) = (1, 20_000);

/// Days of an age.
pub const AGE_DAYS: (i32, i32) = (0, 10_000);

/// A value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where it stands, as it is called at the edge: `roles.1`.
    pub field: String,
    /// Key of the rule's text.
    pub rule: &'static str,
    /// The bounds that it is not within, of the rule `ingest-number`.
    pub bounds: Option<(i32, i32)>,
}

impl Broken {
    /// At this field this rule.
    pub fn at(field: impl Into<String>, rule: &'static str) -> Self {
        Self { field: field.into(), rule, bounds: None }
    }
}

/// The value, if it is there, is within bounds.
pub fn within(field: &str, value: Option<i32>, bounds: (i32, i32)) -> Option<Broken> {
    let outside = value.is_some_and(|value| !(bounds.0..=bounds.1).contains(&value));
    outside.then(|| Broken { bounds: Some(bounds), ..Broken::at(field, "ingest-number") })
}

/// Everything that a policy breaks:
///
/// - a radius goes with the scope `RADIUS`, and with no other;
/// - ages are in order, and so are the dates, of which the end is not within;
/// - it speaks to roles of stores only.
pub fn check(policy: &visibility_policy::Model) -> Vec<Broken> {
    let mut broken = Vec::new();
    match (policy.scope == VisibilityScope::Radius, policy.radius_km) {
        (true, None) => broken.push(Broken::at("radiusKm", "required")),
        (false, Some(_)) => broken.push(Broken::at("radiusKm", "policy-radius")),
        _ => broken.extend(within("radiusKm", policy.radius_km, RADIUS_KM)),
    }
    let ages = [("minAgeDays", policy.min_age_days), ("maxAgeDays", policy.max_age_days)];
    broken.extend(ages.iter().filter_map(|(field, days)| within(field, *days, AGE_DAYS)));
    if policy.min_age_days.zip(policy.max_age_days).is_some_and(|(min, max)| min > max) {
        broken.push(Broken::at("maxAgeDays", "policy-ages"));
    }
    if policy.effective_to.is_some_and(|end| end <= policy.effective_from) {
        broken.push(Broken::at("effectiveTo", "policy-dates"));
    }
    // Who asks for a car learns from whom (guarantees 5.2).
    let told = policy.holder_disclosure == HolderDisclosure::Name;
    if policy.may_request_transfer && policy.effect == PolicyEffect::Allow && !told {
        broken.push(Broken::at("mayRequestTransfer", "policy-transfer-holder"));
    }
    let staff: Vec<&str> = Role::ALL.iter().filter(|role| is_store_staff(**role)).map(|role| role.code()).collect();
    for (place, role) in policy.roles.0.iter().enumerate() {
        if !staff.contains(&role.as_str()) {
            broken.push(Broken::at(format!("roles.{place}"), "policy-role"));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::super::visibility;
    use super::*;
    use chrono::TimeDelta;
    use entity::Codes;
    use proptest::prelude::*;

    fn plain() -> visibility_policy::Model {
        visibility::tests::policy(1)
    }

    fn rules(policy: &visibility_policy::Model) -> Vec<(String, &'static str)> {
        check(policy).into_iter().map(|broken| (broken.field, broken.rule)).collect()
    }

    #[test]
    fn each_rule_names_its_field() {
        assert_eq!(rules(&plain()), []);
        let day = plain().effective_from;
        let all = visibility_policy::Model {
            scope: VisibilityScope::SameCity,
            radius_km: Some(5),
            min_age_days: Some(10_001),
            max_age_days: Some(-1),
            effective_to: Some(day),
            roles: Codes::from_iter(["CONSULTANT", "OPERATOR", "STORE_MANAGER", "CUSTOMER"]),
            ..plain()
        };
        let expected = [
            ("radiusKm", "policy-radius"),
            ("minAgeDays", "ingest-number"),
            ("maxAgeDays", "ingest-number"),
            ("maxAgeDays", "policy-ages"),
            ("effectiveTo", "policy-dates"),
            ("roles.1", "policy-role"),
            ("roles.3", "policy-role"),
        ];
        assert_eq!(rules(&all), expected.map(|(field, rule)| (field.to_owned(), rule)));
        let radius = |radius_km| visibility_policy::Model { scope: VisibilityScope::Radius, radius_km, ..plain() };
        assert_eq!(rules(&radius(None)), [("radiusKm".to_owned(), "required")]);
        assert_eq!(rules(&radius(Some(0))), [("radiusKm".to_owned(), "ingest-number")]);
        assert_eq!(rules(&radius(Some(1))), []);
        let asks = |holder_disclosure, effect| visibility_policy::Model {
            may_request_transfer: true,
            holder_disclosure,
            effect,
            ..plain()
        };
        let refused = [("mayRequestTransfer".to_owned(), "policy-transfer-holder")];
        assert_eq!(rules(&asks(HolderDisclosure::City, PolicyEffect::Allow)), refused);
        assert_eq!(rules(&asks(HolderDisclosure::Name, PolicyEffect::Allow)), []);
        assert_eq!(rules(&asks(HolderDisclosure::Hidden, PolicyEffect::Deny)), []);
    }

    proptest! {
        /// What passes can match a car: its ages and its dates hold something.
        #[test]
        fn what_passes_is_not_empty(
            min in proptest::option::of(-5_i32..100), max in proptest::option::of(-5_i32..100), hours in -50_i64..50,
        ) {
            let from = plain().effective_from;
            let policy = visibility_policy::Model {
                min_age_days: min, max_age_days: max, effective_to: Some(from + TimeDelta::hours(hours)), ..plain()
            };
            let some_age = (0..=10_000).any(|age| min.is_none_or(|min| min <= age) && max.is_none_or(|max| age <= max));
            let fits = min.is_none_or(|min| min >= 0) && max.is_none_or(|max| max >= 0);
            prop_assert_eq!(check(&policy).is_empty(), some_age && fits && hours > 0);
        }
    }
}
