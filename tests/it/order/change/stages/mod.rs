//! Each kind of backing out at each stage of an order (C075; domain.md 3.2), in each fulfilment mode. Every order comes to its stage by
//! operations that anybody has, and by what other systems say; what is quoted is what the table says, and what comes of it, to the last
//! fen and the last row, is what was quoted.

mod after;
mod table;

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::Duration;
use entity::order::{change_request, order};
use entity::*;
use futures_util::{FutureExt, StreamExt, stream};
use milepost::events::log;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use self::table::{EARNEST, Granted, KINDNESS, Says, Stage, TABLE, WISHES};
use super::super::back_out::{cancel, decide, ordered_as, pay};
use super::super::contract::signing;
use super::super::handover::code_and_field;
use super::super::model::is_whole;
use super::super::place::{PLACE, input, priced};
use super::super::provider::watchful;
use super::super::returned::{found, give_all_back, sum};
use super::super::walk::{Walk, Way};
use super::super::{key, order_row};
use super::{FOLLOW, SAVE, WITHDRAW, ask_at, quote_by, told, wish};
use crate::harness::Server;

/// How many orders go their way at once.
const SIDE_BY_SIDE: usize = 8;

const PRICE: &str = "query($of: PriceConfigurationInput!, $city: CityCode!) {
    price(configuration: $of, cityCode: $city) { payable { minorUnits } } }";

/// A change that is tried.
struct Try {
    kind: ChangeKind,
    fault: Fault,
    says: Says,
}

/// What one order is for: changes that are refused, and then one that is granted.
struct Errand {
    stage: Stage,
    refused: Vec<Try>,
    granted: Option<Try>,
}

impl Errand {
    /// Of a row of the table; all that is refused is refused to one order.
    fn of(stage: Stage, row: &[Says; 9]) -> Vec<Self> {
        let tries = WISHES.iter().zip(row).map(|(&(kind, fault), &says)| Try { kind, fault, says });
        let granted = |one: &Try| !matches!(one.says.granted, Granted::Never | Granted::Not(..));
        let (granted, refused): (Vec<_>, Vec<_>) = tries.partition(granted);
        let mut errands: Vec<_> =
            granted.into_iter().map(|one| Self { stage, refused: Vec::new(), granted: Some(one) }).collect();
        match errands.first_mut() {
            Some(first) => first.refused = refused,
            None => errands.push(Self { stage, refused, granted: None }),
        }
        errands
    }

    /// Goes there, and asks for it; at another server, where it is later.
    async fn run(self, server: &Server, later: Option<&Server>) {
        let walk = brought(server, self.stage).await;
        let at = later.unwrap_or(server);
        for one in &self.refused {
            is_refused(at, walk.id, self.stage, one).await;
        }
        if let Some(one) = &self.granted {
            is_done(at, walk.id, self.stage, one).await;
        }
    }
}

