//! `milestoneRecord`.

use chrono::Duration;
use entity::log::event;
use entity::order::{eta_revision, event as history, milestone, order};
use entity::{EventKind, MilestoneCode as Code, MilestoneState as State, OrderEventKind, OrderStatus};
use futures_util::future::join_all;
use milepost::order::rules::follows::left_to;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::handover::car_there;
use super::{RECORD, key, order_in, order_row, other_store, record, staff_of, state_of};
use crate::harness::Server;

fn input(server: &Server, version: i32, code: Code, state: State) -> Value {
    json!({ "idempotencyKey": key(), "orderId": server.demo.order.to_string(), "expectedVersion": version,
        "code": code.to_string(), "state": state.to_string() })
}

async fn entries(server: &Server, stream: String) -> Vec<event::Model> {
    event::Entity::find()
        .filter(event::Column::Stream.eq(stream))
        .order_by_asc(event::Column::Sequence)
        .all(server.db().conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_milestone_moves_the_order_its_details_its_history_and_its_streams() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let streams = [
        format!("order:{}", before.id),
        format!("store:{}", before.store_id),
        format!("customer:{}", before.customer_id),
    ];
    let mut known = Vec::new();
    for stream in &streams {
        known.push(entries(&server, stream.clone()).await.len());
    }
    let payload = record(&server.consultant(), before.id, before.version, Code::Arrived, State::Done).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["milestones"][0], json!({ "code": "ARRIVED", "state": "DONE" }));
    let order = &payload["order"];
    assert_eq!(order["version"], before.version + 1);
    assert_eq!(order["status"], "IN_FULFILLMENT");
    assert_eq!(state_of(order, "IN_TRANSIT"), "DONE", "it was under way");
    assert_eq!(order["eta"]["confidence"], "HIGH");
    for (stream, known) in streams.iter().zip(known) {
        let all = entries(&server, stream.clone()).await;
        let new = &all[known..];
        assert_eq!(new[0].kind, EventKind::MilestoneChanged, "{stream}");
        assert_eq!(new[0].payload["code"], "ARRIVED");
        assert!(new.iter().all(|entry| entry.aggregate_version == before.version + 1));
        assert!(all.iter().zip(1..).all(|(entry, number)| entry.sequence == number), "no gaps on {stream}");
    }
    let told = history::Entity::find()
        .filter(history::Column::OrderId.eq(before.id))
        .filter(history::Column::Kind.eq(OrderEventKind::MilestoneChanged))
        .filter(history::Column::Milestone.eq(Code::Arrived))
        .one(server.db().conn())
        .await
        .unwrap()
        .expect("history");
    assert_eq!(told.actor, server.demo.consultant.to_string());
}

#[tokio::test]
async fn a_step_that_the_graph_does_not_have_names_the_ways_out() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let payload = record(&server.operator(), before.id, before.version, Code::HandedOver, State::Done).await;
    let error = &payload["userErrors"][0];
    assert_eq!(error["__typename"], "InvalidTransition");
    assert_eq!(error["code"], "INVALID_TRANSITION");
    assert_eq!((&error["from"], &error["action"]), (&json!("PENDING"), &json!("DONE")));
    assert!(error["allowed"].as_array().unwrap().contains(&json!("ARRIVED")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("Arrived"), "the message names what is missing: {error}");
    let taken_back = record(&server.operator(), before.id, before.version, Code::ConfigLocked, State::RolledBack).await;
    assert_eq!(taken_back["userErrors"][0]["code"], "INVALID_TRANSITION");
    let skipped = record(&server.consultant(), before.id, before.version, Code::PdiDone, State::Skipped).await;
    assert_eq!(skipped["userErrors"][0]["code"], "INVALID_TRANSITION");
    assert_eq!(order_row(&server, before.id).await, before, "nothing has changed");

    let draft = order_in(&server, OrderStatus::Draft).await;
    let payload = record(&server.operator(), draft.id, draft.version, Code::ConfigLocked, State::Done).await;
    assert_eq!(payload["userErrors"][0]["from"], "DRAFT");
}

#[tokio::test]
async fn an_older_version_is_refused_with_the_present_one() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let payload = record(&server.consultant(), before.id, before.version - 1, Code::Arrived, State::Done).await;
    let error = &payload["userErrors"][0];
    assert_eq!(error["__typename"], "VersionConflict");
    assert_eq!(error["currentVersion"], before.version);
    assert_eq!(error["currentId"], before.id.to_string());
    assert_eq!(error["field"], json!(["input", "expectedVersion"]));
}

