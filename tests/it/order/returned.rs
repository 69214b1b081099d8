//! Cars that go back (C075): on which grounds, who decides, the money to the fen, and what else follows; for another car; and money that
//! goes back of an order that goes on.

use entity::inventory::vehicle_unit;
use entity::order::{change_request, milestone, order, payment, price_line, refund};
use entity::{
    ChangeState, CommercialStatus, FulfillmentMode, LotState, MilestoneCode, MilestoneState, OrderId, OrderStatus,
    PaymentMethod, PhysicalStatus, PriceLineKind, RefundState, StockType,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{pay, reach, refunds};
use super::handover::confirm::{CONFIRM, whole};
use super::handover::pickup::code;
use super::handover::recorded::{car, growth, lots, owned, points_come_out, settled};
use super::handover::{code_and_field, ready, state};
use super::provider::watchful;
use super::{key, order_row, other_store_of, staff_of};
use crate::harness::{Client, Server};

const QUOTE: &str =
    "query($input: OrderChangeQuoteInput!) { orderChangeQuote(input: $input) { kind isImmediate orderVersion
    consequences { refund { minorUnits } forfeited { minorUnits } needsRedInvoice losesCar priceAfter { minorUnits }
        toPay { minorUnits } carriedOver { minorUnits }
        returnTerms { ground drivenKm useFee { minorUnits } taxPassedOn { minorUnits } taxClaim { minorUnits } } } } }";

const ASK: &str = "mutation($input: OrderChangeRequestInput!) { orderChangeRequest(input: $input) {
    order { id version status hasOpenChangeRequest } changeRequest { id kind state refund { minorUnits } }
    userErrors { code message field ... on InvalidTransition { from allowed } } } }";

const DECIDE: &str = "mutation($input: OrderChangeDecideInput!) { orderChangeDecide(input: $input) {
    order { id version status paymentStatus hasOpenChangeRequest total { minorUnits } }
    changeRequest { id state condition odometerKm refund { minorUnits } forfeited { minorUnits } newOrder { id status }
        consequences { carriedOver { minorUnits } returnTerms { ground useFee { minorUnits } } } }
    userErrors { code message field } } }";

/// The demo's own order, paid in full with the provider as far as it is not paid, and handed over: a stock car that was bought online.
pub async fn handed_over(server: &Server) -> OrderId {
    let id = server.demo.order;
    let row = order_row(server, id).await;
    let left = row.total_minor - row.paid_minor;
    if left > 0 {
        pay(server, &json!({ "id": id.to_string() }), row.version, "BALANCE", Some(&yuan(left))).await;
    }
    ready(server).await;
    mode(server, id, FulfillmentMode::BuildToStock).await;
    let input = whole(server, id, &code(server, id).await).await;
    assert_eq!(server.consultant().payload(CONFIRM, input).await["userErrors"], json!([]));
    id
}

