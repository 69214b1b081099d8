//! Whether both sides give the same answer, before anything is measured.

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;
use serde_json::Value;

use super::ground::Server;
use super::workload::{Known, Workload};
use super::wrk::{MARK, RUN};

/// How two answers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Byte by byte.
    Bytes,
    /// The same JSON, its keys in another order.
    OtherOrder,
    /// There is no floor to compare with.
    Alone,
}

impl Agreement {
    /// As the output says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Bytes => "same bytes",
            Self::OtherOrder => "same JSON, other order",
            Self::Alone => "gateway alone",
        }
    }
}

/// Asks one side once. `number` stands where the marks are.
///
/// # Errors
/// When the answer is no success.
pub async fn ask(client: &Client, workload: &Workload, server: &Server, known: Known, number: &str) -> Result<String> {
    let (path, body) = match server.name {
        "gateway" => ("/graphql".to_owned(), workload.gateway_body(known)),
        _ => (workload.floor_path(), workload.floor_body()),
    };
    let mut request = client
        .post(format!("{}{path}", server.url))
        .header("content-type", "application/json")
        .header("accept-language", "zh-CN")
        .body(body.replace(MARK, number));
    if let Some(token) = workload.tokens.first() {
        request = request.header("authorization", token);
    }
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{}: the {} answers {status}: {text}", workload.name, server.name);
    Ok(text)
}

/// Compares one answer of each side, the floor's first. With one side alone it is looked at for itself.
///
/// # Errors
/// When they differ, hold errors, or a list is too short to be worth measuring.
pub async fn compare(client: &Client, workload: &Workload, sides: &[&Server]) -> Result<(Agreement, usize)> {
    let mut found = if sides.len() == 1 { Agreement::Alone } else { Agreement::Bytes };
    let mut bytes = 0;
    for known in [Known::Ahead, Known::Never] {
        let mut first: Option<(String, Value)> = None;
        for server in sides {
            // A mutation gets another key on each side and in each run, since the keys of a run before are used.
            let number = match workload.writes {
                true => format!("{}{}{}", &server.name[..1], known.name(), *RUN),
                false => known.name().to_owned(),
            };
            let text = ask(client, workload, server, known, &number).await?;
            let text = if workload.writes { text.replace(&number, known.name()) } else { text };
            let json: Value = serde_json::from_str(&text)
                .with_context(|| format!("{}: the {}'s answer", workload.name, server.name))?;
            ensure!(json.get("errors").is_none(), "{}: errors of the {}: {text}", workload.name, server.name);
            ensure!(
                longest_list(&json) >= workload.rows,
                "{}: the list is shorter than {}",
                workload.name,
                workload.rows
            );
            bytes = text.len();
            match &first {
                None => first = Some((text, json)),
                Some((_, before)) if *before != json => {
                    let difference = difference("", before, &json).unwrap_or_default();
                    bail!("{}: the answers differ: {difference}", workload.name)
                }
                Some((before, _)) if *before != text => found = Agreement::OtherOrder,
                Some(_) => {}
            }
        }
    }
    Ok((found, bytes))
}

fn longest_list(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len().max(items.iter().map(longest_list).max().unwrap_or(0)),
        Value::Object(fields) => fields.values().map(longest_list).max().unwrap_or(0),
        _ => 0,
    }
}

/// Path and values of the first difference.
fn difference(path: &str, a: &Value, b: &Value) -> Option<String> {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let missing = y.keys().find(|key| !x.contains_key(*key)).map(|key| format!("{path}.{key}: floor has none"));
            missing.or_else(|| {
                x.iter().find_map(|(key, value)| {
                    difference(&format!("{path}.{key}"), value, y.get(key).unwrap_or(&Value::Null))
                })
            })
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            x.iter().zip(y).enumerate().find_map(|(i, (x, y))| difference(&format!("{path}[{i}]"), x, y))
        }
        _ if a == b => None,
        _ => Some(format!("{path}: floor {a}, gateway {b}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_named_by_its_path() {
        let a = json!({ "data": { "orders": [{ "n": 1 }, { "n": 2 }] } });
        let b = json!({ "data": { "orders": [{ "n": 1 }, { "n": 3 }] } });
        assert_eq!(difference("", &a, &b).as_deref(), Some(".data.orders[1].n: floor 2, gateway 3"));
        assert_eq!(difference("", &a, &a), None);
        assert_eq!(difference("", &json!({}), &json!({ "a": 1 })).as_deref(), Some(".a: floor has none"));
        assert_eq!(longest_list(&a), 2);
    }
}
