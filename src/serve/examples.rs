//! The example tabs of GraphiQL, with the demo order and tokens of the demo people filled in.

use async_graphql::{Request, Variables};
use chrono::{Duration, DurationRound};
use serde_json::{Value, json};

use crate::access::{Viewer, ViewerKind};
use crate::app::App;
use crate::edge::Example;
use crate::graph::Gateway;
use crate::graph::call::CallState;
use crate::identity::dev;
use crate::seed::demo_people;
use crate::settings::AuthSettings;

/// A token is the same for so long, since an open page compares the tabs that it has with those that it loads again.
const SAME: Duration = Duration::hours(12);
/// How long a token lives, so that it still has twelve hours when it is replaced.
const TTL: Duration = Duration::hours(24);

/// The tabs as they fit the database now.
pub async fn all(app: App, gateway: Gateway, auth: AuthSettings) -> Vec<Example> {
    let people = demo_people();
    let customer = headers(&app, &auth, ViewerKind::Customer(people.customer));
    let consultant = ViewerKind::Staff { id: people.consultant, store: people.store, manager: false };
    let consultant = headers(&app, &auth, consultant);
    let order = json!({ "orderId": people.order.to_string() });
    let next = json!({ "input": next_milestone(&app, &gateway).await });
    let example = |name, query: &str, variables: &Value, headers| Example {
        name,
        query: query.to_owned(),
        variables: format!("{variables:#}"),
        headers,
    };
    vec![
        example("First query", include_str!("examples/first_query.graphql"), &order, customer.clone()),
        example("First mutation", include_str!("examples/first_mutation.graphql"), &next, consultant),
        example("First subscription", include_str!("examples/first_subscription.graphql"), &order, customer),
    ]
}

/// The input that records what the demo order comes to next; its last milestone once more when it has come to an end.
async fn next_milestone(app: &App, gateway: &Gateway) -> Value {
    const DOCUMENT: &str = "query($id: ID!) { order(id: $id) { version milestones { code state } } }";
    let people = demo_people();
    let id = people.order.to_string();
    let request = Request::new(DOCUMENT).variables(Variables::from_json(json!({ "id": id })));
    let viewer = Viewer::of(ViewerKind::Operator(people.operator));
    let call = CallState::new(app.clone(), viewer, entity::Locale::En, "examples".into());
    let answer = gateway.execute(request, call).await.data.into_json().unwrap_or_default();
    let milestones = answer["order"]["milestones"].as_array().map(Vec::as_slice).unwrap_or_default();
    let open = |milestone: &&Value| !matches!(milestone["state"].as_str(), Some("DONE" | "SKIPPED"));
    let next = milestones.iter().find(open).or(milestones.last());
    let version = answer["order"]["version"].as_i64().unwrap_or(1);
    json!({
        "idempotencyKey": format!("first-mutation-{version}"),
        "orderId": id,
        "expectedVersion": version,
        "code": next.map_or("ARRIVED", |milestone| milestone["code"].as_str().unwrap_or("ARRIVED")),
        "state": "DONE",
    })
}

fn headers(app: &App, auth: &AuthSettings, kind: ViewerKind) -> String {
    let now = app.clock.now();
    let begun = now.duration_trunc(SAME).unwrap_or(now);
    let claims = dev::claims(auth, &Viewer::of(kind), begun, TTL);
    let token = claims.and_then(|claims| dev::sign(&claims).ok()).unwrap_or_default();
    format!("{:#}", json!({ "authorization": format!("Bearer {token}"), "accept-language": "en" }))
}