#[tokio::test]
async fn of_two_at_once_with_one_version_one_wins() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let (one, two) = (server.consultant(), server.operator());
    let answers = join_all([
        record(&one, before.id, before.version, Code::Arrived, State::Done),
        record(&two, before.id, before.version, Code::InTransit, State::Delayed),
    ])
    .await;
    let won = answers.iter().filter(|answer| answer["userErrors"] == json!([])).count();
    let lost = answers.iter().filter(|answer| answer["userErrors"][0]["code"] == "VERSION_CONFLICT").count();
    assert_eq!((won, lost), (1, 1), "{answers:#?}");
    assert_eq!(order_row(&server, before.id).await.version, before.version + 1);
}

#[tokio::test]
async fn the_same_key_has_one_effect_and_another_input_none() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let consultant = server.consultant();
    let same = input(&server, before.version, Code::Arrived, State::Done);
    let first = consultant.query(RECORD, json!({ "input": same })).await;
    let again = consultant.query(RECORD, json!({ "input": same })).await;
    assert_eq!(first.data, again.data);
    assert_eq!(again.json["extensions"]["idempotency"]["replayed"], true);
    assert!(first.json["extensions"]["idempotency"].is_null());
    let mut other = same.clone();
    other["code"] = json!("PDI_DONE");
    let reused = consultant.payload(RECORD, json!({ "input": other })).await;
    assert_eq!(reused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(order_row(&server, before.id).await.version, before.version + 1);
}

#[tokio::test]
async fn what_is_so_already_changes_nothing() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let payload = record(&server.consultant(), before.id, before.version, Code::Shipped, State::Done).await;
    assert_eq!((&payload["userErrors"], &payload["milestones"]), (&json!([]), &json!([])));
    assert_eq!(order_row(&server, before.id).await, before);
}

