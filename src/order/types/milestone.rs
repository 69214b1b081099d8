//! A node of the delivery graph.

use std::sync::LazyLock;

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::milestone;
use entity::{Locale, MilestoneCode, MilestoneState, MilestoneTrack, Party};

use super::super::rules::milestone::node_of;
use super::super::rules::pause::forecast_on;
use super::super::rules::standing::{is_breached, party_of};
use crate::graph::text::text;
use crate::graph::{Call, Fields, fields};
use crate::values::calendar;

/// One node of the delivery graph.
#[derive(Clone, Debug, Description)]
pub struct Milestone(pub milestone::Model);

/// When a milestone is expected.
#[derive(Fields, SimpleObject, Clone, Copy, Debug)]
pub struct MilestoneForecast {
    /// Reached by then in half of all cases.
    pub p50: DateTime<Utc>,
    /// Reached by then in nine of ten cases.
    pub p90: Option<DateTime<Utc>>,
}

/// Key of the title of a milestone: `milestone-off-line`.
pub fn title_key(code: MilestoneCode) -> String {
    format!("milestone-{}", code.to_string().to_ascii_lowercase().replace('_', "-"))
}

/// Titles of all milestones by language, each in order of declaration: a board shows hundreds of them.
static TITLES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let all = |locale| MilestoneCode::ALL.iter().map(|code| text(locale, &title_key(*code), &[])).collect();
    Locale::ALL.iter().map(|locale| all(*locale)).collect()
});

#[fields(rows(milestone::Model))]
impl Milestone {
    /// Type-prefixed ULID, as in `mst_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Which node.
    fn code(&self) -> MilestoneCode {
        self.0.code
    }

    /// Which track it is on.
    fn track(&self) -> MilestoneTrack {
        node_of(self.0.code).track
    }

    /// What to call it, in the language of the request.
    fn title(&self, call: &Call) -> &'static str {
        TITLES.get(call.locale as usize).and_then(|titles| titles.get(self.0.code as usize)).map_or("", String::as_str)
    }

    /// How far it is.
    fn state(&self) -> MilestoneState {
        self.0.state
    }

    /// When it was to be reached, as planned when the order was made.
    fn planned_at(&self) -> Option<DateTime<Utc>> {
        self.0.planned_at
    }

    /// When it is expected now; null when nobody can tell. It moves with the day while the customer's payment is waited for.
    #[columns(forecast_p50, forecast_p90, forecast_moves_from)]
    fn forecast(&self, call: &Call) -> Option<MilestoneForecast> {
        forecast_on(&self.0, || calendar::day(call.now)).map(|(p50, p90)| MilestoneForecast { p50, p90 })
    }

    /// When it was reached.
    fn actual_at(&self) -> Option<DateTime<Utc>> {
        self.0.actual_at
    }

    /// Who is to act for it to be reached.
    #[columns(code, party)]
    fn responsible_party(&self) -> Party {
        party_of(&self.0)
    }

    /// Within how many hours it is to be reached once those before it are, by the order's template; for staff and operators, null
    /// for others and where nobody watches it.
    fn sla_hours(&self, call: &Call) -> Option<i32> {
        self.0.sla_hours.filter(|_| call.viewer.staff().is_some())
    }

    /// Until when it is, or was, to be reached by these hours; for staff and operators, null for others, where nobody watches it, and
    /// while something before it is wanted.
    fn due_at(&self, call: &Call) -> Option<DateTime<Utc>> {
        self.0.due_at.filter(|_| call.viewer.staff().is_some())
    }

    /// Whether it is, or was, late by these hours; for staff and operators, null for others.
    #[columns(state, actual_at, due_at, updated_at)]
    fn sla_breached(&self, call: &Call) -> Option<bool> {
        call.viewer.staff().map(|_| is_breached(&self.0, call.now))
    }

    /// Whether customers are not shown it.
    fn hidden(&self) -> bool {
        self.0.hidden
    }

    /// A word with the last change.
    fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_milestone_has_a_title_in_both_languages() {
        for code in MilestoneCode::ALL {
            let key = title_key(*code);
            let (zh, en) = (text(Locale::ZhCn, &key, &[]), text(Locale::En, &key, &[]));
            assert!(zh != key && en != key && zh != en, "{key}");
        }
    }
}
