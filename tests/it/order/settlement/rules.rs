//! Rules are published in versions, and refused where they would settle nothing.

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::settlement_rule;
use entity::{OrderStatus, SalesModel};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{PUBLISH, lines, order_of, publish, rule, without_rules};
use crate::harness::Server;
use crate::order::key;

async fn count(server: &Server) -> u64 {
    settlement_rule::Entity::find().count(server.db().conn()).await.unwrap()
}

#[tokio::test]
async fn a_version_ends_the_one_before_and_lines_keep_theirs() {
    let server = Server::start().await;
    without_rules(&server).await;
    let fee = |yuan: &str, version: i32, more: Value| {
        let mut input =
            rule("AGENCY", "DELIVERY_SERVICE_FEE", "DELIVERED", "DELIVERY_STORE", json!({ "amount": yuan }));
        input["expectedVersion"] = json!(version);
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let first = publish(&server, fee("800", 0, json!({}))).await;
    assert_eq!(
        (&first["code"], &first["version"], &first["amount"]["minorUnits"], &first["effectiveTo"]),
        (&json!("AGENCY/DELIVERY_SERVICE_FEE/DELIVERED/DELIVERY_STORE"), &json!(1), &json!(80_000), &json!(null))
    );
    let order = order_of(&server, OrderStatus::ReadyForDelivery, SalesModel::Agency).await;
    let input = json!({ "idempotencyKey": key(), "orderId": order.id.to_string(), "expectedVersion": order.version,
        "code": "HANDED_OVER", "state": "DONE" });
    let record = "mutation($input: MilestoneRecordInput!) { milestoneRecord(input: $input) { userErrors { code } } }";
    assert_eq!(server.operator().payload(record, json!({ "input": input })).await["userErrors"], json!([]));

    let from: DateTime<Utc> = server.app().clock.now() + TimeDelta::days(3);
    let second = publish(&server, fee("900", 1, json!({ "effectiveFrom": from }))).await;
    assert_eq!((&second["version"], &second["amount"]["minorUnits"]), (&json!(2), &json!(90_000)));
    let before = settlement_rule::Entity::find()
        .filter(settlement_rule::Column::RuleVersion.eq(1))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    // Microseconds are all that both databases keep.
    assert_eq!(before.effective_to.map(|at| at.timestamp_micros()), Some(from.timestamp_micros()));
    let made = lines(&server, order.id).await;
    assert_eq!(
        made.iter().map(|line| (line.rule_id, line.amount_minor)).collect::<Vec<_>>(),
        [(Some(before.id), 80_000)]
    );

    // The list has the latest of each.
    let listed = server.operator().data("{ settlementRules { code version } }", json!({})).await;
    assert_eq!(listed["settlementRules"], json!([{ "code": before.code, "version": 2 }]));
    // A third may stand in for the second before that begins, and not begin before it.
    let early = server.operator().payload(PUBLISH, json!({ "input": fee("1", 2, json!({})) })).await;
    assert_eq!(early["userErrors"][0]["field"], json!(["input", "effectiveFrom"]));
    let third = publish(&server, fee("950", 2, json!({ "effectiveFrom": from }))).await;
    assert_eq!(third["version"], 3);
}

#[tokio::test]
async fn what_would_settle_nothing_is_refused_with_all_that_is_wrong() {
    let server = Server::start().await;
    let before = count(&server).await;
    let operator = server.operator();
    let past = server.app().clock.now() - TimeDelta::hours(1);
    let rate = |base: &str| json!({ "basis": "RATE", "base": base, "rateBasisPoints": 100 });
    let cases: &[(Value, &[&str])] = &[
        (rule("DIRECT", "AGENT_COMMISSION", "DELIVERED", "STORE", json!({ "amount": "1" })), &["item"]),
        (rule("AGENCY", "ADJUSTMENT", "DELIVERED", "STORE", json!({ "amount": "1" })), &["item"]),
        (rule("AGENCY", "DEMO_CAR_FEE", "TEST_DRIVE_COMPLETED", "LENDER", json!({ "amount": "1" })), &["party"]),
        // A subsidy is its lender's, or a dealer's who passes it on, once the car is handed over.
        (rule("DIRECT", "LENDER_SUBSIDY", "DELIVERED", "STORE", json!({ "amount": "1" })), &["party"]),
        (rule("WHOLESALE", "LENDER_SUBSIDY", "DELIVERED", "DELIVERY_STORE", json!({ "amount": "1" })), &["party"]),
        (rule("WHOLESALE", "LENDER_SUBSIDY", "ORDER_PLACED", "STORE", json!({ "amount": "1" })), &["party"]),
        (rule("AGENCY", "LOGISTICS", "DELIVERED", "ORGANIZATION", json!({ "amount": "1" })), &["organizationId"]),
        (
            rule(
                "AGENCY",
                "LOGISTICS",
                "DELIVERED",
                "STORE",
                json!({ "amount": "1", "organizationId": "org_01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
            ),
            &["organizationId"],
        ),
        (
            rule(
                "AGENCY",
                "LOGISTICS",
                "DELIVERED",
                "ORGANIZATION",
                json!({ "amount": "1", "organizationId": "org_01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
            ),
            &["organizationId"],
        ),
        (rule("AGENCY", "LOGISTICS", "DELIVERED", "STORE", json!({})), &["amount"]),
        (rule("AGENCY", "LOGISTICS", "DELIVERED", "STORE", json!({ "amount": "-1" })), &["amount"]),
        (rule("AGENCY", "LOGISTICS", "DELIVERED", "STORE", json!({ "amount": "1.005" })), &["amount"]),
        (rule("AGENCY", "LOGISTICS", "DELIVERED", "STORE", json!({ "basis": "RATE" })), &["base", "rateBasisPoints"]),
        (
            rule(
                "AGENCY",
                "LOGISTICS",
                "DELIVERED",
                "STORE",
                json!({ "basis": "RATE", "base": "ORDER_TOTAL", "rateBasisPoints": 10_001, "amount": "1" }),
            ),
            &["amount", "rateBasisPoints"],
        ),
        (rule("AGENCY", "DEMO_CAR_FEE", "TEST_DRIVE_COMPLETED", "STORE", rate("ORDER_TOTAL")), &["base"]),
        (rule("AGENCY", "AGENT_COMMISSION", "ORDER_PLACED", "STORE", rate("CHANNEL_PAID")), &["base"]),
        (
            rule("AGENCY", "LOGISTICS", "DELIVERED", "STORE", json!({ "amount": "1", "effectiveFrom": past })),
            &["effectiveFrom"],
        ),
        (
            rule("AGENCY", "LOGISTICS", "DELIVERED", "STORE", json!({ "amount": "1", "effectiveTo": past })),
            &["effectiveTo"],
        ),
    ];
    for (input, fields) in cases {
        let payload = operator.payload(PUBLISH, json!({ "input": input })).await;
        let named: Vec<_> =
            payload["userErrors"].as_array().unwrap().iter().map(|error| error["field"][1].clone()).collect();
        assert_eq!((&payload["rule"], json!(named)), (&json!(null), json!(fields)), "{input}");
    }
    assert_eq!(count(&server).await, before);
    let fine = rule("AGENCY", "LOGISTICS", "DELIVERED", "STORE", json!({ "amount": "1" }));
    for (client, code) in [
        (server.anonymous(), "UNAUTHENTICATED"),
        (server.customer(), "FORBIDDEN"),
        (server.consultant(), "FORBIDDEN"),
        (server.manager(), "FORBIDDEN"),
        (server.system(), "FORBIDDEN"),
    ] {
        assert_eq!(client.code(PUBLISH, json!({ "input": fine })).await, code);
        assert_eq!(client.code("{ settlementRules { id } }", json!({})).await, code);
    }
    assert_eq!(count(&server).await, before);
}

#[tokio::test]
async fn of_two_hundred_versions_at_once_one_is_published_and_a_key_has_one_effect() {
    let server = Server::start().await;
    without_rules(&server).await;
    let operator = server.operator();
    let all = join_all((0..200).map(|n| {
        let operator = operator.clone();
        let input = rule("WHOLESALE", "REBATE", "DELIVERED", "STORE", json!({ "amount": n.to_string() }));
        async move { operator.payload(PUBLISH, json!({ "input": input })).await }
    }))
    .await;
    let won = all.iter().filter(|payload| payload["userErrors"] == json!([])).count();
    let lost = all.iter().filter(|payload| payload["userErrors"][0]["code"] == "VERSION_CONFLICT").count();
    assert_eq!((won, lost, count(&server).await), (1, 199, 1));

    let mut next = rule("WHOLESALE", "REBATE", "DELIVERED", "STORE", json!({ "amount": "5" }));
    next["expectedVersion"] = json!(1);
    let first = publish(&server, next.clone()).await;
    assert_eq!(publish(&server, next.clone()).await, first, "the same key");
    next["amount"] = json!("6");
    let reused = operator.payload(PUBLISH, json!({ "input": next })).await;
    assert_eq!(reused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(count(&server).await, 2);
}
