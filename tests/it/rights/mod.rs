//! Who may see what, proven by enumeration: every root field and every node kind, for every role, with everything that
//! can be selected on them. A field without a line here, or a line whose outcome changes, fails.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always`, takes over a change of the matrix after it was read.

mod both_ways;
mod documents;
mod ids;
mod kept;
mod papers;
mod stock;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use entity::customer::customer;
use milepost::access::{Disclosure, Scope, ViewerKind};
use milepost::store::vault::Personal;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use self::documents::Schema;
use self::ids::Ids;
use crate::harness::{Answer, Client, Server};

/// The callers, each with what the table calls it.
fn roles(server: &Server) -> Vec<(&'static str, Client)> {
    vec![
        ("anonymous", server.anonymous()),
        ("customer", server.customer()),
        ("consultant", server.consultant()),
        ("manager", server.manager()),
        ("operator", server.operator()),
        ("operator+pii", server.client(ViewerKind::Operator(server.demo.operator), &[Scope::PiiRead])),
        ("system", server.system()),
    ]
}

/// What came of a request, in a word.
fn outcome(answer: &Answer, field: &str) -> String {
    match answer.code() {
        Some(code) => code.to_owned(),
        None => match &answer.data[field] {
            Value::Null => "null".into(),
            Value::Array(rows) if rows.is_empty() => "empty".into(),
            Value::Object(list) if list.get("nodes").is_some_and(|nodes| *nodes == json!([])) => "empty".into(),
            _ => "data".into(),
        },
    }
}

/// A table of outcomes: a line for each thing asked, a column for each role.
fn table(title: &str, roles: &[(&str, Client)], lines: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = format!("{title:<44}");
    for (role, _) in roles {
        let _ = write!(text, " {role:<17}");
    }
    for (name, outcomes) in lines {
        let _ = write!(text, "\n{name:<44}");
        for outcome in outcomes {
            let _ = write!(text, " {outcome:<17}");
        }
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_root_field_answers_each_role_as_written() {
    let server = Server::start().await;
    let (schema, ids) = (Schema::read(&server).await, Ids::read(&server).await);
    let roles = roles(&server);
    let mut lines = BTreeMap::new();
    let mut fields = BTreeSet::new();
    for (field, arguments) in ids.root_fields() {
        fields.insert(field.to_owned());
        for (which, arguments) in arguments {
            let document = schema.ask("Query", field, &arguments);
            let mut outcomes = Vec::new();
            for (_, client) in &roles {
                let answer = client.query(&document, json!({})).await;
                assert_ne!(answer.code(), Some("INTERNAL"), "{document}\n{:#}", answer.json);
                assert_ne!(answer.code(), Some("GRAPHQL_VALIDATION_FAILED"), "{document}\n{:#}", answer.json);
                outcomes.push(outcome(&answer, field));
            }
            lines.insert(format!("{field}{which}"), outcomes);
        }
    }
    assert_eq!(fields, schema.root_fields("Query"), "every root field has a line in ids.rs");
    insta::assert_snapshot!("root_fields", table("field", &roles, &lines));
}

#[tokio::test]
async fn every_subscription_begins_for_each_role_as_written() {
    let server = Server::start().await;
    let (schema, ids) = (Schema::read(&server).await, Ids::read(&server).await);
    let roles = roles(&server);
    let mut lines = BTreeMap::new();
    let mut fields = BTreeSet::new();
    for (field, arguments) in ids.subscriptions() {
        fields.insert(field.to_owned());
        for (which, arguments) in arguments {
            let document = schema.ask("Subscription", field, &arguments);
            let mut outcomes = Vec::new();
            for (_, client) in &roles {
                let first = client.subscribe_sse(&document, json!({})).await.next().await;
                let code = first["errors"][0]["extensions"]["code"].as_str();
                assert!(!matches!(code, Some("INTERNAL" | "GRAPHQL_VALIDATION_FAILED")), "{document}\n{first:#}");
                assert!(code.is_some() || first["data"][field].is_object(), "{document}\n{first:#}");
                outcomes.push(code.unwrap_or("data").to_owned());
            }
            lines.insert(format!("{field}{which}"), outcomes);
        }
    }
    assert_eq!(fields, schema.root_fields("Subscription"), "every subscription has a line in ids.rs");
    insta::assert_snapshot!("subscriptions", table("field", &roles, &lines));
}

#[tokio::test]
async fn every_kind_of_node_answers_each_role_as_written() {
    let server = Server::start().await;
    let (schema, ids) = (Schema::read(&server).await, Ids::read(&server).await);
    let roles = roles(&server);
    let mut lines = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    for (kind, which, id) in ids.nodes() {
        kinds.insert(kind.to_owned());
        let document = schema.node(kind, &id);
        let mut outcomes = Vec::new();
        for (_, client) in &roles {
            let answer = client.query(&document, json!({})).await;
            assert!(answer.errors.is_empty(), "hidden is as absent, without an error\n{document}\n{:#}", answer.json);
            if let Some(found) = answer.data["node"].as_object() {
                assert_eq!((&found["__typename"], &found["id"]), (&json!(kind), &json!(id)));
            }
            outcomes.push(outcome(&answer, "node"));
        }
        lines.insert(format!("{kind} ({which})"), outcomes);
    }
    assert_eq!(kinds, schema.node_kinds(), "every kind of node has a line in ids.rs");
    insta::assert_snapshot!("nodes", table("node", &roles, &lines));
}

#[tokio::test]
async fn nobody_without_the_scope_reads_what_is_not_theirs() {
    let server = Server::start().await;
    let (schema, ids) = (Schema::read(&server).await, Ids::read(&server).await);
    let customers = customer::Entity::find().all(server.db().conn()).await.unwrap();
    let vault = &server.app().vault;
    let mut secrets = BTreeSet::new();
    for row in customers.iter().filter(|row| row.id != server.demo.customer) {
        let clear = |kind, sealed| vault.show(kind, sealed, Disclosure::Clear).unwrap();
        secrets.extend(row.phone.as_ref().map(|sealed| clear(Personal::Phone, sealed)));
        secrets.extend(row.phone.as_ref().map(|sealed| clear(Personal::Phone, sealed).replace("+86", "")));
        secrets.extend(row.email.as_ref().map(|sealed| clear(Personal::Email, sealed)));
    }
    assert!(secrets.len() > 100);
    let mut read = 0;
    for (role, client) in roles(&server) {
        let mut output = String::new();
        for (field, arguments) in ids.root_fields() {
            for (_, arguments) in arguments {
                output += &client.query(&schema.ask("Query", field, &arguments), json!({})).await.json.to_string();
            }
        }
        for (kind, _, id) in ids.nodes() {
            output += &client.query(&schema.node(kind, &id), json!({})).await.json.to_string();
        }
        let found: Vec<_> = secrets.iter().filter(|secret| output.contains(secret.as_str())).collect();
        if role == "operator+pii" {
            assert!(!found.is_empty(), "the search can find something");
        } else {
            assert!(found.is_empty(), "{role} reads {found:?}");
        }
        read += output.len();
    }
    assert!(read > 1_000_000, "{read} bytes were searched");
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let server = Server::start().await;
    let schema = Schema::read(&server).await;
    assert_eq!(schema.undescribed(), Vec::<String>::new());
}
