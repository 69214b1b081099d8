//! The clock of an expected date while the customer's payment is waited for (C085; domain.md 3.3).

use chrono::{Days, NaiveDate, TimeDelta};
use entity::order::{eta_revision, event as order_event, order};
use entity::*;
use milepost::values::calendar;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{cancel, decide, reach};
use super::ground::Ground;
use super::key;
use crate::harness::Server;
use crate::ingest::{event, results, words};

const ORDER: &str =
    "query($id: ID!) { order(id: $id) { eta { earliest likely latest pausedBy revisions { likely reason } }
    milestones { code forecast { p50 p90 } } } }";

const FOLLOW: &str = "subscription($orderId: ID!) { etaChanged(orderId: $orderId) { replayed
    eta { likely pausedBy revisions { reason } } } }";

/// An order that wants the balance before the car is moved, whose car is there to be moved.
async fn waiting() -> Ground {
    let ground = Ground::of(1, FulfillmentMode::BuildToOrder).await;
    let id = ground.orders[0].id;
    let first = order::ActiveModel { balance_first: Set(Some(true)), ..Default::default() };
    let own = order::Entity::update_many().set(first).filter(order::Column::Id.eq(id));
    own.exec(ground.server.db().conn()).await.unwrap();
    use MilestoneCode::{Allocated, ContractSigned, OffLine, QualityReleased, Scheduled};
    reach(&ground.server, id, &[ContractSigned, Scheduled, OffLine, QualityReleased, Allocated]).await;
    ground
}

async fn seen(server: &Server, id: OrderId) -> Value {
    server.customer().data(ORDER, json!({ "id": id.to_string() })).await["order"].clone()
}

fn today(server: &Server) -> NaiveDate {
    calendar::day(server.app().clock.now())
}

fn day(value: &Value) -> NaiveDate {
    value.as_str().unwrap().parse().unwrap()
}

fn forecast(order: &Value, code: &str) -> NaiveDate {
    let all = order["milestones"].as_array().unwrap();
    let own = all.iter().find(|one| one["code"] == code).unwrap();
    calendar::day(own["forecast"]["p50"].as_str().unwrap().parse().unwrap())
}

/// What was written about the dates of the order.
async fn written(server: &Server, id: OrderId) -> (u64, u64) {
    let told = order_event::Entity::find()
        .filter(order_event::Column::OrderId.eq(id))
        .filter(order_event::Column::Kind.eq(OrderEventKind::EtaChanged));
    let revisions = eta_revision::Entity::find().filter(eta_revision::Column::OrderId.eq(id));
    let db = server.db().conn();
    (told.count(db).await.unwrap(), revisions.count(db).await.unwrap())
}

async fn after(server: &Server, days: i64) -> Server {
    Server::setup().beside(server).clock(TimeDelta::days(days)).start().await
}

/// What the system of record says of a milestone.
async fn say(server: &Server, order: &order::Model, code: &str, state: &str, at: chrono::DateTime<chrono::Utc>) {
    let data = json!({ "orderNumber": order.number, "code": code, "state": state, "occurredAt": at });
    let told = results(&server.system(), &[event(&key(), "cn.milepost.order.milestone.v1", None, data)]).await;
    assert_eq!(words(&told), ["applied"], "{told:#?}");
}

