//! What earns points and growth, and how much (domain.md 4.3 for points, 3.3 for growth; C106, C112, C119).
//!
//! A rule gives once for each source: rule, source type and source id are unique (domain.md 3.3), which the store
//! holds.

use chrono::{DateTime, TimeDelta, Utc};

use crate::values::calendar;
use crate::values::money::Money;

/// Points that are worth about one yuan (domain.md 4.3, value rule).
pub const POINTS_PER_YUAN: i64 = 100;

/// How many points a rule gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Always as many.
    Fixed(i64),
    /// The value of so many percent of the invoice, by [`POINTS_PER_YUAN`]; part points are dropped.
    PercentOfInvoice(i64),
}

/// When the points can be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// At once.
    None,
    /// After so many days.
    Days(i64),
    /// When something else happens (`points::release`).
    Event,
}

/// How much growth a rule gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Always as much.
    Fixed(i64),
    /// As much, and one for every hundred yuan of the invoice.
    FixedAndInvoice(i64),
}

/// One way to earn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarningRule {
    /// Code in the store and in events.
    pub code: &'static str,
    /// Points.
    pub points: Amount,
    /// When they can be spent.
    pub wait: Wait,
    /// Most points of this rule on one day in Shanghai.
    pub daily_cap: Option<i64>,
    /// Growth; at once, whatever the points wait for.
    pub growth: Growth,
}

const fn rule(code: &'static str, points: i64, growth: i64) -> EarningRule {
    EarningRule {
        code,
        points: Amount::Fixed(points),
        wait: Wait::None,
        daily_cap: None,
        growth: Growth::Fixed(growth),
    }
}

/// Every way to earn. The small deposit's points wait for the handover and go with the refund.
pub const RULES: &[EarningRule] = &[
    rule("REGISTERED", 100, 0),
    rule("PROFILE_COMPLETED", 200, 0),
    EarningRule { daily_cap: Some(2), ..rule("CHECK_IN", 2, 1) },
    rule("TEST_DRIVE", 500, 100),
    rule("TEST_DRIVE_AT_HOME", 500, 100),
    rule("ACTIVITY_CHECK_IN", 100, 0),
    EarningRule { daily_cap: Some(60), ..rule("POST_APPROVED", 20, 0) },
    EarningRule { wait: Wait::Event, ..rule("INTENTION_DEPOSIT", 300, 0) },
    EarningRule {
        points: Amount::PercentOfInvoice(1),
        wait: Wait::Days(14),
        growth: Growth::FixedAndInvoice(10_000),
        ..rule("ORDER_DELIVERED", 0, 0)
    },
    rule("REFERRAL_DELIVERED", 20_000, 5_000),
    rule("SURVEY", 50, 0),
];

/// The rule of this code.
pub fn find(code: &str) -> Option<&'static EarningRule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// What somebody earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award {
    /// Points; 0 if the day's cap is reached, and no lot is to be made then.
    pub points: i64,
    /// Growth.
    pub growth: i64,
    /// Whether the points are pending.
    pub pending: bool,
    /// When pending points become active by themselves.
    pub activates_at: Option<DateTime<Utc>>,
    /// Last instant of the points: the end of the month 24 months on, counted from the earning, not from the
    /// activation.
    pub expires_at: DateTime<Utc>,
}

/// What a rule gives at `now`. `invoice` is the invoice's total, for rules that look at it (nothing or a negative
/// amount counts as 0); `earned_today` is what the same rule gave the same person on the same day in Shanghai.
pub fn award(rule: &EarningRule, invoice: Option<Money>, earned_today: i64, now: DateTime<Utc>) -> Award {
    let fen = invoice.map_or(0, Money::minor).max(0);
    let full = match rule.points {
        Amount::Fixed(points) => points,
        // fen/100 yuan × percent/100 × points per yuan, in a wider type so that no invoice overflows.
        Amount::PercentOfInvoice(percent) => {
            let points = i128::from(fen) * i128::from(percent) * i128::from(POINTS_PER_YUAN) / 10_000;
            i64::try_from(points).unwrap_or(i64::MAX)
        }
    };
    let points = rule.daily_cap.map_or(full, |cap| full.min((cap - earned_today).max(0)));
    let growth = match rule.growth {
        Growth::Fixed(growth) => growth,
        Growth::FixedAndInvoice(growth) => growth + fen / 10_000,
    };
    Award {
        points,
        growth: if points == 0 && rule.daily_cap.is_some() { 0 } else { growth },
        pending: rule.wait != Wait::None,
        activates_at: match rule.wait {
            Wait::Days(days) => Some(now + TimeDelta::days(days)),
            Wait::None | Wait::Event => None,
        },
        expires_at: calendar::points_expiry(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn now() -> DateTime<Utc> {
        "2026-03-10T04:00:00Z".parse().unwrap()
    }

    fn of(code: &str, invoice: Option<i64>, earned_today: i64) -> Award {
        award(find(code).unwrap(), invoice.map(Money::from_minor), earned_today, now())
    }

    #[test]
    fn the_amounts_are_those_of_the_domain() {
        for (code, points, growth) in [
            ("REGISTERED", 100, 0),
            ("PROFILE_COMPLETED", 200, 0),
            ("CHECK_IN", 2, 1),
            ("TEST_DRIVE", 500, 100),
            ("TEST_DRIVE_AT_HOME", 500, 100),
            ("ACTIVITY_CHECK_IN", 100, 0),
            ("POST_APPROVED", 20, 0),
            ("INTENTION_DEPOSIT", 300, 0),
            ("REFERRAL_DELIVERED", 20_000, 5_000),
            ("SURVEY", 50, 0),
        ] {
            let award = of(code, None, 0);
            assert_eq!((award.points, award.growth), (points, growth), "of {code}");
        }
        assert_eq!(RULES.iter().map(|rule| rule.code).collect::<HashSet<_>>().len(), RULES.len());
        assert_eq!(find("NOTHING"), None);
    }

    #[test]
    fn a_delivered_car_gives_one_percent_of_its_value_after_a_fortnight() {
        let award = of("ORDER_DELIVERED", Some(20_480_099), 0);
        assert_eq!((award.points, award.growth), (204_800, 10_000 + 2_048));
        assert!(award.pending);
        assert_eq!(award.activates_at, Some(now() + TimeDelta::days(14)));
        assert_eq!(award.expires_at, "2028-03-31T15:59:59.999Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn the_deposits_points_wait_for_an_event() {
        let award = of("INTENTION_DEPOSIT", None, 0);
        assert_eq!((award.pending, award.activates_at), (true, None));
    }

    #[test]
    fn a_daily_cap_cuts_the_last_award_and_ends_the_growth() {
        assert_eq!(of("POST_APPROVED", None, 40).points, 20);
        assert_eq!(of("POST_APPROVED", None, 50).points, 10);
        assert_eq!(of("POST_APPROVED", None, 60).points, 0);
        let second = of("CHECK_IN", None, 2);
        assert_eq!((second.points, second.growth), (0, 0));
    }

    proptest! {
        #[test]
        fn a_day_never_gives_more_than_its_cap(rule in prop::sample::select(RULES), times in 0usize..50, fen in any::<i64>()) {
            let mut today = 0;
            for _ in 0..times {
                let award = award(&rule, Some(Money::from_minor(fen)), today, now());
                prop_assert!(award.points >= 0 && award.growth >= 0);
                today = today.saturating_add(award.points);
            }
            prop_assert!(rule.daily_cap.is_none_or(|cap| today <= cap));
        }
    }
}
