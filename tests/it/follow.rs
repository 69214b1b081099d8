//! Subscriptions beside `deliveryMilestoneUpdated`: each begins with what is, tells what happens, and goes on from a cursor.

use entity::inventory::vehicle_unit;
use entity::lead::lead;
use entity::order::order;
use entity::{
    CommercialStatus, CustomerId, LeadId, LeadStage, MilestoneCode, MilestoneState, PhysicalStatus, StockType, StoreId,
    VehicleUnitId,
};
use futures_util::future::join_all;
use milepost::access::ViewerKind;
use milepost::events::log;
use milepost::events::returns::Returns;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::{Client, Server, Stream};
use crate::order::feed::report;

const PLACE: &str = "sequence previousSequence cursor eventId occurredAt replayed replayGap";

/// A subscription's document; `args` are its own arguments.
fn document(field: &str, args: &str, shows: &str) -> String {
    let declared = if args.is_empty() { "" } else { "$id: ID!, " };
    format!(
        "subscription({declared}$after: String, $number: Int64) {{
            {field}({args} after: $after, afterSequence: $number) {{ {PLACE} {shows} }} }}"
    )
}

async fn next(stream: &mut Stream, field: &str) -> Value {
    stream.data().await[field].clone()
}

/// The messages of the state to begin with, up to the one that has a place, and that place.
async fn beginning(stream: &mut Stream, field: &str) -> (Vec<Value>, String) {
    let mut told = Vec::new();
    loop {
        let message = next(stream, field).await;
        assert_eq!((&message["replayed"], &message["replayGap"]), (&json!(false), &json!(null)));
        told.push(message.clone());
        if let Some(cursor) = message["cursor"].as_str() {
            return (told, cursor.to_owned());
        }
    }
}

/// Follows, lets something happen, and comes back from the beginning's place; answers beginning and news.
async fn followed(
    client: &Client,
    (field, document, mut variables): (&str, String, Value),
    happens: impl Future<Output = ()>,
) -> (Vec<Value>, Value) {
    let mut live = client.subscribe_ws(&document, variables.clone()).await;
    let (begun, cursor) = beginning(&mut live, field).await;
    happens.await;
    let news = next(&mut live, field).await;
    assert_eq!((&news["replayed"], &news["previousSequence"]), (&json!(false), &begun[0]["sequence"]));

    variables["after"] = json!(cursor);
    let replayed = next(&mut client.subscribe_sse(&document, variables.clone()).await, field).await;
    assert_eq!((&replayed["eventId"], &replayed["replayed"]), (&news["eventId"], &json!(true)));
    assert_eq!(replayed["cursor"], news["cursor"]);

    variables["after"] = json!("00000000-1");
    let anew = next(&mut client.subscribe_ws(&document, variables.clone()).await, field).await;
    assert_eq!(anew["replayGap"], "OTHER_HISTORY");
    variables["number"] = json!(1);
    assert_eq!(refused(client, &document, variables).await, "BAD_USER_INPUT");
    (begun, news)
}

/// The code with which a subscription is refused.
async fn refused(client: &Client, document: &str, variables: Value) -> Value {
    client.subscribe_sse(document, variables).await.next().await["errors"][0]["extensions"]["code"].clone()
}

#[tokio::test]
async fn an_orders_expected_date() {
    let server = Server::start().await;
    let document = document("etaChanged", "orderId: $id", "order { id version } eta { likely confidence }");
    let variables = json!({ "id": server.demo.order.to_string() });
    let arrives = async { drop(report(&server, MilestoneCode::Arrived, MilestoneState::Done).await) };
    let asked = ("etaChanged", document.clone(), variables.clone());
    let client = server.customer();
    let mut live = client.subscribe_ws(&document, variables.clone()).await;
    let (before, _) = beginning(&mut live, "etaChanged").await;
    arrives.await;
    // Numbers leap over what is no date.
    let news = next(&mut live, "etaChanged").await;
    assert_eq!(news["previousSequence"], before[0]["sequence"]);
    assert!(news["sequence"].as_i64().unwrap() > before[0]["sequence"].as_i64().unwrap() + 1);
    assert_ne!(news["eta"], before[0]["eta"]);
    assert_eq!(news["order"]["id"], variables["id"]);
    let back = async { drop(report(&server, MilestoneCode::Arrived, MilestoneState::RolledBack).await) };
    let (begun, again) = followed(&client, asked, back).await;
    assert_eq!(begun[0]["eta"], news["eta"]);
    assert_ne!(again["eta"], news["eta"]);

    let stranger = order::Entity::find().filter(order::Column::CustomerId.ne(server.demo.customer));
    let stranger = stranger.one(server.db().conn()).await.unwrap().unwrap().customer_id;
    // Whether there is nothing to tell at once, or something that says nothing of a date, or a date.
    let head = log::head(server.db().conn(), &format!("order:{}", server.demo.order)).await.unwrap();
    for number in [json!(null), json!(head), json!(head - 1), json!(head - 2), json!(0)] {
        let variables = json!({ "id": variables["id"], "number": number });
        assert_eq!(refused(&server.customer_with(stranger), &document, variables).await, "NOT_FOUND", "after {number}");
    }
    assert_eq!(refused(&server.anonymous(), &document, variables).await, "UNAUTHENTICATED");
}

