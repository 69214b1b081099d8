//! `redemptionPlace`.

use chrono::Duration;
use entity::loyalty::redemption_item;
use entity::{LotState, PointsEntryKind, RedemptionItemId};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QueryOrder};
use serde_json::{Value, json};

use super::{Lot, active, books, member, pending};
use crate::harness::{Client, Server};

const PLACE: &str = "mutation($input: RedemptionPlaceInput!) { redemptionPlace(input: $input) {
    redemption { id points status item { code } }
    account { balance pending lots { remaining } entries(first: 10) { kind points balanceAfter reason } }
    userErrors { code field ... on InsufficientPoints { available needed } } } }";

async fn place(client: &Client, key: &str, mut input: Value) -> Value {
    input["idempotencyKey"] = key.into();
    client.payload(PLACE, json!({ "input": input })).await
}

#[tokio::test]
async fn of_two_hundred_at_once_as_many_succeed_as_there_are_points_for() {
    let server = Server::start().await;
    let lots = [active(250, Some(30)), active(400, None), active(350, Some(90))];
    let (customer, _) = member(&server, &lots, 0).await;
    let client = server.customer_with(customer);
    let keys: Vec<String> = (0..200).map(|n| format!("k{n}")).collect();
    let all = keys.iter().map(|key| place(&client, key, json!({ "points": 100 })));
    let payloads = futures_util::future::join_all(all).await;
    let short = json!([{ "code": "INSUFFICIENT_POINTS", "field": ["input", "points"], "available": 0, "needed": 100 }]);
    let placed = payloads.iter().filter(|payload| payload["userErrors"] == json!([])).count();
    let refused = payloads.iter().filter(|payload| payload["userErrors"] == short).count();
    assert_eq!((placed, refused), (10, 190));

    let books = books(&server, customer).await;
    books.check(1000);
    assert_eq!(books.account.balance, 0);
    assert_eq!(books.account.version, 11);
    assert_eq!(books.redemptions.len(), 10);
    assert!(books.lots.iter().all(|lot| lot.state == LotState::Spent && lot.remaining == 0));
    assert!(books.entries.iter().all(|entry| entry.kind == PointsEntryKind::Spend));

    // One key, one effect: the first outcome comes back, and no refused key was burnt.
    let again = client.query(PLACE, json!({ "input": { "idempotencyKey": "k0", "points": 100 } })).await;
    let first = &payloads[0]["redemption"];
    assert_eq!(&again.data["redemptionPlace"]["redemption"], first);
}

