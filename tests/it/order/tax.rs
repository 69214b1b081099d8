//! Purchase tax by the day of the car's invoice (C059, C074; domain.md 3.3).

use chrono::{DateTime, NaiveDate, Utc};
use entity::order::{event, order, price_line};
use entity::{OrderEventKind, OrderId, PriceLineKind};
use milepost::catalog::rules::tax::purchase_tax;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::invoice::{bare, issued, paid, person, saved, update};
use super::order_row;
use crate::harness::{Client, Server};

const DUE: &str = "query($id: ID!) { order(id: $id) { total { minorUnits } priceBreakdown { taxes { minorUnits } }
    purchaseTaxDue { amount { minorUnits } asOf basis agreed { minorUnits } difference { minorUnits } differsFromOrder
        validUntil } timeline { kind note } } }";

async fn shown(client: &Client, id: OrderId) -> Value {
    client.data(DUE, json!({ "id": id.to_string() })).await["order"].clone()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What the car of an order costs by its invoice, fen.
async fn car_minor(server: &Server, id: OrderId) -> i64 {
    let car = [PriceLineKind::Msrp, PriceLineKind::Option, PriceLineKind::Discount];
    let lines = price_line::Entity::find().filter(price_line::Column::OrderId.eq(id)).all(server.db().conn()).await;
    lines.unwrap().iter().filter(|line| car.contains(&line.kind)).map(|line| line.amount_minor).sum()
}

/// Another process, in which it is that moment.
async fn at(server: &Server, moment: &str) -> Server {
    let moment: DateTime<Utc> = moment.parse().unwrap();
    Server::setup().beside(server).clock(moment - server.app().clock.now()).start().await
}

async fn notes(server: &Server, id: OrderId) -> Vec<String> {
    let rows = event::Entity::find().filter(event::Column::OrderId.eq(id)).all(server.db().conn()).await.unwrap();
    let of_invoices = rows.into_iter().filter(|row| row.kind == OrderEventKind::InvoiceChanged);
    of_invoices.filter_map(|row| row.note).collect()
}

#[tokio::test]
async fn an_invoice_of_2028_makes_another_tax_than_the_order_has_and_that_is_told() {
    let server = Server::start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    let car = car_minor(&server, id).await;
    let (half, whole) = (purchase_tax(car, day("2027-12-31"), true), purchase_tax(car, day("2028-01-01"), true));
    assert!(half.due_minor < whole.due_minor);
    let customer = server.customer();
    // The demo's price is of a day of 2026 or 2027.
    update(&server, id, order::ActiveModel { eta_likely: Set(None), ..Default::default() }).await;
    let before = shown(&customer, id).await;
    let due = &before["purchaseTaxDue"];
    assert_eq!(
        (&due["amount"]["minorUnits"], &due["basis"], &due["validUntil"], &due["differsFromOrder"]),
        (&json!(half.due_minor), &json!("TODAY"), &json!("2027-12-31"), &json!(false))
    );
    assert_eq!(due["agreed"], before["priceBreakdown"]["taxes"]);
    assert_eq!(due["difference"]["minorUnits"], 0);

    // It is expected after the turn of the year.
    update(&server, id, order::ActiveModel { eta_likely: Set(Some(day("2028-02-10"))), ..Default::default() }).await;
    let expected = shown(&customer, id).await["purchaseTaxDue"].clone();
    let more = whole.due_minor - half.due_minor;
    assert_eq!(
        (&expected["asOf"], &expected["basis"], &expected["difference"]["minorUnits"], &expected["differsFromOrder"]),
        (&json!("2028-02-10"), &json!("EXPECTED"), &json!(more), &json!(true))
    );
    assert_eq!(notes(&server, id).await, Vec::<String>::new(), "nothing has happened yet");

    // One in the morning of the first day, in Shanghai; it is the last day of 2027 elsewhere.
    let late = at(&server, "2027-12-31T17:00:00Z").await;
    issued(&late, id).await;
    let after = shown(&late.customer(), id).await;
    let due = &after["purchaseTaxDue"];
    assert_eq!(
        (&due["amount"]["minorUnits"], &due["asOf"], &due["basis"], &due["validUntil"]),
        (&json!(whole.due_minor), &json!("2028-01-01"), &json!("INVOICE"), &json!(null))
    );
    assert_eq!(
        (&due["agreed"]["minorUnits"], &due["difference"]["minorUnits"]),
        (&json!(half.due_minor), &json!(more))
    );
    // What was agreed stays as it is.
    assert_eq!(
        (&after["total"], &after["priceBreakdown"], order_row(&server, id).await.total_minor),
        (&before["total"], &before["priceBreakdown"], before["total"]["minorUnits"].as_i64().unwrap())
    );
    assert_eq!(notes(&server, id).await, ["PURCHASE_TAX_DIFFERS"]);
    let told = after["timeline"].as_array().unwrap().iter();
    let told: Vec<_> = told.filter(|entry| entry["note"] == "PURCHASE_TAX_DIFFERS").collect();
    assert_eq!(told, [&json!({ "kind": "INVOICE_CHANGED", "note": "PURCHASE_TAX_DIFFERS" })]);
    // The store that sells sees the same.
    assert_eq!(shown(&late.consultant(), id).await["purchaseTaxDue"], *due);
}

#[tokio::test]
async fn an_invoice_of_the_last_day_of_2027_changes_nothing() {
    let server = Server::start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    let half = purchase_tax(car_minor(&server, id).await, day("2027-12-31"), true).due_minor;
    let late = at(&server, "2027-12-31T15:00:00Z").await;
    issued(&late, id).await;
    let due = shown(&late.customer(), id).await["purchaseTaxDue"].clone();
    assert_eq!(
        (&due["amount"]["minorUnits"], &due["asOf"], &due["difference"]["minorUnits"], &due["differsFromOrder"]),
        (&json!(half), &json!("2027-12-31"), &json!(0), &json!(false))
    );
    assert_eq!(notes(&server, id).await, Vec::<String>::new());
}