/// Subscribers that come at once.
const CROWD: usize = 60;

#[tokio::test]
async fn those_who_come_back_at_one_moment_are_read_together() {
    let server = Server::start().await;
    let (db, name) = (server.db(), format!("order:{}", server.demo.order));
    let head = log::head(db.conn(), &name).await.unwrap();
    let returns = Returns::default();
    // One thread: all of them have asked before the first is read for.
    let back = (0..CROWD).map(|at| returns.read(db, &name, head - i64::from(at % 2 == 0)));
    let (read, statements) = server.counted(join_all(back)).await;
    for (at, read) in read.into_iter().enumerate() {
        let (told, entries) = read.unwrap();
        let sequences: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
        let missed = if at % 2 == 0 { vec![head] } else { Vec::new() };
        assert_eq!((told, sequences), (head, missed), "{at}");
    }
    // SQLite reads for each: the head, and what half of them missed.
    let crowd = u64::try_from(CROWD).unwrap();
    let expected = if db.backend() == DbBackend::Postgres { 2 } else { crowd + crowd / 2 };
    assert_eq!(statements, expected);
}

#[tokio::test]
async fn a_crowd_that_comes_back_is_told_what_it_missed() {
    let server = Server::setup().setting("MILEPOST_LIMITS__CONNECTIONS_PER_CALLER", "100").start().await;
    let name = format!("order:{}", server.demo.order);
    let head = log::head(server.db().conn(), &name).await.unwrap();
    let document = document("deliveryMilestoneUpdated", "orderId: $id", "order { id }");
    let comes = || {
        let place = head - 1;
        let variables = json!({ "id": server.demo.order.to_string(), "number": place });
        let (client, document) = (server.customer(), &document);
        async move {
            let told = next(&mut client.subscribe_sse(document, variables).await, "deliveryMilestoneUpdated").await;
            (told["sequence"].as_i64().unwrap() > place, told["replayed"] == true)
        }
    };
    // What the first brings in is not theirs.
    comes().await;
    let (told, statements) = server.counted(join_all((0..CROWD).map(|_| comes()))).await;
    assert!(told.iter().all(|told| *told == (true, true)), "{told:?}");
    // Of each at most the look at what was missed, two statements on SQLite, and what the message shows.
    let crowd = u64::try_from(CROWD).unwrap();
    let most = if server.db().backend() == DbBackend::Postgres { crowd * 2 } else { crowd * 4 };
    assert!((crowd..=most).contains(&statements), "{statements} statements");
}

#[tokio::test]
async fn a_car_and_whether_it_is_held() {
    const RESERVE: &str =
        "mutation($input: VehicleReserveInput!) { vehicleReserve(input: $input) { userErrors { code } } }";
    let server = Server::start().await;
    let car = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.eq(server.demo.store))
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .filter(vehicle_unit::Column::StockType.eq(StockType::StoreStock))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let document = document("vehicleStatusChanged", "vehicleId: $id", "kind vehicle { id status commercialStatus }");
    let variables = json!({ "id": car.id.to_string() });
    let is_held = async {
        let input = json!({ "idempotencyKey": "k", "vehicleId": car.id.to_string(), "expectedVersion": car.version });
        let payload = server.consultant().payload(RESERVE, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"], json!([]));
    };
    let asked = ("vehicleStatusChanged", document.clone(), variables.clone());
    let (begun, news) = followed(&server.consultant(), asked, is_held).await;
    assert_eq!((&begun[0]["kind"], &begun[0]["vehicle"]["commercialStatus"]), (&json!("SNAPSHOT"), &json!("FREE")));
    assert_eq!((&news["kind"], &news["vehicle"]["commercialStatus"]), (&json!("RESERVED"), &json!("RESERVED")));

    // A customer has no car in the stock, and one that is not there looks the same.
    assert_eq!(refused(&server.customer(), &document, variables).await, "NOT_FOUND");
    let absent = json!({ "id": VehicleUnitId::generate().to_string() });
    assert_eq!(refused(&server.operator(), &document, absent).await, "NOT_FOUND");
}