#[tokio::test]
async fn the_lots_that_run_out_first_pay_first() {
    let server = Server::start().await;
    // The vector of domain.md 3.3, with its dates in the same order.
    let lots = [active(500, Some(30)), active(300, Some(300)), active(200, None), active(400, Some(120))];
    let (customer, ids) = member(&server, &lots, 0).await;
    let payload = place(&server.customer_with(customer), "k1", json!({ "points": 1000 })).await;
    assert_eq!(payload["redemption"]["points"], 1000);
    assert_eq!(payload["redemption"]["status"], "CONFIRMED");
    assert_eq!(payload["account"]["balance"], 400);
    assert_eq!(payload["account"]["lots"], json!([{ "remaining": 200 }, { "remaining": 200 }]));
    let lines: Vec<i64> = payload["account"]["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["points"].as_i64().expect("points"))
        .collect();
    assert_eq!(lines, [-100, -400, -500], "newest first");
    let books = books(&server, customer).await;
    books.check(1400);
    let mut paid: Vec<_> = books.paid.iter().map(|part| (part.lot_id, part.points)).collect();
    paid.sort_by_key(|(_, points)| -points);
    assert_eq!(paid, [(ids[0], 500), (ids[3], 400), (ids[1], 100)]);
}

#[tokio::test]
async fn what_was_due_is_written_before_anything_is_spent() {
    let server = Server::start().await;
    let gone = Lot { expires: Some(Duration::days(-1)), ..active(70, None) };
    let unseen = Lot { expires: Some(Duration::days(-2)), ..pending(40, -5) };
    let (customer, _) = member(&server, &[gone, pending(100, -1), pending(30, 3), unseen], 0).await;
    let client = server.customer_with(customer);
    let seen = client.data("{ loyaltyAccount { balance pending lots { remaining state } } }", json!({})).await;
    let truth = json!({ "balance": 100, "pending": 30, "lots": [{ "remaining": 100, "state": "ACTIVE" }] });
    assert_eq!(seen["loyaltyAccount"], truth, "a read tells the truth");
    assert!(books(&server, customer).await.entries.is_empty(), "and writes nothing");

    let short = place(&client, "k1", json!({ "points": 101 })).await;
    assert_eq!(short["userErrors"][0]["available"], 100);
    let payload = place(&client, "k2", json!({ "points": 60 })).await;
    let lines: Vec<(Value, Value, Value)> = payload["account"]["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .rev()
        .map(|e| (e["kind"].clone(), e["points"].clone(), e["balanceAfter"].clone()))
        .collect();
    let kinds: Vec<&str> = lines.iter().filter_map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(kinds, ["EXPIRE", "ACTIVATE", "ACTIVATE", "EXPIRE", "SPEND"]);
    assert_eq!(lines[4], (json!("SPEND"), json!(-60), json!(40)));
    let books = books(&server, customer).await;
    books.check(70);
    assert_eq!((books.account.balance, books.account.pending), (40, 30));
}

#[tokio::test]
async fn an_item_costs_its_points() {
    let server = Server::start().await;
    let db = server.db().conn();
    let items = redemption_item::Entity::find().order_by_asc(redemption_item::Column::CostPoints);
    let item = items.one(db).await.expect("an answer").expect("an item");
    let (customer, _) = member(&server, &[active(item.cost_points + 1, None)], 0).await;
    let client = server.customer_with(customer);
    let id = json!({ "itemId": item.id.to_string() });
    let payload = place(&client, "k1", id.clone()).await;
    assert_eq!(payload["redemption"]["item"]["code"], item.code);
    assert_eq!(payload["account"]["balance"], 1);
    assert_eq!(payload["account"]["entries"][0]["reason"], item.code);
    let error = &place(&client, "k2", id.clone()).await["userErrors"][0];
    assert_eq!((&error["available"], &error["needed"]), (&json!(1), &json!(item.cost_points)));
    assert_eq!(error["field"], json!(["input", "itemId"]));

    let mut gone = item.into_active_model();
    gone.available = Set(false);
    gone.update(db).await.expect("a change");
    for (input, code) in [
        (id.clone(), "NOT_ELIGIBLE"),
        (json!({ "itemId": RedemptionItemId::generate().to_string() }), "NOT_FOUND"),
        (json!({ "itemId": "ord_1" }), "INVALID_ID"),
        (json!({ "points": 0 }), "INVALID"),
        (json!({ "points": -5 }), "INVALID"),
        (json!({ "points": 10_000_001 }), "INVALID"),
        (json!({}), "REQUIRED"),
        (json!({ "points": 1, "itemId": id["itemId"] }), "REQUIRED"),
    ] {
        assert_eq!(place(&client, "k3", input.clone()).await["userErrors"][0]["code"], code, "of {input}");
    }
    books(&server, customer).await.check(payload["redemption"]["points"].as_i64().expect("points") + 1);
}

#[tokio::test]
async fn only_customers_redeem_and_who_has_nothing_gets_nothing() {
    let server = Server::start().await;
    let input = json!({ "input": { "idempotencyKey": "k", "points": 1 } });
    assert_eq!(server.anonymous().code(PLACE, input.clone()).await, "UNAUTHENTICATED");
    for client in [server.consultant(), server.operator(), server.system()] {
        assert_eq!(client.code(PLACE, input.clone()).await, "FORBIDDEN");
    }
    let nobody = crate::customer::newcomer(&server, "T1").await;
    let error = &place(&server.customer_with(nobody), "k", json!({ "points": 1 })).await["userErrors"][0];
    assert_eq!((&error["code"], &error["available"]), (&json!("INSUFFICIENT_POINTS"), &json!(0)));
}
