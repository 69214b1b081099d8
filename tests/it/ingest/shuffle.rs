//! Twice, shuffled, cut into parts: the same end state (guarantees 7.1).

use chrono::{DateTime, TimeDelta, Utc};
use entity::inventory::{allocation, vehicle_unit};
use entity::order::{milestone, order, payment};
use entity::{CommercialStatus, MilestoneCode, MilestoneState, OrderStatus, PhysicalStatus};
use milepost::ingest::retry;
use milepost::values::vin::check_digit;
use rand::{Rng, RngExt as _, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{MILESTONE, VEHICLE, event, results};
use crate::harness::Server;

/// A history of one order, its customer and its car, in order of time.
fn history(n: u32, begun: DateTime<Utc>) -> Vec<Value> {
    let example = |name: &str| (milepost::ingest::registry::find(name).unwrap().example)();
    let number = format!("YC251124{n:04}");
    let blank = format!("L00C5D1E0TX8{n:05}");
    let vin = format!("{}{}{}", &blank[..8], check_digit(&blank).unwrap(), &blank[9..]);
    let at = |minutes: i64| begun + TimeDelta::minutes(minutes);
    let mut events = Vec::new();
    let mut put = |kind: &str, minutes: i64, data: Value| {
        let id = format!("{n}-{}", events.len());
        events.push(event(&id, kind, Some(at(minutes)), data));
    };

    let mut profile = example("cn.milepost.customer.profile.v1");
    profile["number"] = format!("S{n:06}").into();
    profile["phone"] = format!("1990088{n:04}").into();
    put("cn.milepost.customer.profile.v1", 0, profile);
    let mut placed = example("cn.milepost.order.order.v1");
    (placed["number"], placed["customerNumber"]) = (number.as_str().into(), format!("S{n:06}").into());
    placed["createdAt"] = at(1).to_rfc3339().into();
    put("cn.milepost.order.order.v1", 1, placed);
    let paid = |reference: &str, purpose: &str, amount: i64| {
        json!({ "orderNumber": number, "reference": format!("{reference}-{n}"), "purpose": purpose,
            "method": "WECHAT_PAY", "amountMinor": amount })
    };
    put("cn.milepost.order.payment.v1", 2, paid("a", "INTENTION_DEPOSIT", 9_900));
    put("cn.milepost.order.payment.v1", 3, paid("b", "EARNEST_DEPOSIT", 500_000));
    let reached = |code: &str, state: &str| json!({ "orderNumber": number, "code": code, "state": state });
    let mut car = example(VEHICLE);
    car["vin"] = vin.as_str().into();
    let mut in_state = |status: &str| {
        car["status"] = status.into();
        car.clone()
    };
    put(MILESTONE, 4, reached("CONFIG_LOCKED", "DONE"));
    put(MILESTONE, 5, reached("PARTS_PREPARING", "ACTIVE"));
    put(MILESTONE, 6, reached("SCHEDULED", "DONE"));
    put(VEHICLE, 7, in_state("IN_PRODUCTION"));
    put(MILESTONE, 8, reached("BODY", "DONE"));
    put(MILESTONE, 9, reached("PAINT", "ACTIVE"));
    put(MILESTONE, 10, reached("OFF_LINE", "DONE"));
    put(
        "cn.milepost.order.contract.v1",
        11,
        json!({ "orderNumber": number, "contractNumber": format!("HT{n}"), "state": "COMPLETED" }),
    );
    put(MILESTONE, 12, reached("QUALITY_RELEASED", "ACTIVE"));
    put(MILESTONE, 13, reached("QUALITY_RELEASED", "DONE"));
    put("cn.milepost.inventory.allocation.v1", 14, json!({ "vin": vin, "orderNumber": number, "state": "ALLOCATED" }));
    put(MILESTONE, 15, reached("ALLOCATED", "DONE"));
    put(VEHICLE, 16, in_state("IN_TRANSIT"));
    put(MILESTONE, 17, reached("SHIPPED", "DELAYED"));
    put(MILESTONE, 18, reached("SHIPPED", "DONE"));
    put(MILESTONE, 19, reached("IN_TRANSIT", "ACTIVE"));
    put("cn.milepost.order.payment.v1", 20, paid("c", "BALANCE", 21_170_100));
    put(MILESTONE, 21, reached("BALANCE_PAID", "DONE"));
    put(VEHICLE, 22, in_state("IN_STOCK"));
    put(MILESTONE, 23, reached("ARRIVED", "DONE"));
    put("cn.milepost.inventory.allocation.v1", 24, json!({ "vin": vin, "orderNumber": number, "state": "SOLD" }));
    put(MILESTONE, 25, reached("PDI_DONE", "DONE"));
    put(MILESTONE, 26, reached("INVOICED", "DONE"));
    put(MILESTONE, 27, reached("INSURED", "SKIPPED"));
    put(MILESTONE, 28, reached("READY", "DONE"));
    events
}

/// What is left of an order in the end.
#[derive(Debug, PartialEq)]
struct End {
    status: OrderStatus,
    paid: i64,
    placed_after: Option<i64>,
    milestones: Vec<(MilestoneCode, MilestoneState, Option<i64>)>,
    payments: Vec<(String, i64)>,
    car: (PhysicalStatus, CommercialStatus, bool),
}

async fn end(server: &Server, n: u32, begun: DateTime<Utc>) -> End {
    let db = server.db().conn();
    let number = format!("YC251124{n:04}");
    let order =
        order::Entity::find().filter(order::Column::Number.eq(number)).one(db).await.unwrap().expect("an order");
    let minutes = |at: Option<DateTime<Utc>>| at.map(|at| (at - begun).num_minutes());
    let milestones = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order.id))
        .order_by_asc(milestone::Column::Position)
        .all(db)
        .await
        .unwrap();
    let payments = payment::Entity::find()
        .filter(payment::Column::OrderId.eq(order.id))
        .order_by_asc(payment::Column::ProviderReference)
        .all(db)
        .await
        .unwrap();
    let car = vehicle_unit::Entity::find_by_id(order.vehicle_id.expect("a car")).one(db).await.unwrap().unwrap();
    let held = allocation::Entity::find().filter(allocation::Column::VehicleId.eq(car.id)).all(db).await.unwrap();
    End {
        status: order.status,
        paid: order.paid_minor,
        placed_after: minutes(order.placed_at),
        milestones: milestones.into_iter().map(|row| (row.code, row.state, minutes(row.actual_at))).collect(),
        payments: payments
            .into_iter()
            .map(|row| (row.provider_reference.unwrap()[..1].to_owned(), row.amount_minor))
            .collect(),
        car: (car.physical_status, car.commercial_status, held.len() == 1 && held[0].order_id == Some(order.id)),
    }
}