/// An order that has come so far.
async fn brought(server: &Server, stage: Stage) -> Walk<'_> {
    static SERIAL: AtomicU32 = AtomicU32::new(810_000);
    let way = match stage {
        Stage::Stock | Stage::Ready | Stage::Appointed | Stage::HandedOver => Way::Stock,
        Stage::Network => Way::Network,
        _ => Way::Plant,
    };
    // One that is to be had for less is ordered from stock, and one that is to be had for more of the plant.
    let mut as_wanted = json!({ "fulfillmentMode": way.mode() });
    if way == Way::Plant {
        as_wanted["configurationId"] = kept(server, &cars(server).await[0].1).await;
    }
    let id = match stage {
        Stage::Draft => {
            let customer = server.customer();
            let mut input = input(server).await;
            input.as_object_mut().unwrap().extend(as_wanted.as_object().unwrap().clone());
            let placed = customer.payload(PLACE, json!({ "input": priced(&customer, input).await })).await;
            placed["order"]["id"].as_str().unwrap().parse().unwrap()
        }
        Stage::Intention => ordered_as(server, "INTENTION", as_wanted).await,
        _ => ordered_as(server, "PLACED", as_wanted).await,
    };
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let walk = Walk::of(server, id, serial).await;
    match stage {
        Stage::Draft | Stage::Intention | Stage::Earnest | Stage::CooledOff => return walk,
        Stage::Cancelled => {
            assert_eq!(cancel(&server.customer(), server, id).await["userErrors"], json!([]));
            give_all_back(server, id).await;
            return walk;
        }
        _ => walk.lock().await,
    }
    if stage == Stage::Locked {
        return walk;
    }
    if stage == Stage::Signing {
        signing(server, id).await;
        return walk;
    }
    walk.sign().await;
    match stage {
        Stage::Signed => {
            let version = order_row(server, id).await.version;
            pay(server, &json!({ "id": id.to_string() }), version, "BALANCE", Some("20000")).await;
            return walk;
        }
        Stage::NoCar => {
            for code in ["PARTS_PREPARING", "SCHEDULED"] {
                walk.milestone(code).await;
            }
            walk.is(OrderStatus::InFulfillment).await;
            return walk;
        }
        _ => walk.gets_car(way).await,
    }
    if stage == Stage::Plant {
        return walk;
    }
    walk.paid().await;
    if matches!(stage, Stage::Stock | Stage::Network) {
        return walk;
    }
    if way == Way::Plant {
        walk.built().await;
        walk.comes().await;
    }
    walk.invoiced(None).await;
    if stage == Stage::Invoiced {
        return walk;
    }
    walk.made_ready().await;
    match stage {
        Stage::Appointed => walk.booked(serial as usize % 7).await,
        Stage::HandedOver | Stage::BuiltHandedOver => walk.handed_over().await,
        _ => {}
    }
    walk
}

/// The trims of the model that is ordered, and what they cost as they come, fen; the cheapest first.
async fn cars(server: &Server) -> Vec<(i64, Value)> {
    let customer = server.customer();
    let of = order_row(server, server.demo.order).await;
    let models = customer.data("{ vehicleModels { trims { id } } }", json!({})).await["vehicleModels"].clone();
    let mut trims = models.as_array().unwrap().iter().map(|model| model["trims"].as_array().unwrap());
    let own = trims.find(|trims| trims.iter().any(|trim| trim["id"] == of.trim_id.to_string())).expect("the model");
    let mut all = Vec::new();
    for trim in own {
        let asked = json!({ "of": { "trimId": trim["id"], "optionCodes": [] }, "city": of.city_code });
        let said = customer.data(PRICE, asked).await;
        all.push((said["price"]["payable"]["minorUnits"].as_i64().unwrap(), trim["id"].clone()));
    }
    all.sort_by_key(|(price, _)| *price);
    all
}

/// A saved configuration of a trim as it comes.
async fn kept(server: &Server, trim: &Value) -> Value {
    let city = order_row(server, server.demo.order).await.city_code;
    let input = json!({ "idempotencyKey": key(), "trimId": trim, "optionCodes": [], "cityCode": city });
    let kept = server.customer().payload(SAVE, json!({ "input": input })).await;
    assert_eq!(kept["userErrors"], json!([]));
    kept["configuration"]["id"].clone()
}

