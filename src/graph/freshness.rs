//! How long an answer that is the same for many may be kept, and what makes it old: the hints of the schema
//! (`@cacheControl`), by type. An object whose type has none is of one caller and is not kept, nor is any answer that holds
//! one.

use std::collections::BTreeSet;
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};

use super::definitions::{Definitions, beside_types, definitions};
use crate::events::Topic;
use crate::events::Topic::{Catalog, Loyalty, Places};

/// How long objects of a type may be kept.
struct Hint {
    of: &'static str,
    max_age: Duration,
    /// What makes them old before that.
    topics: &'static [Topic],
    /// Whether one caller may see more of them than another.
    varies: bool,
}

/// Of what all may see in the same way.
const fn open(of: &'static str, seconds: u64, topics: &'static [Topic]) -> Hint {
    Hint { of, max_age: Duration::from_secs(seconds), topics, varies: false }
}

/// Of what customers see beside: what is no longer on sale, when they have ordered it.
const fn varied(of: &'static str, seconds: u64, topics: &'static [Topic]) -> Hint {
    Hint { of, max_age: Duration::from_secs(seconds), topics, varies: true }
}

/// The hints. A type that is not here is never kept.
const HINTS: &[Hint] = &[
    // Values, as old as what they stand in.
    open("Money", 3600, &[]),
    open("GeoPoint", 3600, &[]),
    open("PageInfo", 3600, &[]),
    open("Count", 3600, &[]),
    open("City", 600, &[Places]),
    open("Store", 600, &[Places]),
    open("StoreConnection", 600, &[Places]),
    open("StoreEdge", 600, &[Places]),
    varied("VehicleModel", 60, &[Catalog]),
    varied("MediaAsset", 60, &[Catalog]),
    varied("Trim", 60, &[Catalog]),
    varied("SpecItem", 60, &[Catalog]),
    varied("OptionGroup", 60, &[Catalog]),
    varied("Option", 60, &[Catalog]),
    varied("OptionRule", 60, &[Catalog]),
    varied("TrimComparison", 60, &[Catalog]),
    varied("ComparisonRow", 60, &[Catalog]),
    varied("ConfiguratorState", 60, &[Catalog]),
    varied("ConfigurationProblem", 60, &[Catalog]),
    varied("OptionState", 60, &[Catalog]),
    varied("Incentive", 60, &[Catalog]),
    varied("FinancePlan", 60, &[Catalog]),
    varied("FinanceTerm", 60, &[Catalog]),
    varied("BenefitPackage", 60, &[Catalog]),
    varied("BenefitItem", 60, &[Catalog]),
    open("Organization", 600, &[Places]),
    open("Tier", 600, &[Loyalty]),
];

/// Root fields of such types that are not kept for all that.
const NOT_KEPT: &[&str] = &["node", "nodes"];

/// How an answer may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Longest.
    pub max_age: Duration,
    /// What makes it old before that.
    pub topics: BTreeSet<Topic>,
    /// Whether it may differ between callers.
    pub varies: bool,
}

impl Freshness {
    /// Of an operation that fits the schema; none when its answer is not to be kept.
    pub fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Option<Self> {
        if operation.ty != OperationType::Query {
            return None;
        }
        let mut found = Self { max_age: Duration::MAX, topics: BTreeSet::new(), varies: false };
        let walk = Walk { document, definitions: definitions() };
        walk.selection(&operation.selection_set.node, QUERY, &mut found)?;
        // Nothing but `__typename` is not worth it.
        (found.max_age < Duration::MAX).then_some(found)
    }

    fn add(&mut self, of: &str) -> Option<()> {
        let hint = HINTS.iter().find(|hint| hint.of == of)?;
        self.max_age = self.max_age.min(hint.max_age);
        self.topics.extend(hint.topics);
        self.varies |= hint.varies;
        Some(())
    }
}

const QUERY: &str = "Query";

struct Walk<'d> {
    document: &'d ExecutableDocument,
    definitions: &'static Definitions,
}

