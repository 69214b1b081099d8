//! What is subscribed to, and what makes two subscriptions equal.

use std::fmt::Write as _;

use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql::{Request, Variables};
use aws_lc_rs::digest;

use crate::graph::answer::chosen;
use crate::graph::call::CallState;

/// Arguments that say where a subscription goes on; what comes after it is the same whatever they are.
const POSITIONS: [&str; 2] = ["after", "afterSequence"];

/// Equal for equal subscriptions: a hash of all that makes a difference.
pub type Sameness = [u8; digest::SHA256_OUTPUT_LEN];

/// What is subscribed to.
pub struct Operation {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub name: Option<String>,
    /// Values.
    pub variables: Variables,
    /// The variables that are positions alone.
    positions: Option<Vec<String>>,
}

impl Operation {
    /// Of a request.
    pub fn of(request: &mut Request) -> Self {
        let name = request.operation_name.clone();
        let positions = request.parsed_query().ok().and_then(|parsed| positions(parsed, name.as_deref()));
        let (query, variables) = (request.query.clone(), request.variables.clone());
        let alone = |name: &String| mentions(&query, name) == 2;
        let positions = positions.map(|names| names.into_iter().filter(alone).collect());
        Self { query, name, variables, positions }
    }

    /// The request anew.
    pub fn request(&self) -> Request {
        let mut request = Request::new(self.query.clone()).variables(self.variables.clone());
        request.operation_name.clone_from(&self.name);
        request
    }

    /// What makes it equal to others of this caller; none when nobody can say.
    pub fn sameness(&self, call: &CallState) -> Option<Sameness> {
        let positions = self.positions.as_ref()?;
        let variables = self.variables.iter().filter(|(name, _)| !positions.iter().any(|own| own == name.as_str()));
        let mut text = String::new();
        let _ = write!(text, "{:?}{:?}{:?}", call.viewer.kind, call.viewer.scopes, call.locale);
        let _ = write!(text, "{:?}{:?}", self.query, self.name);
        for (name, value) in variables {
            let _ = write!(text, "{name}={value};");
        }
        digest::digest(&digest::SHA256, text.as_bytes()).as_ref().try_into().ok()
    }
}

/// The variables that stand as positions in the one field of an operation; none when it is not plainly one field.
fn positions(document: &ExecutableDocument, name: Option<&str>) -> Option<Vec<String>> {
    let [field] = chosen(document, name)?.selection_set.node.items.as_slice() else { return None };
    let Selection::Field(field) = &field.node else { return None };
    let arguments = field.node.arguments.iter().filter(|(name, _)| POSITIONS.contains(&name.node.as_str()));
    let mut names = Vec::new();
    for (_, value) in arguments {
        // A place that is part of the document makes a document of its own.
        if let async_graphql_value::Value::Variable(name) = &value.node {
            names.push(name.to_string());
        }
    }
    Some(names)
}

/// How often a document speaks of a variable: twice when it is declared and used once.
fn mentions(query: &str, name: &str) -> usize {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    query.split('$').skip(1).filter(|rest| rest.strip_prefix(name).is_some_and(|end| !end.starts_with(word))).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn positions_of(query: &str) -> Option<Vec<String>> {
        let mut request = Request::new(query).variables(Variables::from_json(json!({})));
        Operation::of(&mut request).positions
    }

    #[test]
    fn only_a_variable_that_is_a_position_and_nothing_else_makes_no_difference() {
        let list = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        for (query, names) in [
            ("subscription($a: String) { myEvents(after: $a) { cursor } }", list(&["a"])),
            ("subscription($a: Int64) { myEvents(afterSequence: $a) { cursor } }", list(&["a"])),
            ("subscription($a: String, $ab: Int!) { myEvents(after: $a) { x(n: $ab) } }", list(&["a"])),
            ("subscription($a: String) { myEvents(after: $a) { orders(after: $a) { cursor } } }", list(&[])),
            ("subscription($id: ID!) { etaChanged(orderId: $id) { cursor } }", list(&[])),
            ("subscription { myEvents(after: \"1-2\") { cursor } }", list(&[])),
            ("subscription { a: myEvents { cursor } b: myEvents { cursor } }", None),
            ("subscription { ...X } fragment X on Subscription { myEvents { cursor } }", None),
            ("subscription {", None),
        ] {
            assert_eq!(positions_of(query), names, "{query}");
        }
    }
}
