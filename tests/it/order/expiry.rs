//! Orders that nobody makes firm in time (C064).

use chrono::{Duration, TimeDelta};
use entity::order::{event as history, order, payment};
use entity::{
    EventKind, OrderEventKind, OrderId, OrderPaymentStatus, OrderStatus, PaymentState, PrefixedId, RefundState,
};
use futures_util::future::join_all;
use milepost::events::log;
use milepost::order::watch::run_out;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{books, ordered, refunds};
use super::pay::{CONFIRM, of_order, pay};
use super::place::{PLACE, input, priced};
use super::provider::{INITIATE, asked, deed, until, watchful};
use super::{key, order_row};
use crate::harness::{PATIENCE, Server, breaks, mended};

const SEEN: &str =
    "query($id: ID!) { order(id: $id) { status intentionDeadline paymentStatus timeline { kind toStatus } } }";

/// An order whose deposit is asked for.
async fn draft(server: &Server, stage: &str) -> Value {
    let customer = server.customer();
    let mut input = priced(&customer, input(server).await).await;
    input["stage"] = json!(stage);
    let placed = customer.payload(PLACE, json!({ "input": input })).await;
    assert_eq!(placed["userErrors"], json!([]));
    placed
}

fn id_of(placed: &Value) -> OrderId {
    placed["order"]["id"].as_str().unwrap().parse().unwrap()
}

/// One whose deposit was paid at the counter.
async fn paid_by_hand(server: &Server, stage: &str) -> OrderId {
    let placed = draft(server, stage).await;
    let paid = pay(&server.consultant(), &placed["payment"], 1, &key()).await;
    assert_eq!(paid["userErrors"], json!([]));
    id_of(&placed)
}

async fn put(server: &Server, id: OrderId, change: order::ActiveModel) {
    let of = order::Column::Id.eq(id);
    order::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
}

/// Its time is over.
async fn overdue(server: &Server, id: OrderId) {
    let past = server.app().clock.now() - TimeDelta::minutes(1);
    put(server, id, order::ActiveModel { intention_deadline: Set(Some(past)), ..Default::default() }).await;
}

async fn runs_out(server: &Server, id: OrderId) -> bool {
    run_out(server.app(), server.db(), id).await.unwrap()
}

