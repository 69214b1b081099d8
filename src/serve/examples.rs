//! What the pages of development begin with: the example tabs of GraphiQL, and who has signed in at the front ends of the demo.

use async_graphql::{Request, Variables};
use chrono::{Duration, DurationRound};
use entity::Role;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::access::{Viewer, ViewerKind};
use crate::app::App;
use crate::edge::{Development, Example, Session};
use crate::graph::Gateway;
use crate::graph::call::CallState;
use crate::identity::dev;
use crate::order::rules::follows::FOLLOWS;
use crate::seed::demo_people;
use crate::settings::AuthSettings;

/// A token is the same for so long, since an open page compares the tabs that it has with those that it loads again.
const SAME: Duration = Duration::hours(12);
/// How long a token lives, so that it still has twelve hours when it is replaced.
const TTL: Duration = Duration::hours(24);

/// What only development has.
pub fn development(app: &App, gateway: &Gateway, auth: &AuthSettings) -> Development {
    let (own, gateway, settings) = (app.clone(), gateway.clone(), auth.clone());
    let examples =
        move || -> BoxFuture<'static, Vec<Example>> { Box::pin(all(own.clone(), gateway.clone(), settings.clone())) };
    let (app, auth) = (app.clone(), auth.clone());
    Development { examples: Box::new(examples), session: Box::new(move || session(&app, &auth)) }
}

/// The demo people, signed in.
fn session(app: &App, auth: &AuthSettings) -> Session {
    let people = demo_people();
    let consultant = people.of_role(Some(Role::Consultant));
    Session {
        customer_token: token(app, auth, people.of_role(Some(Role::Customer))),
        order_id: people.order.to_string(),
        consultant_token: token(app, auth, consultant),
        store_id: people.store.to_string(),
    }
}

/// The tabs as they fit the database now.
async fn all(app: App, gateway: Gateway, auth: AuthSettings) -> Vec<Example> {
    let people = demo_people();
    let customer = headers(&app, &auth, people.of_role(Some(Role::Customer)));
    let consultant = people.of_role(Some(Role::Consultant));
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

/// The input that records what the demo order comes to next by its store's word, until its car is ready, which has to stand at the store
/// then; the last such milestone once more when it has come so far.
async fn next_milestone(app: &App, gateway: &Gateway) -> Value {
    const DOCUMENT: &str = "query($id: ID!) { order(id: $id) { version milestones { code state } recordableMilestones { code reports } } }";
    let people = demo_people();
    let id = people.order.to_string();
    let request = Request::new(DOCUMENT).variables(Variables::from_json(json!({ "id": id })));
    let viewer = Viewer::of(people.of_role(Some(Role::Consultant)));
    let call = CallState::new(app.clone(), viewer, entity::Locale::En, "examples".into());
    let answer = gateway.execute(request, call).await.data.into_json().unwrap_or_default();
    let list = |name| answer["order"][name].as_array().map(Vec::as_slice).unwrap_or_default();
    const LATER: [&str; 2] = ["READY", "APPOINTMENT_SET"];
    let by_store = |milestone: &&Value| {
        let code = milestone["code"].as_str().unwrap_or_default();
        !LATER.contains(&code) && FOLLOWS.iter().all(|row| row.code.to_string() != code)
    };
    let may = |milestone: &&Value| milestone["reports"].as_array().is_some_and(|all| all.contains(&json!("DONE")));
    let next = list("recordableMilestones").iter().filter(by_store).find(may);
    let done = |milestone: &&Value| milestone["state"] == "DONE";
    let next = next.or_else(|| list("milestones").iter().filter(by_store).rfind(done));
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
    let token = token(app, auth, kind);
    format!("{:#}", json!({ "authorization": format!("Bearer {token}"), "accept-language": "en" }))
}

fn token(app: &App, auth: &AuthSettings, kind: ViewerKind) -> String {
    let now = app.clock.now();
    let begun = now.duration_trunc(SAME).unwrap_or(now);
    let claims = dev::claims(auth, &Viewer::of(kind), begun, TTL);
    claims.and_then(|claims| dev::sign(&claims).ok()).unwrap_or_default()
}