/// Some of the events twice, all of them in any order.
fn shuffled(mut events: Vec<Value>, dice: &mut impl Rng) -> Vec<Value> {
    for at in 0..events.len() {
        if dice.random_bool(0.3) {
            events.push(events[at].clone());
        }
    }
    events.shuffle(dice);
    events
}

#[tokio::test]
async fn shuffled_doubled_and_cut_arrivals_come_to_the_same_end() {
    let server = Server::setup().setting("MILEPOST_INGEST__PART", "7").start().await;
    let system = server.system();
    let begun = server.app().clock.now() - TimeDelta::days(1);
    let in_order = results(&system, &history(0, begun)).await;
    for result in &in_order {
        assert_eq!(result["outcome"], "applied", "{result:#}");
    }
    let expected = end(&server, 0, begun).await;
    assert_eq!((expected.status, expected.paid), (OrderStatus::ReadyForDelivery, 21_680_000));
    assert_eq!(expected.car, (PhysicalStatus::InStock, CommercialStatus::Sold, true));
    assert!(expected.milestones.contains(&(MilestoneCode::Paint, MilestoneState::Done, Some(10))), "{expected:#?}");
    assert!(expected.milestones.contains(&(MilestoneCode::Body, MilestoneState::Done, Some(8))), "{expected:#?}");

    for n in 1..=12 {
        let mut dice = ChaCha8Rng::seed_from_u64(u64::from(n));
        let events = shuffled(history(n, begun), &mut dice);
        // Cut anywhere: what was sent before the cut is sent again after it, as a sender does that heard no answer.
        let cut = dice.random_range(0..events.len());
        results(&system, &events[..cut]).await;
        results(&system, &events).await;
        assert_eq!(end(&server, n, begun).await, expected, "seed {n}");
        let waiting = super::records(&server).await;
        let waiting: Vec<_> = waiting.iter().filter(|row| row.waits_for.is_some()).map(|row| &row.reference).collect();
        assert!(waiting.is_empty(), "seed {n}: {waiting:?}");
    }
}

#[tokio::test]
async fn the_same_from_many_at_once() {
    let server = Server::setup().setting("MILEPOST_INGEST__PART", "3").start().await;
    let begun = server.app().clock.now() - TimeDelta::days(1);
    results(&server.system(), &history(0, begun)).await;
    let expected = end(&server, 0, begun).await;
    for n in 1..=4 {
        let mut dice = ChaCha8Rng::seed_from_u64(u64::from(100 + n));
        let events = shuffled(history(n, begun), &mut dice);
        let calls = events.chunks(6).map(|some| {
            let (client, some) = (server.system(), some.to_vec());
            async move { results(&client, &some).await }
        });
        futures_util::future::join_all(calls).await;
        // What crossed in two transactions is found by the sweep.
        for _ in 0..3 {
            retry::all_held(server.app()).await.unwrap();
        }
        assert_eq!(end(&server, n, begun).await, expected, "seed {n}");
    }
}
