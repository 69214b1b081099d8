//! Events that are done together: the same as one after the other.

use chrono::TimeDelta;
use entity::loyalty::{account, points_entry, points_lot};
use entity::order::order;
use entity::upstream::{inbound_event, system};
use entity::{InboundState, LotState};
use milepost::ingest::retry;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{
    MILESTONE, VEHICLE, ago, demo_order, event, example, fingerprint, milestones, records, result, results, words,
};
use crate::harness::Server;

const PROFILE: &str = "cn.milepost.customer.profile.v1";
const POINTS: &str = "cn.milepost.loyalty.points.v1";
const LEAD: &str = "cn.milepost.lead.lead.v1";

fn points(number: &str, reference: &str, kind: &str, points: i64) -> Value {
    json!({ "customerNumber": number, "reference": reference, "kind": kind, "points": points, "growth": if kind == "EARNED" { points } else { 0 },
        "reason": "TEST" })
}

#[tokio::test]
async fn points_of_one_customer_add_up_within_a_batch() {
    let server = Server::start().await;
    let system = server.system();
    let profile = example(PROFILE);
    let number = profile["number"].as_str().unwrap().to_owned();
    let spent = points(&number, "p-3", "SPENT", 400);
    let batch = [
        event("c", PROFILE, None, profile),
        event("1", POINTS, None, points(&number, "p-1", "EARNED", 300)),
        event("2", POINTS, None, points(&number, "p-2", "EARNED", 200)),
        event("3", POINTS, None, spent.clone()),
        event("4", POINTS, None, points(&number, "p-4", "SPENT", 400)),
    ];
    let found = results(&system, &batch).await;
    assert_eq!(words(&found), ["applied", "applied", "applied", "applied", "held"], "{found:#?}");
    let db = server.db().conn();
    let customer = entity::customer::customer::Entity::find()
        .filter(entity::customer::customer::Column::Number.eq(&number))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let account = || async {
        let found = account::Entity::find().filter(account::Column::CustomerId.eq(customer.id));
        found.one(db).await.unwrap().unwrap()
    };
    let row = account().await;
    assert_eq!((row.balance, row.growth, row.pending), (100, 500, 0));
    let lots = points_lot::Entity::find().filter(points_lot::Column::AccountId.eq(row.id)).all(db).await.unwrap();
    let active: i64 = lots.iter().filter(|lot| lot.state == LotState::Active).map(|lot| lot.remaining).sum();
    assert_eq!((lots.len(), active), (2, 100));
    let lines = points_entry::Entity::find()
        .filter(points_entry::Column::AccountId.eq(row.id))
        .order_by_asc(points_entry::Column::OccurredAt)
        .order_by_asc(points_entry::Column::Id);
    let lines = lines.all(db).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.points).sum::<i64>(), 100);
    assert_eq!(lines.last().unwrap().balance_after, 100);

    // What was counted counts once, under whatever id it comes again; so does what was spent.
    let before = fingerprint(&server).await;
    let again = [event("5", POINTS, None, points(&number, "p-1", "EARNED", 300)), event("6", POINTS, None, spent)];
    for answer in results(&system, &again).await {
        let told = (answer["outcome"].as_str(), answer["code"].as_str(), answer["field"].as_str());
        assert_eq!(told, (Some("refused"), Some("DUPLICATE"), Some("data.reference")));
    }
    assert_eq!(fingerprint(&server).await, before);
    assert_eq!(account().await, row);
}

#[tokio::test]
async fn milestones_of_one_order_follow_one_another_within_a_batch() {
    let server = Server::start().await;
    let system = server.system();
    let (mut orders, mut batch) = (Vec::new(), Vec::new());
    for n in 0..3 {
        let mut profile = example(PROFILE);
        (profile["number"], profile["phone"]) = (format!("B{n}").into(), format!("1990077000{n}").into());
        let mut placed = example("cn.milepost.order.order.v1");
        (placed["number"], placed["customerNumber"]) = (format!("YB{n}").into(), format!("B{n}").into());
        let mut paid = example("cn.milepost.order.payment.v1");
        (paid["orderNumber"], paid["reference"]) = (format!("YB{n}").into(), format!("pay-{n}").into());
        orders.push(event(&format!("c-{n}"), PROFILE, None, profile));
        orders.push(event(&format!("o-{n}"), "cn.milepost.order.order.v1", None, placed));
        orders.push(event(&format!("p-{n}"), "cn.milepost.order.payment.v1", None, paid));
    }
    for answer in results(&system, &orders).await {
        assert_eq!(answer["outcome"], "applied", "{answer:#}");
    }
    for (at, (code, state)) in
        [("CONFIG_LOCKED", "DONE"), ("SCHEDULED", "DONE"), ("BODY", "DONE"), ("READY", "DONE"), ("OFF_LINE", "DONE")]
            .iter()
            .enumerate()
    {
        for n in 0..3 {
            let data = json!({ "orderNumber": format!("YB{n}"), "code": code, "state": state });
            batch.push(event(&format!("m-{n}-{at}"), MILESTONE, Some(ago(&server, 60 - at as i64)), data));
        }
    }
    let found = results(&system, &batch).await;
    let expected: Vec<_> =
        ["applied", "applied", "applied", "held", "applied"].iter().flat_map(|word| [*word; 3]).collect();
    assert_eq!(words(&found), expected, "{found:#?}");
    assert_eq!(found[12]["implied"].as_array().map(Vec::is_empty), found[13]["implied"].as_array().map(Vec::is_empty));
    let db = server.db().conn();
    let mut states = Vec::new();
    for n in 0..3 {
        let order =
            order::Entity::find().filter(order::Column::Number.eq(format!("YB{n}"))).one(db).await.unwrap().unwrap();
        let rows = milestones(&server, order.id).await;
        states.push(rows.into_iter().map(|row| (row.0, row.1)).collect::<Vec<_>>());
    }
    assert_eq!((&states[0], &states[1]), (&states[1], &states[2]));
    let done = states[0].iter().filter(|row| row.1 == entity::MilestoneState::Done).count();
    assert!(done >= 5, "{:?}", states[0]);
}

