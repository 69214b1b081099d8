//! Invoices (C073, C074), issued in the sandbox.

use std::time::Duration;

use entity::customer::{customer, invoice_profile};
use entity::inventory::vehicle_unit;
use entity::order::{event, finance_application, invoice, milestone, order, payment, price_line};
use entity::place::{organization, store};
use entity::{
    EventKind, FinanceApplicationId, FinanceApplicationState, InvoiceId, InvoiceState, MilestoneCode, MilestoneState,
    OrderEventKind, OrderId, OrderPaymentStatus, OrderStatus, OrganizationKind, PriceLineKind, RefundState, SalesModel,
};
use futures_util::future::join_all;
use milepost::events::log;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use serde_json::{Value, json};

use super::back_out::{REFUND, all_back, cancel, cool_off, decide, ordered, pay, reach, refunds, request};
use super::provider::{filled_in, watchful};
use super::{key, order_row, other_store, staff_of};
use crate::harness::{self, Client, Server, Setup};
use crate::ingest::{event as told_event, results, words};

const INVOICE: &str = "cn.milepost.order.invoice.v1";

const SAVE: &str = "mutation($input: InvoiceProfileSaveInput!) { invoiceProfileSave(input: $input) {
    profile { id version isDefault title { titleType name taxId address phone bankName bankAccount } }
    userErrors { code field message ... on VersionConflict { currentVersion } } } }";

const DELETE: &str = "mutation($input: InvoiceProfileDeleteInput!) { invoiceProfileDelete(input: $input) {
    customer { invoiceProfiles { id isDefault } } deletedId userErrors { code field } } }";

const MINE: &str = "{ me { invoiceProfiles { id isDefault version title { name } } } }";

pub const REQUEST: &str = "mutation($input: InvoiceRequestInput!) { invoiceRequest(input: $input) {
    order { id version } invoice { id type covers state number code amount { minorUnits } tax { minorUnits } issuer { code }
        title { titleType name taxId } lines { kind code amount { minorUnits } } documentHash downloadUrl failure redOf { id } }
    userErrors { code field message ... on VersionConflict { currentVersion } } } }";

const REISSUE: &str = "mutation($input: InvoiceReissueInput!) { invoiceReissue(input: $input) {
    invoice { id state failure title { name } redOf { id state redLetter { reason number } } }
    userErrors { code field message ... on InvalidTransition { from allowed } } } }";

const RED: &str = "mutation($input: InvoiceRedInput!) { invoiceRed(input: $input) {
    invoice { id state failure redLetter { number reason issuedAt } }
    userErrors { code field ... on InvalidTransition { from allowed } } } }";

const SHOWN: &str = "query($id: ID!) { invoice(id: $id) { state number code downloadUrl requestedBy issuedAt
    title { name taxId } redLetter { number reason } } }";

const FOLLOW: &str = "subscription($id: ID!) { invoiceStatusChanged(orderId: $id) {
    sequence invoice { state number } order { id } } }";

fn inquisitive() -> Setup {
    watchful().setting("MILEPOST_INVOICES__CHECK_SECONDS", "1")
}

pub fn person(name: &str) -> Value {
    json!({ "idempotencyKey": key(), "titleType": "INDIVIDUAL", "name": name, "taxId": "310101199001010012" })
}

fn company(name: &str) -> Value {
    json!({ "idempotencyKey": key(), "titleType": "COMPANY", "name": name, "taxId": "91310115MA1K000016",
        "address": "上海市浦东新区世纪大道100号", "phone": "021-58881234", "bankName": "测试银行",
        "bankAccount": "1101 2222 3333 4443" })
}

/// The demo customer begins without the profiles of the demo data.
pub async fn bare(server: &Server) {
    let own = invoice_profile::Column::CustomerId.eq(server.demo.customer);
    invoice_profile::Entity::delete_many().filter(own).exec(server.db().conn()).await.unwrap();
}

async fn save(client: &Client, input: Value) -> Value {
    client.payload(SAVE, json!({ "input": input })).await
}

/// A profile that was saved.
pub async fn saved(server: &Server, input: Value) -> Value {
    let saved = save(&server.customer(), input).await;
    assert_eq!(saved["userErrors"], json!([]), "{saved}");
    saved["profile"].clone()
}

/// An order that is paid to the last fen, with its contract signed and a car.
pub async fn paid(server: &Server) -> OrderId {
    let id = signed(server).await;
    rest(server, id).await;
    let now = order_row(server, id).await;
    assert_eq!((now.status, now.payment_status), (OrderStatus::Contracted, OrderPaymentStatus::Full));
    assert_eq!(state_of(server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done);
    id
}

async fn signed(server: &Server) -> OrderId {
    let id = ordered(server, "PLACED").await;
    reach(server, id, &[MilestoneCode::ConfigLocked, MilestoneCode::ContractSigned]).await;
    // Each has a car of its own, which no invoice names.
    let named = invoice::Entity::find().select_only().column(invoice::Column::VehicleId);
    let named = named.filter(invoice::Column::VehicleId.is_not_null()).into_query();
    let taken = order::Entity::find().select_only().column(order::Column::VehicleId);
    let taken = taken.filter(order::Column::VehicleId.is_not_null()).into_query();
    let car = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::Vin.is_not_null())
        .filter(vehicle_unit::Column::Id.not_in_subquery(named))
        .filter(vehicle_unit::Column::Id.not_in_subquery(taken))
        .one(server.db().conn());
    let change = order::ActiveModel { vehicle_id: Set(Some(car.await.unwrap().unwrap().id)), ..Default::default() };
    update(server, id, change).await;
    id
}

