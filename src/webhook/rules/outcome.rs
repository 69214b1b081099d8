//! What becomes of a delivery, and of its endpoint, after an attempt.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::webhook::endpoint;
use entity::{WebhookFailure, WebhookReason, WebhookState};

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Wait after the first failure; the others are multiples of it.
    pub first_delay: Duration,
    /// How long a delivery is tried, from its first attempt.
    pub retry_for: Duration,
    /// How long an endpoint may do nothing but fail.
    pub pause_after: Duration,
}

/// Waits in multiples of the first; the last counts for all later ones. With five seconds: 5 s, 30 s, 2 min, 10 min,
/// 30 min, 1 h, 2 h, 4 h, 8 h.
const STEPS: [u32; 9] = [1, 6, 24, 120, 360, 720, 1440, 2880, 5760];

/// Longest time for which an endpoint is let alone because it asks for it.
pub const MOST_ASKED: TimeDelta = TimeDelta::days(1);

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// The moment before which nothing more is wanted.
        retry_after: Option<DateTime<Utc>>,
    },
    /// None.
    Nothing(WebhookFailure),
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was delivered.
    Delivered,
    /// It is tried again, not before this.
    Again(DateTime<Utc>),
    /// It is given up.
    Dead,
}

impl Heard {
    /// Whether it was delivered: a redirect is none.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Answer { status: 200..=299, .. })
    }

    /// Whether the endpoint wants to hear nothing any more.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Answer { status: 410, .. })
    }

    /// The answer's status.
    pub fn status(self) -> Option<i32> {
        match self {
            Self::Answer { status, .. } => Some(status.into()),
            Self::Nothing(_) => None,
        }
    }

    /// Why it is none that counts as success.
    pub fn failure(self) -> Option<WebhookFailure> {
        match self {
            Self::Nothing(failure) => Some(failure),
            Self::Answer { .. } if self.is_success() => None,
            Self::Answer { .. } => Some(WebhookFailure::HttpStatus),
        }
    }

    /// Until when the endpoint wants to be let alone.
    pub fn asked(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Answer { status: 300.., retry_after: Some(at) } if at > now => Some(at.min(now + MOST_ASKED)),
            _ => None,
        }
    }
}

/// What becomes of a delivery. `failures` came before this attempt, the first of them at `first`; `jitter` is drawn from
/// 0 to 1, so that what failed together does not come back together.
pub fn next(
    timing: &Timing,
    failures: u32,
    first: Option<DateTime<Utc>>,
    heard: Heard,
    now: DateTime<Utc>,
    jitter: f64,
) -> Next {
    if heard.is_success() {
        return Next::Delivered;
    }
    let end = first.unwrap_or(now) + TimeDelta::from_std(timing.retry_for).unwrap_or(TimeDelta::MAX);
    if heard.is_gone() || now >= end {
        return Next::Dead;
    }
    let step = STEPS[(failures as usize).min(STEPS.len() - 1)];
    let delay = timing.first_delay.saturating_mul(step).mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0));
    // The last attempt is at the end of the time, and no wait makes it shorter.
    let own = (now + TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX)).min(end);
    match heard.asked(now) {
        Some(asked) if asked > end => Next::Dead,
        Some(asked) => Next::Again(own.max(asked)),
        None => Next::Again(own),
    }
}

