//! What stretches of the way took: measured from what is finished, taken in by every process, and reckoned with (C085; domain.md 3.3).

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::catalog::{configuration, trim};
use entity::inventory::transport_leg;
use entity::order::{eta_computation, eta_quantile, milestone, order};
use entity::{EtaLeg, MilestoneCode, MilestoneId, MilestoneState, OrderId, OrderStatus};
use futures_util::future::join_all;
use milepost::order::quantile::measure;
use milepost::order::rules::took::MIN_SAMPLE;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::order_row;
use super::place::{PLACE, input, priced};
use crate::harness::{Client, Server, until};

const QUANTILES: &str = "query($where: EtaQuantileWhereInput, $after: String) {
    etaQuantiles(where: $where, first: 100, after: $after) { nodes {
        leg plant { id } model { id } route sampleSize fallsBack p10Days p50Days p90Days computedAt } } }";

const PREVIEW: &str = "query($trim: ID!, $options: [String!]!, $city: CityCode!) {
    etaPreview(configuration: { trimId: $trim, optionCodes: $options }, cityCode: $city) {
        builtToOrder { earliest likely latest } } }";

/// How many orders are finished.
const FINISHED: i64 = 25;

/// What is finished is only what is made here: the demo's own was finished long ago.
async fn nothing_finished(server: &Server, now: DateTime<Utc>) {
    let db = server.db().conn();
    order::Entity::update_many()
        .col_expr(order::Column::DeliveredAt, Expr::val(now - TimeDelta::days(91)))
        .filter(order::Column::DeliveredAt.is_not_null())
        .exec(db)
        .await
        .unwrap();
    transport_leg::Entity::update_many()
        .col_expr(transport_leg::Column::ArrivedAt, Expr::val(now - TimeDelta::days(91)))
        .filter(transport_leg::Column::ArrivedAt.is_not_null())
        .exec(db)
        .await
        .unwrap();
}

/// Orders like one, of which the n-th waited n days, and one less than enough were released; what their options add to the build.
async fn finished_like(server: &Server, like: &order::Model, now: DateTime<Utc>) -> i64 {
    let db = server.db().conn();
    let chosen = configuration::Entity::find_by_id(like.configuration_id).one(db).await.unwrap().unwrap();
    let extra = i64::from(chosen.lead_time_days);
    let of_like = milestone::Entity::find().filter(milestone::Column::OrderId.eq(like.id)).all(db).await.unwrap();
    let begun = now - TimeDelta::days(80);
    for n in 1..=FINISHED {
        let row = order::Model {
            id: OrderId::generate(),
            number: format!("YCTOOK{n:04}"),
            status: if n % 2 == 0 { OrderStatus::Completed } else { OrderStatus::Delivered },
            vehicle_id: None,
            delivered_at: Some(now - TimeDelta::hours(n)),
            current_milestone: None,
            current_party: None,
            current_due_at: None,
            ..like.clone()
        };
        let body = begun + TimeDelta::days(n);
        let off = body + TimeDelta::days(extra + 4);
        let arrived = off + TimeDelta::days(3);
        let inspected = arrived + TimeDelta::hours(60);
        let reached = |code| match code {
            MilestoneCode::OrderPlaced => Some(begun),
            MilestoneCode::Body => Some(body),
            MilestoneCode::OffLine => Some(off),
            MilestoneCode::QualityReleased => (n < i64::from(MIN_SAMPLE)).then_some(off + TimeDelta::hours(12)),
            MilestoneCode::Arrived => Some(arrived),
            MilestoneCode::PdiDone => Some(inspected),
            // The customer was late, which is none of the store's time.
            MilestoneCode::BalancePaid => Some(inspected + TimeDelta::hours(100)),
            MilestoneCode::Ready => Some(inspected + TimeDelta::hours(124)),
            _ => None,
        };
        let id = row.id;
        order::Entity::insert(row.into_active_model().reset_all()).exec(db).await.unwrap();
        let rows = of_like.iter().map(|row| {
            let actual_at = reached(row.code);
            let state = if actual_at.is_some() { MilestoneState::Done } else { MilestoneState::Skipped };
            let id = (MilestoneId::generate(), id);
            milestone::Model { id: id.0, order_id: id.1, state, actual_at, ..row.clone() }
                .into_active_model()
                .reset_all()
        });
        milestone::Entity::insert_many(rows).exec(db).await.unwrap();
    }
    extra
}