#[tokio::test]
async fn two_leads_of_one_person_are_one_within_a_batch_too() {
    let server = Server::start().await;
    let lead = |number: &str| {
        let mut lead = example(LEAD);
        lead["number"] = number.into();
        lead
    };
    let batch = [event("1", LEAD, None, lead("CRM-1")), event("2", LEAD, None, lead("CRM-2"))];
    let found = results(&server.system(), &batch).await;
    assert_eq!(words(&found), ["applied", "refused"]);
    assert_eq!((found[1]["code"].as_str(), found[1]["field"].as_str()), (Some("DUPLICATE"), Some("data.phone")));
}

#[tokio::test]
async fn names_and_times_that_nothing_can_have_are_refused_by_name() {
    let server = Server::start().await;
    let system = server.system();
    let with = |member: &str, value: Value| {
        let mut car = example(VEHICLE);
        car[member] = value;
        car
    };
    let mut missing = example(VEHICLE);
    missing.as_object_mut().unwrap().remove("status");
    let far = "+262142-12-31T00:00:00Z";
    let cases = [
        (with("vin", "L00\u{0}".into()), "data.vin"),
        (with("vin", "L".repeat(5_000).into()), "data"),
        (with("trimCode", "C".repeat(5_000).into()), "data.trimCode"),
        (with("trimCode", "C\u{0}".into()), "data.trimCode"),
        (with("expectedAt", far.into()), "data.expectedAt"),
        (missing, "data.status"),
    ];
    let mut batch: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(at, (data, _))| event(&format!("v-{at}"), VEHICLE, None, data.clone()))
        .collect();
    let ahead = server.app().clock.now() + TimeDelta::hours(1);
    batch.push(event("early", VEHICLE, Some(ahead), example(VEHICLE)));
    batch.push(event("good", VEHICLE, None, example(VEHICLE)));
    let found = results(&system, &batch).await;
    for ((data, field), found) in cases.iter().zip(&found) {
        let told = (found["outcome"].as_str(), found["code"].as_str(), found["field"].as_str());
        assert_eq!(told, (Some("refused"), Some("INVALID"), Some(*field)), "{data:#}");
    }
    let early = &found[cases.len()];
    assert_eq!((early["code"].as_str(), early["field"].as_str()), (Some("INVALID"), Some("time")), "{early:#}");
    assert_eq!(found[cases.len() + 1]["outcome"], "applied");
}

#[tokio::test]
async fn those_of_a_system_that_is_switched_off_are_in_nobodys_way() {
    let server = Server::start().await;
    let order = demo_order(&server).await;
    let ready = |id: &str| {
        let data = json!({ "orderNumber": order.number, "code": "READY", "state": "DONE" });
        event(id, MILESTONE, Some(ago(&server, 60)), data)
    };
    assert_eq!(result(&server.system(), ready("r-1")).await["outcome"], "held");
    let db = server.db().conn();
    let off = system::ActiveModel { active: Set(false), ..Default::default() };
    system::Entity::update_many().set(off).exec(db).await.unwrap();
    let later = Server::setup().beside(&server).clock(TimeDelta::minutes(5)).start().await;
    let before = records(&server).await.remove(0);
    assert_eq!(retry::held(later.app()).await.unwrap(), 0);
    // Looked at, and left as it was.
    let after = records(&server).await.remove(0);
    assert!(after.settled_at > before.settled_at);
    assert_eq!(inbound_event::Model { settled_at: before.settled_at, ..after }, before);
    assert_eq!(before.state, InboundState::Held);
}

#[tokio::test]
async fn what_a_customer_has_said_since_counts() {
    let server = Server::start().await;
    let system = server.system();
    let said = |id: &str, seconds: i64, granted: bool| {
        let mut data = example("cn.milepost.customer.consent.v1");
        data["granted"] = granted.into();
        data["occurredAt"] = ago(&server, seconds).to_rfc3339().into();
        event(id, "cn.milepost.customer.consent.v1", None, data)
    };
    // The customer withdraws by another way than this subject's events: in the app.
    assert_eq!(result(&system, said("c-1", 600, true)).await["outcome"], "applied");
    let withdraw = "mutation($input: ConsentWithdrawInput!) { consentWithdraw(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "idempotencyKey": "w", "purpose": "MARKETING" } });
    let payload = server.customer().payload(withdraw, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    let late = result(&system, said("c-2", 300, true)).await;
    assert_eq!(late["outcome"], "outdated", "{late:#}");
}