#[tokio::test]
async fn leads_as_a_store_gets_them() {
    const ASSIGN: &str =
        "mutation($input: LeadAssignInput!) { leadAssign(input: $input) { userErrors { code field } } }";
    let server = Server::start().await;
    let db = server.db().conn();
    let waiting = lead::Entity::find()
        .filter(lead::Column::StoreId.eq(server.demo.store))
        .filter(lead::Column::Stage.eq(LeadStage::Assigned))
        .all(db)
        .await
        .unwrap();
    let document = document("leadAssigned", "storeId: $id", "snapshot lead { id owner { id } store { id } }");
    let variables = json!({ "id": server.demo.store.to_string() });
    let chosen: LeadId = waiting[0].id;
    // To somebody who does not have it.
    let people = [server.demo.consultant, server.demo.manager];
    let to = people.into_iter().find(|id| waiting[0].owner_id != Some(*id)).unwrap().to_string();
    let is_given = async {
        let input = json!({ "idempotencyKey": "k", "leadId": chosen.to_string(), "staffId": to.clone() });
        let payload = server.manager().payload(ASSIGN, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"], json!([]));
    };
    let asked = ("leadAssigned", document.clone(), variables.clone());
    let (begun, news) = followed(&server.manager(), asked, is_given).await;
    assert_eq!(begun.len(), waiting.len().min(100));
    assert!(begun.iter().all(|message| message["snapshot"] == json!(true)));
    assert_eq!((&news["snapshot"], &news["lead"]["id"]), (&json!(false), &json!(chosen.to_string())));
    assert_eq!(news["lead"]["owner"]["id"], to);

    for (client, code) in [(server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED")] {
        assert_eq!(refused(&client, &document, variables.clone()).await, code);
    }
    let other = json!({ "id": StoreId::generate().to_string() });
    assert_eq!(refused(&server.manager(), &document, other.clone()).await, "FORBIDDEN");
    assert_eq!(refused(&server.operator(), &document, other).await, "NOT_FOUND");
}

#[tokio::test]
async fn alerts_of_a_stores_stock() {
    const RULE: &str =
        "mutation($input: StockAlertRuleUpsertInput!) { stockAlertRuleUpsert(input: $input) { userErrors { code } } }";
    const TAKE_UP: &str = "mutation($input: StockAlertAcknowledgeInput!) { stockAlertAcknowledge(input: $input) { userErrors { code } } }";
    let server = Server::start().await;
    let rule = json!({ "idempotencyKey": "k", "name": "K", "stockType": "STORE_STOCK", "metric": "AGE_OVER", "threshold": 0,
        "active": true });
    assert_eq!(server.operator().payload(RULE, json!({ "input": rule })).await["userErrors"], json!([]));
    let day = chrono::TimeDelta::days(1);
    while milepost::inventory::watch::look(server.app(), server.db(), day, &mut Vec::new()).await.unwrap() {}
    let standing = entity::inventory::alert::Entity::find()
        .filter(entity::inventory::alert::Column::StoreId.eq(server.demo.store))
        .all(server.db().conn())
        .await
        .unwrap();
    assert!(!standing.is_empty());
    let document =
        document("stockAlertRaised", "storeId: $id", "snapshot alert { id state rule { name } vehicle { id } }");
    let variables = json!({ "id": server.demo.store.to_string() });
    let chosen = standing[0].id.to_string();
    let is_taken_up = async {
        let input = json!({ "idempotencyKey": "k", "alertId": chosen, "expectedVersion": 1 });
        let payload = server.consultant().payload(TAKE_UP, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"], json!([]));
    };
    let asked = ("stockAlertRaised", document.clone(), variables.clone());
    let (begun, news) = followed(&server.consultant(), asked, is_taken_up).await;
    assert_eq!(begun.len(), standing.len().min(100));
    assert!(begun.iter().all(|message| message["snapshot"] == json!(true)));
    assert_eq!(
        (&news["snapshot"], &news["alert"]["id"], &news["alert"]["state"]),
        (&json!(false), &json!(standing[0].id.to_string()), &json!("ACKNOWLEDGED"))
    );
    for (client, code) in [(server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED")] {
        assert_eq!(refused(&client, &document, variables.clone()).await, code);
    }
    let other = json!({ "id": StoreId::generate().to_string() });
    assert_eq!(refused(&server.manager(), &document, other.clone()).await, "FORBIDDEN");
    assert_eq!(refused(&server.operator(), &document, other).await, "NOT_FOUND");
}

#[tokio::test]
async fn transfers_from_and_to_a_store() {
    const APPROVE: &str =
        "mutation($input: StockTransferApproveInput!) { stockTransferApprove(input: $input) { userErrors { code } } }";
    let server = Server::start().await;
    let asked_for = entity::inventory::transfer::Entity::find()
        .filter(entity::inventory::transfer::Column::FromStoreId.eq(server.demo.store))
        .all(server.db().conn())
        .await
        .unwrap();
    let document = document("stockTransferChanged", "storeId: $id", "snapshot transfer { id state vehicle { id } }");
    let chosen = &asked_for[0];
    let variables = json!({ "id": server.demo.store.to_string() });
    let is_decided = async {
        let input = json!({ "idempotencyKey": "k", "transferId": chosen.id.to_string(), "expectedVersion": 1,
            "approve": false });
        let payload = server.manager().payload(APPROVE, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"], json!([]));
    };
    let asked = ("stockTransferChanged", document.clone(), variables.clone());
    // Who asked for it is told, too.
    let asking = server.staff(server.demo.manager, chosen.to_store_id, true);
    let other = json!({ "id": chosen.to_store_id.to_string() });
    let mut there = asking.subscribe_ws(&document, other.clone()).await;
    beginning(&mut there, "stockTransferChanged").await;
    let (begun, news) = followed(&server.consultant(), asked, is_decided).await;
    assert_eq!(begun.len(), asked_for.len());
    assert_eq!(
        (&news["snapshot"], &news["transfer"]["id"], &news["transfer"]["state"]),
        (&json!(false), &json!(chosen.id.to_string()), &json!("REJECTED"))
    );
    let told = next(&mut there, "stockTransferChanged").await;
    assert_eq!((&told["transfer"]["id"], &told["transfer"]["state"]), (&news["transfer"]["id"], &json!("REJECTED")));
    assert_eq!(refused(&server.customer(), &document, variables).await, "FORBIDDEN");
    assert_eq!(refused(&server.manager(), &document, other).await, "FORBIDDEN");
}

#[tokio::test]
async fn points_of_the_signed_in_customer() {
    const AWARD: &str =
        "mutation($input: PointsAwardInput!) { pointsAward(input: $input) { userErrors { code field } } }";
    let server = Server::start().await;
    let document = document("pointsBalanceChanged", "", "kind account { balance }");
    let comes = async {
        let input = json!({ "idempotencyKey": "k", "customerId": server.demo.customer.to_string(), "points": 100,
            "reason": "Thank you", "sourceType": "CASE", "sourceId": "k" });
        let payload = server.operator().payload(AWARD, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"], json!([]));
    };
    let asked = ("pointsBalanceChanged", document.clone(), json!({}));
    let (begun, news) = followed(&server.customer(), asked, comes).await;
    assert_eq!((&begun[0]["kind"], &news["kind"]), (&json!("SNAPSHOT"), &json!("BALANCE_CHANGED")));
    let balance = |message: &Value| message["account"]["balance"].as_i64().unwrap();
    assert_eq!(balance(&news), balance(&begun[0]) + 100);

    assert_eq!(refused(&server.anonymous(), &document, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(refused(&server.consultant(), &document, json!({})).await, "FORBIDDEN");
    let nobody = server.client(ViewerKind::Customer(CustomerId::generate()), &[]);
    assert_eq!(refused(&nobody, &document, json!({})).await, "NOT_FOUND");
}

const SUBJECT: &str =
    "kind subjectVersion subject { __typename id ... on Order { version milestones { code state } } }";

#[tokio::test]
async fn everything_of_a_customer_over_one_stream() {
    let server = Server::start().await;
    let document = document("myEvents", "", SUBJECT);
    let happens = async { drop(report(&server, MilestoneCode::Arrived, MilestoneState::Done).await) };
    let (begun, news) = followed(&server.customer(), ("myEvents", document.clone(), json!({})), happens).await;
    assert_eq!((&begun[0]["kind"], &begun[0]["subjectVersion"]), (&json!(null), &json!(null)));
    assert_eq!(begun[0]["subject"]["id"], server.demo.customer.to_string());
    assert_eq!(
        (&news["kind"], &news["subject"]["id"]),
        (&json!("MILESTONE_CHANGED"), &json!(server.demo.order.to_string()))
    );
    assert_eq!(news["subjectVersion"], news["subject"]["version"]);

    assert_eq!(refused(&server.anonymous(), &document, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(refused(&server.manager(), &document, json!({})).await, "FORBIDDEN");
}

#[tokio::test]
async fn everything_of_a_store_over_one_stream() {
    let server = Server::start().await;
    let document = document("storeEvents", "storeId: $id", SUBJECT);
    let variables = json!({ "id": server.demo.store.to_string() });
    let happens = async { drop(report(&server, MilestoneCode::Arrived, MilestoneState::Done).await) };
    let asked = ("storeEvents", document.clone(), variables.clone());
    let (begun, news) = followed(&server.consultant(), asked, happens).await;
    assert_eq!(begun[0]["subject"], json!({ "__typename": "Store", "id": variables["id"] }));
    assert_eq!(news["subject"]["__typename"], "Order");

    for (client, code) in [(server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED")] {
        assert_eq!(refused(&client, &document, variables.clone()).await, code);
    }
    let other = json!({ "id": StoreId::generate().to_string() });
    assert_eq!(refused(&server.manager(), &document, other.clone()).await, "FORBIDDEN");
    assert_eq!(refused(&server.operator(), &document, other).await, "NOT_FOUND");
}

const EVENTS: &str = "query($stream: String!, $after: String, $number: Int64, $first: Int!) {
    events(stream: $stream, after: $after, afterSequence: $number, first: $first) {
        cursor hasMore replayGap subject { __typename id }
        events { sequence previousSequence cursor eventId replayed kind subjectVersion subject { id } } } }";

/// Polls from a place to the end of the stream.
async fn polled(client: &Client, stream: &str, mut place: Value, first: i64) -> (Vec<Value>, Value) {
    let mut told = Vec::new();
    loop {
        let variables = json!({ "stream": stream, "after": place, "first": first });
        let page = client.data(EVENTS, variables).await["events"].clone();
        assert_eq!(page["replayGap"], json!(null));
        told.extend(page["events"].as_array().unwrap().iter().cloned());
        place = page["cursor"].clone();
        if page["hasMore"] == json!(false) {
            return (told, place);
        }
    }
}

#[tokio::test]
async fn what_is_polled_is_what_is_pushed() {
    let server = Server::start().await;
    let client = server.customer();
    let stream = format!("customer:{}", server.demo.customer);
    let start = client.data(EVENTS, json!({ "stream": stream, "first": 10 })).await["events"].clone();
    assert_eq!((&start["events"], &start["hasMore"]), (&json!([]), &json!(false)));
    assert_eq!(start["subject"], json!({ "__typename": "Customer", "id": server.demo.customer.to_string() }));

    let document = document("myEvents", "", "kind subjectVersion subject { id }");
    let mut live = client.subscribe_ws(&document, json!({ "after": start["cursor"] })).await;
    for state in [MilestoneState::Done, MilestoneState::RolledBack, MilestoneState::Done] {
        report(&server, MilestoneCode::Arrived, state).await;
    }
    for first in [1, 2, 100] {
        let (told, end) = polled(&client, &stream, start["cursor"].clone(), first).await;
        assert!(told.len() > 3);
        assert_eq!(told.last().unwrap()["cursor"], end);
        if first == 1 {
            for message in &told {
                let mut pushed = next(&mut live, "myEvents").await;
                for own in ["occurredAt", "replayed", "replayGap"] {
                    pushed.as_object_mut().unwrap().remove(own);
                }
                let mut message = message.clone();
                message.as_object_mut().unwrap().remove("replayed");
                // A part of its own knows only the place that it was asked from.
                assert_eq!(message, pushed);
            }
        }
        let (nothing, same) = polled(&client, &stream, end.clone(), first).await;
        assert_eq!((nothing, same), (Vec::new(), end));
    }

    let gap = |variables: Value| {
        let client = client.clone();
        async move { client.data(EVENTS, variables).await["events"].clone() }
    };
    let other = gap(json!({ "stream": stream, "after": "00000000-1", "first": 5 })).await;
    assert_eq!((&other["replayGap"], &other["events"]), (&json!("OTHER_HISTORY"), &json!([])));
    let ahead = gap(json!({ "stream": stream, "number": 1_000_000, "first": 5 })).await;
    assert_eq!(ahead["replayGap"], "AHEAD_OF_STREAM");
}

#[tokio::test]
async fn a_stream_is_polled_by_those_who_may_follow_it() {
    let server = Server::start().await;
    let demo = server.demo;
    let names = |stream: String| json!({ "stream": stream, "first": 1 });
    let allowed = [
        (server.customer(), format!("customer:{}", demo.customer)),
        (server.operator(), format!("customer:{}", demo.customer)),
        (server.customer(), format!("order:{}", demo.order)),
        (server.consultant(), format!("order:{}", demo.order)),
        (server.consultant(), format!("store:{}", demo.store)),
    ];
    for (client, stream) in allowed {
        client.data(EVENTS, names(stream)).await;
    }
    let refused = [
        (server.manager(), format!("customer:{}", demo.customer), "FORBIDDEN"),
        (server.customer(), format!("customer:{}", CustomerId::generate()), "FORBIDDEN"),
        (server.customer(), format!("store:{}", demo.store), "FORBIDDEN"),
        (server.customer(), format!("order:{}", entity::OrderId::generate()), "NOT_FOUND"),
        (server.customer(), format!("vehicle:{}", VehicleUnitId::generate()), "NOT_FOUND"),
        (server.anonymous(), format!("order:{}", demo.order), "UNAUTHENTICATED"),
        (server.manager(), "oem".to_owned(), "FORBIDDEN"),
        (server.anonymous(), "oem".to_owned(), "UNAUTHENTICATED"),
        (server.operator(), format!("order:{}", demo.store), "BAD_USER_INPUT"),
    ];
    for (client, stream, code) in refused {
        assert_eq!(client.code(EVENTS, names(stream.clone())).await, code, "{stream}");
    }
    let many = json!({ "stream": format!("order:{}", demo.order), "first": 101 });
    assert_eq!(server.operator().code(EVENTS, many).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn the_messages_on_an_order() {
    use crate::order::conversation::{blank, send};
    let server = Server::start().await;
    let id = blank(&server).await;
    let shows = "order { id conversation { messageCount unreadCount } } message { number side text recalledAt }";
    let document = document("messageReceived", "orderId: $id", shows);
    let variables = json!({ "id": id.to_string() });
    let says = |text: &str| json!({ "idempotencyKey": crate::order::key(), "orderId": id.to_string(), "text": text });
    let asked = ("messageReceived", document.clone(), variables.clone());
    let writes = async { drop(send(&server.consultant(), says("Your car is here")).await) };
    let (begun, news) = followed(&server.customer(), asked.clone(), writes).await;
    assert_eq!((begun.len(), &begun[0]["message"]), (1, &json!(null)));
    assert_eq!(
        news["message"],
        json!({ "number": 1, "side": "STORE", "text": "Your car is here", "recalledAt": null })
    );
    assert_eq!(news["order"]["conversation"], json!({ "messageCount": 1, "unreadCount": 1 }));

    // It begins with the last one; what else happens to the order is nothing to it.
    let answers = async {
        report(&server, MilestoneCode::Arrived, MilestoneState::Done).await;
        send(&server.customer(), says("Coming")).await;
    };
    let mut live = server.consultant().subscribe_ws(&document, variables.clone()).await;
    let (begun, _) = beginning(&mut live, "messageReceived").await;
    assert_eq!(begun[0]["message"]["number"], 1);
    answers.await;
    assert_eq!(next(&mut live, "messageReceived").await["message"]["text"], "Coming");

    let stranger = order::Entity::find().filter(order::Column::CustomerId.ne(server.demo.customer));
    let stranger = stranger.one(server.db().conn()).await.unwrap().unwrap().customer_id;
    assert_eq!(refused(&server.customer_with(stranger), &document, variables.clone()).await, "NOT_FOUND");
    assert_eq!(refused(&server.anonymous(), &document, variables).await, "UNAUTHENTICATED");
}