#[tokio::test]
async fn the_range_moves_with_the_day_until_the_balance_is_paid_and_is_counted_from_then() {
    let ground = waiting().await;
    let (server, order) = (&ground.server, &ground.orders[0]);
    let before = seen(server, order.id).await;
    let eta = &before["eta"];
    assert_eq!(
        (&eta["pausedBy"], &eta["revisions"][0]["reason"]),
        (&json!("PAYMENT_PENDING"), &json!("PAYMENT_PENDING"))
    );
    assert_eq!(eta["revisions"][0]["likely"], eta["likely"]);
    let left = Days::new((day(&eta["likely"]) - today(server)).num_days().unsigned_abs());
    let to_arrive = (forecast(&before, "ARRIVED") - today(server)).num_days();
    assert!(left > Days::new(2) && to_arrive > 0, "{before:#}");
    let once = written(server, order.id).await;

    // Nobody writes anything meanwhile, and no day lies in the past.
    for days in [1, 8, 20] {
        let later = after(server, days).await;
        let shown = seen(&later, order.id).await;
        assert_eq!(day(&shown["eta"]["likely"]), today(&later) + left, "{shown:#}");
        assert!(today(&later) <= day(&shown["eta"]["earliest"]));
        assert_eq!((forecast(&shown, "ARRIVED") - today(&later)).num_days(), to_arrive);
        assert_eq!(shown["eta"]["pausedBy"], "PAYMENT_PENDING");
    }
    let later = after(server, 30).await;
    let mut stream = later.customer().subscribe_ws(FOLLOW, json!({ "orderId": order.id.to_string() })).await;
    let first = stream.data().await["etaChanged"]["eta"].clone();
    assert_eq!(day(&first["likely"]), today(&later) + left);
    assert_eq!(written(server, order.id).await, once);

    // It was paid yesterday, as another system says.
    say(&later, order, "BALANCE_PAID", "DONE", later.app().clock.now() - TimeDelta::days(1)).await;
    let likely = today(&later) + left - Days::new(1);
    let news = stream.data().await["etaChanged"].clone();
    assert_eq!((&news["replayed"], &news["eta"]["pausedBy"]), (&json!(false), &json!(null)));
    assert_eq!((day(&news["eta"]["likely"]), &news["eta"]["revisions"][0]["reason"]), (likely, &json!("PROGRESS")));
    assert_eq!(written(server, order.id).await, (once.0 + 1, once.1 + 1));
    let even_later = after(server, 33).await;
    let shown = seen(&even_later, order.id).await;
    assert_eq!((day(&shown["eta"]["likely"]), &shown["eta"]["pausedBy"]), (likely, &json!(null)), "the clock goes on");

    // Given back, it is waited for again.
    say(&even_later, order, "BALANCE_PAID", "ROLLED_BACK", even_later.app().clock.now()).await;
    let shown = seen(&after(server, 40).await, order.id).await;
    assert_eq!(day(&shown["eta"]["likely"]), calendar::day(server.app().clock.now()) + Days::new(40) + left);
    assert_eq!(shown["eta"]["pausedBy"], "PAYMENT_PENDING");
}

#[tokio::test]
async fn what_another_system_reckons_moves_as_well() {
    let ground = waiting().await;
    let (server, order) = (&ground.server, &ground.orders[0]);
    let expected = |days| today(server) + Days::new(days);
    let data = json!({ "orderNumber": order.number, "earliest": expected(9), "likely": expected(12), "latest": expected(15),
        "confidence": "MEDIUM", "reason": "LOGISTICS" });
    let told = results(&server.system(), &[event(&key(), "cn.milepost.order.eta.v1", None, data)]).await;
    assert_eq!(words(&told), ["applied"], "{told:#?}");
    assert_eq!(day(&seen(server, order.id).await["eta"]["likely"]), expected(12));
    let shown = seen(&after(server, 20).await, order.id).await["eta"].clone();
    assert_eq!([&shown["earliest"], &shown["likely"], &shown["latest"]].map(day), [29, 32, 35].map(expected));
    assert_eq!(shown["revisions"][0], json!({ "likely": expected(12), "reason": "LOGISTICS" }), "as it was told");
}

#[tokio::test]
async fn an_order_that_ends_shows_what_was_expected_then() {
    let ground = waiting().await;
    let (server, order) = (&ground.server, &ground.orders[0]);
    let later = after(server, 10).await;
    let last = seen(&later, order.id).await["eta"]["likely"].clone();
    let asked = cancel(&later.customer(), &later, order.id).await["changeRequest"].clone();
    let decided = decide(&later.manager(), &later, order.id, &asked, json!({})).await;
    assert_eq!(decided["order"]["status"], "CANCELLED", "{decided:#}");
    let shown = seen(&after(server, 30).await, order.id).await;
    assert_eq!((&shown["eta"]["likely"], &shown["eta"]["pausedBy"]), (&last, &json!(null)), "{shown:#}");
}
