//! The same done to many orders at once.

use entity::FulfillmentMode;
use entity::log::idempotency;
use entity::{MilestoneCode as Code, OrderId, PrefixedId};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::ground::Ground;
use super::{key, order_row};
use crate::harness::{Client, Server, breaks, mended};

const RECORD: &str = "mutation($input: MilestoneRecordManyInput!) { milestoneRecordMany(input: $input) {
    recordedCount results { order { id version milestones { code state } } userErrors { __typename code field message
        ... on VersionConflict { currentVersion } } }
    userErrors { code field } } }";

const ALLOCATE: &str = "mutation($input: VehicleAllocateManyInput!) { vehicleAllocateMany(input: $input) {
    allocatedCount results { order { id vehicle { id } } userErrors { code field } } userErrors { code field } } }";

async fn items(server: &Server, ids: &[OrderId], code: Code) -> Vec<Value> {
    let mut items = Vec::new();
    for id in ids {
        let version = order_row(server, *id).await.version;
        items.push(
            json!({ "orderId": id.to_string(), "expectedVersion": version, "code": code.to_string(), "state": "DONE" }),
        );
    }
    items
}

async fn run(client: &Client, document: &str, key: &str, policy: &str, items: &[Value]) -> Value {
    let input = json!({ "idempotencyKey": key, "errorPolicy": policy, "items": items });
    client.payload(document, json!({ "input": input })).await
}

async fn keys(server: &Server) -> u64 {
    let bulk = idempotency::Column::Mutation.is_in(["milestoneRecordMany", "vehicleAllocateMany"]);
    idempotency::Entity::find().filter(bulk).count(server.db().conn()).await.unwrap()
}

fn ids(ground: &Ground) -> Vec<OrderId> {
    ground.orders.iter().map(|order| order.id).collect()
}