pub fn yuan(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

async fn mode(server: &Server, id: OrderId, mode: FulfillmentMode) {
    let change = order::ActiveModel { fulfillment_mode: Set(mode), ..Default::default() };
    order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
}

pub async fn ask(client: &Client, server: &Server, id: OrderId, change: Value, more: Value) -> Value {
    let version = order_row(server, id).await.version;
    let mut input = json!({ "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version,
        "change": change, "reason": "It does not fit" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.payload(ASK, json!({ "input": input })).await
}

pub fn back(ground: &str, km: i32) -> Value {
    json!({ "return": { "ground": ground, "odometerKm": km } })
}

pub fn found(km: i32, more: Value) -> Value {
    let mut all = json!({ "inspection": { "odometerKm": km, "condition": "As new", "restock": true },
        "redInvoiceNumber": "RED-1" });
    for (name, value) in more.as_object().unwrap() {
        let inspection = ["ground", "restock"].contains(&name.as_str());
        let at = if inspection { &mut all["inspection"][name] } else { &mut all[name] };
        *at = value.clone();
    }
    all
}

pub async fn decide(client: &Client, server: &Server, id: OrderId, asked: &Value, more: Value) -> Value {
    let version = order_row(server, id).await.version;
    let mut input = json!({ "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
        "expectedVersion": version, "decision": "APPROVE" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.payload(DECIDE, json!({ "input": input })).await
}

async fn quoted(client: &Client, id: OrderId, change: Value, fault: &str) -> Value {
    let input = json!({ "input": { "orderId": id.to_string(), "change": change, "fault": fault } });
    client.data(QUOTE, input).await["orderChangeQuote"].clone()
}

/// Sum of an order's price lines of these kinds, fen.
pub async fn sum(server: &Server, id: OrderId, kinds: &[PriceLineKind]) -> i64 {
    let lines = price_line::Entity::find().filter(price_line::Column::OrderId.eq(id)).all(server.db().conn()).await;
    lines.unwrap().iter().filter(|line| kinds.contains(&line.kind)).map(|line| line.amount_minor).sum()
}

/// What came in and was not carried from elsewhere, what went back, what went over, and what is here, fen.
async fn books(server: &Server, id: OrderId) -> (i64, i64, i64, i64) {
    let rows = payment::Entity::find().filter(payment::Column::OrderId.eq(id)).all(server.db().conn()).await.unwrap();
    let came: Vec<_> = rows.iter().filter(|row| row.captured_at.is_some()).collect();
    let own = came.iter().filter(|row| row.method != PaymentMethod::CarriedOver);
    (
        own.map(|row| row.amount_minor).sum(),
        came.iter().map(|row| row.refunded_minor).sum(),
        came.iter().map(|row| row.carried_minor).sum(),
        order_row(server, id).await.paid_minor,
    )
}

/// Waits until what the provider gives back is back; records the rest by hand: what it knows nothing of, and what the maker pays on top.
pub async fn give_all_back(server: &Server, id: OrderId) {
    for _ in 0..400 {
        let due = refunds(server, id).await;
        let by_hand = |row: &&refund::Model| {
            row.state == RefundState::Failed || (row.payment_id.is_none() && row.state == RefundState::Created)
        };
        for row in due.iter().filter(by_hand) {
            let input = json!({ "input": { "idempotencyKey": key(), "refundId": row.id.to_string(), "reference": row.id.to_string() } });
            server.manager().payload(super::back_out::REFUND, input).await;
        }
        if due.iter().all(|row| row.state == RefundState::Done) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not back: {:?}", refunds(server, id).await);
}

async fn request_of(server: &Server, asked: &Value) -> change_request::Model {
    let id: entity::ChangeRequestId = asked["changeRequest"]["id"].as_str().unwrap().parse().unwrap();
    change_request::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_stock_car_bought_online_goes_back_and_all_of_it_is_undone() {
    let server = watchful().start().await;
    let id = handed_over(&server).await;
    let customer = server.customer();
    let before = order_row(&server, id).await;
    let vehicle = before.vehicle_id.unwrap();
    let tax = sum(&server, id, &[PriceLineKind::Tax]).await;
    let quote = quoted(&customer, id, back("SEVEN_DAY_NO_REASON", 40), "CUSTOMER").await;
    let means = &quote["consequences"];
    assert_eq!(
        (&quote["isImmediate"], &means["losesCar"], &means["needsRedInvoice"]),
        (&json!(false), &json!(true), &json!(true))
    );
    assert_eq!(means["refund"]["minorUnits"], before.paid_minor - tax);
    let terms = &means["returnTerms"];
    assert_eq!((&terms["drivenKm"], &terms["useFee"]["minorUnits"]), (&json!(28), &json!(0)));
    assert_eq!((&terms["taxPassedOn"]["minorUnits"], &terms["taxClaim"]["minorUnits"]), (&json!(tax), &json!(tax)));

    let asked = ask(&customer, &server, id, back("SEVEN_DAY_NO_REASON", 40), json!({})).await;
    assert_eq!((&asked["userErrors"], &asked["order"]["status"]), (&json!([]), &json!("RETURN_REQUESTED")));
    // Who does not decide, and what is missing.
    let waiting = order_row(&server, id).await;
    let input = json!({ "input": { "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
        "expectedVersion": waiting.version, "decision": "APPROVE" } });
    for client in [server.consultant(), customer.clone()] {
        assert_eq!(client.code(DECIDE, input.clone()).await, "FORBIDDEN");
    }
    let bare = decide(&server.manager(), &server, id, &asked, json!({ "redInvoiceNumber": "RED-1" })).await;
    assert_eq!(code_and_field(&bare), json!(["REQUIRED", ["input", "inspection"]]));
    let no_red = decide(&server.manager(), &server, id, &asked, found(40, json!({ "redInvoiceNumber": null }))).await;
    assert_eq!(code_and_field(&no_red), json!(["REQUIRED", ["input", "redInvoiceNumber"]]));
    let far = decide(&server.manager(), &server, id, &asked, found(400, json!({}))).await;
    assert_eq!(code_and_field(&far), json!(["NOT_ELIGIBLE", ["input", "inspection", "odometerKm"]]));
    let named = decide(&server.manager(), &server, id, &asked, found(40, json!({ "refundMinor": "1" }))).await;
    assert_eq!(code_and_field(&named), json!(["NOT_ELIGIBLE", ["input", "refundMinor"]]));
    assert_eq!(order_row(&server, id).await, waiting, "nothing has changed");

    let done = decide(&server.manager(), &server, id, &asked, found(41, json!({}))).await;
    assert_eq!((&done["userErrors"], &done["order"]["status"]), (&json!([]), &json!("RETURNED")), "{done}");
    let request = &done["changeRequest"];
    assert_eq!((&request["condition"], &request["odometerKm"]), (&json!("As new"), &json!(41)));
    assert_eq!(request["refund"]["minorUnits"], before.paid_minor - tax);
    give_all_back(&server, id).await;
    assert_eq!(books(&server, id).await, (before.paid_minor, before.paid_minor - tax, 0, tax));
    assert_eq!(request_of(&server, &asked).await.state, ChangeState::Done);

    // The car, whose it was, what was earned, what was settled, and what stays as history.
    let now = car(&server, vehicle).await;
    assert_eq!(
        (now.physical_status, now.commercial_status, now.stock_type, now.store_id),
        (PhysicalStatus::InStock, CommercialStatus::Free, StockType::Cpo, Some(before.delivery_store_id))
    );
    let after = order_row(&server, id).await;
    assert_eq!((after.vehicle_id, after.delivered_at), (None, before.delivered_at));
    assert!(owned(&server, id).await[0].ended_at.is_some());
    let vehicles = customer.data("{ me { vehicles { order { id } } } }", json!({})).await;
    assert!(vehicles["me"]["vehicles"].as_array().unwrap().iter().all(|row| row["order"]["id"] != id.to_string()));
    assert!(lots(&server, id).await.iter().all(|lot| lot.1 == LotState::Reversed));
    assert_eq!((growth(&server, id).await, settled(&server, id).await), (0, 0));
    points_come_out(&server, id).await;
    assert_eq!(state(&server, id, MilestoneCode::HandedOver).await, MilestoneState::Done);
    let seen = server
        .operator()
        .data("query($id: ID!) { vehicleUnit(id: $id) { id } }", json!({ "id": vehicle.to_string() }))
        .await;
    assert_eq!(seen["vehicleUnit"]["id"], vehicle.to_string());
    // It was decided, and the order is over.
    let again = ask(&customer, &server, id, back("GOODWILL", 40), json!({})).await;
    assert_eq!(again["userErrors"][0]["from"], "RETURNED");
}

#[tokio::test]
async fn each_ground_says_all_that_stands_in_its_way_and_nothing_changes() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let customer = server.customer();
    mode(&server, id, FulfillmentMode::BuildToOrder).await;
    let before = order_row(&server, id).await;
    let refused = ask(&customer, &server, id, back("SEVEN_DAY_NO_REASON", 500), json!({})).await;
    let keys: Vec<_> = refused["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["message"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert_eq!(code_and_field(&refused), json!(["NOT_ELIGIBLE", ["input", "change", "return", "ground"]]));
    let not_theirs = ask(&customer, &server, id, back("THREE_GUARANTEES", 500), json!({})).await;
    assert_eq!(code_and_field(&not_theirs), json!(["NOT_ELIGIBLE", ["input", "change", "return", "ground"]]));
    let odd = ask(&customer, &server, id, back("GOODWILL", -1), json!({})).await;
    assert_eq!(code_and_field(&odd), json!(["INVALID", ["input", "change", "return", "odometerKm"]]));
    let two = ask(
        &customer,
        &server,
        id,
        json!({ "cancel": true, "return": { "ground": "GOODWILL", "odometerKm": 1 } }),
        json!({}),
    )
    .await;
    assert_eq!(code_and_field(&two), json!(["REQUIRED", ["input", "change"]]));
    let other = staff_of(&server, other_store_of(&server, id).await).await;
    let unknown = ask(&other, &server, id, back("GOODWILL", 40), json!({})).await;
    assert_eq!(code_and_field(&unknown), json!(["NOT_FOUND", ["input", "orderId"]]));
    assert_eq!(order_row(&server, id).await, before);

    // A week and a day later the days are over.
    mode(&server, id, FulfillmentMode::LocateToOrder).await;
    let late = Server::setup().beside(&server).clock(chrono::Duration::days(9)).start().await;
    let refused = ask(&late.customer(), &late, id, back("SEVEN_DAY_NO_REASON", 40), json!({})).await;
    assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("last day"), "{refused}");
}

#[tokio::test]
async fn what_is_turned_down_or_taken_back_leaves_the_car_its_customers() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let customer = server.customer();
    let before = order_row(&server, id).await;
    let asked = ask(&customer, &server, id, back("SEVEN_DAY_NO_REASON", 40), json!({})).await;
    let rejected =
        decide(&server.manager(), &server, id, &asked, json!({ "decision": "REJECT", "note": "Scratched" })).await;
    assert_eq!(
        (&rejected["order"]["status"], &rejected["changeRequest"]["state"]),
        (&json!("DELIVERED"), &json!("REJECTED"))
    );
    let asked = ask(&customer, &server, id, back("GOODWILL", 40), json!({})).await;
    let withdraw = "mutation($input: OrderChangeWithdrawInput!) { orderChangeWithdraw(input: $input) { order { status } userErrors { code } } }";
    let version = order_row(&server, id).await.version;
    let input = json!({ "input": { "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"], "expectedVersion": version } });
    assert_eq!(customer.payload(withdraw, input).await["order"]["status"], "DELIVERED");
    let after = order_row(&server, id).await;
    assert_eq!(
        (after.vehicle_id, after.paid_minor, after.payment_status),
        (before.vehicle_id, before.paid_minor, before.payment_status)
    );
    assert_eq!((refunds(&server, id).await.len(), owned(&server, id).await[0].ended_at), (0, None));
    assert!(settled(&server, id).await != 0 || before.delivered_at.is_some());
}

#[tokio::test]
async fn under_the_guarantees_the_use_of_a_car_is_paid_for_by_kilometre() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let before = order_row(&server, id).await;
    let price = sum(&server, id, &[PriceLineKind::Msrp, PriceLineKind::Option, PriceLineKind::Discount]).await;
    let tax = sum(&server, id, &[PriceLineKind::Tax]).await;
    let asked =
        ask(&server.customer(), &server, id, back("THREE_GUARANTEES", 10_000), json!({ "fault": "MAKER" })).await;
    assert_eq!(asked["userErrors"], json!([]));
    // The fault is whoever decides' to see.
    let not_ours = decide(&server.manager(), &server, id, &asked, found(10_012, json!({ "fault": "CUSTOMER" }))).await;
    assert_eq!(code_and_field(&not_ours)[0], "NOT_ELIGIBLE");
    let done = decide(&server.manager(), &server, id, &asked, found(10_012, json!({ "restock": false }))).await;
    assert_eq!(done["userErrors"], json!([]), "{done}");
    // price × 10 × 0.5 %, HALF_UP.
    let fee = (price * 10_000 * 50 + 5_000_000) / 10_000_000;
    assert_eq!(done["changeRequest"]["consequences"]["returnTerms"]["useFee"]["minorUnits"], fee);
    assert_eq!(done["changeRequest"]["refund"]["minorUnits"], before.paid_minor - tax - fee);
    assert_eq!(done["changeRequest"]["forfeited"]["minorUnits"], tax + fee);
    let due: i64 = refunds(&server, id).await.iter().map(|row| row.amount_minor).sum();
    assert_eq!(due, before.paid_minor - tax - fee);
    let now = car(&server, before.vehicle_id.unwrap()).await;
    assert_eq!((now.physical_status, now.commercial_status), (PhysicalStatus::Returned, CommercialStatus::Free));
}

#[tokio::test]
async fn a_kindness_is_an_operators_and_never_more_than_was_paid() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let paid = order_row(&server, id).await.paid_minor;
    let asked = ask(&server.customer(), &server, id, back("GOODWILL", 4_000), json!({})).await;
    assert_eq!(asked["changeRequest"]["refund"]["minorUnits"], 0, "nothing is promised");
    let manager = decide(&server.manager(), &server, id, &asked, found(4_000, json!({ "refundMinor": "100" }))).await;
    assert_eq!(code_and_field(&manager), json!(["FORBIDDEN", ["input", "inspection", "ground"]]));
    let unnamed = decide(&server.operator(), &server, id, &asked, found(4_000, json!({}))).await;
    assert_eq!(code_and_field(&unnamed), json!(["REQUIRED", ["input", "refundMinor"]]));
    let more = json!({ "refundMinor": (paid + 1).to_string() });
    let too_much = decide(&server.operator(), &server, id, &asked, found(4_000, more)).await;
    assert_eq!(code_and_field(&too_much)[0], "LIMIT_REACHED");
    let done = decide(&server.operator(), &server, id, &asked, found(4_000, json!({ "refundMinor": "1234567" }))).await;
    assert_eq!((&done["userErrors"], &done["order"]["status"]), (&json!([]), &json!("RETURNED")));
    let due: i64 = refunds(&server, id).await.iter().map(|row| row.amount_minor).sum();
    assert_eq!(due, 1_234_567);
}

#[tokio::test]
async fn a_car_that_came_back_unregistered_is_sold_to_somebody_else() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let db = server.db().conn();
    let plate =
        milestone::ActiveModel { state: Set(MilestoneState::Skipped), actual_at: Set(None), ..Default::default() };
    let of = milestone::Entity::update_many().set(plate).filter(milestone::Column::OrderId.eq(id));
    of.filter(milestone::Column::Code.eq(MilestoneCode::PlateReady)).exec(db).await.unwrap();
    let vehicle = order_row(&server, id).await.vehicle_id.unwrap();
    let asked = ask(&server.customer(), &server, id, back("SEVEN_DAY_NO_REASON", 40), json!({})).await;
    let done = decide(&server.manager(), &server, id, &asked, found(40, json!({}))).await;
    assert_eq!(done["userErrors"], json!([]));
    assert_eq!(done["changeRequest"]["forfeited"]["minorUnits"], 0, "the tax was not paid on");
    let now = car(&server, vehicle).await;
    assert_eq!((now.stock_type, now.commercial_status), (StockType::StoreStock, CommercialStatus::Free));

    let other = super::back_out::ordered(&server, "PLACED").await;
    reach(&server, other, &[MilestoneCode::ConfigLocked]).await;
    let row = order_row(&server, other).await;
    let alike = vehicle_unit::ActiveModel {
        trim_id: Set(row.trim_id),
        option_codes: Set(row.option_codes.clone()),
        sales_model: Set(row.sales_model),
        ..Default::default()
    };
    vehicle_unit::Entity::update_many().set(alike).filter(vehicle_unit::Column::Id.eq(vehicle)).exec(db).await.unwrap();
    let allocate = "mutation($input: VehicleAllocateInput!) { vehicleAllocate(input: $input) { order { id } userErrors { code message field } } }";
    let input = json!({ "input": { "idempotencyKey": key(), "orderId": other.to_string(), "expectedVersion": row.version,
        "vehicleId": vehicle.to_string() } });
    assert_eq!(server.operator().payload(allocate, input).await["userErrors"], json!([]));
    assert_eq!(order_row(&server, other).await.vehicle_id, Some(vehicle));
    let theirs = owned(&server, id).await;
    assert!(theirs.iter().all(|row| row.ended_at.is_some()), "no car has two owners");
}

#[tokio::test]
async fn a_car_goes_back_for_another_and_its_money_goes_over() {
    let server = watchful().start().await;
    let id = handed_over(&server).await;
    let customer = server.customer();
    let before = order_row(&server, id).await;
    let change = json!({ "exchange": { "ground": "SEVEN_DAY_NO_REASON", "odometerKm": 40,
        "configurationId": before.configuration_id.to_string(), "fulfillmentMode": "BUILD_TO_ORDER" } });
    let quote = quoted(&customer, id, change.clone(), "CUSTOMER").await;
    let means = &quote["consequences"];
    let number = |value: &Value| value["minorUnits"].as_i64().unwrap();
    let total = number(&means["priceAfter"]);
    let carried = number(&means["carriedOver"]);
    let tax = sum(&server, id, &[PriceLineKind::Tax]).await;
    assert_eq!(number(&means["refund"]) + carried, before.paid_minor - tax);
    assert!(carried > 0 && carried <= total);
    let other = json!({ "expectedTotalMinor": (total + 1).to_string() });
    let changed = ask(&customer, &server, id, change.clone(), other).await;
    assert_eq!(code_and_field(&changed), json!(["PRICE_CHANGED", ["input", "expectedTotalMinor"]]));
    let asked = ask(&customer, &server, id, change, json!({ "expectedTotalMinor": total.to_string() })).await;
    assert_eq!(asked["order"]["status"], "RETURN_REQUESTED", "{asked}");
    let done = decide(&server.manager(), &server, id, &asked, found(40, json!({}))).await;
    assert_eq!((&done["userErrors"], &done["order"]["status"]), (&json!([]), &json!("RETURNED")), "{done}");
    assert_eq!(done["changeRequest"]["newOrder"]["status"], "PLACED");
    let new: OrderId = done["changeRequest"]["newOrder"]["id"].as_str().unwrap().parse().unwrap();
    give_all_back(&server, id).await;
    let (came, back, over, here) = books(&server, id).await;
    let (new_came, new_back, new_over, new_here) = books(&server, new).await;
    assert_eq!((came, back, over, here), (before.paid_minor, before.paid_minor - tax - carried, carried, tax));
    assert_eq!((new_came, new_back, new_over, new_here), (0, 0, 0, carried));
    assert_eq!(came, back + here + new_here, "money in is money out and what is here, over both");
    let made = order_row(&server, new).await;
    assert_eq!((made.customer_id, made.total_minor, made.store_id), (before.customer_id, total, before.store_id));
    assert_eq!(made.status, OrderStatus::Placed);
    assert_eq!(state(&server, new, MilestoneCode::OrderPlaced).await, MilestoneState::Done);
}

#[tokio::test]
async fn of_forty_decisions_at_once_one_takes_the_car_back() {
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let asked = ask(&server.customer(), &server, id, back("SEVEN_DAY_NO_REASON", 40), json!({})).await;
    let version = order_row(&server, id).await.version;
    let manager = server.manager();
    let all = (0..40).map(|n| {
        let decision = if n % 3 == 0 { "REJECT" } else { "APPROVE" };
        let mut input = json!({ "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
            "expectedVersion": version, "decision": decision });
        input.as_object_mut().unwrap().extend(found(40, json!({})).as_object().unwrap().clone());
        manager.payload(DECIDE, json!({ "input": input }))
    });
    let answers = futures_util::future::join_all(all).await;
    let done: Vec<_> = answers.iter().filter(|payload| payload["userErrors"] == json!([])).collect();
    assert_eq!(done.len(), 1);
    let now = order_row(&server, id).await;
    let returned = now.status == OrderStatus::Returned;
    assert_eq!(now.status.to_string(), done[0]["order"]["status"]);
    assert_eq!((owned(&server, id).await[0].ended_at.is_some(), now.vehicle_id.is_none()), (returned, returned));
    if returned {
        assert_eq!((growth(&server, id).await, settled(&server, id).await), (0, 0));
    }
}

#[tokio::test]
async fn what_is_above_the_price_goes_back_as_soon_as_it_is_asked_for() {
    let server = watchful().start().await;
    let id = handed_over(&server).await;
    let customer = server.customer();
    let nothing = ask(&customer, &server, id, json!({ "refund": {} }), json!({})).await;
    assert_eq!(code_and_field(&nothing), json!(["NOT_ELIGIBLE", ["input", "change", "refund"]]));
    let row = order_row(&server, id).await;
    // Its price is less than was paid: a thousand yuan.
    let less = order::ActiveModel { total_minor: Set(row.total_minor - 100_000), ..Default::default() };
    order::Entity::update_many().set(less).filter(order::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
    let asked = ask(&customer, &server, id, json!({ "refund": {} }), json!({})).await;
    assert_eq!((&asked["userErrors"], &asked["order"]["status"]), (&json!([]), &json!("DELIVERED")));
    assert_eq!(asked["changeRequest"]["refund"]["minorUnits"], 100_000);
    // No red letter is waited for: the invoice stays what it is.
    give_all_back(&server, id).await;
    assert_eq!(order_row(&server, id).await.paid_minor, row.paid_minor - 100_000);
    let again = ask(&customer, &server, id, json!({ "refund": {} }), json!({})).await;
    assert_eq!(code_and_field(&again)[0], "NOT_ELIGIBLE");
}

#[tokio::test]
async fn more_is_owed_again_before_the_hand_over_and_a_discount_after_it() {
    let server = Server::start().await;
    let id = server.demo.order;
    let before = order_row(&server, id).await;
    let kind = json!({ "refund": { "amountMinor": "100000" } });
    let quote = quoted(&server.customer(), id, kind.clone(), "CUSTOMER").await;
    assert_eq!(
        (&quote["isImmediate"], &quote["consequences"]["toPay"]["minorUnits"]),
        (&json!(false), &json!(100_000))
    );
    let most = json!({ "refund": { "amountMinor": (before.paid_minor + 1).to_string() } });
    let too_much = ask(&server.customer(), &server, id, most, json!({})).await;
    assert_eq!(code_and_field(&too_much), json!(["LIMIT_REACHED", ["input", "change", "refund", "amountMinor"]]));
    let asked = ask(&server.customer(), &server, id, kind.clone(), json!({})).await;
    assert_eq!(
        (&asked["order"]["status"], &asked["changeRequest"]["state"]),
        (&json!("IN_FULFILLMENT"), &json!("SUBMITTED"))
    );
    let done = decide(&server.manager(), &server, id, &asked, json!({ "refundMinor": "50000" })).await;
    assert_eq!((&done["userErrors"], &done["order"]["total"]["minorUnits"]), (&json!([]), &json!(before.total_minor)));
    assert_eq!(refunds(&server, id).await.iter().map(|row| row.amount_minor).collect::<Vec<_>>(), [50_000]);

    // After the hand-over.
    let server = Server::start().await;
    let id = handed_over(&server).await;
    let before = order_row(&server, id).await;
    let asked = ask(&server.customer(), &server, id, kind, json!({})).await;
    assert_eq!(asked["changeRequest"]["state"], "SUBMITTED", "{asked}");
    let done = decide(&server.manager(), &server, id, &asked, json!({ "redInvoiceNumber": "RED-2" })).await;
    assert_eq!((&done["userErrors"], &done["order"]["status"]), (&json!([]), &json!("DELIVERED")));
    let after = order_row(&server, id).await;
    assert_eq!((after.total_minor, after.vehicle_id), (before.total_minor - 100_000, before.vehicle_id));
    let lines =
        price_line::Entity::find().filter(price_line::Column::OrderId.eq(id)).all(server.db().conn()).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.amount_minor).sum::<i64>(), after.total_minor);
    assert!(lines.iter().any(|line| line.code == "GOODWILL" && line.amount_minor == -100_000));
}
