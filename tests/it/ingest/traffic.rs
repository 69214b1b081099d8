//! Many events at once leave room for everybody else.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{VEHICLE, ago, event, results};
use crate::harness::Server;
use crate::order::key;

/// Events of a request, the most that one may have.
const REQUEST: usize = 1_000;

/// A car of its own for each number.
fn car(number: usize) -> Value {
    let blank = format!("L00C5D1E0TX6{number:05}");
    let check = milepost::values::vin::check_digit(&blank).unwrap();
    let mut car = (milepost::ingest::registry::find(VEHICLE).unwrap().example)();
    car["vin"] = format!("{}{check}{}", &blank[..8], &blank[9..]).into();
    car
}

/// `MILEPOST_TEST_INGEST=10000` is the long form.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_in_bulk_let_others_read_and_write_in_between() {
    let many: usize = std::env::var("MILEPOST_TEST_INGEST").map_or(2_000, |text| text.parse().unwrap());
    let server = Server::start().await;
    let stop = CancellationToken::new();
    let (reader, writer) = (server.customer(), server.customer());
    let order = server.demo.order.to_string();
    let (stop_reading, stop_writing) = (stop.clone(), stop.clone());
    let reading = tokio::spawn(async move {
        let (mut count, mut longest) = (0, Duration::ZERO);
        while !stop_reading.is_cancelled() {
            let began = Instant::now();
            let found = reader.data("query($id: ID!) { order(id: $id) { status } }", json!({ "id": order })).await;
            assert!(found["order"]["status"].is_string(), "{found:#}");
            (count, longest) = (count + 1, longest.max(began.elapsed()));
        }
        (count, longest)
    });
    let writing = tokio::spawn(async move {
        let document = "mutation($input: ConsentGrantInput!) { consentGrant(input: $input) { userErrors { code } } }";
        let (mut count, mut longest) = (0, Duration::ZERO);
        while !stop_writing.is_cancelled() {
            let began = Instant::now();
            let input = json!({ "idempotencyKey": key(), "purpose": "MARKETING", "channel": "APP",
                "documentVersion": format!("v{count}") });
            let payload = writer.payload(document, json!({ "input": input })).await;
            assert_eq!(payload["userErrors"], json!([]));
            (count, longest) = (count + 1, longest.max(began.elapsed()));
        }
        (count, longest)
    });
    let began = Instant::now();
    let system = server.system();
    for request in 0..many.div_ceil(REQUEST) {
        let numbers = request * REQUEST..((request + 1) * REQUEST).min(many);
        let at = ago(&server, 60);
        let events: Vec<_> =
            numbers.map(|number| event(&format!("car-{number}"), VEHICLE, Some(at), car(number))).collect();
        for result in results(&system, &events).await {
            assert_eq!(result["outcome"], "applied", "{result:#}");
        }
    }
    let took = began.elapsed();
    stop.cancel();
    let (reads, longest_read) = reading.await.unwrap();
    let (writes, longest_write) = writing.await.unwrap();
    eprintln!(
        "{many} events in {took:?}; beside them {reads} reads, the longest {longest_read:?}, and {writes} writes, the \
         longest {longest_write:?}"
    );
    // A tenth of a request is one transaction: nobody waits for the whole of even one request.
    let request = took / u32::try_from(many.div_ceil(REQUEST)).unwrap();
    assert!(longest_read < request && longest_write < request, "{longest_read:?}, {longest_write:?} of {request:?}");
    assert!(reads > 10 && writes > 10, "{reads} reads, {writes} writes");
}
