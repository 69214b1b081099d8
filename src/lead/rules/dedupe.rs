//! One lead for a phone and a model within thirty days (domain.md C018): what a second submit does.

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::LeadId;
use entity::vocabulary::LeadStage;

/// Days in which a second submit joins the first lead (C018).
pub const WINDOW_DAYS: i64 = 30;

/// The lead that holds the row of this phone and model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The lead.
    pub lead_id: LeadId,
    /// Its stage now.
    pub stage: LeadStage,
    /// End of its window, exclusive.
    pub window_until: DateTime<Utc>,
}

/// What a submit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submit {
    /// Makes a lead, which holds the row until `window_until`.
    Open {
        /// End of the new window, exclusive.
        window_until: DateTime<Utc>,
    },
    /// Adds a touchpoint to a lead that is there.
    Join {
        /// The lead.
        lead_id: LeadId,
        /// Whether the lead had been given up and is to be reopened: the person has come back.
        reopen: bool,
    },
}

/// Decides about a submit at `now`. The window runs from the first submit and is not prolonged by later ones (D): a
/// person who asks every few weeks for a year is more than one lead.
pub fn decide(known: Option<Known>, now: DateTime<Utc>) -> Submit {
    match known {
        Some(known) if now < known.window_until => {
            Submit::Join { lead_id: known.lead_id, reopen: matches!(known.stage, LeadStage::Lost | LeadStage::Dormant) }
        }
        _ => Submit::Open { window_until: now + TimeDelta::days(WINDOW_DAYS) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn known(stage: LeadStage) -> Known {
        Known { lead_id: LeadId::from_parts(1, 1), stage, window_until: at("2026-03-31T00:00:00Z") }
    }

    #[test]
    fn a_first_submit_opens_a_window_of_thirty_days() {
        assert_eq!(decide(None, at("2026-03-01T08:00:00Z")), Submit::Open { window_until: at("2026-03-31T08:00:00Z") });
    }

    #[test]
    fn a_submit_within_the_window_joins_and_one_at_its_end_does_not() {
        let known = known(LeadStage::Contacted);
        let join = Submit::Join { lead_id: known.lead_id, reopen: false };
        assert_eq!(decide(Some(known), at("2026-03-30T23:59:59.999Z")), join);
        assert!(matches!(decide(Some(known), known.window_until), Submit::Open { .. }));
    }

    #[test]
    fn a_lead_given_up_comes_back_and_a_closed_one_stays_closed() {
        for (stage, expected) in [
            (LeadStage::Lost, true),
            (LeadStage::Dormant, true),
            (LeadStage::Invalid, false),
            (LeadStage::Converted, false),
            (LeadStage::New, false),
        ] {
            let Submit::Join { reopen, .. } = decide(Some(known(stage)), at("2026-03-05T00:00:00Z")) else {
                panic!("{stage} did not join");
            };
            assert_eq!(reopen, expected, "of {stage}");
        }
    }

    proptest! {
        #[test]
        fn leads_of_one_phone_and_model_begin_thirty_days_apart(gaps in prop::collection::vec(0i64..40 * 86_400, 1..40)) {
            let (mut now, mut held, mut begun) = (at("2026-01-01T00:00:00Z"), None, Vec::new());
            for gap in gaps {
                now += TimeDelta::seconds(gap);
                if let Submit::Open { window_until } = decide(held, now) {
                    begun.push(now);
                    held = Some(Known { window_until, ..known(LeadStage::New) });
                }
            }
            prop_assert!(begun.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::days(WINDOW_DAYS)));
        }
    }
}