/// What changes of an endpoint after a failure; none when nothing does.
pub fn after_failure(
    timing: &Timing,
    now: &endpoint::Model,
    heard: Heard,
    at: DateTime<Utc>,
) -> Option<endpoint::Model> {
    let mut then = now.clone();
    then.failing_since = Some(now.failing_since.unwrap_or(at));
    then.not_before = now.not_before.max(heard.asked(at));
    let failed_for = at - then.failing_since.unwrap_or(at);
    if heard.is_gone() && now.state != WebhookState::Disabled {
        (then.state, then.reason) = (WebhookState::Disabled, Some(WebhookReason::Gone));
    } else if now.state == WebhookState::Active
        && failed_for >= TimeDelta::from_std(timing.pause_after).unwrap_or(TimeDelta::MAX)
    {
        (then.state, then.reason) = (WebhookState::Paused, Some(WebhookReason::Failing));
    }
    if then.state != now.state {
        then.version += 1;
        then.updated_at = at;
    }
    (then != *now).then_some(then)
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than there are: as long as can be asked for.
        let seconds = value.parse::<i64>().ok().and_then(TimeDelta::try_seconds);
        return Some(now.checked_add_signed(seconds?.min(MOST_ASKED)).unwrap_or(now + MOST_ASKED));
    }
    DateTime::parse_from_rfc2822(value).ok().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIMING: Timing = Timing {
        first_delay: Duration::from_secs(5),
        retry_for: Duration::from_hours(72),
        pause_after: Duration::from_hours(24),
    };

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn answer(status: u16) -> Heard {
        Heard::Answer { status, retry_after: None }
    }

    fn failures() -> impl Strategy<Value = Heard> {
        prop_oneof![
            (300..600_u16, proptest::option::of(0..200_000_i64))
                .prop_filter("not gone", |(status, _)| *status != 410)
                .prop_map(|(status, after)| Heard::Answer {
                    status,
                    retry_after: after.map(|seconds| start() + TimeDelta::seconds(seconds)),
                }),
            Just(Heard::Nothing(WebhookFailure::Timeout)),
        ]
    }

    proptest! {
        #[test]
        fn only_2xx_is_success(status in 100..600_u16) {
            let next = next(&TIMING, 0, None, answer(status), start(), 0.5);
            prop_assert_eq!(next == Next::Delivered, (200..300).contains(&status));
            prop_assert_eq!(next == Next::Dead, status == 410);
        }

        /// A delivery that always fails is tried with growing waits, a last time at the end of its time, and then given up.
        #[test]
        fn tries_come_to_an_end(jitters in proptest::collection::vec(0.0..=1.0_f64, 60), first_ms in 100..10_000_u64) {
            let timing = Timing { first_delay: Duration::from_millis(first_ms), ..TIMING };
            let (mut now, mut failures, mut waits) = (start(), 0_u32, Vec::new());
            let mut jitters = jitters.into_iter();
            let end = start() + TimeDelta::hours(72);
            loop {
                let first = (failures > 0).then(start);
                match next(&timing, failures, first, answer(500), now, jitters.next().unwrap_or(0.5)) {
                    Next::Again(at) => {
                        prop_assert!(at > now && at <= end);
                        waits.push(at - now);
                        (now, failures) = (at, failures + 1);
                    }
                    Next::Dead => break,
                    Next::Delivered => prop_assert!(false),
                }
                prop_assert!(failures < 10_000);
            }
            prop_assert_eq!(now, end);
            // Until the end cuts one off; 1.2/0.8 is less than each of the first steps.
            prop_assert!(waits[..STEPS.len().min(waits.len() - 1)].windows(2).all(|pair| pair[0] < pair[1]));
        }

        /// Nothing goes out before an endpoint wants it, if that is within a day.
        #[test]
        fn what_is_asked_for_is_obeyed(heard in failures(), failed in 0..20_u32, jitter in 0.0..=1.0_f64) {
            let first = (failed > 0).then(|| start() - TimeDelta::hours(1));
            let asked = heard.asked(start());
            match next(&TIMING, failed, first, heard, start(), jitter) {
                Next::Again(at) => prop_assert!(asked.is_none_or(|asked| at >= asked)),
                Next::Dead => prop_assert!(asked.is_some()),
                Next::Delivered => prop_assert!(false),
            }
            if let Heard::Answer { retry_after: Some(at), .. } = heard {
                prop_assert_eq!(asked.unwrap_or(start()), at.min(start() + MOST_ASKED));
            }
        }

        /// Nothing but failures for long enough pauses; what is not active stays as it is.
        #[test]
        fn who_fails_for_long_is_paused(heard in failures(), since in proptest::option::of(0..80_i64), active: bool) {
            let mut endpoint = endpoint(since.map(|hours| start() - TimeDelta::hours(hours)));
            if !active {
                (endpoint.state, endpoint.reason) = (WebhookState::Paused, Some(WebhookReason::Operator));
            }
            let then = after_failure(&TIMING, &endpoint, heard, start()).unwrap_or_else(|| endpoint.clone());
            let pauses = active && since.is_some_and(|hours| hours >= 24);
            prop_assert_eq!(then.state == WebhookState::Paused && active, pauses);
            prop_assert_eq!(then.version, endpoint.version + i32::from(pauses));
            prop_assert_eq!(then.failing_since, endpoint.failing_since.or(Some(start())));
            if !active {
                prop_assert_eq!(then.reason, Some(WebhookReason::Operator));
            }
        }
    }

    fn endpoint(failing_since: Option<DateTime<Utc>>) -> endpoint::Model {
        endpoint::Model {
            id: entity::WebhookEndpointId::default(),
            url: "https://example.com/".into(),
            description: String::new(),
            kinds: entity::Codes::default(),
            secret: entity::Sealed::default(),
            previous_secret: None,
            previous_until: None,
            state: WebhookState::Active,
            reason: None,
            failing_since,
            not_before: None,
            begins_after: 0,
            version: 1,
            created_at: start(),
            updated_at: start(),
        }
    }

    #[test]
    fn gone_disables() {
        let then = after_failure(&TIMING, &endpoint(None), answer(410), start()).unwrap();
        assert_eq!((then.state, then.reason, then.version), (WebhookState::Disabled, Some(WebhookReason::Gone), 2));
    }

    #[test]
    fn retry_after_in_both_notations() {
        let at = |seconds| Some(start() + TimeDelta::seconds(seconds));
        assert_eq!(retry_after("120", start()), at(120));
        assert_eq!(retry_after("99999999999", start()), at(86_400));
        assert_eq!(retry_after("Fri, 15 Jan 2027 08:02:00 GMT", start()), at(120));
        for odd in ["", "-1", "1.5", "soon", "Fri, 15 Jan"] {
            assert_eq!(retry_after(odd, start()), None, "{odd}");
        }
    }
}
