//! Variables from the parameters of an address: a text becomes what its variable's type wants.

use async_graphql::parser::types::{BaseType, ExecutableDocument, Type};
use async_graphql::{Name, Variables};
use axum::http::Uri;
use serde_json::Value;

use crate::graph::Error;

/// The parameters of an address, in order.
///
/// # Errors
/// When they are not written as forms write them.
pub fn parameters(uri: &Uri) -> Result<Vec<(String, String)>, Error> {
    let read = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    Ok(read.map_err(|_| super::bad("bff-parameters"))?.0)
}

/// The variables of a document that holds one operation. A parameter that is repeated, or whose text is a JSON array, is a
/// list; an input object is written as JSON.
///
/// # Errors
/// The parameter that no variable has, or that is not of its variable's type.
pub fn of_parameters(document: &ExecutableDocument, parameters: Vec<(String, String)>) -> Result<Variables, Error> {
    let operations = document.operations.iter().map(|(_, operation)| operation);
    let known: Vec<_> = operations.flat_map(|operation| &operation.node.variable_definitions).collect();
    let mut given: Vec<(String, Vec<String>)> = Vec::new();
    for (name, text) in parameters {
        // At once, so that there are never more than the operation has.
        if !known.iter().any(|definition| definition.node.name.node == *name) {
            return Err(Error::argument(name, "bff-unknown-variable"));
        }
        match given.iter_mut().find(|(known, _)| *known == name) {
            Some((_, texts)) => texts.push(text),
            None => given.push((name, vec![text])),
        }
    }
    let mut variables = Variables::default();
    for (name, texts) in given {
        let definition = known.iter().find(|definition| definition.node.name.node == *name);
        let definition = definition.ok_or_else(|| Error::argument(name.clone(), "bff-unknown-variable"))?;
        let value = value(&definition.node.var_type.node, &texts);
        let value = value.ok_or_else(|| {
            let kind = definition.node.var_type.node.to_string();
            Error::argument(name.clone(), "bff-variable").with("name", name.as_str()).with("type", kind)
        })?;
        variables.insert(Name::new(name), async_graphql::Value::from_json(value).unwrap_or_default());
    }
    Ok(variables)
}

fn value(of: &Type, texts: &[String]) -> Option<Value> {
    match (&of.base, texts) {
        (BaseType::List(_), [text]) if text.starts_with('[') => serde_json::from_str(text).ok(),
        (BaseType::List(of), texts) => {
            texts.iter().map(|text| value(of, std::slice::from_ref(text))).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (BaseType::Named(name), [text]) => named(name, text),
        (BaseType::Named(_), _) => None,
    }
}

/// The value of a text. A type that is not of the language itself is an enum or a scalar written as text, or an input
/// object.
fn named(name: &str, text: &str) -> Option<Value> {
    match name {
        "Int" => text.parse::<i32>().ok().map(Value::from),
        "Float" => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
        "Boolean" => text.parse::<bool>().ok().map(Value::from),
        "String" | "ID" => Some(text.into()),
        _ if text.starts_with('{') => serde_json::from_str(text).ok(),
        _ => Some(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn read(query: &str) -> Result<Value, String> {
        let document = parse_query(
            "query A($n: Int, $f: Float, $b: Boolean, $s: String, $id: ID!, $e: Colour, $l: [Int!], $o: Where, $os: [Where!]) { a }",
        )
        .unwrap();
        let uri = format!("/bff/a/b?{query}").parse().unwrap();
        let variables = parameters(&uri).and_then(|parameters| of_parameters(&document, parameters));
        match variables {
            Ok(variables) => Ok(serde_json::to_value(variables).unwrap()),
            Err(Error::Shown(shown)) => Err(shown.argument.unwrap_or_default().into_owned()),
            Err(_) => unreachable!("errors of input are shown"),
        }
    }

    #[test]
    fn a_text_becomes_what_its_variable_wants() {
        for (query, wanted) in [
            ("", json!({})),
            ("n=1&f=1.5&b=true", json!({ "n": 1, "f": 1.5, "b": true })),
            ("s=1&id=ord_1&e=RED", json!({ "s": "1", "id": "ord_1", "e": "RED" })),
            ("s=%E4%B8%89+x&id=", json!({ "s": "三 x", "id": "" })),
            ("l=1&l=2", json!({ "l": [1, 2] })),
            ("l=3", json!({ "l": [3] })),
            ("l=%5B1%2C2%5D", json!({ "l": [1, 2] })),
            ("o=%7B%22a%22%3A%5B1%5D%7D", json!({ "o": { "a": [1] } })),
            ("os=%7B%22a%22%3A1%7D&os=%7B%7D", json!({ "os": [{ "a": 1 }, {}] })),
        ] {
            assert_eq!(read(query), Ok(wanted), "{query}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (query, name) in [
            ("n=x", "n"),
            ("n=1&n=2", "n"),
            ("f=inf", "f"),
            ("b=1", "b"),
            ("l=1&l=x", "l"),
            ("l=%5B1", "l"),
            ("o=%7B", "o"),
            ("x=1", "x"),
        ] {
            assert_eq!(read(query), Err(name.to_owned()), "{query}");
        }
    }
}
