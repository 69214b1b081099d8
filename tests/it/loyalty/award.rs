//! `pointsAward`.

use entity::log::event;
use entity::{CustomerId, EventKind, LotState};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{books, member};
use crate::customer::newcomer;
use crate::harness::{Client, Server};

const AWARD: &str = "mutation($input: PointsAwardInput!) { pointsAward(input: $input) {
    account { balance pending debt growth tier { current { code level } } }
    lot { ruleCode earned remaining state activatesAt expiresAt }
    userErrors { code field } } }";

async fn award(client: &Client, key: &str, customer: CustomerId, more: Value) -> Value {
    let mut input = json!({
        "idempotencyKey": key, "customerId": customer.to_string(), "points": 100, "reason": "Thank you",
        "sourceType": "CASE", "sourceId": key,
    });
    for (name, value) in more.as_object().expect("an object") {
        input[name] = value.clone();
    }
    client.payload(AWARD, json!({ "input": input })).await
}

async fn events(server: &Server, customer: CustomerId) -> Vec<(EventKind, Value)> {
    let rows = event::Entity::find()
        .filter(event::Column::Stream.eq(format!("customer:{customer}")))
        .order_by_asc(event::Column::Sequence)
        .all(server.db().conn())
        .await;
    rows.expect("events").into_iter().map(|row| (row.kind, row.payload)).collect()
}

#[tokio::test]
async fn the_first_award_makes_the_account_and_a_source_gives_once() {
    let server = Server::start().await;
    let operator = server.operator();
    let customer = newcomer(&server, "T1").await;
    let payload = award(&operator, "k1", customer, json!({})).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!((&payload["account"]["balance"], &payload["account"]["growth"]), (&json!(100), &json!(0)));
    assert_eq!(payload["lot"]["ruleCode"], "MANUAL");
    assert!(payload["lot"]["expiresAt"].is_string());
    assert_eq!(award(&operator, "k1", customer, json!({})).await["lot"], payload["lot"], "the same key");

    let twice = json!([{ "code": "DUPLICATE", "field": ["input", "sourceId"] }]);
    let again = award(&operator, "k2", customer, json!({ "sourceId": "k1" })).await;
    assert_eq!(again["userErrors"], twice);
    let other = newcomer(&server, "T2").await;
    assert_eq!(award(&operator, "k3", other, json!({ "sourceId": "k1" })).await["userErrors"], twice);
    let by_rule = award(&operator, "k4", customer, json!({ "sourceId": "k1", "ruleCode": "SURVEY" })).await;
    assert_eq!(by_rule["account"]["balance"], 200, "another rule gives for the same source");

    let books = books(&server, customer).await;
    books.check(0);
    assert_eq!(books.entries.len(), 2);
    let logged = events(&server, customer).await;
    assert!(logged.iter().all(|(kind, _)| *kind == EventKind::PointsBalanceChanged));
    assert_eq!(logged[0].1, json!({ "accountId": books.account.id.to_string(), "kinds": ["EARN"] }));
    assert_eq!(logged.len(), 2);
}

#[tokio::test]
async fn one_source_at_once_gives_once() {
    let server = Server::start().await;
    let operator = server.operator();
    let mut customers = Vec::new();
    for n in 0..4 {
        customers.push(newcomer(&server, &format!("T{n}")).await);
    }
    let keys: Vec<String> = (0..40).map(|n| format!("k{n}")).collect();
    let all = keys.iter().zip(customers.iter().cycle());
    let all = all.map(|(key, customer)| award(&operator, key, *customer, json!({ "sourceId": "the one" })));
    let payloads = futures_util::future::join_all(all).await;
    let given = payloads.iter().filter(|payload| payload["userErrors"] == json!([])).count();
    let twice = payloads.iter().filter(|payload| payload["userErrors"][0]["code"] == "DUPLICATE").count();
    assert_eq!((given, twice), (1, 39));
}

