//! What a document costs, known before anything is done (domain.md 2.4): scalars nothing, an object one, a page two and
//! what is on it, as long as it may be.

mod answer;
mod lists;
mod measure;
mod shape;

pub use answer::{of_answer, of_object};
pub use measure::{Measure, Unmeasured, fixed, measure, worst};
pub use shape::Shape;

use std::sync::LazyLock;

use super::definitions::definitions;

/// The schema's shape.
pub fn shape() -> &'static Shape {
    static SHAPE: LazyLock<Shape> = LazyLock::new(|| Shape::of(definitions()));
    &SHAPE
}

#[cfg(test)]
mod tests {
    use async_graphql::Variables;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn of(text: &str, variables: serde_json::Value) -> Measure {
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::from_json(variables);
        measure(shape(), &document, &operation.node, Some(&variables)).unwrap()
    }

    fn cost(text: &str) -> u64 {
        of(text, json!({})).cost
    }

    #[test]
    fn every_list_has_a_bound() {
        assert_eq!(shape().unbounded(), Vec::<String>::new());
    }

    #[test]
    fn an_object_is_one_and_a_page_two_and_what_is_on_it() {
        for (text, wanted) in [
            ("{ apiVersion }", 0),
            ("{ me { id } }", 1),
            ("{ me { id loyalty { balance } } }", 2),
            ("{ orders(first: 10) { nodes { id } } }", 12),
            ("{ orders(first: 10) { nodes { id store { id } } pageInfo { hasNextPage } } }", 23),
            ("{ orders(first: 10) { edges { node { id } } } }", 22),
            ("{ orders(first: 2) { nodes { milestones { code } } } }", 2 + 2 * 41),
            ("{ nodes(ids: [\"a\", \"b\"]) { id } }", 2),
            ("{ a: me { id } b: me { id } }", 2),
            ("{ ...A ...A } fragment A on Query { me { id } }", 2),
            ("{ orders(first: 1000000) { nodes { id } } }", 1_000_002),
            ("{ orders(first: -5) { nodes { id } } }", 2),
        ] {
            assert_eq!(cost(text), wanted, "{text}");
        }
    }

    #[test]
    fn variables_count_as_what_they_are() {
        let text =
            "query($n: Int! = 3, $ids: [ID!]! = []) { orders(first: $n) { nodes { id } } nodes(ids: $ids) { id } }";
        for (variables, wanted) in [
            (json!({}), 5),
            (json!({ "n": 7 }), 9),
            (json!({ "n": 7, "ids": ["a", "b"] }), 11),
            (json!({ "n": "x" }), 2),
            (json!({ "n": 1e300 }), 2 + i64::MAX as u64),
        ] {
            assert_eq!(of(text, variables.clone()).cost, wanted, "{variables}");
        }
    }

    #[test]
    fn only_variables_that_say_how_many_make_a_difference() {
        for (text, is_fixed) in [
            ("query($id: ID!) { order(id: $id) { milestones { code } } }", true),
            ("{ orders(first: 3) { nodes { id } } nodes(ids: [\"a\"]) { id } }", true),
            ("query($n: Int!) { orders(first: $n) { nodes { id } } }", false),
            ("query($n: Int = 2) { ...O } fragment O on Query { orders(first: $n) { nodes { id } } }", false),
            ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", false),
        ] {
            let document = parse_query(text).unwrap();
            let (_, operation) = document.operations.iter().next().unwrap();
            assert_eq!(fixed(shape(), &document, &operation.node).is_some(), is_fixed, "{text}");
        }
    }

    #[test]
    fn fragments_within_fragments_take_no_longer_than_they_are() {
        let mut text = "{ ...F0 }".to_owned();
        for n in 0..60 {
            text += &format!(" fragment F{n} on Query {{ ...F{0} ...F{0} }}", n + 1);
        }
        text += " fragment F60 on Query { a: me { id } }";
        let measure = of(&text, json!({}));
        // Two fields and all the spreads that lead to them.
        assert_eq!((measure.fields, measure.aliases, measure.roots), ((1 << 61) + (1 << 61) - 1, 1 << 60, 1 << 60));
    }

    #[test]
    fn spreads_of_nothing_count_too() {
        let mut text = "{ ...F0 }".to_owned();
        for n in 0..20 {
            text += &format!(" fragment F{n} on Query {{ ...F{0} ...F{0} }}", n + 1);
        }
        assert_eq!(of(&text, json!({})).fields, (1 << 21) - 1);
    }

    #[test]
    fn a_walk_has_an_end() {
        let pages: String = (0..60).map(|n| format!("a{n}: orders(first: {n}) {{ ...F }} ")).collect();
        let text = format!("{{ {pages} }} fragment F on OrderConnection {{ {} }}", "nodes { id } ".repeat(300));
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        assert_eq!(measure(shape(), &document, &operation.node, None), Err(Unmeasured::Endless));
    }

    #[test]
    fn what_tells_of_the_schema_is_one_level() {
        let text = "{ __schema { types { ...T } } } fragment T on __Type { ofType { ofType { ofType { ofType { ofType
            { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } } } }";
        let document = parse_query(text).unwrap();
        assert_eq!(worst(shape(), &document, None).unwrap().depth, 1);
    }

    #[test]
    fn a_circle_is_found() {
        let document = parse_query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }").unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        assert_eq!(measure(shape(), &document, &operation.node, None), Err(Unmeasured::Circular));
    }

    #[test]
    fn all_is_counted() {
        let text = "query A($y: Boolean!) @skip(if: false) { me @skip(if: $y) { ... @include(if: $y) { a: id } b: id } cities { code } }";
        let wanted = Measure { cost: 401, depth: 2, fields: 6, aliases: 2, roots: 2, directives: 3 };
        assert_eq!(of(text, json!({ "y": false })), wanted);
    }
}
