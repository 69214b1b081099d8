//! Whether both sides give the same answer, before anything is measured.

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;
use serde_json::Value;

use super::ground::Server;
use super::workload::{Known, Workload};
use super::wrk::MARK;

/// How two answers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Byte by byte.
    Bytes,
    /// The same JSON, its keys in another order.
    OtherOrder,
}

impl Agreement {
    /// As the output says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Bytes => "same bytes",
            Self::OtherOrder => "same JSON, other order",
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

/// Compares one answer of each side.
///
/// # Errors
/// When they differ, hold errors, or a list is too short to be worth measuring.
pub async fn compare(
    client: &Client,
    workload: &Workload,
    floor: &Server,
    gateway: &Server,
) -> Result<(Agreement, usize)> {
    let mut found = Agreement::Bytes;
    let mut bytes = 0;
    for known in [Known::Ahead, Known::Never] {
        // A mutation gets another key on each side, and another version of the text in each round.
        let numbers = if workload.writes {
            [format!("f{}", known.name()), format!("g{}", known.name())]
        } else {
            [known.name().into(), known.name().into()]
        };
        let a = ask(client, workload, floor, known, &numbers[0]).await?;
        let b = ask(client, workload, gateway, known, &numbers[1]).await?;
        let b = if workload.writes { b.replace(&numbers[1], &numbers[0]) } else { b };
        let at = |side: &str| format!("{}: the {side}'s answer", workload.name);
        let (x, y): (Value, Value) = (
            serde_json::from_str(&a).with_context(|| at("floor"))?,
            serde_json::from_str(&b).with_context(|| at("gateway"))?,
        );
        ensure!(x.get("errors").is_none() && y.get("errors").is_none(), "{}: errors: {a}\n{b}", workload.name);
        if x != y {
            bail!("{}: the answers differ: {}", workload.name, difference("", &x, &y).unwrap_or_default());
        }
        ensure!(longest_list(&x) >= workload.rows, "{}: the list is shorter than {}", workload.name, workload.rows);
        if a != b {
            found = Agreement::OtherOrder;
        }
        bytes = a.len();
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