/// What is wished for, and what the car costs then, where that is in question.
async fn wished(server: &Server, order: &order::Model, stage: Stage, kind: ChangeKind) -> (Value, Option<i64>) {
    let change = match kind {
        ChangeKind::Cancel => json!({ "cancel": true }),
        ChangeKind::Reconfigure => {
            // Dearer than the cheapest, or cheaper than the dearest.
            let mut all = cars(server).await;
            all.retain(|(price, _)| *price != order.total_minor);
            let cheaper = all.iter().position(|(price, _)| *price < order.total_minor);
            let (price, trim) = all.swap_remove(cheaper.unwrap_or(all.len() - 1));
            return (json!({ "reconfigure": { "configurationId": kept(server, &trim).await } }), Some(price));
        }
        ChangeKind::Refund => json!({ "refund": { "amountMinor": KINDNESS.to_string() } }),
        ChangeKind::Return => json!({ "return": { "ground": "SEVEN_DAY_NO_REASON", "odometerKm": 40 } }),
        ChangeKind::Exchange => {
            let change = json!({ "exchange": { "ground": "SEVEN_DAY_NO_REASON", "odometerKm": 40,
                "configurationId": order.configuration_id.to_string(), "fulfillmentMode": "BUILD_TO_ORDER" } });
            // The same car costs the same.
            return (change, Some(order.total_minor));
        }
        ChangeKind::BuyerChange | ChangeKind::StoreChange | ChangeKind::DeliveryDefer => {
            wish(server, kind, order.id).await
        }
    };
    let handed_over = matches!(stage, Stage::HandedOver | Stage::BuiltHandedOver);
    let discount = kind == ChangeKind::Refund && handed_over;
    (change, discount.then_some(order.total_minor - KINDNESS))
}

/// Nobody grants it; its error says why, and nothing has changed.
async fn is_refused(server: &Server, id: OrderId, stage: Stage, of: &Try) {
    let at = format!("{} {:?} at {stage:?}", of.kind, of.fault);
    let customer = server.customer();
    let before = order_row(server, id).await;
    let stream = format!("order:{id}");
    let log_before = log::read(server.db().conn(), &stream, 0, 10_000).await.unwrap().len();
    let asked_before = requests(server, id).await;
    let (change, _) = wished(server, &before, stage, of.kind).await;
    let quoted = quote_by(&customer, id, &change, of.fault).await;
    assert_eq!(quoted.code(), Some("BAD_USER_INPUT"), "{at}: {:#}", quoted.json);
    let refused = ask_at(&customer, id, before.version, &change, json!({ "fault": of.fault })).await;
    let error = &refused["userErrors"][0];
    match of.says.granted {
        Granted::Never => {
            assert_eq!((&error["code"], &error["from"]), (&json!("INVALID_TRANSITION"), &json!(before.status)), "{at}");
            // It says what could be done instead.
            assert!(error["allowed"].is_array() && error["field"].is_null(), "{at}: {error}");
        }
        Granted::Not(code, field) => {
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)), "{at}: {error}");
        }
        granted => panic!("{granted:?}"),
    }
    assert_eq!(order_row(server, id).await, before, "{at}");
    let log_after = log::read(server.db().conn(), &stream, 0, 10_000).await.unwrap().len();
    assert_eq!((log_after, requests(server, id).await), (log_before, asked_before), "{at}");
}

async fn requests(server: &Server, id: OrderId) -> u64 {
    let of = change_request::Entity::find().filter(change_request::Column::OrderId.eq(id));
    of.count(server.db().conn()).await.unwrap()
}

