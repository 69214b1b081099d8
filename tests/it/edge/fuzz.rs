//! Bodies and documents that chance has made: whatever comes, the answer is JSON and no error of ours.
//!
//! `MILEPOST_TEST_FUZZ` sets how many, `MILEPOST_TEST_SEED` from where.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::harness::{Client, Server};

/// How many.
const INPUTS: u64 = 2_000;

/// What documents are pieced together from, beside what they hold.
const PIECES: [&str; 28] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "...",
    "... on Order",
    "@skip(if: true)",
    "@include(if: $x)",
    "$x",
    "$",
    ":",
    "!",
    "\"",
    "\"\"\"",
    "\\u0000",
    "\\",
    "#",
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "__typename",
    "__schema",
    "fragment A on Query",
    "query",
    "é三\u{1F697}",
];

struct Chance(ChaCha8Rng);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n.max(1))
    }

    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// A document with some changes.
    fn spoil(&mut self, document: &str) -> String {
        let mut text = document.to_owned();
        for _ in 0..=self.below(4) {
            let (one, other) = (self.place(&text), self.place(&text));
            let range = one.min(other)..one.max(other);
            match self.below(4) {
                0 => text.replace_range(range, ""),
                1 => text.insert_str(one, PIECES[self.below(PIECES.len())]),
                2 => text.replace_range(range, PIECES[self.below(PIECES.len())]),
                _ => {
                    let again: String = text[range].chars().take(200).collect();
                    text.insert_str(one, &again);
                }
            }
        }
        text
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.0.random::<i64>()),
            3 => json!(self.0.random::<f64>() * 1e300),
            4 => json!(PIECES[self.below(PIECES.len())]),
            5 => json!("ord_01JGFJJZ000000000000000002"),
            6 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object((0..self.below(4)).map(|n| (format!("k{n}"), self.value(depth - 1))).collect()),
        }
    }

    /// A body that is a request, more or less.
    fn body(&mut self, documents: &[String]) -> Vec<u8> {
        let document = &documents[self.below(documents.len())];
        let document = if self.below(5) == 0 { document.clone() } else { self.spoil(document) };
        let mut body = json!({ "query": document });
        for name in ["id", "input", "first", "x", "orderId", "where", "cityCode", "after"] {
            if self.below(3) == 0 {
                body["variables"][name] = self.value(3);
            }
        }
        for name in ["operationName", "documentId", "extensions", "variables"] {
            if self.below(12) == 0 {
                body[name] = self.value(2);
            }
        }
        let mut bytes = body.to_string().into_bytes();
        if self.below(6) == 0 {
            let at = self.below(bytes.len());
            bytes[at] = self.0.random();
        }
        if self.below(20) == 0 {
            bytes.truncate(self.below(bytes.len()));
        }
        bytes
    }
}

async fn send(client: &Client, body: Vec<u8>) {
    let shown = String::from_utf8_lossy(&body).into_owned();
    let request = client.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
    let answer =
        request.header(ACCEPT, "application/graphql-response+json").body(body).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    assert!(status < 500 && !text.contains("\"INTERNAL\""), "{status} {text}\n{shown}");
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "{status} {text}\n{shown}");
}

#[tokio::test]
async fn nothing_that_chance_sends_is_an_error_of_ours() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("MILEPOST_TEST_SEED").unwrap_or(1);
    let mut chance = Chance(ChaCha8Rng::seed_from_u64(seed));
    let mut documents = Vec::new();
    for client in ["mobile", "mini-program", "partner"] {
        for entry in std::fs::read_dir(format!("operations/{client}")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "graphql") {
                documents.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    documents.sort();
    let server = Server::setup()
        .setting("MILEPOST_CLIENTS__DEFAULT__MAX_COST", "5000")
        .setting("MILEPOST_LIMITS__TOKENS", "2000")
        .setting("MILEPOST_LIMITS__FIELDS", "1000")
        .start()
        .await;
    let callers = [server.anonymous(), server.customer(), server.consultant(), server.operator()];
    for n in 0..number("MILEPOST_TEST_FUZZ").unwrap_or(INPUTS) {
        let body = chance.body(&documents);
        send(&callers[(n % 4) as usize], body).await;
    }
    // And it serves on.
    assert_eq!(server.anonymous().data("{ __typename }", Value::Null).await["__typename"], "Query");
}