async fn rest(server: &Server, id: OrderId) {
    let now = order_row(server, id).await;
    let left = now.total_minor - now.paid_minor;
    let amount = format!("{}.{:02}", left / 100, left % 100);
    pay(server, &json!({ "id": id.to_string() }), now.version, "BALANCE", Some(&amount)).await;
}

pub async fn update(server: &Server, id: OrderId, change: order::ActiveModel) {
    let of = order::Column::Id.eq(id);
    order::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
}

pub async fn asked(server: &Server, id: OrderId, kind: &str, profile: Option<&Value>) -> Value {
    let version = order_row(server, id).await.version;
    json!({ "input": { "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version, "type": kind,
        "profileId": profile.map(|profile| profile["id"].clone()) } })
}

/// An invoice of the car that is in force.
pub async fn issued(server: &Server, id: OrderId) -> Value {
    let input = asked(server, id, "VEHICLE_UNIFIED", None).await;
    let begun = server.customer().payload(REQUEST, input).await;
    assert_eq!(begun["userErrors"], json!([]), "{begun}");
    until(server, &begun["invoice"], InvoiceState::Issued).await;
    begun["invoice"].clone()
}

async fn row(server: &Server, invoice: &Value) -> invoice::Model {
    let id: InvoiceId = invoice["id"].as_str().unwrap().parse().unwrap();
    invoice::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

pub async fn until(server: &Server, invoice: &Value, state: InvoiceState) -> invoice::Model {
    harness::until(|| row(server, invoice), |row| row.state == state).await
}

async fn all(server: &Server, id: OrderId) -> Vec<invoice::Model> {
    let found = invoice::Entity::find().filter(invoice::Column::OrderId.eq(id)).order_by_asc(invoice::Column::Id);
    found.all(server.db().conn()).await.unwrap()
}

async fn state_of(server: &Server, id: OrderId, code: MilestoneCode) -> MilestoneState {
    let found = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(id))
        .filter(milestone::Column::Code.eq(code))
        .one(server.db().conn())
        .await;
    found.unwrap().unwrap().state
}

async fn told(server: &Server, id: OrderId) -> Vec<String> {
    let entries = log::read(server.db().conn(), &format!("order:{id}"), 0, 1000).await.unwrap();
    let invoices = entries.iter().filter(|entry| entry.kind == EventKind::InvoiceChanged);
    invoices.map(|entry| entry.payload["state"].as_str().unwrap().to_owned()).collect()
}

/// An address of the sandbox, found through a payment's page.
async fn sandbox(server: &Server, id: OrderId, path: &str) -> String {
    let rows = payment::Entity::find().filter(payment::Column::OrderId.eq(id)).all(server.db().conn()).await.unwrap();
    let page = rows.iter().find_map(|row| row.checkout_url.clone()).expect("a page");
    reqwest::Url::parse(&page).unwrap().join(path).unwrap().to_string()
}

async fn manner(server: &Server, id: OrderId, form: &str) {
    let url = sandbox(server, id, "/invoicing").await;
    assert_eq!(filled_in(server, &url, form).await, 204);
}

async fn deed(server: &Server, id: OrderId, invoice: &Value, form: &str) {
    let url = sandbox(server, id, &format!("/invoice/{}", invoice["id"].as_str().unwrap())).await;
    assert_eq!(filled_in(server, &url, form).await, 200);
}

fn codes(payload: &Value) -> Value {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors.map(|error| json!([error["code"], error["field"]])).collect()
}