#[tokio::test]
async fn only_staff_of_the_order_and_operators_record() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let input = input(&server, before.version, Code::Arrived, State::Done);
    for (client, code) in
        [(server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED"), (server.system(), "FORBIDDEN")]
    {
        assert_eq!(client.code(RECORD, json!({ "input": input })).await, code);
    }
    let outsider = staff_of(&server, other_store(&server, &before).await).await;
    let payload = outsider.payload(RECORD, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(payload["userErrors"][0]["field"], json!(["input", "orderId"]));
    let payload = server.operator().payload(RECORD, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"], json!([]));
}

#[tokio::test]
async fn a_delay_with_a_forecast_moves_the_expected_date() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    let now = server.app().clock.now();
    let mut late = input(&server, before.version, Code::Arrived, State::Delayed);
    late["forecast"] = json!({ "p50": now + Duration::days(40), "p90": now + Duration::days(45) });
    late["note"] = json!("Snow on the road");
    let payload = server.consultant().payload(RECORD, json!({ "input": late })).await;
    assert_eq!(payload["userErrors"], json!([]));
    let after = order_row(&server, before.id).await;
    assert!(after.eta_likely > before.eta_likely, "{:?} {:?}", after.eta_likely, before.eta_likely);
    assert!(after.eta_likely.unwrap() > (now + Duration::days(40)).date_naive());
    assert_eq!(after.promised_by, before.promised_by, "a promise stays");
    let revision = eta_revision::Entity::find()
        .filter(eta_revision::Column::OrderId.eq(before.id))
        .order_by_desc(eta_revision::Column::PublishedAt)
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((revision.likely, revision.reason), (after.eta_likely.unwrap(), entity::EtaReason::Logistics));
    let log = entries(&server, format!("order:{}", before.id)).await;
    assert_eq!(log.last().unwrap().kind, EventKind::EtaChanged);

    // A second delay of the same milestone, further on, is news; a forecast that is out of order is not.
    let mut later = input(&server, after.version, Code::Arrived, State::Delayed);
    later["forecast"] = json!({ "p50": now + Duration::days(60), "p90": now + Duration::days(50) });
    let payload = server.consultant().payload(RECORD, json!({ "input": later })).await;
    assert_eq!(payload["userErrors"][0]["field"], json!(["input", "forecast"]));
    later["forecast"] = json!({ "p50": now + Duration::days(60) });
    let payload = server.consultant().payload(RECORD, json!({ "input": later })).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert!(order_row(&server, before.id).await.eta_likely > after.eta_likely);
}

#[tokio::test]
async fn moments_lie_between_the_order_and_now() {
    let server = Server::start().await;
    let before = order_row(&server, server.demo.order).await;
    for at in [before.created_at - Duration::days(1), server.app().clock.now() + Duration::days(1)] {
        let mut input = input(&server, before.version, Code::Arrived, State::Done);
        input["occurredAt"] = json!(at);
        let payload = server.consultant().payload(RECORD, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"][0]["field"], json!(["input", "occurredAt"]));
    }
    let mut wrong = input(&server, before.version, Code::Arrived, State::Done);
    wrong["orderId"] = json!(server.demo.store.to_string());
    let payload = server.consultant().payload(RECORD, json!({ "input": wrong })).await;
    assert_eq!(payload["userErrors"][0]["code"], "INVALID_ID");
}

/// Walks the demo order to its end, in order of the graph.
#[tokio::test]
async fn an_order_goes_all_the_way() {
    let server = Server::start().await;
    let id = server.demo.order;
    car_there(&server, id).await;
    let consultant = server.consultant();
    for _ in 0..24 {
        let order = order_row(&server, id).await;
        let open = milestone::Entity::find()
            .filter(milestone::Column::OrderId.eq(id))
            .filter(milestone::Column::State.is_not_in([State::Done, State::Skipped]))
            .order_by_asc(milestone::Column::Position)
            .one(server.db().conn())
            .await
            .unwrap();
        let Some(next) = open else { break };
        let payload = record(&consultant, id, order.version, next.code, State::Done).await;
        if left_to(next.code, State::Done).is_some() {
            // A store has other ways for these; operators put right what was not recorded.
            assert_eq!(payload["userErrors"][0]["code"], "NOT_ELIGIBLE", "{payload}");
            assert_eq!(payload["userErrors"][0]["field"], json!(["input", "code"]));
            assert_eq!(order_row(&server, id).await, order, "nothing has changed");
            let payload = record(&server.operator(), id, order.version, next.code, State::Done).await;
            assert_eq!(payload["userErrors"], json!([]), "{}", next.code);
            continue;
        }
        assert_eq!(payload["userErrors"], json!([]), "{}", next.code);
    }
    let order: order::Model = order_row(&server, id).await;
    assert_eq!(order.status, OrderStatus::Delivered);
    assert!(order.delivered_at.is_some());
    let open = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(id))
        .filter(milestone::Column::State.is_not_in([State::Done, State::Skipped]));
    assert_eq!(open.count(server.db().conn()).await.unwrap(), 0);

    let refused = record(&consultant, id, order.version, Code::OwnershipTransferred, State::RolledBack).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_ELIGIBLE", "a manager's to say");
    let manager = server.manager();
    let payload = record(&manager, id, order.version, Code::OwnershipTransferred, State::RolledBack).await;
    assert_eq!(payload["userErrors"], json!([]));
    let payload = record(&manager, id, order.version + 1, Code::HandedOver, State::RolledBack).await;
    assert_eq!(payload["order"]["status"], "READY_FOR_DELIVERY", "{payload}");
    assert_eq!(order_row(&server, id).await.delivered_at, None);
}

/// C084.
#[tokio::test]
async fn an_order_goes_from_party_to_party() {
    const CHAIN: &str =
        "query($id: ID!) { order(id: $id) { currentOwnerParty partyHandovers { from to after handedOverAt }
        milestones { code actualAt } } }";
    let server = Server::start().await;
    let of = order_row(&server, server.demo.order).await;
    let asked = json!({ "id": of.id.to_string() });
    let chain = |answer: &Value| -> Vec<(Value, Value)> {
        let all = answer["order"]["partyHandovers"].as_array().expect("a list").clone();
        let reached = answer["order"]["milestones"].as_array().expect("a list").clone();
        for one in &all {
            let of = reached.iter().find(|row| row["code"] == one["after"]).expect("what was reached is shown");
            assert_eq!(of["actualAt"], one["handedOverAt"]);
        }
        assert!(all.windows(2).all(|two| two[0]["to"] == two[1]["from"]), "{all:?}");
        all.iter().map(|one| (one["from"].clone(), one["to"].clone())).collect()
    };
    let before = server.consultant().data(CHAIN, asked.clone()).await;
    let went = chain(&before);
    assert_eq!(went.first().expect("an order on its way").0, "CUSTOMER");
    assert_eq!(went.last().expect("an order on its way").1, before["order"]["currentOwnerParty"]);

    record(&server.consultant(), of.id, of.version, Code::Arrived, State::Done).await;
    let after = server.customer().data(CHAIN, asked).await;
    let passed = chain(&after);
    assert_eq!(passed.last().expect("an order on its way").1, after["order"]["currentOwnerParty"]);
    assert!(passed.contains(&(json!("CARRIER"), json!("STORE"))), "{passed:?}");
}
