//! The example tabs of GraphiQL, with tokens of the demo people filled in.

use chrono::Duration;

use crate::access::{Viewer, ViewerKind};
use crate::app::Clock;
use crate::edge::Example;
use crate::identity::dev;
use crate::seed::demo_people;
use crate::settings::AuthSettings;

/// How long the examples' tokens live.
const TTL: Duration = Duration::hours(12);

/// The tabs.
pub fn all(auth: &AuthSettings, clock: &Clock) -> Vec<Example> {
    let people = demo_people();
    let customer = headers(auth, clock, ViewerKind::Customer(people.customer));
    let mutation_variables = serde_json::json!({
        "input": { "idempotencyKey": "first-mutation", "purpose": "MARKETING", "documentVersion": "2026-01" }
    });
    vec![
        Example {
            name: "First query",
            query: include_str!("examples/first_query.graphql").into(),
            variables: "{}".into(),
            headers: customer.clone(),
        },
        Example {
            name: "First mutation",
            query: include_str!("examples/first_mutation.graphql").into(),
            variables: pretty(&mutation_variables),
            headers: customer,
        },
    ]
}

fn headers(auth: &AuthSettings, clock: &Clock, kind: ViewerKind) -> String {
    let claims = dev::claims(auth, &Viewer::of(kind), clock.now(), TTL);
    let token = claims.and_then(|claims| dev::sign(&claims).ok()).unwrap_or_default();
    pretty(&serde_json::json!({ "authorization": format!("Bearer {token}"), "accept-language": "en" }))
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}")
}