#[tokio::test]
async fn with_continue_each_stands_for_itself_and_the_rest_is_sent_again() {
    let ground = Ground::of(4, FulfillmentMode::BuildToOrder).await;
    let (server, client) = (&ground.server, ground.server.consultant());
    let ids = ids(&ground);
    let mut list = items(server, &ids, Code::Scheduled).await;
    list[1]["expectedVersion"] = json!(999);
    list[3]["code"] = json!("READY");
    let wanted: Vec<_> = join_all(ids.iter().map(|id| order_row(server, *id))).await;
    let key = key();
    let done = run(&client, RECORD, &key, "CONTINUE", &list).await;
    assert_eq!((&done["recordedCount"], &done["userErrors"]), (&json!(2), &json!([])));
    let results = done["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for place in [0, 2] {
        assert_eq!(results[place]["userErrors"], json!([]));
        assert_eq!(results[place]["order"]["id"], ids[place].to_string());
        assert_eq!(super::state_of(&results[place]["order"], "SCHEDULED"), "DONE");
    }
    let stale = &results[1]["userErrors"][0];
    assert_eq!(
        (&stale["code"], &stale["field"]),
        (&json!("VERSION_CONFLICT"), &json!(["input", "items", "1", "expectedVersion"]))
    );
    assert_eq!(stale["currentVersion"], wanted[1].version);
    let early = &results[3]["userErrors"][0];
    assert_eq!(early["field"].as_array().unwrap()[..3], [json!("input"), json!("items"), json!("3")], "{early}");
    assert_eq!([&results[1]["order"], &results[3]["order"]], [&json!(null); 2]);
    for place in [1, 3] {
        assert_eq!(order_row(server, ids[place]).await, wanted[place], "nothing has changed");
    }

    // The same again changes nothing; what failed is put right under the same key.
    let after: Vec<_> = join_all(ids.iter().map(|id| order_row(server, *id))).await;
    assert_eq!(run(&client, RECORD, &key, "CONTINUE", &list).await, done);
    list[1]["expectedVersion"] = json!(wanted[1].version);
    list[3]["code"] = json!("SCHEDULED");
    let rest = run(&client, RECORD, &key, "CONTINUE", &list).await;
    assert_eq!(rest["recordedCount"], 4, "{rest}");
    for place in [0, 2] {
        assert_eq!(order_row(server, ids[place]).await, after[place], "it was recorded once");
    }
    // Another input for what is done is another change.
    list[0]["state"] = json!("ROLLED_BACK");
    let other = run(&client, RECORD, &key, "CONTINUE", &list).await;
    assert_eq!(other["results"][0]["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(order_row(server, ids[0]).await, after[0]);
}

#[tokio::test]
async fn with_continue_a_failure_of_the_store_is_that_of_one_item() {
    let ground = Ground::of(3, FulfillmentMode::BuildToOrder).await;
    let (server, client) = (&ground.server, ground.server.consultant());
    let ids = ids(&ground);
    let list = items(server, &ids, Code::Scheduled).await;
    let before = order_row(server, ids[1]).await;
    breaks(server, "UPDATE", "customer_order", "id", ids[1].uuid()).await;
    let key = key();
    let done = run(&client, RECORD, &key, "CONTINUE", &list).await;
    assert_eq!((&done["recordedCount"], &done["userErrors"]), (&json!(2), &json!([])), "{done}");
    let error = &done["results"][1]["userErrors"][0];
    assert_eq!((&error["code"], &error["field"]), (&json!("INTERNAL"), &json!(["input", "items", "1"])), "{error}");
    assert!(!error.to_string().contains("broken"), "nobody is told why");
    assert_eq!(order_row(server, ids[1]).await, before);
    // The same list again does what was not done, and nothing twice.
    mended(server, "customer_order").await;
    let after = order_row(server, ids[0]).await;
    let rest = run(&client, RECORD, &key, "CONTINUE", &list).await;
    assert_eq!(rest["recordedCount"], 3, "{rest}");
    assert_eq!(order_row(server, ids[0]).await, after);
    assert_eq!(order_row(server, ids[1]).await.version, before.version + 1);
}

#[tokio::test]
async fn with_abort_all_are_recorded_or_none() {
    let ground = Ground::of(3, FulfillmentMode::BuildToOrder).await;
    let (server, client) = (&ground.server, ground.server.consultant());
    let ids = ids(&ground);
    let mut list = items(server, &ids, Code::Scheduled).await;
    list[2]["expectedVersion"] = json!(999);
    let before: Vec<_> = join_all(ids.iter().map(|id| order_row(server, *id))).await;
    let (key, known) = (key(), keys(server).await);
    let refused = run(&client, RECORD, &key, "ABORT", &list).await;
    assert_eq!((&refused["recordedCount"], &refused["userErrors"]), (&json!(0), &json!([])));
    let results = refused["results"].as_array().unwrap();
    assert_eq!(results.iter().map(|one| one["userErrors"].as_array().unwrap().len()).collect::<Vec<_>>(), [0, 0, 1]);
    assert!(results.iter().all(|one| one["order"].is_null()));
    assert_eq!(results[2]["userErrors"][0]["field"], json!(["input", "items", "2", "expectedVersion"]));
    let after: Vec<_> = join_all(ids.iter().map(|id| order_row(server, *id))).await;
    assert_eq!((after, keys(server).await), (before, known), "nothing has changed, the key is free");

    let list = items(server, &ids, Code::Scheduled).await;
    let done = run(&client, RECORD, &key, "ABORT", &list).await;
    assert_eq!(done["recordedCount"], 3, "{done}");
    let after: Vec<_> = join_all(ids.iter().map(|id| order_row(server, *id))).await;
    assert_eq!(run(&client, RECORD, &key, "ABORT", &list).await, done);
    assert_eq!(join_all(ids.iter().map(|id| order_row(server, *id))).await, after);
    let other = run(&client, RECORD, &key, "ABORT", &list[..2]).await;
    assert_eq!(other["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(other["results"], json!([]));
}

#[tokio::test]
async fn an_order_that_stands_twice_in_a_list_is_changed_once() {
    let ground = Ground::of(1, FulfillmentMode::BuildToOrder).await;
    let (server, client) = (&ground.server, ground.server.consultant());
    let ids = [ground.orders[0].id, ground.orders[0].id];
    let list = items(server, &ids, Code::Scheduled).await;
    let before = order_row(server, ids[0]).await;
    let refused = run(&client, RECORD, &key(), "ABORT", &list).await;
    assert_eq!(refused["results"][1]["userErrors"][0]["code"], "VERSION_CONFLICT");
    assert_eq!(order_row(server, ids[0]).await, before);
    let done = run(&client, RECORD, &key(), "CONTINUE", &list).await;
    assert_eq!(done["recordedCount"], 1);
    assert_eq!(order_row(server, ids[0]).await.version, before.version + 1);
}

#[tokio::test]
async fn cars_are_given_to_many_and_each_once() {
    let ground = Ground::of(3, FulfillmentMode::BuildToStock).await;
    let client = ground.server.consultant();
    let (one, two) = (ground.here().await, ground.here().await);
    let item = async |n: usize, car: &str| json!({ "orderId": ground.orders[n].id.to_string(), "expectedVersion": ground.order(n).await.version, "vehicleId": car });
    let (first, second) = (one.id.to_string(), two.id.to_string());
    let list = [item(0, &first).await, item(1, &first).await, item(2, &second).await];
    let refused = run(&client, ALLOCATE, &key(), "ABORT", &list).await;
    let error = &refused["results"][1]["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["field"]),
        (&json!("VEHICLE_UNAVAILABLE"), &json!(["input", "items", "1", "vehicleId"]))
    );
    assert!(ground.active().await.is_empty(), "all or none");
    let done = run(&client, ALLOCATE, &key(), "CONTINUE", &list).await;
    assert_eq!(done["allocatedCount"], 2, "{done}");
    assert_eq!(done["results"][1]["userErrors"][0]["code"], "VEHICLE_UNAVAILABLE");
    assert_eq!(done["results"][2]["order"]["vehicle"]["id"], second.as_str());
    ground.is_sound().await;
    assert_eq!(ground.row(&one).await.commercial_status, entity::CommercialStatus::Allocated);
}

/// Forty that give the same two cars to the same two orders, half of them the other way round: whatever the order of their lists, they
/// lock in one order, and one of them has its way.
#[tokio::test]
async fn of_many_lists_at_once_one_is_done() {
    let ground = Ground::of(2, FulfillmentMode::BuildToStock).await;
    let (one, two) = (ground.here().await, ground.here().await);
    let client = ground.server.consultant();
    let item = async |n: usize, car: &str| json!({ "orderId": ground.orders[n].id.to_string(), "expectedVersion": ground.order(n).await.version, "vehicleId": car });
    let there = [item(0, &one.id.to_string()).await, item(1, &two.id.to_string()).await];
    let back = [item(1, &one.id.to_string()).await, item(0, &two.id.to_string()).await];
    let keys: Vec<_> = (0..40).map(|_| key()).collect();
    let all = keys.iter().enumerate().map(|(n, key)| {
        let list = if n % 2 == 0 { &there } else { &back };
        run(&client, ALLOCATE, key, "ABORT", list)
    });
    let all = join_all(all).await;
    let done = all.iter().filter(|one| one["allocatedCount"] == 2).count();
    assert_eq!(done, 1);
    assert!(all.iter().all(|one| one["allocatedCount"] == 2 || one["allocatedCount"] == 0), "{all:?}");
    ground.is_sound().await;
    // And of many under one key.
    let again = Ground::of(1, FulfillmentMode::BuildToOrder).await;
    let (server, client) = (&again.server, again.server.consultant());
    let list = items(server, &[again.orders[0].id], Code::Scheduled).await;
    let before = again.order(0).await.version;
    let key = key();
    let all = join_all((0..40).map(|_| run(&client, RECORD, &key, "CONTINUE", &list))).await;
    assert!(all.iter().any(|one| one["recordedCount"] == 1));
    assert_eq!(again.order(0).await.version, before + 1);
}

#[tokio::test]
async fn a_list_has_an_end_and_a_key() {
    let ground = Ground::of(1, FulfillmentMode::BuildToOrder).await;
    let client = ground.server.consultant();
    let one = items(&ground.server, &[ground.orders[0].id], Code::Scheduled).await;
    let many: Vec<_> = std::iter::repeat_n(one[0].clone(), 101).collect();
    for (key, list, field) in [
        (key(), &many[..], "items"),
        (key(), &[][..], "items"),
        (String::new(), &one[..], "idempotencyKey"),
        ("k".repeat(201), &one[..], "idempotencyKey"),
    ] {
        for policy in ["CONTINUE", "ABORT"] {
            let refused = run(&client, RECORD, &key, policy, list).await;
            assert_eq!(refused["userErrors"][0]["field"], json!(["input", field]));
            assert_eq!(refused["results"], json!([]));
        }
    }
    assert_eq!(ground.order(0).await.version, ground.orders[0].version);
    let input = json!({ "input": { "idempotencyKey": key(), "errorPolicy": "ABORT", "items": one } });
    assert_eq!(ground.server.customer().code(RECORD, input).await, "FORBIDDEN");
    let stranger =
        super::staff_of(&ground.server, super::other_store_of(&ground.server, ground.orders[0].id).await).await;
    let refused = run(&stranger, RECORD, &key(), "CONTINUE", &one).await;
    assert_eq!(refused["results"][0]["userErrors"][0]["code"], "NOT_FOUND");
}
