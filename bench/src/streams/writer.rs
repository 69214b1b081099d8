//! Who writes: at a steady rate, whatever the answers do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use chrono::{DateTime, Days, Utc};
use milepost::app::Clock;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::Followed;

const DOCUMENT: &str = "mutation PutOff($input: MilestoneRecordInput!) {
    milestoneRecord(input: $input) { order { version } userErrors { code message } } }";

/// The versions that orders have.
pub type Versions = Arc<Vec<Mutex<i32>>>;

/// The versions that orders have now.
pub fn versions(orders: &[Followed]) -> Versions {
    Arc::new(orders.iter().map(|one| Mutex::new(one.version)).collect())
}

/// Puts off the arrival of one order after the other, so often a second; answers how many changes were acknowledged.
pub async fn write(
    url: &str,
    token: &str,
    orders: &[Followed],
    versions: &Versions,
    rate: u32,
    seconds: u32,
) -> Result<usize> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    let now = Clock::default().now();
    let mut beat = tokio::time::interval(Duration::from_secs(1) / rate);
    for turn in 0..(rate * seconds) as usize {
        beat.tick().await;
        let place = turn % orders.len();
        let (http, versions, acknowledged) = (http.clone(), versions.clone(), acknowledged.clone());
        let (url, token, order) = (format!("{url}/graphql"), token.to_owned(), orders[place].order.to_string());
        running.spawn(async move {
            let mut version = versions[place].lock().await;
            let body = json!({ "query": DOCUMENT, "variables": { "input": input(&order, *version, turn, now) } });
            let answer = http.post(url).header("authorization", token).json(&body).send().await?;
            let answer: Value = answer.json().await?;
            let payload = &answer["data"]["milestoneRecord"];
            ensure!(payload["userErrors"] == json!([]), "{answer}");
            if let Some(new) = payload["order"]["version"].as_i64().and_then(|new| i32::try_from(new).ok()) {
                *version = new;
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(acknowledged.load(Ordering::Relaxed))
}

/// Another date each time, so that each change is one.
fn input(order: &str, version: i32, turn: usize, now: DateTime<Utc>) -> Value {
    let p50 = now + Days::new(20 + (turn % 40) as u64);
    json!({ "idempotencyKey": format!("put-off-{turn}-{version}"), "orderId": order, "code": "ARRIVED",
        "state": "DELAYED", "forecast": { "p50": p50 }, "expectedVersion": version })
}