#[tokio::test]
async fn a_profile_is_its_customers_own_and_sealed() {
    let server = Server::start().await;
    bare(&server).await;
    let customer = server.customer();
    let input = person("张三丰");
    let first = save(&customer, input.clone()).await;
    assert_eq!(first["userErrors"], json!([]));
    let title = &first["profile"]["title"];
    assert_eq!((&title["name"], &title["taxId"]), (&json!("张三丰"), &json!("3***************12")));
    assert_eq!((&first["profile"]["isDefault"], &first["profile"]["version"]), (&json!(true), &json!(1)));
    assert_eq!(save(&customer, input).await, first, "the same key");
    let kept = invoice_profile::Entity::find().filter(invoice_profile::Column::CustomerId.eq(server.demo.customer));
    let kept = kept.all(server.db().conn()).await.unwrap();
    assert_eq!(kept.len(), 1);
    for clear in ["310101199001010012", "张三丰"] {
        assert!(!kept[0].title.0.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }
    // Another one as the default, and the name of the first is changed; the id that nobody is shown stays.
    let mut other = company("曜岑测试有限公司");
    other["isDefault"] = json!(true);
    let second = saved(&server, other).await;
    assert_eq!((&second["isDefault"], &second["title"]["bankAccount"]), (&json!(true), &json!("1101222233334443")));
    let change = json!({ "idempotencyKey": key(), "id": first["profile"]["id"], "expectedVersion": 1,
        "titleType": "INDIVIDUAL", "name": "张无忌" });
    let changed = saved(&server, change).await;
    assert_eq!(
        (&changed["title"]["name"], &changed["title"]["taxId"], &changed["version"], &changed["isDefault"]),
        (&json!("张无忌"), &json!("3***************12"), &json!(2), &json!(false))
    );
    let stale = json!({ "idempotencyKey": key(), "id": first["profile"]["id"], "expectedVersion": 1,
        "titleType": "INDIVIDUAL", "name": "张翠山", "taxId": null });
    let stale = save(&customer, stale).await;
    assert_eq!(
        (&stale["userErrors"][0]["code"], &stale["userErrors"][0]["currentVersion"]),
        (&json!("VERSION_CONFLICT"), &json!(2))
    );

    // Every field at fault, and nothing is written.
    let mut wrong = company(" ");
    wrong["taxId"] = json!("91310115MA1K000017");
    wrong["phone"] = json!("none");
    wrong["bankAccount"] = json!(null);
    let refused = save(&customer, wrong).await;
    assert_eq!(
        codes(&refused),
        json!([
            ["REQUIRED", ["input", "name"]],
            ["INVALID", ["input", "taxId"]],
            ["INVALID", ["input", "phone"]],
            ["REQUIRED", ["input", "bankAccount"]]
        ])
    );
    let mine = customer.data(MINE, json!({})).await["me"]["invoiceProfiles"].clone();
    let names: Vec<_> = mine.as_array().unwrap().iter().map(|row| row["title"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["张无忌", "曜岑测试有限公司"]);

    // Nobody else's: not the store's, not an operator's, not another customer's.
    let of = "query($id: ID!) { customer(id: $id) { invoiceProfiles { id } } }";
    for staff in [server.consultant(), server.operator()] {
        let seen = staff.data(of, json!({ "id": server.demo.customer.to_string() })).await;
        assert_eq!(seen["customer"]["invoiceProfiles"], json!([]));
        assert_eq!(staff.code(SAVE, json!({ "input": person("甲乙") })).await, "FORBIDDEN");
    }
    assert_eq!(server.anonymous().code(SAVE, json!({ "input": person("甲乙") })).await, "UNAUTHENTICATED");
    let strange = customer::Entity::find().filter(customer::Column::Id.ne(server.demo.customer));
    let strange = strange.one(server.db().conn()).await.unwrap().unwrap();
    let gone = |profile: &Value, version: i32| json!({ "input": { "idempotencyKey": key(), "id": profile["id"], "expectedVersion": version } });
    let refused = server.customer_with(strange.id).payload(DELETE, gone(&second, 1)).await;
    assert_eq!(codes(&refused), json!([["NOT_FOUND", ["input", "id"]]]));
    assert_eq!(codes(&customer.payload(DELETE, gone(&second, 7)).await)[0][0], "VERSION_CONFLICT");
    // Where the default is gone, another one is.
    let deleted = customer.payload(DELETE, gone(&second, 1)).await;
    assert_eq!((&deleted["deletedId"], &deleted["userErrors"]), (&second["id"], &json!([])));
    assert_eq!(deleted["customer"]["invoiceProfiles"], json!([{ "id": first["profile"]["id"], "isDefault": true }]));
    for n in 1..10 {
        saved(&server, person(&format!("第{n}位"))).await;
    }
    assert_eq!(codes(&save(&customer, person("第十位")).await)[0][0], "LIMIT_REACHED");
}

#[tokio::test]
async fn an_order_is_invoiced_to_the_fen_and_reaches_its_milestone() {
    let server = Server::start().await;
    bare(&server).await;
    let customer = server.customer();
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    manner(&server, id, "hold=true").await;
    let mut heard = customer.subscribe_sse(FOLLOW, json!({ "id": id.to_string() })).await;
    assert_eq!(heard.data().await["invoiceStatusChanged"]["invoice"], json!(null));
    let lines = price_line::Entity::find().filter(price_line::Column::OrderId.eq(id)).all(server.db().conn());
    let lines = lines.await.unwrap();
    let car = [PriceLineKind::Msrp, PriceLineKind::Option, PriceLineKind::Discount];
    let sum: i64 = lines.iter().filter(|line| car.contains(&line.kind)).map(|line| line.amount_minor).sum();
    let input = asked(&server, id, "VEHICLE_UNIFIED", None).await;
    let begun = customer.payload(REQUEST, input.clone()).await;
    assert_eq!(begun["userErrors"], json!([]));
    let invoice = &begun["invoice"];
    assert_eq!((&invoice["covers"], &invoice["state"]), (&json!("CAR"), &json!("ISSUING")));
    assert_eq!(invoice["amount"]["minorUnits"], sum);
    // 13 % in it, rounded half up.
    let base = (sum * 100 * 2 + 113) / (113 * 2);
    assert_eq!(invoice["tax"]["minorUnits"], sum - base);
    assert_eq!(invoice["title"], json!({ "titleType": "INDIVIDUAL", "name": "张三丰", "taxId": "3***************12" }));
    let sold = order_row(&server, id).await.sales_model;
    let maker = organization::Entity::find().filter(organization::Column::Kind.eq(OrganizationKind::Oem));
    let maker = maker.one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!((sold, &invoice["issuer"]["code"]), (SalesModel::Direct, &json!(maker.code)));
    deed(&server, id, invoice, "deed=issue&told=twice").await;
    let done = until(&server, invoice, InvoiceState::Issued).await;
    assert!(done.issued_at.is_some() && done.number.as_ref().is_some_and(|number| number.len() == 20));
    let now = json!({ "id": invoice["id"] });
    let own = customer.data(SHOWN, now.clone()).await["invoice"].clone();
    assert_eq!((&own["number"], &own["requestedBy"]), (&json!(done.number), &json!(null)));
    let page = own["downloadUrl"].as_str().expect("a page");
    let page = server.http().get(page).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("张三丰") && page.contains(done.number.as_deref().unwrap()), "{page}");
    // The store sees the same, but for the person.
    let seen = server.consultant().data(SHOWN, now.clone()).await["invoice"].clone();
    assert_eq!((&seen["title"]["name"], &seen["downloadUrl"]), (&json!("张**"), &json!(null)));
    assert_eq!(seen["requestedBy"], server.demo.customer.to_string());
    assert!(!done.snapshot.0.windows(9).any(|part| part == "张三丰".as_bytes()));
    let other = staff_of(&server, other_store(&server, &order_row(&server, id).await).await).await;
    assert_eq!(other.data(SHOWN, now).await["invoice"], json!(null));
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Done);
    assert_eq!(told(&server, id).await, ["REQUESTED", "ISSUING", "ISSUED"]);
    for _ in 0..3 {
        let message = heard.data().await["invoiceStatusChanged"].clone();
        assert_eq!(message["order"]["id"], id.to_string());
    }
    let history = event::Entity::find().filter(event::Column::OrderId.eq(id)).all(server.db().conn()).await.unwrap();
    assert_eq!(history.iter().filter(|row| row.kind == OrderEventKind::InvoiceChanged).count(), 3);

    // The same key brings back the same; another of the kind is refused, the services are another matter.
    assert_eq!(customer.payload(REQUEST, input).await["invoice"]["id"], invoice["id"]);
    let again = customer.payload(REQUEST, asked(&server, id, "VEHICLE_UNIFIED", None).await).await;
    assert_eq!(codes(&again), json!([["INVALID_TRANSITION", ["input", "orderId"]]]));
    let services = customer.payload(REQUEST, asked(&server, id, "VAT_GENERAL", None).await).await["invoice"].clone();
    assert_eq!(
        (&services["covers"], &services["amount"]["minorUnits"], &services["tax"]["minorUnits"]),
        (&json!("SERVICES"), &json!(200_000), &json!(23_009))
    );
    assert_eq!(
        services["lines"],
        json!([{ "kind": "FEE", "code": "DELIVERY_FEE", "amount": { "minorUnits": 200_000 } }])
    );
    deed(&server, id, &services, "deed=issue&told=once").await;
    until(&server, &services, InvoiceState::Issued).await;
    assert_eq!(all(&server, id).await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_invoiced_is_refused_and_nothing_is_written() {
    let server = Server::start().await;
    bare(&server).await;
    let customer = server.customer();
    let id = signed(&server).await;
    let refused = async |kind: &str, profile: Option<Value>| {
        let input = asked(&server, id, kind, profile.as_ref()).await;
        let said = customer.payload(REQUEST, input).await;
        assert_eq!(said["invoice"], json!(null));
        json!([said["userErrors"][0]["code"], said["userErrors"][0]["field"]])
    };
    assert_eq!(refused("VEHICLE_UNIFIED", None).await, json!(["NOT_ELIGIBLE", ["input", "orderId"]]), "not paid");
    rest(&server, id).await;
    assert_eq!(refused("VEHICLE_UNIFIED", None).await, json!(["REQUIRED", ["input", "profileId"]]), "no profile");
    let mut anonymous = person("张三丰");
    anonymous["taxId"] = json!(null);
    let nameless = saved(&server, anonymous).await;
    let short =
        json!({ "idempotencyKey": key(), "titleType": "COMPANY", "name": "短缺公司", "taxId": "91440300MA5F00002D" });
    let short = saved(&server, short).await;
    assert_eq!(
        refused("VEHICLE_UNIFIED", Some(nameless.clone())).await,
        json!(["NOT_ELIGIBLE", ["input", "profileId"]])
    );
    assert_eq!(refused("VAT_SPECIAL", Some(nameless)).await, json!(["NOT_ELIGIBLE", ["input", "profileId"]]));
    assert_eq!(refused("VAT_SPECIAL", Some(short.clone())).await, json!(["NOT_ELIGIBLE", ["input", "profileId"]]));
    let unknown = json!({ "id": entity::InvoiceProfileId::generate().to_string() });
    assert_eq!(refused("VEHICLE_UNIFIED", Some(unknown)).await, json!(["NOT_FOUND", ["input", "profileId"]]));
    let car = order_row(&server, id).await.vehicle_id;
    update(&server, id, order::ActiveModel { vehicle_id: Set(None), ..Default::default() }).await;
    assert_eq!(refused("VEHICLE_UNIFIED", Some(short.clone())).await, json!(["NOT_ELIGIBLE", ["input", "orderId"]]));
    update(&server, id, order::ActiveModel { vehicle_id: Set(car), ..Default::default() }).await;
    // Another's profile is as none.
    let strange = customer::Entity::find().filter(customer::Column::Id.ne(server.demo.customer));
    let strange = server.customer_with(strange.one(server.db().conn()).await.unwrap().unwrap().id);
    let theirs = save(&strange, company("别家公司")).await["profile"].clone();
    assert_eq!(refused("VEHICLE_UNIFIED", Some(theirs)).await, json!(["NOT_FOUND", ["input", "profileId"]]));
    let before = order_row(&server, id).await;
    let good = asked(&server, id, "VEHICLE_UNIFIED", Some(&short)).await;
    let mut stale = good.clone();
    stale["input"]["expectedVersion"] = json!(before.version - 1);
    let stale = customer.payload(REQUEST, stale).await;
    assert_eq!(stale["userErrors"][0]["currentVersion"], before.version);
    assert_eq!(server.anonymous().code(REQUEST, good.clone()).await, "UNAUTHENTICATED");
    assert_eq!(codes(&strange.payload(REQUEST, good.clone()).await), json!([["NOT_FOUND", ["input", "orderId"]]]));
    let stranger = staff_of(&server, other_store(&server, &before).await).await;
    assert_eq!(codes(&stranger.payload(REQUEST, good).await), json!([["NOT_FOUND", ["input", "orderId"]]]));
    assert_eq!(all(&server, id).await, []);
    assert_eq!(order_row(&server, id).await, before);
    // Staff need not know of profiles: the customer's default is taken, which here lacks the id.
    let staff = server.consultant();
    let by_staff = asked(&server, id, "VEHICLE_UNIFIED", None).await;
    assert_eq!(codes(&staff.payload(REQUEST, by_staff).await), json!([["NOT_ELIGIBLE", ["input", "profileId"]]]));
    let by_staff = asked(&server, id, "VAT_GENERAL", None).await;
    let begun = staff.payload(REQUEST, by_staff).await;
    assert_eq!((&begun["invoice"]["title"]["name"], &begun["userErrors"]), (&json!("张**"), &json!([])));
}

#[tokio::test]
async fn a_dealer_that_sells_for_itself_issues_its_own_invoice() {
    let server = Server::start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, company("曜岑测试有限公司")).await;
    let dealer = organization::Entity::find().filter(organization::Column::Kind.eq(OrganizationKind::DealerGroup));
    let dealer = dealer.one(server.db().conn()).await.unwrap().unwrap();
    update(&server, id, order::ActiveModel { sales_model: Set(SalesModel::Wholesale), ..Default::default() }).await;
    let of = store::Column::Id.eq(order_row(&server, id).await.store_id);
    let change = store::ActiveModel { organization_id: Set(dealer.id), ..Default::default() };
    store::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
    let begun = server.customer().payload(REQUEST, asked(&server, id, "VAT_SPECIAL", None).await).await;
    assert_eq!((&begun["invoice"]["issuer"]["code"], &begun["userErrors"]), (&json!(dealer.code), &json!([])));
}

#[tokio::test]
async fn what_got_lost_is_asked_for_and_a_provider_that_is_away_is_asked_again() {
    let server = inquisitive().start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    manner(&server, id, "told=never").await;
    let away = sandbox(&server, id, "/outage").await;
    assert_eq!(filled_in(&server, &away, "seconds=60").await, 204);
    let begun = server.customer().payload(REQUEST, asked(&server, id, "VEHICLE_UNIFIED", None).await).await;
    assert_eq!((&begun["invoice"]["state"], &begun["userErrors"]), (&json!("REQUESTED"), &json!([])));
    assert_eq!(filled_in(&server, &away, "seconds=0").await, 204);
    let done = until(&server, &begun["invoice"], InvoiceState::Issued).await;
    assert!(done.number.is_some() && done.download_url.is_some());
    assert_eq!(told(&server, id).await, ["REQUESTED", "ISSUING", "ISSUED"]);
    assert_eq!(all(&server, id).await.len(), 1);
}

#[tokio::test]
async fn one_that_failed_is_asked_for_again() {
    let server = inquisitive().start().await;
    bare(&server).await;
    let customer = server.customer();
    let id = paid(&server).await;
    let declined = saved(&server, person("拒开")).await;
    let begun = customer.payload(REQUEST, asked(&server, id, "VEHICLE_UNIFIED", Some(&declined)).await).await;
    assert_eq!((&begun["invoice"]["state"], &begun["invoice"]["failure"]), (&json!("FAILED"), &json!("TITLE")));
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Pending);
    let fails = saved(&server, person("开票失败")).await;
    let again = |invoice: &Value, profile: Option<&Value>, reason: Option<&str>| {
        json!({ "input": { "idempotencyKey": key(), "invoiceId": invoice["id"], "reason": reason,
            "profileId": profile.map(|profile| profile["id"].clone()) } })
    };
    let second = customer.payload(REISSUE, again(&begun["invoice"], Some(&fails), None)).await;
    assert_eq!((&second["userErrors"], &second["invoice"]["redOf"]), (&json!([]), &json!(null)));
    let failed = until(&server, &second["invoice"], InvoiceState::Failed).await;
    assert_eq!(failed.failure.as_deref(), Some("TITLE_UNKNOWN"));
    manner(&server, id, "hold=true").await;
    // As it was, and it fails again; one of before cannot be asked for while another is.
    let third = customer.payload(REISSUE, again(&second["invoice"], None, None)).await;
    assert_eq!(third["invoice"]["title"]["name"], "开票失败");
    let early = customer.payload(REISSUE, again(&begun["invoice"], None, None)).await;
    assert_eq!(codes(&early), json!([["INVALID_TRANSITION", ["input", "invoiceId"]]]));
    deed(&server, id, &third["invoice"], "deed=fail&told=twice").await;
    until(&server, &third["invoice"], InvoiceState::Failed).await;
    manner(&server, id, "hold=false").await;
    let good = saved(&server, person("张三丰")).await;
    let last = customer.payload(REISSUE, again(&third["invoice"], Some(&good), None)).await;
    until(&server, &last["invoice"], InvoiceState::Issued).await;
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Done);
}