impl Walk<'_> {
    /// None as soon as there is something that is not to be kept. Documents that fit the schema have no circles.
    fn selection(&self, set: &SelectionSet, on: &str, found: &mut Freshness) -> Option<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    if name == "__typename" {
                        continue;
                    }
                    if on == QUERY && NOT_KEPT.contains(&name) {
                        return None;
                    }
                    let of = self.definitions.field(on, name)?.ty.node.base.to_string();
                    let of = of.trim_matches(['[', ']', '!']);
                    if self.definitions.field_holder(of) {
                        found.add(of)?;
                        self.selection(&field.node.selection_set.node, of, found)?;
                    } else if on == QUERY {
                        return None;
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| condition.node.on.node.as_str());
                    self.fragment(&fragment.node.selection_set.node, on, found)?;
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments.get(&spread.node.fragment_name.node)?.node;
                    self.fragment(&fragment.selection_set.node, &fragment.type_condition.node.on.node, found)?;
                }
            }
        }
        Some(())
    }

    fn fragment(&self, set: &SelectionSet, on: &str, found: &mut Freshness) -> Option<()> {
        if on != QUERY {
            found.add(on)?;
        }
        self.selection(set, on, found)
    }
}

/// The directive as a schema defines it.
const DIRECTIVE: &str = "\
\"\"\"
How long answers with objects of a type may be kept, in seconds, unless an event tells of a change before. Types without it
are of one caller, and answers that hold them are not kept.
\"\"\"
directive @cacheControl(maxAge: Int!, scope: CacheControlScope! = PUBLIC) on OBJECT

\"\"\"Who may keep an answer.\"\"\"
enum CacheControlScope {
\t\"\"\"Anybody.\"\"\"
\tPUBLIC
\t\"\"\"Who was answered.\"\"\"
\tPRIVATE
}
";

/// A schema's definition with the hints written beside its types.
pub fn written(sdl: &str) -> String {
    let mut text = beside_types(sdl, |name| match HINTS.iter().find(|hint| hint.of == name) {
        Some(hint) => {
            let scope = if hint.varies { ", scope: PRIVATE" } else { "" };
            format!("@cacheControl(maxAge: {}{scope}) ", hint.max_age.as_secs())
        }
        None => String::new(),
    });
    text.push('\n');
    text.push_str(DIRECTIVE);
    text
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn of(query: &str) -> Option<Freshness> {
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        Freshness::of(&document, &operation.node)
    }

    #[test]
    fn each_hint_is_of_a_type_that_is_there() {
        for (at, hint) in HINTS.iter().enumerate() {
            assert!(definitions().field_holder(hint.of), "{}", hint.of);
            assert!(HINTS[..at].iter().all(|before| before.of != hint.of), "{} twice", hint.of);
        }
    }

    #[test]
    fn what_all_may_see_is_kept() {
        let model =
            of("{ vehicleModel(slug: \"c5\") { name trims { ...T } } } fragment T on Trim { price { amount } }");
        let model = model.unwrap();
        assert_eq!((model.max_age, model.varies), (Duration::from_secs(60), true));
        assert_eq!(model.topics, BTreeSet::from([Catalog]));
        let both = of("{ cities { name } tiers { code } __typename }").unwrap();
        assert_eq!((both.max_age, both.varies), (Duration::from_secs(600), false));
        assert_eq!(both.topics, BTreeSet::from([Places, Loyalty]));
    }

    #[test]
    fn what_is_of_one_caller_is_not() {
        for query in [
            "{ me { id } }",
            "{ cities { name } me { id } }",
            "{ ... { me { id } } }",
            "{ ...Q } fragment Q on Query { cities { name } me { id } }",
            "{ node(id: \"x\") { id } }",
            "{ node(id: \"x\") { ... on Store { name } } }",
            "{ apiVersion }",
            "{ __schema { types { name } } }",
            "{ __typename }",
            "mutation { leadSubmit(input: {}) { receipt { reference } } }",
            "{ nothing { id } }",
        ] {
            assert_eq!(of(query), None, "{query}");
        }
    }

    #[test]
    fn a_definition_says_it() {
        let text = written("type City {\n\tname: String!\n}\ntype Trim implements Node {\n}\ntype Customer {\n}\n");
        assert!(text.starts_with(
            "type City @cacheControl(maxAge: 600) {\n\tname: String!\n}\n\
             type Trim implements Node @cacheControl(maxAge: 60, scope: PRIVATE) {\n}\ntype Customer {\n}\n"
        ));
    }
}