/// The last legs of so many cars, each thirty hours within a region.
async fn driven(server: &Server, now: DateTime<Utc>) {
    let db = server.db().conn();
    let legs = transport_leg::Entity::find()
        .order_by_asc(transport_leg::Column::VehicleId)
        .order_by_desc(transport_leg::Column::Position)
        .all(db)
        .await
        .unwrap();
    let mut last = legs;
    last.dedup_by_key(|leg| leg.vehicle_id);
    assert!(last.len() >= MIN_SAMPLE as usize, "the demo has cars with legs");
    for leg in last.into_iter().take(MIN_SAMPLE as usize) {
        let arrived_at = now - TimeDelta::days(5);
        let driven = transport_leg::Model {
            from_city_code: "330100".into(),
            to_city_code: "310100".into(),
            departed_at: Some(arrived_at - TimeDelta::hours(30)),
            arrived_at: Some(arrived_at),
            ..leg
        };
        driven.into_active_model().reset_all().update(db).await.unwrap();
    }
}

async fn preview(client: &Client, order: &order::Model, city: &str) -> [NaiveDate; 3] {
    let asked = json!({ "trim": order.trim_id.to_string(), "options": order.option_codes.0, "city": city });
    let found = client.data(PREVIEW, asked).await["etaPreview"]["builtToOrder"].clone();
    ["earliest", "likely", "latest"].map(|day| found[day].as_str().expect("a day").parse().expect("a day"))
}

async fn quantiles(client: &Client, filter: Value) -> Vec<Value> {
    let found = client.data(QUANTILES, json!({ "where": filter })).await;
    found["etaQuantiles"]["nodes"].as_array().expect("nodes").clone()
}

#[tokio::test]
async fn what_finished_orders_took_moves_the_dates_of_new_ones_in_every_process() {
    let server = Server::start().await;
    let now = server.app().clock.now();
    let like = order_row(&server, server.demo.order).await;
    nothing_finished(&server, now).await;
    let extra = finished_like(&server, &like, now).await;
    driven(&server, now).await;
    let (operator, anonymous) = (server.operator(), server.anonymous());
    assert_eq!(quantiles(&operator, json!({})).await, Vec::<Value>::new());
    let ([_, usual, _], statements) = server.counted(preview(&anonymous, &like, "310100")).await;

    // Another process measures, as it starts, and both take it in.
    let _other = Server::setup().beside(&server).setting("MILEPOST_ETA__MEASURE_SECONDS", "864000").start().await;
    let found = until(|| quantiles(&operator, json!({})), |rows| !rows.is_empty()).await;
    let moved = until(|| preview(&anonymous, &like, "310100"), |found| found[1] != usual).await;
    let again = server.counted(preview(&anonymous, &like, "310100")).await;
    assert_eq!(again, (moved, statements), "for no further statement");

    let model = trim::Entity::find_by_id(like.trim_id).one(server.db().conn()).await.unwrap().unwrap().model_id;
    let of_all = |leg: &str| {
        let mut rows = found.iter().filter(|row| row["leg"] == leg && row["plant"].is_null() && row["model"].is_null());
        let row = rows.next().unwrap_or_else(|| panic!("{leg} of all"));
        assert!(rows.next().is_none(), "{leg} once");
        json!([row["sampleSize"], row["fallsBack"], row["p10Days"], row["p50Days"], row["p90Days"], row["route"]])
    };
    assert_eq!(of_all("QUEUE"), json!([25, false, 3.0, 13.0, 23.0, null]));
    assert_eq!(of_all("BUILD"), json!([25, false, 4.0, 4.0, 4.0, null]), "without what the options add");
    assert_eq!(of_all("RELEASE"), json!([19, true, 0.5, 0.5, 0.5, null]), "too few");
    assert_eq!(of_all("TO_CITY"), json!([20, false, 1.25, 1.25, 1.25, "SAME_REGION"]));
    assert_eq!(of_all("INSPECTION"), json!([25, false, 2.5, 2.5, 2.5, null]));
    assert_eq!(of_all("PAPERWORK"), json!([25, false, 1.0, 1.0, 1.0, null]), "from the payment on");
    let own = quantiles(&operator, json!({ "leg": "QUEUE", "modelId": model.to_string() })).await;
    assert_eq!((own.len(), &own[0]["sampleSize"]), (1, &json!(25)));
    assert_eq!(own[0]["model"]["id"], model.to_string());
    let sizes: Vec<i64> = found.iter().map(|row| row["sampleSize"].as_i64().unwrap()).collect();
    assert!(sizes.is_sorted_by(|one, next| one >= next), "{sizes:?}");

    // At home the middle is 20+2+1+2+1+1+1+1 days and what the options add; of what is measured it is 13+4+1+2+1.25+2.5+1, with
    // 10 days of the queue, 2 of the release and 2 of the way to the hub on top, and 10, 2 and 1 less.
    let today = milepost::values::calendar::day(server.app().clock.now());
    let begun = usual - Days::new(29);
    assert_eq!(begun - today, TimeDelta::days(extra), "options that are ordered like those add alike");
    let days = moved.map(|day| (day - begun).num_days());
    assert_eq!(days, [14, 25, 36]);

    // A new order has the same, and a process that starts now too.
    let (customer, city) = (server.customer(), like.city_code.clone());
    let placed = priced(&customer, input(&server).await).await;
    let payload = customer.payload(PLACE, json!({ "input": placed })).await;
    let eta = &payload["order"]["eta"];
    let expected = preview(&anonymous, &like, &city).await.map(|day| json!(day.to_string()));
    assert_eq!([&eta["earliest"], &eta["likely"], &eta["latest"]], [&expected[0], &expected[1], &expected[2]]);
    let third = Server::setup().beside(&server).start().await;
    let third_asks = third.anonymous();
    until(|| preview(&third_asks, &like, "310100"), |found| *found == moved).await;
}