/// What domain.md says that it means, but for the days.
async fn meant(server: &Server, before: &order::Model, of: &Try, price: Option<i64>) -> Value {
    let (says, paid) = (&of.says, before.paid_minor);
    let (mut kept, mut carried) = (says.kept_minor, 0);
    let back = match of.kind {
        ChangeKind::Cancel => paid - kept,
        ChangeKind::Reconfigure => (paid - price.unwrap_or(paid)).max(0),
        ChangeKind::Refund => KINDNESS,
        // The tax was paid on, and is claimed from the authority.
        ChangeKind::Return | ChangeKind::Exchange => {
            kept = sum(server, before.id, &[PriceLineKind::Tax]).await;
            carried = if of.kind == ChangeKind::Exchange { (paid - kept).min(before.total_minor) } else { 0 };
            paid - kept - carried
        }
        ChangeKind::BuyerChange | ChangeKind::StoreChange | ChangeKind::DeliveryDefer => 0,
    };
    let owed = if price.is_some() { 0 } else { says.owed_minor };
    let dearer = price.map_or(0, |price| (price - before.total_minor).max(0)) + owed;
    let fen = |minor: i64| json!({ "minorUnits": minor });
    let some = |minor: i64| if minor > 0 { fen(minor) } else { Value::Null };
    json!({ "earnestDeposit": says.earnest, "refund": fen(back), "forfeited": fen(kept),
        "compensation": fen(says.on_top_minor), "priceBefore": price.map(|_| fen(before.total_minor)),
        "priceAfter": price.map(fen), "toPay": some(dearer), "carriedOver": some(carried),
        "losesCar": says.loses_car, "needsContract": says.needs_contract,
        "needsRedInvoice": says.needs_red_invoice, "needsLoan": false, "losesAppointment": says.loses_appointment })
}

/// It is quoted, asked for, granted and carried out to the end.
async fn is_done(server: &Server, id: OrderId, stage: Stage, of: &Try) {
    let at = format!("{} {:?} at {stage:?}", of.kind, of.fault);
    let (customer, manager) = (server.customer(), server.manager());
    let mut heard = customer.subscribe_sse(FOLLOW, json!({ "id": id.to_string() })).await;
    assert_eq!(heard.data().await["orderChangeChanged"]["changeRequest"], json!(null), "{at}");
    let before = after::Whole::of(server, id).await;
    let (change, price) = wished(server, &before.order, stage, of.kind).await;
    let quoted = quote_by(&customer, id, &change, of.fault).await;
    assert_eq!(quoted.code(), None, "{at}: {:#}", quoted.json);
    let quoted = &quoted.data["orderChangeQuote"];
    let at_once = of.says.granted == Granted::AtOnce;
    assert_eq!(
        (&quoted["kind"], &quoted["isImmediate"], &quoted["orderVersion"]),
        (&json!(of.kind), &json!(at_once), &json!(before.order.version)),
        "{at}"
    );
    let mut means = quoted["consequences"].clone();
    let days = ["expectedBefore", "expectedAfter"].map(|day| means.as_object_mut().unwrap().remove(day).unwrap());
    assert_eq!(means, meant(server, &before.order, of, price).await, "{at}");
    if of.kind == ChangeKind::DeliveryDefer {
        assert_eq!(days[1], change["defer"]["until"], "{at}");
    }
    let asked = ask_at(&customer, id, before.order.version, &change, json!({ "fault": of.fault })).await;
    assert_eq!(asked["userErrors"], json!([]), "{at}");
    let request = &asked["changeRequest"];
    assert_eq!(request["consequences"], quoted["consequences"], "{at}");
    if !at_once {
        let waits = order_row(server, id).await;
        assert_eq!((&request["state"], waits.has_open_change_request), (&json!("SUBMITTED"), true), "{at}");
        assert_eq!(
            (waits.vehicle_id, waits.paid_minor, waits.total_minor, &waits.buyer_name, waits.store_id),
            {
                let was = &before.order;
                (was.vehicle_id, was.paid_minor, was.total_minor, &was.buyer_name, was.store_id)
            },
            "{at}: nothing happens before it is granted"
        );
        // The customer's own request is not the customer's to grant, nor a consultant's.
        let input = json!({ "input": { "idempotencyKey": key(), "changeRequestId": request["id"],
            "expectedVersion": waits.version, "decision": "APPROVE" } });
        let document =
            "mutation($input: OrderChangeDecideInput!) { orderChangeDecide(input: $input) { userErrors { code } } }";
        assert_eq!(customer.code(document, input.clone()).await, "FORBIDDEN", "{at}");
        assert_eq!(server.consultant().code(document, input).await, "FORBIDDEN", "{at}");
        let more = match of.kind {
            ChangeKind::Return | ChangeKind::Exchange => found(40, json!({ "redInvoiceNumber": null })),
            _ => json!({}),
        };
        let decided = decide(&manager, server, id, request, more).await;
        if of.says.granted == Granted::Stuck {
            assert_eq!(code_and_field(&decided), json!(["NOT_ELIGIBLE", ["input", "changeRequestId"]]), "{at}");
            assert_eq!(order_row(server, id).await, waits, "{at}");
            return is_taken_back(server, &before, request, &at).await;
        }
        assert_eq!(decided["userErrors"], json!([]), "{at}");
    }
    give_all_back(server, id).await;
    // Whoever waits hears of it to the end.
    loop {
        let news = heard.data().await["orderChangeChanged"]["changeRequest"].clone();
        assert_eq!(news["kind"], json!(of.kind), "{at}");
        if news["state"] == "DONE" {
            break;
        }
    }
    let id = request["id"].as_str().unwrap().parse().unwrap();
    after::is_as_quoted(server, &before, of, id, &quoted["consequences"], &at).await;
}

