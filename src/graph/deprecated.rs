//! What the schema will not have for ever: since when and until when, and what is there in its place. An element says it by
//! its `@deprecated(reason:)`, in one form: `Since 2026-11-29, until 2027-06-01: ask for this and that.`

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use async_graphql::Positioned;
use async_graphql::parser::types::{ConstDirective, ExecutableDocument, InputValueDefinition, TypeKind};
use async_graphql_value::ConstValue;
use chrono::{NaiveDate, NaiveTime};

use super::coordinates::Used;
use super::definitions::{Definitions, definitions, fields};

/// An element of the schema that is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// Which, as a schema coordinate: `Query.events(afterSequence:)`.
    pub coordinate: String,
    /// The day on which that was said first.
    pub since: NaiveDate,
    /// The day from which it may be gone.
    pub until: NaiveDate,
    /// What to do instead.
    pub instead: String,
}

/// What of it a document uses.
pub type Uses = Arc<[&'static Deprecated]>;

/// All that is to go, by coordinate.
pub fn all() -> &'static BTreeMap<String, Deprecated> {
    static ALL: LazyLock<BTreeMap<String, Deprecated>> = LazyLock::new(|| {
        let (found, _) = read(definitions());
        found.into_iter().map(|one| (one.coordinate.clone(), one)).collect()
    });
    &ALL
}

/// What of it stands in a document, if anything. What its variables bring is not looked at.
pub fn uses(document: &ExecutableDocument) -> Option<Uses> {
    let all = all();
    if all.is_empty() {
        return None;
    }
    let used = Used::of(document, definitions());
    let uses: Uses = all.values().filter(|one| used.has(&one.coordinate)).collect();
    (!uses.is_empty()).then_some(uses)
}

/// Whether any of it may stand in a document of this text: a quick look, for texts that are seen once.
pub fn may_be_in(text: &str) -> bool {
    all().keys().any(|coordinate| {
        let name = coordinate.trim_end_matches(":)").rsplit(['.', '(']).next().unwrap_or(coordinate);
        text.contains(name)
    })
}

/// The midnight in UTC with which a day begins, in seconds since 1970.
pub fn begins(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp()
}

/// What a schema says of itself, and the coordinates of what says it in another form.
fn read(definitions: &Definitions) -> (Vec<Deprecated>, Vec<String>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    let mut look = |coordinate: String, directives: &[Positioned<ConstDirective>]| {
        let Some(directive) = directives.iter().map(|one| &one.node).find(|one| one.name.node == "deprecated") else {
            return;
        };
        let reason = directive.arguments.iter().find(|(name, _)| name.node == "reason").map(|(_, value)| &value.node);
        match reason {
            Some(ConstValue::String(text)) if let Some((since, until, instead)) = parse(text) => {
                found.push(Deprecated { coordinate, since, until, instead: instead.to_owned() });
            }
            _ => wrong.push(coordinate),
        }
    };
    let argument = |of: &str, argument: &InputValueDefinition| format!("{of}({}:)", argument.name.node);
    for (name, definition) in definitions.iter() {
        match &definition.kind {
            TypeKind::Object(_) | TypeKind::Interface(_) => {
                for field in fields(&definition.kind) {
                    let coordinate = format!("{name}.{}", field.name.node);
                    for one in &field.arguments {
                        look(argument(&coordinate, &one.node), &one.node.directives);
                    }
                    look(coordinate, &field.directives);
                }
            }
            TypeKind::Enum(of) => {
                for value in &of.values {
                    look(format!("{name}.{}", value.node.value.node), &value.node.directives);
                }
            }
            TypeKind::InputObject(of) => {
                for field in &of.fields {
                    look(format!("{name}.{}", field.node.name.node), &field.node.directives);
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    (found, wrong)
}

/// Since, until, instead.
fn parse(reason: &str) -> Option<(NaiveDate, NaiveDate, &str)> {
    let (since, rest) = reason.strip_prefix("Since ")?.split_once(", until ")?;
    let (until, instead) = rest.split_once(": ")?;
    let (since, until) = (since.parse().ok()?, until.parse().ok()?);
    (since < until && !instead.trim().is_empty()).then_some((since, until, instead))
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn all_that_is_deprecated_says_until_when() {
        let (found, wrong) = read(definitions());
        assert_eq!(wrong, Vec::<String>::new(), "`Since DAY, until DAY: what to do instead.`");
        assert_eq!(found.len(), all().len());
        for one in found {
            // Half a year, so that an app in a shop has its time.
            assert!((one.until - one.since).num_days() >= 180, "{}", one.coordinate);
        }
    }

    #[test]
    fn a_reason_has_one_form() {
        let right = parse("Since 2026-11-29, until 2027-06-01: ask for `b`.");
        assert_eq!(right, Some((day("2026-11-29"), day("2027-06-01"), "ask for `b`.")));
        for wrong in [
            "No longer supported",
            "Since 2026-11-29: ask for `b`.",
            "Since 2026-11-29, until 2026-11-29: ask for `b`.",
            "Since 2026-11-29, until 2027-06-31: ask for `b`.",
            "Since 2026-11-29, until 2027-06-01: ",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn fields_arguments_values_and_inputs_are_found() {
        let reason = "@deprecated(reason: \"Since 2026-01-01, until 2027-01-01: else.\")";
        let sdl = format!(
            "type Query {{ a(x: Int {reason}): Int b: Int {reason} }} interface N {{ c: Int {reason} }}
             enum E {{ ONE {reason} TWO }} input I {{ d: Int {reason} e: Int @deprecated }}"
        );
        let (mut found, wrong) = read(&Definitions::read(&sdl));
        found.sort_by(|one, other| one.coordinate.cmp(&other.coordinate));
        let found: Vec<&str> = found.iter().map(|one| one.coordinate.as_str()).collect();
        assert_eq!(found, ["E.ONE", "I.d", "N.c", "Query.a(x:)", "Query.b"]);
        assert_eq!(wrong, ["I.e"]);
    }

    #[test]
    fn a_document_tells_what_it_uses() {
        let uses = |text: &str| {
            let uses = uses(&parse_query(text).unwrap())?;
            Some(uses.iter().map(|one| one.coordinate.clone()).collect::<Vec<_>>())
        };
        let old = "{ ...F } fragment F on Query { events(stream: \"oem\", afterSequence: $s) { cursor } }";
        assert_eq!(uses(old), Some(vec!["Query.events(afterSequence:)".into()]));
        assert_eq!(uses("{ me { id } orders { nodes { id } } }"), None);
        assert!(may_be_in(old) && !may_be_in("{ me { id } }"));
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(begins(day("1970-01-02")), 86_400);
    }
}
