//! Promises about time: the first contact, and when a lead counts as asleep (domain.md C024, C025, 3.2).

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::{FollowUpStatus, LeadStage};

use super::stage;

/// Minutes from a new lead to its first contact, at any hour (C025, D).
pub const FIRST_CONTACT_MINUTES: i64 = 15;

/// Days without contact after which an open lead is asleep (domain.md 3.2).
pub const DORMANT_DAYS: i64 = 30;

/// When the first contact of a lead is due.
pub fn first_contact_due(created_at: DateTime<Utc>) -> DateTime<Utc> {
    created_at + TimeDelta::minutes(FIRST_CONTACT_MINUTES)
}

/// Whether a task is late at `now`. A task at its very minute is not; a finished or cancelled one never is.
pub fn is_overdue(status: FollowUpStatus, due_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    status == FollowUpStatus::Open && now > due_at
}

/// By how much the promise was broken, or is being broken at `now`; none if kept, or if the task was cancelled.
/// Other than [`is_overdue`], a task that was finished late stays a breach.
pub fn breach(
    status: FollowUpStatus,
    due_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<TimeDelta> {
    let ended = match status {
        FollowUpStatus::Open => now,
        FollowUpStatus::Done => completed_at.unwrap_or(now),
        FollowUpStatus::Cancelled => return None,
    };
    (ended > due_at).then(|| ended - due_at)
}

/// Whether an open lead without contact has fallen asleep at `now`. A lead that nobody ever spoke with counts from
/// its creation.
pub fn is_dormant(
    lead_stage: LeadStage,
    created_at: DateTime<Utc>,
    last_contact_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    stage::is_open(lead_stage) && now - last_contact_at.unwrap_or(created_at) >= TimeDelta::days(DORMANT_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_contact_is_due_after_a_quarter_of_an_hour() {
        assert_eq!(first_contact_due(at("2026-03-31T15:50:00Z")), at("2026-03-31T16:05:00Z"));
    }

    #[test]
    fn only_an_open_task_is_overdue_and_only_after_its_minute() {
        let due = at("2026-03-31T08:00:00Z");
        let later = due + TimeDelta::milliseconds(1);
        assert!(!is_overdue(FollowUpStatus::Open, due, due));
        assert!(is_overdue(FollowUpStatus::Open, due, later));
        assert!(!is_overdue(FollowUpStatus::Done, due, later));
        assert!(!is_overdue(FollowUpStatus::Cancelled, due, later));
    }

    #[test]
    fn a_task_done_late_stays_a_breach_of_the_same_length() {
        let due = at("2026-03-31T08:00:00Z");
        let now = due + TimeDelta::days(9);
        let minutes = TimeDelta::minutes;
        assert_eq!(breach(FollowUpStatus::Done, due, Some(due + minutes(7)), now), Some(minutes(7)));
        assert_eq!(breach(FollowUpStatus::Done, due, Some(due), now), None);
        assert_eq!(breach(FollowUpStatus::Open, due, None, due + minutes(3)), Some(minutes(3)));
        assert_eq!(breach(FollowUpStatus::Cancelled, due, None, now), None);
    }

    #[test]
    fn a_lead_sleeps_after_thirty_days_without_contact() {
        let created = at("2026-01-01T00:00:00Z");
        let day = |n| created + TimeDelta::days(n);
        assert!(!is_dormant(LeadStage::Assigned, created, None, day(30) - TimeDelta::seconds(1)));
        assert!(is_dormant(LeadStage::Assigned, created, None, day(30)));
        assert!(!is_dormant(LeadStage::Contacted, created, Some(day(20)), day(49)));
        assert!(is_dormant(LeadStage::Contacted, created, Some(day(20)), day(50)));
        assert!(!is_dormant(LeadStage::Converted, created, None, day(400)));
        assert!(!is_dormant(LeadStage::Dormant, created, None, day(400)));
    }

    proptest! {
        #[test]
        fn overdue_means_a_breach_that_is_still_growing(minutes in -5000i64..5000) {
            let due = at("2026-03-31T08:00:00Z");
            let now = due + TimeDelta::minutes(minutes);
            prop_assert_eq!(is_overdue(FollowUpStatus::Open, due, now), breach(FollowUpStatus::Open, due, None, now).is_some());
        }
    }
}
