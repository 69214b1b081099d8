//! Events in: the door, what becomes of each event, and that nothing else has changed.

mod batch;
mod door;
mod fill;
mod foreign;
mod shuffle;
mod systems;
mod take;
mod traffic;
mod types;

use chrono::{DateTime, TimeDelta, Utc};
use entity::upstream::inbound_event;
use entity::{MilestoneCode, MilestoneState, OrderId};
use milepost::identity::signature::sign;
use milepost::ingest::registry::find;
use milepost::seed::upstream::{DEMO_SECRET, DEMO_SOURCE, DEMO_SYSTEM};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server};

pub const MILESTONE: &str = "cn.milepost.order.milestone.v1";
pub const VEHICLE: &str = "cn.milepost.inventory.vehicle.v1";

/// An event of the demo's system.
pub fn event(id: &str, kind: &str, time: Option<DateTime<Utc>>, data: Value) -> Value {
    let mut event = json!({ "specversion": "1.0", "id": id, "source": DEMO_SOURCE, "type": kind, "data": data });
    if let Some(time) = time {
        event["time"] = time.to_rfc3339().into();
    }
    event
}

/// The example of a type's data.
pub fn example(kind: &str) -> Value {
    (find(kind).expect("a type").example)()
}

/// Sends events with a token.
pub async fn send(client: &Client, events: &[Value]) -> Answer {
    let request = client
        .request(reqwest::Method::POST, "/ingest/events")
        .header("content-type", "application/cloudevents-batch+json")
        .body(Value::from(events).to_string());
    Answer::of(request.send().await.expect("an answer")).await
}

/// Sends events that the door lets in; answers the results.
pub async fn results(client: &Client, events: &[Value]) -> Vec<Value> {
    let answer = send(client, events).await;
    assert_eq!(answer.status, 200, "{:#}", answer.json);
    answer.json["results"].as_array().expect("results").clone()
}

/// The outcomes of events, by word.
pub async fn outcomes(client: &Client, events: &[Value]) -> Vec<String> {
    words(&results(client, events).await)
}

pub fn words(results: &[Value]) -> Vec<String> {
    results.iter().map(|result| result["outcome"].as_str().expect("a word").to_owned()).collect()
}

/// Sends one event that the door lets in; answers its result.
pub async fn result(client: &Client, event: Value) -> Value {
    let results = results(client, &[event]).await;
    assert_eq!(results.len(), 1);
    results[0].clone()
}

/// A signed request, with what is spoilt in it.
pub struct Signed<'a> {
    pub system: &'a str,
    pub secret: &'a [u8],
    pub at: DateTime<Utc>,
    pub id: &'a str,
}

impl Signed<'_> {
    pub fn of_demo(server: &Server) -> Self {
        Self { system: DEMO_SYSTEM, secret: DEMO_SECRET, at: server.app().clock.now(), id: "msg-1" }
    }

    /// Signs one body and sends another.
    pub async fn send(&self, server: &Server, signed: &[u8], sent: &[u8]) -> Answer {
        let signature = sign(self.secret, self.id, self.at.timestamp(), signed);
        let request = server
            .anonymous()
            .request(reqwest::Method::POST, "/ingest/events")
            .header("content-type", "application/cloudevents-batch+json")
            .header("milepost-system", self.system)
            .header("webhook-id", self.id)
            .header("webhook-timestamp", self.at.timestamp().to_string())
            .header("webhook-signature", signature)
            .body(sent.to_vec());
        Answer::of(request.send().await.expect("an answer")).await
    }
}

/// Everything that is stored but for the records of what came in, to see that nothing has changed.
pub async fn fingerprint(server: &Server) -> Vec<(String, i64)> {
    let db = server.db();
    let tables = match db.backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        }
        _ => "SELECT name FROM sqlite_master WHERE type = 'table'",
    };
    let rows = db.conn().query_all_raw(Statement::from_string(db.backend(), tables)).await.unwrap();
    let mut names: Vec<String> = rows.iter().map(|row| row.try_get_by(0).unwrap()).collect();
    names.retain(|name| !name.starts_with("inbound_") && !name.starts_with("sqlite_"));
    names.sort();
    let mut print = Vec::new();
    for name in names {
        let count = Statement::from_string(db.backend(), format!("SELECT count(*) FROM \"{name}\""));
        let row = db.conn().query_one_raw(count).await.unwrap().unwrap();
        print.push((name, row.try_get_by::<i64, _>(0).unwrap()));
    }
    for (table, column) in [("customer_order", "version"), ("vehicle_unit", "version"), ("event_stream", "head")] {
        let sum = format!("SELECT CAST(sum({column}) AS bigint) FROM {table}");
        let row = db.conn().query_one_raw(Statement::from_string(db.backend(), sum)).await.unwrap().unwrap();
        print.push((format!("{table}.{column}"), row.try_get_by::<Option<i64>, _>(0).unwrap().unwrap_or_default()));
    }
    print
}

/// The records, in order of their references.
pub async fn records(server: &Server) -> Vec<inbound_event::Model> {
    inbound_event::Entity::find().order_by_asc(inbound_event::Column::Reference).all(server.db().conn()).await.unwrap()
}

/// States and times of an order's milestones.
pub async fn milestones(
    server: &Server,
    order: OrderId,
) -> Vec<(MilestoneCode, MilestoneState, Option<DateTime<Utc>>)> {
    use entity::order::milestone::{Column, Entity};
    let rows = Entity::find().filter(Column::OrderId.eq(order)).order_by_asc(Column::Position);
    let rows = rows.all(server.db().conn()).await.unwrap();
    rows.into_iter().map(|row| (row.code, row.state, row.actual_at)).collect()
}

/// The demo customer's order.
pub async fn demo_order(server: &Server) -> entity::order::order::Model {
    let order = entity::order::order::Entity::find_by_id(server.demo.order);
    order.one(server.db().conn()).await.unwrap().unwrap()
}

/// Some moments ago.
pub fn ago(server: &Server, seconds: i64) -> DateTime<Utc> {
    server.app().clock.now() - TimeDelta::seconds(seconds)
}
