//! What a receiver is told.

use entity::log::event;
use entity::webhook::endpoint;
use entity::{Codes, EventKind};
use serde_json::json;

/// The body of a message: the event with ids and codes only, as the log has it.
pub fn body(event: &event::Model) -> String {
    json!({
        "id": event.event_id,
        "type": event.kind,
        "occurredAt": event.occurred_at,
        "stream": event.stream,
        "sequence": event.sequence,
        "subject": { "id": event.aggregate_id, "version": event.aggregate_version },
        "data": event.payload,
    })
    .to_string()
}

/// Whether an endpoint is told of an event at this place of the stream of everything.
pub fn is_for(endpoint: &endpoint::Model, kind: EventKind, place: i64) -> bool {
    place > endpoint.begins_after && wants(&endpoint.kinds, kind)
}

/// Whether a kind is among those chosen; none chosen is all.
fn wants(kinds: &Codes, kind: EventKind) -> bool {
    kinds.0.is_empty() || kinds.has(kind.code())
}

/// The beginning of an answer, for people: at most 200 characters of text without controls.
pub fn excerpt(answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let shown: String =
        text.chars().map(|c| if crate::values::text::is_forbidden(c) { ' ' } else { c }).take(200).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_excerpt_is_short_and_plain(answer: Vec<u8>) {
            if let Some(text) = excerpt(&answer) {
                prop_assert!(text.chars().count() <= 200);
                prop_assert!(!text.chars().any(crate::values::text::is_forbidden));
            }
        }

        #[test]
        fn none_chosen_is_all(chosen in proptest::collection::vec(0..EventKind::ALL.len(), 0..5)) {
            let kinds: Codes = chosen.iter().map(|n| EventKind::ALL[*n].code()).collect();
            for (n, kind) in EventKind::ALL.iter().enumerate() {
                prop_assert_eq!(wants(&kinds, *kind), chosen.is_empty() || chosen.contains(&n));
            }
        }
    }
}
