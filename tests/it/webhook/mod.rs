//! Webhooks out: what receivers on real sockets are told, by one gateway or several.

mod deliver;
mod fail;
mod manage;
mod receiver;
mod rest;

use std::time::Duration;

use entity::webhook::{attempt, delivery, endpoint};
use entity::{EventKind, WebhookEndpointId};
use milepost::events::Draft;
use milepost::store::Tx;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{PATIENCE, Server, Setup};
use crate::order::key;

/// An endpoint that was registered.
pub struct Registered {
    pub id: WebhookEndpointId,
    pub secret: String,
}

/// A server whose waits are short.
fn setup(first_delay_ms: u64) -> Setup {
    Server::setup().setting("MILEPOST_WEBHOOKS__FIRST_DELAY_MS", &first_delay_ms.to_string())
}

const CREATE: &str = "mutation($input: WebhookEndpointCreateInput!) { webhookEndpointCreate(input: $input) {
    secret endpoint { id url description kinds state reason version } userErrors { code field message } } }";

/// Registers an address for all kinds.
pub async fn register(server: &Server, url: &str) -> Registered {
    let input = json!({ "idempotencyKey": key(), "url": url, "kinds": [] });
    let payload = server.operator().payload(CREATE, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"], json!([]));
    Registered {
        id: payload["endpoint"]["id"].as_str().unwrap().parse().unwrap(),
        secret: payload["secret"].as_str().unwrap().to_owned(),
    }
}

/// Something happens on a stream.
pub async fn happen(server: &Server, stream: &str, version: i32) {
    happen_of(server, stream, version, EventKind::EtaChanged).await;
}

async fn happen_of(server: &Server, stream: &str, version: i32, kind: EventKind) {
    let app = server.app();
    let mut tx = Tx::begin(&app.db, app.clock.now()).await.unwrap();
    tx.emit(Draft {
        kind,
        aggregate: format!("thing of {stream}"),
        version,
        streams: vec![stream.to_owned()],
        payload: json!({ "code": version }),
    });
    tx.commit(&app.hub).await.unwrap();
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

/// The deliveries of an endpoint, in the order of the events.
pub async fn deliveries(server: &Server, endpoint: WebhookEndpointId) -> Vec<delivery::Model> {
    let own = delivery::Entity::find().filter(delivery::Column::EndpointId.eq(endpoint));
    own.order_by_asc(delivery::Column::OemSequence).all(server.db().conn()).await.unwrap()
}

/// The attempts of a delivery, the first first.
async fn attempts(server: &Server, delivery: &delivery::Model) -> Vec<attempt::Model> {
    let own = attempt::Entity::find().filter(attempt::Column::DeliveryId.eq(delivery.id));
    own.order_by_asc(attempt::Column::AttemptedAt).all(server.db().conn()).await.unwrap()
}

async fn endpoint_row(server: &Server, id: WebhookEndpointId) -> endpoint::Model {
    endpoint::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

/// Runs a mutation of one endpoint in the version that it has.
async fn change(server: &Server, name: &str, id: WebhookEndpointId) -> Value {
    let document = format!(
        "mutation($input: WebhookEndpointInput!) {{ {name}(input: $input) {{
            endpoint {{ id state reason version failingSince }} userErrors {{ code field }} }} }}"
    );
    let version = endpoint_row(server, id).await.version;
    let input = json!({ "idempotencyKey": key(), "endpointId": id.to_string(), "expectedVersion": version });
    server.operator().payload(&document, json!({ "input": input })).await
}