/// Whoever asked takes it back, and all is as before.
async fn is_taken_back(server: &Server, before: &after::Whole, request: &Value, at: &str) {
    let id = before.order.id;
    let version = order_row(server, id).await.version;
    let input = json!({ "idempotencyKey": key(), "changeRequestId": request["id"], "expectedVersion": version });
    let withdrawn = server.customer().payload(WITHDRAW, json!({ "input": input })).await;
    assert_eq!(withdrawn, json!({ "changeRequest": { "state": "WITHDRAWN" }, "userErrors": [] }), "{at}");
    assert_eq!(told(server, id).await, ["SUBMITTED", "WITHDRAWN"], "{at}");
    let now = after::Whole::of(server, id).await;
    let row = &before.order;
    let order = order::Model { version: row.version + 2, updated_at: now.order.updated_at, ..row.clone() };
    assert_eq!(now.order, order, "{at}");
    is_whole(server, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_at_each_stage_is_carried_out_to_the_end_or_refused() {
    let server = inquisitive().start().await;
    let (later, now): (Vec<_>, Vec<_>) = TABLE.iter().partition(|(stage, _)| *stage == Stage::CooledOff);
    let errands = |rows: &[&(Stage, [Says; 9])]| -> Vec<Errand> {
        rows.iter().flat_map(|(stage, row)| Errand::of(*stage, row)).collect()
    };
    // All that is wrong is said at once.
    let tried = |errand: Errand, later| AssertUnwindSafe(errand.run(&server, later)).catch_unwind();
    let all = stream::iter(errands(&now)).map(|errand| tried(errand, None));
    let mut came: Vec<_> = all.buffer_unordered(SIDE_BY_SIDE).collect().await;
    // Another clock would end what waits on this one.
    let tomorrow = Server::setup().beside(&server).clock(Duration::hours(25)).start().await;
    for errand in errands(&later) {
        came.push(tried(errand, Some(&tomorrow)).await);
    }
    let wrong = came.iter().filter(|one| one.is_err()).count();
    assert_eq!(wrong, 0, "of {}, see above", came.len());
}

/// Whoever is outside is asked each second.
fn inquisitive() -> crate::harness::Setup {
    watchful().setting("MILEPOST_INVOICES__CHECK_SECONDS", "1").setting("MILEPOST_CONTRACTS__CHECK_SECONDS", "1")
}

#[test]
fn the_table_has_each_stage_once_and_says_what_the_matrix_says() {
    for (at, (stage, row)) in TABLE.iter().enumerate() {
        assert!(TABLE[at + 1..].iter().all(|(other, _)| other != stage));
        for says in row {
            assert!(says.kept_minor <= EARNEST && says.on_top_minor <= EARNEST);
            assert!(says.kept_minor == 0 || says.on_top_minor == 0, "{stage:?}");
        }
    }
}