async fn is(server: &Server, id: OrderId, status: OrderStatus) -> order::Model {
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        let row = order_row(server, id).await;
        if row.status == status {
            return row;
        }
        assert!(std::time::Instant::now() < end, "{} and never {status}", row.status);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_intention_that_nobody_confirms_runs_out_and_its_deposit_goes_back() {
    let server = watchful().start().await;
    let id = ordered(&server, "INTENTION").await;
    let before = order_row(&server, id).await;
    let own = payment::Entity::find().filter(payment::Column::OrderId.eq(id));
    let paid = own.one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!(before.intention_deadline, paid.captured_at.map(|at| at + TimeDelta::days(30)));
    let seen = server.customer().data(SEEN, json!({ "id": id.to_string() })).await;
    let told: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(seen["order"]["intentionDeadline"].clone()).unwrap();
    assert_eq!(Some(told.timestamp()), before.intention_deadline.map(|at| at.timestamp()));
    assert!(!runs_out(&server, id).await, "not before its time");
    assert_eq!(order_row(&server, id).await, before, "nothing has changed");

    overdue(&server, id).await;
    assert!(runs_out(&server, id).await);
    assert!(!runs_out(&server, id).await, "once");
    for _ in 0..200 {
        if refunds(&server, id).await.iter().all(|row| row.state == RefundState::Done) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let back = refunds(&server, id).await;
    assert_eq!(back.iter().map(|row| (row.amount_minor, row.state)).collect::<Vec<_>>(), [(9_900, RefundState::Done)]);
    assert_eq!(books(&server, id).await, (9_900, 9_900, 0));
    let after = order_row(&server, id).await;
    assert_eq!((after.status, after.payment_status), (OrderStatus::Expired, OrderPaymentStatus::Refunded));

    let moved = history::Entity::find()
        .filter(history::Column::OrderId.eq(id))
        .filter(history::Column::Kind.eq(OrderEventKind::StatusChanged))
        .filter(history::Column::ToStatus.eq(OrderStatus::Expired));
    let moved = moved.all(server.db().conn()).await.unwrap();
    assert_eq!(moved.iter().map(|row| row.actor.as_str()).collect::<Vec<_>>(), ["system"]);
    for stream in
        [format!("order:{id}"), format!("customer:{}", after.customer_id), format!("store:{}", after.store_id)]
    {
        let entries = log::read(server.db().conn(), &stream, 0, 10_000).await.unwrap();
        let heard = entries.iter().filter(|entry| {
            entry.kind == EventKind::OrderStatusChanged
                && entry.payload["to"] == "EXPIRED"
                && entry.aggregate_id == id.to_string()
        });
        assert_eq!(heard.count(), 1, "{stream}");
    }
}

/// The watch does it, by the clock: what is due, and nothing else; one that fails stops no other.
#[tokio::test]
async fn time_runs_out_for_what_nobody_made_firm() {
    let server = Server::start().await;
    let broken = paid_by_hand(&server, "INTENTION").await;
    let intention = paid_by_hand(&server, "INTENTION").await;
    let asked_about = paid_by_hand(&server, "INTENTION").await;
    let firm = paid_by_hand(&server, "PLACED").await;
    let unpaid = draft(&server, "PLACED").await;
    let request = order::ActiveModel { has_open_change_request: Set(true), ..Default::default() };
    put(&server, asked_about, request).await;
    assert_eq!(order_row(&server, firm).await.intention_deadline, None);

    let early = Server::setup().beside(&server).clock(Duration::days(29)).start().await;
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    for (id, status) in [(intention, OrderStatus::Intention), (id_of(&unpaid), OrderStatus::Draft)] {
        assert_eq!(order_row(&server, id).await.status, status, "a day too early");
    }
    drop(early);
    breaks(&server, "UPDATE", "customer_order", "id", broken.uuid()).await;
    let late = Server::setup().beside(&server).clock(Duration::days(30) + Duration::minutes(1)).start().await;
    is(&late, intention, OrderStatus::Expired).await;
    is(&late, id_of(&unpaid), OrderStatus::Cancelled).await;
    let open = payment::Entity::find().filter(payment::Column::OrderId.eq(id_of(&unpaid)));
    assert_eq!(open.one(server.db().conn()).await.unwrap().unwrap().state, PaymentState::Cancelled);
    assert!(refunds(&server, id_of(&unpaid)).await.is_empty(), "nothing was paid");
    let due = refunds(&server, intention).await;
    assert_eq!(due.iter().map(|row| row.amount_minor).collect::<Vec<_>>(), [9_900]);
    let stays = [(broken, OrderStatus::Intention), (asked_about, OrderStatus::Intention), (firm, OrderStatus::Placed)];
    for (id, status) in stays {
        assert_eq!(order_row(&server, id).await.status, status);
    }
    mended(&server, "customer_order").await;
    assert!(runs_out(&late, broken).await);
    // What was asked for is decided: it runs out like any other.
    assert!(!runs_out(&late, asked_about).await);
    let decided = order::ActiveModel { has_open_change_request: Set(false), ..Default::default() };
    put(&server, asked_about, decided).await;
    assert!(runs_out(&late, asked_about).await);
}

/// Who pays in time is waited for, and an order that is firm has no end.
#[tokio::test]
async fn nothing_runs_out_while_its_customer_is_paying() {
    let server = watchful().start().await;
    let id = ordered(&server, "INTENTION").await;
    let order = json!({ "id": id.to_string() });
    let version = order_row(&server, id).await.version;
    let input = asked(&order, version, "EARNEST_DEPOSIT", None);
    let payment = server.customer().payload(INITIATE, json!({ "input": input })).await["payment"].clone();
    overdue(&server, id).await;
    assert!(!runs_out(&server, id).await);
    deed(&server, &payment, "pay", "once").await;
    until(&server, &payment, PaymentState::Captured).await;
    let row = is(&server, id, OrderStatus::Placed).await;
    assert_eq!(row.intention_deadline, None);
    assert!(!runs_out(&server, id).await);
    assert!(refunds(&server, id).await.is_empty());
}

/// Many that pay and many that let it run out, at once: one has its way, and the money is where that says.
#[tokio::test]
async fn of_payment_and_expiry_at_once_one_counts() {
    let server = Server::start().await;
    let (customer, consultant) = (server.customer(), server.consultant());
    for turn in 0..4 {
        let placed = draft(&server, "INTENTION").await;
        pay(&consultant, &placed["payment"], 1, &key()).await;
        let confirmed = customer.payload(CONFIRM, of_order(&placed["order"], 2)).await;
        let (id, earnest) = (id_of(&placed), confirmed["payment"].clone());
        overdue(&server, id).await;
        let pays = async |nth: usize| {
            let paid = pay(&consultant, &earnest, 3, &format!("POS-{turn}-{nth}")).await;
            usize::from(paid["userErrors"] == json!([]))
        };
        let lapses = async || usize::from(runs_out(&server, id).await);
        let both = (0..20).map(|nth| {
            let (pays, lapses) = (&pays, &lapses);
            async move {
                if turn % 2 == 0 {
                    tokio::join!(pays(nth), lapses())
                } else {
                    let (lapsed, paid) = tokio::join!(lapses(), pays(nth));
                    (paid, lapsed)
                }
            }
        });
        let came = join_all(both).await;
        let (paid, lapsed) = came.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert_eq!(paid + lapsed, 1, "{paid} paid, {lapsed} lapsed");
        let row = order_row(&server, id).await;
        let due: Vec<i64> = refunds(&server, id).await.iter().map(|row| row.amount_minor).collect();
        if paid == 1 {
            assert_eq!((row.status, row.paid_minor, due), (OrderStatus::Placed, 509_900, vec![]));
        } else {
            assert_eq!((row.status, row.paid_minor, due), (OrderStatus::Expired, 9_900, vec![9_900]));
        }
    }
}