#[tokio::test]
async fn of_many_at_once_one_measures_and_what_is_past_goes() {
    let server = Server::start().await;
    let (db, now) = (server.db().aside(), server.app().clock.now());
    let day = TimeDelta::days(1);
    let many = |now| {
        let db = db.clone();
        async move {
            let done = join_all((0..40).map(|_| measure(&db, day, now))).await;
            done.into_iter().filter(|done| *done.as_ref().expect("the store is there")).count()
        }
    };
    assert_eq!(many(now).await, 1);
    let rows = eta_quantile::Entity::find().count(db.conn()).await.unwrap();
    assert!(rows > 0, "the demo has finished orders");
    assert_eq!(many(now + day / 2).await, 0, "not yet due");
    let later = now + TimeDelta::days(365);
    // A process has it, and died.
    let taken = Expr::val(later + TimeDelta::minutes(5));
    eta_computation::Entity::update_many()
        .col_expr(eta_computation::Column::LeasedUntil, taken)
        .exec(db.conn())
        .await
        .unwrap();
    assert_eq!(many(later).await, 0, "another is at it");
    assert_eq!(many(later + TimeDelta::minutes(6)).await, 1, "which did not come back");
    assert_eq!(eta_quantile::Entity::find().count(db.conn()).await.unwrap(), 0, "all of it is past");
}

#[tokio::test]
async fn all_of_it_is_measured_and_the_same_again_and_again() {
    let server = Server::start().await;
    let (db, now) = (server.db().aside(), server.app().clock.now());
    let read = || async {
        let mut rows = eta_quantile::Entity::find().all(db.conn()).await.unwrap();
        rows.sort_by_key(|row| row.id);
        rows
    };
    assert!(measure(&db, TimeDelta::zero(), now).await.unwrap());
    let first = read().await;
    let sizes = first.iter().filter(|row| matches!(row.leg, EtaLeg::ToHub | EtaLeg::ToCity) && row.model_id.is_none());
    let legs = transport_leg::Entity::find()
        .filter(transport_leg::Column::ArrivedAt.gte(now - TimeDelta::days(90)))
        .filter(transport_leg::Column::DepartedAt.is_not_null())
        .count(db.conn())
        .await
        .unwrap();
    assert!(legs > 200, "more than one part: {legs}");
    assert_eq!(sizes.map(|row| i64::from(row.sample_size)).sum::<i64>(), i64::try_from(legs).unwrap());
    let later = now + TimeDelta::seconds(1);
    assert!(measure(&db, TimeDelta::zero(), later).await.unwrap());
    let expected: Vec<_> = first.into_iter().map(|row| eta_quantile::Model { computed_at: later, ..row }).collect();
    assert_eq!(read().await, expected, "the rows stay, and their ids");
}

#[tokio::test]
async fn only_operators_see_what_stretches_took() {
    let server = Server::start().await;
    for (client, code) in [
        (server.anonymous(), "UNAUTHENTICATED"),
        (server.customer(), "FORBIDDEN"),
        (server.consultant(), "FORBIDDEN"),
        (server.manager(), "FORBIDDEN"),
        (server.system(), "FORBIDDEN"),
    ] {
        assert_eq!(client.code(QUANTILES, json!({})).await, code);
    }
    assert_eq!(server.operator().code(QUANTILES, json!({ "where": { "modelId": "ord_1" } })).await, "BAD_USER_INPUT");
}