#[tokio::test]
async fn another_title_is_a_red_letter_first() {
    let server = inquisitive().start().await;
    bare(&server).await;
    let customer = server.customer();
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    let first = issued(&server, id).await;
    let firm = saved(&server, company("曜岑测试有限公司")).await;
    let input = |reason: Option<&str>, profile: Option<&Value>| {
        json!({ "input": { "idempotencyKey": key(), "invoiceId": first["id"], "reason": reason,
            "profileId": profile.map(|profile| profile["id"].clone()) } })
    };
    assert_eq!(
        codes(&customer.payload(REISSUE, input(None, Some(&firm))).await),
        json!([["REQUIRED", ["input", "reason"]]])
    );
    let same = customer.payload(REISSUE, input(Some("No"), None)).await;
    assert_eq!(codes(&same), json!([["NOT_ELIGIBLE", ["input", "profileId"]]]));
    // While the old one is in force the new one waits.
    manner(&server, id, "hold=true").await;
    let second = customer.payload(REISSUE, input(Some("To the company"), Some(&firm))).await;
    assert_eq!(second["userErrors"], json!([]));
    let next = &second["invoice"];
    assert_eq!((&next["state"], &next["redOf"]["id"]), (&json!("REQUESTED"), &first["id"]));
    assert_eq!(
        (&next["redOf"]["state"], &next["redOf"]["redLetter"]["reason"]),
        (&json!("RED_REQUESTED"), &json!("To the company"))
    );
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(row(&server, next).await.state, InvoiceState::Requested);
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Done);
    deed(&server, id, &first, "deed=red&told=once").await;
    let red = until(&server, &first, InvoiceState::RedIssued).await;
    assert!(red.red_number.is_some() && red.red_issued_at.is_some());
    until(&server, next, InvoiceState::Issuing).await;
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::RolledBack);
    deed(&server, id, next, "deed=issue&told=late").await;
    until(&server, next, InvoiceState::Issued).await;
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Done);
    let old = customer.data(SHOWN, json!({ "id": first["id"] })).await["invoice"].clone();
    assert_eq!((&old["downloadUrl"], &old["redLetter"]["number"]), (&json!(null), &json!(red.red_number)));

    // What others rely on is for managers.
    reach(&server, id, &[MilestoneCode::Insured]).await;
    let mut back = input(Some("Back again"), None);
    back["input"]["invoiceId"] = next["id"].clone();
    assert_eq!(codes(&customer.payload(REISSUE, back).await), json!([["NOT_ELIGIBLE", ["input", "invoiceId"]]]));
    let red = json!({ "input": { "idempotencyKey": key(), "invoiceId": next["id"], "reason": "Wrong" } });
    assert_eq!(customer.code(RED, red.clone()).await, "FORBIDDEN");
    assert_eq!(server.consultant().code(RED, red.clone()).await, "FORBIDDEN");
    let made = server.manager().payload(RED, red).await;
    assert_eq!(made["invoice"]["state"], "RED_REQUESTED", "{made}");
    deed(&server, id, next, "deed=red&told=once").await;
    until(&server, next, InvoiceState::RedIssued).await;
    // Insured on the strength of it: the milestone stays.
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Done);
    let over = json!({ "input": { "idempotencyKey": key(), "invoiceId": next["id"], "reason": "Twice" } });
    assert_eq!(server.manager().payload(RED, over).await["userErrors"][0]["from"], "RED_ISSUED");
}

