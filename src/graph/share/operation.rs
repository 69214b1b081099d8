//! What is subscribed to, and what makes two subscriptions equal.

use std::fmt::Write as _;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::{ExecutableDocument, Selection};
use aws_lc_rs::digest;

use crate::graph::answer::{Document, chosen};
use crate::graph::call::CallState;

/// Arguments that say where a subscription goes on; what comes after it is the same whatever they are.
const POSITIONS: [&str; 2] = ["after", "afterSequence"];

/// Equal for equal subscriptions: a hash of all that makes a difference.
pub type Sameness = [u8; digest::SHA256_OUTPUT_LEN];

/// What is subscribed to. There is one for each subscription, as long as that lasts: it is kept small.
pub struct Operation {
    document: Text,
    /// Which of its operations.
    name: Option<Box<str>>,
    /// Values, as JSON.
    variables: Box<str>,
    /// What makes it equal to others of the same caller; none when nobody can say.
    sameness: Option<Sameness>,
}

/// A document.
enum Text {
    /// One that others have asked before.
    Known(Arc<Document>),
    /// A new one.
    New(Box<str>),
}

impl Operation {
    /// Of a request, whose document may be known.
    pub fn of(request: &mut Request, known: Option<Arc<Document>>) -> Self {
        let name = request.operation_name.clone();
        let positions = match &known {
            Some(document) => positions(&document.parsed, name.as_deref()),
            None => request.parsed_query().ok().and_then(|parsed| positions(parsed, name.as_deref())),
        };
        let sameness = positions.map(|positions| sameness(request, &positions));
        Self {
            document: known.map_or_else(|| Text::New(request.query.as_str().into()), Text::Known),
            name: name.map(Into::into),
            // What came as JSON goes as JSON.
            variables: serde_json::to_string(&request.variables).unwrap_or_default().into(),
            sameness,
        }
    }

    /// The request anew, and its document where it is known.
    pub fn request(&self) -> (Request, Option<Arc<Document>>) {
        let (text, document) = match &self.document {
            Text::Known(document) => ("", Some(document.clone())),
            Text::New(text) => (&**text, None),
        };
        let mut request = Request::new(text).variables(serde_json::from_str(&self.variables).unwrap_or_default());
        request.operation_name = self.name.as_deref().map(str::to_owned);
        (request, document)
    }

    /// What makes it equal to others; none when nobody can say.
    pub fn sameness(&self, call: &CallState) -> Option<Sameness> {
        let mut text = String::new();
        let _ = write!(text, "{:?}{:?}{:?}{:?}", self.sameness?, call.viewer.kind, call.viewer.scopes, call.locale);
        let _ = write!(text, "{:?}", call.image_widths());
        Some(hash(&text))
    }
}

/// Equal for requests that differ in nothing but what these positions are.
fn sameness(request: &Request, positions: &[String]) -> Sameness {
    let mut text = String::new();
    let _ = write!(text, "{:?}{:?}", request.query, request.operation_name);
    for (name, value) in request.variables.iter() {
        // One that means something else besides makes a difference.
        if !positions.iter().any(|own| own == name.as_str() && mentions(&request.query, own) == 2) {
            let _ = write!(text, "{name}={value};");
        }
    }
    hash(&text)
}

fn hash(text: &str) -> Sameness {
    let mut hash = Sameness::default();
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
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
    use async_graphql::Variables;
    use serde_json::json;

    use super::*;

    /// What differs between two subscriptions that differ in the values of these variables alone.
    fn differs_by(query: &str, name: &str) -> Option<bool> {
        let sameness = |value: &str| {
            let mut request = Request::new(query).variables(Variables::from_json(json!({ name: value })));
            Operation::of(&mut request, None).sameness
        };
        Some(sameness("one")? != sameness("other")?)
    }

    #[test]
    fn only_a_variable_that_is_a_position_and_nothing_else_makes_no_difference() {
        for (query, name, differs) in [
            ("subscription($a: String) { myEvents(after: $a) { cursor } }", "a", Some(false)),
            ("subscription($a: Int64) { myEvents(afterSequence: $a) { cursor } }", "a", Some(false)),
            ("subscription($a: String, $ab: Int!) { myEvents(after: $a) { x(n: $ab) } }", "a", Some(false)),
            ("subscription($a: String, $ab: Int!) { myEvents(after: $a) { x(n: $ab) } }", "ab", Some(true)),
            ("subscription($a: String) { myEvents(after: $a) { orders(after: $a) { cursor } } }", "a", Some(true)),
            ("subscription($id: ID!) { etaChanged(orderId: $id) { cursor } }", "id", Some(true)),
            ("subscription { myEvents(after: \"1-2\") { cursor } }", "a", Some(true)),
            ("subscription { a: myEvents { cursor } b: myEvents { cursor } }", "a", None),
            ("subscription { ...X } fragment X on Subscription { myEvents { cursor } }", "a", None),
            ("subscription {", "a", None),
        ] {
            assert_eq!(differs_by(query, name), differs, "{query}");
        }
    }

    #[test]
    fn a_request_comes_back_as_it_was() {
        let variables = json!({ "id": "ord_1", "deep": { "list": [1, 2.5, null, "三"] } });
        let mut request = Request::new("subscription A { x } subscription B { y }")
            .variables(Variables::from_json(variables.clone()));
        request.operation_name = Some("B".into());
        let (again, known) = Operation::of(&mut request, None).request();
        assert!(known.is_none());
        assert_eq!((again.query, again.operation_name), (request.query, request.operation_name));
        assert_eq!(serde_json::to_value(again.variables).unwrap(), variables);
    }
}