#[tokio::test]
async fn growth_lifts_the_tier_at_once() {
    let server = Server::start().await;
    let (customer, _) = member(&server, &[], 0).await;
    let more = json!({ "ruleCode": "REFERRAL_DELIVERED", "points": 20_000 });
    let payload = award(&server.operator(), "k1", customer, more).await;
    assert_eq!(payload["account"]["growth"], 5000);
    assert_eq!(payload["account"]["tier"]["current"]["level"], 3);
    let logged = events(&server, customer).await;
    let tiers: Vec<_> = logged.iter().filter(|(kind, _)| *kind == EventKind::TierChanged).collect();
    assert_eq!(tiers.len(), 1);
    assert_eq!((&tiers[0].1["from"], &tiers[0].1["to"]), (&json!("V1"), &json!("V3")));

    // One percent of 204,800 yuan, with the growth of that invoice, after a fortnight.
    let more = json!({ "ruleCode": "ORDER_DELIVERED", "points": 204_800 });
    let payload = award(&server.operator(), "k2", customer, more).await;
    assert_eq!(payload["account"]["growth"], 5000 + 10_000 + 2_048);
    assert_eq!((&payload["account"]["balance"], &payload["account"]["pending"]), (&json!(20_000), &json!(204_800)));
    assert_eq!(payload["lot"]["state"], "PENDING");
    assert!(payload["lot"]["activatesAt"].is_string());
    books(&server, customer).await.check(0);
}

#[tokio::test]
async fn points_pay_the_debt_first() {
    let server = Server::start().await;
    let (customer, _) = member(&server, &[], 250).await;
    let payload = award(&server.operator(), "k1", customer, json!({})).await;
    assert_eq!((&payload["account"]["balance"], &payload["account"]["debt"]), (&json!(0), &json!(150)));
    let payload = award(&server.operator(), "k2", customer, json!({ "points": 400 })).await;
    assert_eq!((&payload["account"]["balance"], &payload["account"]["debt"]), (&json!(250), &json!(0)));
    let books = books(&server, customer).await;
    books.check(-250);
    assert_eq!(books.lots.iter().filter(|lot| lot.state == LotState::Spent).count(), 1);
}

#[tokio::test]
async fn a_rule_has_its_daily_cap() {
    let server = Server::start().await;
    let (customer, _) = member(&server, &[], 0).await;
    let more = json!({ "ruleCode": "POST_APPROVED", "points": 50 });
    assert_eq!(award(&server.operator(), "k1", customer, more.clone()).await["account"]["balance"], 50);
    assert_eq!(award(&server.operator(), "k2", customer, more).await["userErrors"][0]["code"], "NOT_ELIGIBLE");
    let more = json!({ "ruleCode": "POST_APPROVED", "points": 10 });
    assert_eq!(award(&server.operator(), "k3", customer, more).await["account"]["balance"], 60);
}

#[tokio::test]
async fn only_operators_award_and_every_wrong_field_is_named() {
    let server = Server::start().await;
    let input = json!({ "input": {
        "idempotencyKey": "k", "customerId": server.demo.customer.to_string(), "points": 1, "reason": "r",
        "sourceType": "CASE", "sourceId": "1",
    } });
    assert_eq!(server.anonymous().code(AWARD, input.clone()).await, "UNAUTHENTICATED");
    for client in [server.customer(), server.consultant(), server.manager(), server.system()] {
        assert_eq!(client.code(AWARD, input.clone()).await, "FORBIDDEN");
    }
    let more = json!({
        "customerId": "ord_1", "points": 0, "reason": "r".repeat(201), "ruleCode": "NOTHING", "sourceType": " ",
        "sourceId": "s".repeat(101), "pendingDays": 366,
    });
    let payload = award(&server.operator(), "k", server.demo.customer, more).await;
    let errors: Vec<(&str, &str)> = payload["userErrors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|error| Some((error["field"][1].as_str()?, error["code"].as_str()?)))
        .collect();
    assert_eq!(
        errors,
        [
            ("customerId", "INVALID_ID"),
            ("points", "INVALID"),
            ("reason", "INVALID"),
            ("sourceType", "REQUIRED"),
            ("sourceId", "INVALID"),
            ("ruleCode", "INVALID"),
            ("pendingDays", "INVALID"),
        ]
    );
    let payload = award(&server.operator(), "k", CustomerId::generate(), json!({})).await;
    assert_eq!(payload["userErrors"], json!([{ "code": "NOT_FOUND", "field": ["input", "customerId"] }]));
}