#[tokio::test]
async fn money_goes_back_once_the_invoice_is_red() {
    let server = inquisitive().start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    let invoice = issued(&server, id).await;
    cool_off(&server, id).await;
    manner(&server, id, "hold=true").await;
    let asked = cancel(&server.customer(), &server, id).await;
    assert_eq!(asked["changeRequest"]["state"], "SUBMITTED");
    // What was issued here is made red here: nobody has to know a number.
    let decided = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({ "fault": "MAKER" })).await;
    assert_eq!((&decided["order"]["status"], &decided["userErrors"]), (&json!("CANCELLED"), &json!([])));
    until(&server, &invoice, InvoiceState::RedRequested).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let due = refunds(&server, id).await;
    assert_eq!(due.iter().map(|row| row.state).collect::<Vec<_>>(), [RefundState::Created; 3]);
    // What is paid on top goes by hand, and waits as well.
    let on_top = due.iter().find(|row| row.payment_id.is_none()).unwrap().id.to_string();
    let by_hand = json!({ "input": { "idempotencyKey": key(), "refundId": on_top, "reference": "BANK-7" } });
    let early = server.manager().payload(REFUND, by_hand.clone()).await;
    assert_eq!(codes(&early), json!([["NOT_ELIGIBLE", ["input", "refundId"]]]));
    assert_eq!(refunds(&server, id).await, due);
    deed(&server, id, &invoice, "deed=red&told=once").await;
    until(&server, &invoice, InvoiceState::RedIssued).await;
    assert_eq!(server.manager().payload(REFUND, by_hand).await["userErrors"], json!([]));
    let done = all_back(&server, id).await;
    assert_eq!((done.paid_minor, done.payment_status), (0, OrderPaymentStatus::Refunded));
    assert_eq!(request(&server, id).await.red_invoice_number, None);
}

#[tokio::test]
async fn where_the_provider_makes_nothing_red_an_operator_sees_it_and_does_it_by_hand() {
    let server = inquisitive().start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    let invoice = issued(&server, id).await;
    cool_off(&server, id).await;
    manner(&server, id, "refuse=true").await;
    let asked = cancel(&server.customer(), &server, id).await;
    decide(&server.operator(), &server, id, &asked["changeRequest"], json!({ "fault": "NEITHER" })).await;
    for _ in 0..200 {
        if row(&server, &invoice).await.failure.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let kept = row(&server, &invoice).await;
    assert_eq!((kept.state, kept.failure.as_deref()), (InvoiceState::RedRequested, Some("DEDUCTED")));
    let by_hand = json!({ "input": { "idempotencyKey": key(), "invoiceId": invoice["id"], "reason": "At the tax office",
        "redNumber": "RED-1" } });
    let made = server.operator().payload(RED, by_hand).await;
    assert_eq!(
        (&made["invoice"]["state"], &made["invoice"]["redLetter"]["number"], &made["invoice"]["failure"]),
        (&json!("RED_ISSUED"), &json!("RED-1"), &json!(null)),
        "{made}"
    );
    all_back(&server, id).await;
}

#[tokio::test]
async fn what_is_issued_for_an_order_that_is_called_off_is_made_red() {
    let server = inquisitive().start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    manner(&server, id, "hold=true").await;
    let begun = server.customer().payload(REQUEST, asked(&server, id, "VEHICLE_UNIFIED", None).await).await;
    let invoice = &begun["invoice"];
    assert_eq!(invoice["state"], "ISSUING");
    cool_off(&server, id).await;
    let asked = cancel(&server.customer(), &server, id).await;
    decide(&server.manager(), &server, id, &asked["changeRequest"], json!({ "fault": "NEITHER" })).await;
    manner(&server, id, "hold=false").await;
    deed(&server, id, invoice, "deed=issue&told=once").await;
    let red = until(&server, invoice, InvoiceState::RedIssued).await;
    assert!(red.number.is_some() && red.red_reason.is_none());
    assert_eq!(told(&server, id).await, ["REQUESTED", "ISSUING", "ISSUED", "RED_REQUESTED", "RED_ISSUED"]);
    all_back(&server, id).await;
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Pending);
}

#[tokio::test]
async fn while_an_order_may_be_called_off_nothing_more_is_handed_over() {
    let server = inquisitive().start().await;
    bare(&server).await;
    let (stays, goes) = (paid(&server).await, paid(&server).await);
    saved(&server, person("张三丰")).await;
    let away = sandbox(&server, stays, "/outage").await;
    assert_eq!(filled_in(&server, &away, "seconds=60").await, 204);
    let mut wanted = Vec::new();
    for id in [stays, goes] {
        let begun = server.customer().payload(REQUEST, asked(&server, id, "VEHICLE_UNIFIED", None).await).await;
        assert_eq!(begun["invoice"]["state"], "REQUESTED");
        let asked = cancel(&server.customer(), &server, id).await;
        assert_eq!(asked["changeRequest"]["state"], "SUBMITTED");
        wanted.push((begun["invoice"].clone(), asked["changeRequest"].clone()));
    }
    assert_eq!(filled_in(&server, &away, "seconds=0").await, 204);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for (invoice, _) in &wanted {
        assert_eq!(row(&server, invoice).await.state, InvoiceState::Requested);
    }
    let rejected = decide(&server.manager(), &server, stays, &wanted[0].1, json!({ "decision": "REJECT" })).await;
    assert_eq!(rejected["userErrors"], json!([]));
    until(&server, &wanted[0].0, InvoiceState::Issued).await;
    // Nobody ever had it, and the money does not wait.
    let granted = decide(&server.manager(), &server, goes, &wanted[1].1, json!({ "fault": "NEITHER" })).await;
    assert_eq!(granted["userErrors"], json!([]));
    let over = until(&server, &wanted[1].0, InvoiceState::Failed).await;
    assert_eq!(over.failure.as_deref(), Some("ORDER_ENDED"));
    all_back(&server, goes).await;
}

#[tokio::test]
async fn two_hundred_at_once_have_one_effect() {
    let server = Server::start().await;
    bare(&server).await;
    let id = paid(&server).await;
    saved(&server, person("张三丰")).await;
    manner(&server, id, "hold=true").await;
    let customer = server.customer();
    let version = order_row(&server, id).await.version;
    let begun = join_all((0..200).map(|_| {
        let input = json!({ "input": { "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version,
            "type": "VEHICLE_UNIFIED" } });
        let customer = customer.clone();
        async move { customer.payload(REQUEST, input).await }
    }))
    .await;
    let made: Vec<_> = begun.iter().filter(|payload| payload["userErrors"] == json!([])).collect();
    assert_eq!((made.len(), all(&server, id).await.len()), (1, 1));
    let invoice = &made[0]["invoice"];
    until(&server, invoice, InvoiceState::Issuing).await;
    // Words of one provider, in any order, early and late.
    let number = order_row(&server, id).await.number;
    let from = row(&server, invoice).await.created_at;
    let system = server.system();
    let word = |n: usize| {
        let state = ["ISSUED", "FAILED", "ISSUING", "RED_ISSUED", "ISSUED", "RED_REQUESTED"][n % 6];
        let data = json!({ "orderNumber": number, "invoiceId": invoice["id"], "state": state,
            "number": "26310000000000000001", "redNumber": "26310000000000000002", "failure": "NONE", "occurredAt": from });
        told_event(&format!("word-{n}"), INVOICE, None, data)
    };
    let heard = join_all((0..200).map(|n| {
        let (system, word) = (system.clone(), word(n));
        async move { words(&results(&system, &[word]).await)[0].clone() }
    }))
    .await;
    // Of two words of one moment that say the same one is enough.
    assert!(heard.iter().all(|word| word == "applied" || word == "outdated"), "{heard:?}");
    let end = row(&server, invoice).await;
    assert_eq!((end.state, end.number.as_deref()), (InvoiceState::RedIssued, Some("26310000000000000001")));
    assert_eq!((end.red_number.as_deref(), end.failure), (Some("26310000000000000002"), None));
    assert_eq!((end.issued_at, end.red_issued_at), (Some(from), Some(from)));
    let told = told(&server, id).await;
    assert_eq!(told.last().unwrap(), "RED_ISSUED");
    assert!(told.len() <= 8, "each word at most once: {told:?}");
    // A number counts once, and an invoice is its order's.
    let services = customer.payload(REQUEST, asked(&server, id, "VAT_GENERAL", None).await).await["invoice"].clone();
    let mut said = Vec::new();
    for (order, used) in
        [(number.as_str(), "26310000000000000001"), (&order_row(&server, server.demo.order).await.number, "1")]
    {
        let data = json!({ "orderNumber": order, "invoiceId": services["id"], "state": "ISSUED", "number": used });
        said.extend(words(&results(&system, &[told_event(&key(), INVOICE, None, data)]).await));
    }
    assert_eq!(said, ["refused", "refused"]);
    assert_eq!(row(&server, &services).await.state, InvoiceState::Issuing);
}

#[tokio::test]
async fn a_loan_that_is_committed_is_enough_and_the_milestone_waits_for_the_money() {
    let server = Server::start().await;
    bare(&server).await;
    let id = signed(&server).await;
    saved(&server, person("张三丰")).await;
    let now = order_row(&server, id).await;
    let left = now.total_minor - now.paid_minor;
    let some = finance_application::Entity::find().one(server.db().conn()).await.unwrap().unwrap();
    let loan = |state, approved: i64| finance_application::Model {
        id: FinanceApplicationId::generate(),
        order_id: id,
        state,
        principal_minor: approved,
        approved_minor: Some(approved),
        lender_reference: None,
        checked_at: None,
        ..some.clone()
    };
    let short = loan(FinanceApplicationState::ContractSigned, left - 1);
    let put = async |row: &finance_application::Model| {
        let row = row.clone().into_active_model().reset_all();
        finance_application::Entity::insert(row).exec_without_returning(server.db().conn()).await.unwrap();
    };
    put(&short).await;
    let refused = server.customer().payload(REQUEST, asked(&server, id, "VEHICLE_UNIFIED", None).await).await;
    assert_eq!(codes(&refused), json!([["NOT_ELIGIBLE", ["input", "orderId"]]]));
    let own = finance_application::Column::Id.eq(short.id);
    let whole = finance_application::ActiveModel {
        approved_minor: Set(Some(left)),
        principal_minor: Set(left),
        ..Default::default()
    };
    finance_application::Entity::update_many().set(whole).filter(own).exec(server.db().conn()).await.unwrap();
    let invoice = issued(&server, id).await;
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Pending);
    rest(&server, id).await;
    assert_eq!(state_of(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done);
    assert_eq!(state_of(&server, id, MilestoneCode::Invoiced).await, MilestoneState::Done);
    assert_eq!(row(&server, &invoice).await.state, InvoiceState::Issued);
}

#[tokio::test]
async fn of_a_car_one_invoice_stands_and_the_next_order_waits_for_the_red_letter() {
    let server = inquisitive().start().await;
    bare(&server).await;
    saved(&server, person("张三丰")).await;
    let (first, second) = (paid(&server).await, paid(&server).await);
    let car = order_row(&server, first).await.vehicle_id;
    let invoice = issued(&server, first).await;
    assert_eq!(row(&server, &invoice).await.vehicle_id, car);
    cool_off(&server, first).await;
    manner(&server, first, "hold=true").await;
    let asked_for = cancel(&server.customer(), &server, first).await;
    decide(&server.manager(), &server, first, &asked_for["changeRequest"], json!({ "fault": "NEITHER" })).await;
    until(&server, &invoice, InvoiceState::RedRequested).await;
    // Free at once, it goes to the next order.
    assert_eq!(order_row(&server, first).await.vehicle_id, None);
    update(&server, second, order::ActiveModel { vehicle_id: Set(car), ..Default::default() }).await;
    let before = order_row(&server, second).await;
    let input = asked(&server, second, "VEHICLE_UNIFIED", None).await;
    let refused = server.customer().payload(REQUEST, input).await;
    assert_eq!(codes(&refused), json!([["NOT_ELIGIBLE", ["input", "orderId"]]]));
    assert_eq!(
        refused["userErrors"][0]["message"],
        "An invoice of another order names this car and is not made red yet."
    );
    assert_eq!((order_row(&server, second).await, all(&server, second).await.len()), (before, 0));
    deed(&server, first, &invoice, "deed=red&told=once").await;
    until(&server, &invoice, InvoiceState::RedIssued).await;
    manner(&server, first, "hold=false").await;
    issued(&server, second).await;
}
