//! The whole way of an order in each of the three fulfilment modes (C081-C083): from somebody who only looks to a car that was
//! handed over, an order that is completed and a store that is paid. Only operations that anybody has are used, and the doors and
//! pages of the systems that decide steps; the customer follows from the deposit to the end.

use chrono::Duration;
use entity::inventory::vehicle_unit;
use entity::{InvoiceState, OrderId, OrderStatus, VehicleUnitId};
use milepost::values::vin::Vin;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{cool_off, pay};
use super::contract::{deed, signing};
use super::ground::{ALLOCATE, DEALLOCATE, MATCHES};
use super::handover::confirm::{CONFIRM, whole};
use super::handover::pickup::code;
use super::handover::{BOOK, about, some_slot};
use super::invoice::{self, person, saved};
use super::place::{PLACE, input};
use super::{key, order_row, record};
use crate::harness::{Client, Server};
use crate::ingest::{MILESTONE, VEHICLE, event, results, words};

const LOOK: &str = "{ vehicleModels { slug trims { id code } } }";

const SAVE: &str = "mutation($input: ConfigurationSaveInput!) { configurationSave(input: $input) {
    configuration { id } userErrors { code message field } } }";

const OFFER: &str = "query($of: PriceConfigurationInput!, $trim: ID!, $city: CityCode!) {
    price(configuration: $of, cityCode: $city) { payable { minorUnits } quoteToken }
    storeOffers(trimId: $trim, cityCode: $city, radiusKm: 500) { offers { store { id code } availability } }
    etaPreview(configuration: $of, cityCode: $city) { builtToOrder { earliest likely latest } } }";

const ORDER: &str =
    "query($id: ID!) { order(id: $id) { version status fulfillmentMode salesModel optionCodes trim { code }
    deliveryStore { id code city { code } } milestones { code state } deliveredAt invoices { state }
    delivery { ownershipTransfer { vehicle { vin } } } preparationTasks { code doneAt } } }";

const LOCK: &str = "mutation($input: OrderLockConfigurationInput!) { orderLockConfiguration(input: $input) {
    order { status } userErrors { code message } } }";

const FOLLOW: &str = "subscription($id: ID!) { deliveryMilestoneUpdated(orderId: $id) {
    sequence previousSequence kind milestone { code state } order { milestones { code state } } } }";

const LINES: &str = "query($order: ID!) { settlementLines(where: { orderId: $order }, first: 50) {
    nodes { item trigger amount { minorUnits } isReversed } } }";

const ISSUE: &str = "mutation($input: SettlementStatementIssueInput!) { settlementStatementIssue(input: $input) {
    lineCount issuedCount more userErrors { code message field } } }";

const STATEMENTS: &str = "query($store: ID!, $period: String!) {
    settlements(where: { storeId: $store, period: $period }, first: 10) { nodes { id state version salesModel
        total { minorUnits } lineCount } } }";

const RECKONED: &str = "query($period: String!) { settlementReconciliation(period: $period) { balanced
    rows { salesModel lineCount missingLineCount surplusLineCount statementsDifference { minorUnits } unsettledCount } } }";

/// How the car comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It stands at the store that hands over.
    Stock,
    /// It stands elsewhere in the network.
    Network,
    /// The plant builds it.
    Plant,
}

impl Way {
    /// The mode in which such cars are ordered.
    pub fn mode(self) -> &'static str {
        match self {
            Self::Stock => "BUILD_TO_STOCK",
            Self::Network => "LOCATE_TO_ORDER",
            Self::Plant => "BUILD_TO_ORDER",
        }
    }
}

/// A number that no car has, with its check digit.
pub fn vin(serial: u32) -> String {
    let with = |check: char| format!("L00C5D1E{check}TX{serial:06}");
    "0123456789X".chars().map(with).find(|vin| Vin::parse(vin).is_ok()).expect("one of eleven is right")
}

/// An order on its way, and the car that it is to have.
pub struct Walk<'a> {
    server: &'a Server,
    pub id: OrderId,
    order: Value,
    vin: String,
}

impl<'a> Walk<'a> {
    /// An order that is there; its car, if it gets one, has this number.
    pub async fn of(server: &'a Server, id: OrderId, serial: u32) -> Self {
        let mut walk = Self { server, id, order: Value::Null, vin: vin(serial) };
        walk.order = walk.seen().await;
        walk
    }

    async fn seen(&self) -> Value {
        let asked = json!({ "id": self.id.to_string() });
        self.server.customer().data(ORDER, asked).await["order"].clone()
    }

    pub async fn is(&self, status: OrderStatus) {
        assert_eq!(self.seen().await["status"], status.to_string());
    }

    async fn say(&self, kind: &str, data: Value) {
        let told = results(&self.server.system(), &[event(&key(), kind, None, data)]).await;
        assert_eq!(words(&told), ["applied"], "{told:#?}");
    }

    /// The store that hands over, and its city, by code.
    fn here(&self) -> (&Value, &Value) {
        let store = &self.order["deliveryStore"];
        (&store["code"], &store["city"]["code"])
    }

    /// What plant, carrier and dealer management say of the car.
    async fn car(&self, status: &str, stock: &str, store: &Value, city: &Value) {
        let order = &self.order;
        let data = json!({ "vin": self.vin, "trimCode": order["trim"]["code"], "optionCodes": order["optionCodes"],
            "status": status, "stockType": stock, "salesModel": order["salesModel"], "ownerCode": "YC",
            "storeCode": store, "cityCode": city, "priceMinor": 20_000_000, "costMinor": 17_000_000 });
        self.say(VEHICLE, data).await;
    }

    pub async fn milestone(&self, code: &str) {
        let number = order_row(self.server, self.id).await.number;
        self.say(MILESTONE, json!({ "orderNumber": number, "code": code, "state": "DONE" })).await;
    }

    /// What the store says, in its portal.
    async fn reach(&self, codes: &[entity::MilestoneCode]) {
        for code in codes {
            let version = self.seen().await["version"].as_i64().unwrap() as i32;
            let staff = self.server.consultant();
            let done = record(&staff, self.id, version, *code, entity::MilestoneState::Done).await;
            assert_eq!(done["userErrors"], json!([]), "{code}");
        }
    }

    /// A car as ordered stands at the store that hands over.
    pub async fn stands_here(&self) -> VehicleUnitId {
        let (here, city) = self.here();
        self.car("IN_STOCK", "STORE_STOCK", here, city).await;
        self.own_car().await
    }

    async fn own_car(&self) -> VehicleUnitId {
        let found = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(&self.vin));
        found.one(self.server.db().conn()).await.unwrap().expect("the car").id
    }

    /// Cars as ordered are found, and its own is given to it.
    async fn allocate(&self, staff: &Client) {
        let asked = json!({ "id": self.id.to_string(), "first": 20 });
        let found = staff.data(MATCHES, asked).await["vehicleMatches"].clone();
        let alike = found.as_array().unwrap().iter().filter(|one| one["differences"] == json!([])).count();
        assert!(alike > 0, "no car as ordered: {found:#}");
        let given = about(self.server, self.id, json!({ "vehicleId": self.own_car().await.to_string() })).await;
        let given = staff.payload(ALLOCATE, given).await;
        assert_eq!(given["userErrors"], json!([]), "{given:#}");
    }

    pub async fn lock(&self) {
        let locked = self.server.customer().payload(LOCK, about(self.server, self.id, json!({})).await).await;
        assert_eq!(locked["userErrors"], json!([]), "{locked}");
    }

    pub async fn sign(&self) {
        let (contract, page) = signing(self.server, self.id).await;
        deed(self.server, &page, "sign", "twice").await;
        super::contract::until(self.server, &contract, entity::ContractState::Completed).await;
        self.is(OrderStatus::Contracted).await;
    }

    /// The car that it will have is there, or planned, and given to it.
    pub async fn gets_car(&self, way: Way) {
        let ((here, _), (server, id)) = (self.here(), (self.server, self.id));
        match way {
            Way::Stock => {
                self.stands_here().await;
                self.allocate(&server.consultant()).await;
            }
            Way::Network => {
                self.car("RELEASED", "OEM_HUB", &Value::Null, &json!("340100")).await;
                self.allocate(&server.operator()).await;
            }
            Way::Plant => {
                self.car("PLANNED", "FACTORY", here, &json!("340100")).await;
                let number = order_row(server, id).await.number;
                let allocated = json!({ "vin": self.vin, "orderNumber": number, "state": "ALLOCATED" });
                self.say("cn.milepost.inventory.allocation.v1", allocated).await;
                let now = server.app().clock.now();
                let slot = json!({ "vin": self.vin, "plantCode": "PLANT-340100", "week": now.format("%G-W%V").to_string(),
                    "plannedStart": now, "plannedOff": now + Duration::days(3) });
                self.say("cn.milepost.inventory.production.v1", slot).await;
                for code in ["ALLOCATED", "PARTS_PREPARING", "SCHEDULED"] {
                    self.milestone(code).await;
                }
            }
        }
        self.is(OrderStatus::InFulfillment).await;
    }

    /// What was planned is built.
    pub async fn built(&self) {
        let (here, _) = self.here();
        for code in ["BODY", "PAINT", "ASSEMBLY", "OFF_LINE"] {
            self.milestone(code).await;
        }
        self.car("BUILT", "FACTORY", here, &json!("340100")).await;
        self.milestone("QUALITY_RELEASED").await;
        self.car("RELEASED", "FACTORY", here, &json!("340100")).await;
    }

    /// The rest of the money.
    pub async fn paid(&self) {
        let now = order_row(self.server, self.id).await;
        let left = now.total_minor - now.paid_minor;
        let amount = format!("{}.{:02}", left / 100, left % 100);
        pay(self.server, &json!({ "id": self.id.to_string() }), now.version, "BALANCE", Some(&amount)).await;
    }

    /// The car comes to the store that hands over.
    pub async fn comes(&self) {
        let (here, city) = self.here();
        self.milestone("SHIPPED").await;
        self.car("IN_TRANSIT", "IN_TRANSIT", here, &json!("340100")).await;
        self.milestone("IN_TRANSIT").await;
        self.car("IN_STOCK", "STORE_STOCK", here, city).await;
        self.milestone("ARRIVED").await;
    }

    /// Made out to a profile, or to the one that is usual.
    pub async fn invoiced(&self, profile: Option<&Value>) {
        let asked = invoice::asked(self.server, self.id, "VEHICLE_UNIFIED", profile).await;
        let begun = self.server.customer().payload(invoice::REQUEST, asked).await;
        assert_eq!(begun["userErrors"], json!([]), "{begun}");
        invoice::until(self.server, &begun["invoice"], InvoiceState::Issued).await;
    }

    /// Inspected, insured and registered.
    pub async fn made_ready(&self) {
        use entity::MilestoneCode::{Insured, PdiDone, PlateReady, Ready};
        let (here, city) = self.here();
        self.car("PDI", "STORE_STOCK", here, city).await;
        self.reach(&[PdiDone]).await;
        self.car("READY", "STORE_STOCK", here, city).await;
        self.reach(&[Insured, PlateReady, Ready]).await;
        self.is(OrderStatus::ReadyForDelivery).await;
    }

    /// With an appointment, some time from now.
    pub async fn booked(&self, nth: usize) {
        let starts = some_slot(self.server, nth).await;
        let input = about(self.server, self.id, json!({ "startsAt": starts })).await;
        let booked = self.server.customer().payload(BOOK, input).await;
        assert_eq!(booked["userErrors"], json!([]), "{booked}");
    }

    pub async fn handed_over(&self) {
        let pickup = code(self.server, self.id).await;
        let done = self.server.consultant().payload(CONFIRM, whole(self.server, self.id, &pickup).await).await;
        assert_eq!(done["userErrors"], json!([]), "{done}");
        self.is(OrderStatus::Delivered).await;
    }
}

/// Somebody looks, signs in, and orders what they saw at the price that they saw.
pub async fn order<'a>(server: &'a Server, mode: &str, serial: u32) -> Walk<'a> {
    let visitor = server.anonymous();
    let city = order_row(server, server.demo.order).await.city_code;
    let models = visitor.data(LOOK, json!({})).await["vehicleModels"].clone();
    let trim = models.as_array().unwrap().iter().find(|model| model["slug"] == "c5").expect("a C5")["trims"][0].clone();
    // With what it comes with.
    let of = json!({ "trimId": trim["id"], "optionCodes": [] });
    let seen = visitor.data(OFFER, json!({ "of": of, "trim": trim["id"], "city": city })).await;
    let offers = seen["storeOffers"]["offers"].as_array().unwrap();
    assert!(offers.iter().any(|offer| offer["store"]["id"] == server.demo.store.to_string()), "{offers:?}");
    assert!(seen["etaPreview"]["builtToOrder"]["likely"].is_string());

    let customer = server.customer();
    let save = json!({ "idempotencyKey": key(), "trimId": trim["id"], "optionCodes": [], "cityCode": city });
    let kept = customer.payload(SAVE, json!({ "input": save })).await;
    assert_eq!(kept["userErrors"], json!([]));
    let mut place = input(server).await;
    let fields = place.as_object_mut().unwrap();
    fields.remove("expectedTotalMinor");
    fields.insert("configurationId".into(), kept["configuration"]["id"].clone());
    fields.insert("quoteToken".into(), seen["price"]["quoteToken"].clone());
    fields.insert("fulfillmentMode".into(), mode.into());
    let placed = customer.payload(PLACE, json!({ "input": place })).await;
    assert_eq!(placed["userErrors"], json!([]), "{placed:#}");
    assert_eq!(placed["order"]["total"], seen["price"]["payable"], "the price that was seen");
    let id: OrderId = placed["order"]["id"].as_str().unwrap().parse().unwrap();
    pay(server, &placed["order"], 1, "EARNEST_DEPOSIT", None).await;
    let walk = Walk::of(server, id, serial).await;
    walk.is(OrderStatus::Placed).await;
    walk
}

async fn walk(way: Way) {
    use entity::MilestoneCode::HandedOver;
    let serial = match way {
        Way::Stock => 800_001,
        Way::Network => 800_002,
        Way::Plant => 800_003,
    };
    let server = &Server::start().await;
    let walk = order(server, way.mode(), serial).await;
    let id = walk.id;
    let customer = server.customer();
    let mut heard = customer.subscribe_sse(FOLLOW, json!({ "id": id.to_string() })).await;
    let first = heard.data().await["deliveryMilestoneUpdated"].clone();
    assert_eq!(first["kind"], "SNAPSHOT");

    // Firm, locked, signed; a car; the rest of the money, and an invoice.
    cool_off(server, id).await;
    walk.lock().await;
    walk.sign().await;
    walk.gets_car(way).await;
    if way == Way::Plant {
        walk.built().await;
    }
    walk.paid().await;
    if way != Way::Stock {
        walk.comes().await;
    }
    walk.invoiced(Some(&saved(server, person("欧阳娜娜")).await)).await;

    // The invoice names the car: it is nobody else's any more.
    let away = about(server, id, json!({ "reason": "Somebody else is in a hurry" })).await;
    let away = server.manager().payload(DEALLOCATE, away).await;
    assert_eq!(away["userErrors"][0]["code"], "NOT_ELIGIBLE", "{away}");

    // Made ready, and handed over.
    walk.made_ready().await;
    walk.booked(3).await;
    let version = order_row(server, id).await.version;
    let past = record(&server.consultant(), id, version, HandedOver, entity::MilestoneState::Done).await;
    assert_eq!(past["userErrors"][0]["code"], "NOT_ELIGIBLE", "not without the code: {past}");
    walk.handed_over().await;
    let seen = walk.seen().await;
    assert_eq!(seen["delivery"]["ownershipTransfer"]["vehicle"]["vin"], json!(walk.vin));
    assert!(seen["preparationTasks"].as_array().unwrap().iter().all(|task| {
        task["doneAt"].is_string() || ["CHARGER", "DOCUMENTS", "CEREMONY"].contains(&task["code"].as_str().unwrap())
    }));

    // The customer has heard of every milestone, without a gap, and knows the order as it is.
    let mut known: Vec<(Value, Value)> = states(&first["order"]["milestones"]);
    let (mut last, mut reached) = (first["sequence"].clone(), Vec::new());
    let wanted = states(&seen["milestones"]);
    while known != wanted {
        let news = heard.data().await["deliveryMilestoneUpdated"].clone();
        assert_eq!(news["previousSequence"], last, "nothing is missing");
        last = news["sequence"].clone();
        if let Some(own) = known.iter_mut().find(|(code, _)| *code == news["milestone"]["code"]) {
            own.1 = news["milestone"]["state"].clone();
            reached.push(own.0.as_str().unwrap().to_owned());
        }
    }
    let open: Vec<_> = known.iter().filter(|(_, state)| *state != "DONE" && *state != "SKIPPED").collect();
    assert_eq!(open, Vec::<&(Value, Value)>::new());
    let skipped: Vec<_> = known.iter().filter(|(_, state)| *state == "SKIPPED").map(|(code, _)| code.clone()).collect();
    match way {
        // Everything that a plant reports was told.
        Way::Plant => assert_eq!(skipped, [json!("FINANCE_APPROVED")]),
        Way::Network => assert!(!skipped.contains(&json!("SHIPPED")) && skipped.contains(&json!("OFF_LINE"))),
        Way::Stock => assert!(skipped.contains(&json!("SHIPPED")) && !skipped.contains(&json!("ARRIVED"))),
    }
    for code in [
        "CONTRACT_SIGNED",
        "ALLOCATED",
        "BALANCE_PAID",
        "ARRIVED",
        "INVOICED",
        "READY",
        "APPOINTMENT_SET",
        "HANDED_OVER",
    ] {
        assert!(reached.iter().any(|told| told == code), "{code} was not told: {reached:?}");
    }

    // The grace is over, and the month too: the order ends, the store gets its statement and its money.
    let lines =
        server.operator().data(LINES, json!({ "order": id.to_string() })).await["settlementLines"]["nodes"].clone();
    let of = |trigger: &str| lines.as_array().unwrap().iter().filter(|line| line["trigger"] == trigger).count();
    assert!(of("DELIVERED") > 0, "{lines:#}");
    let month = milepost::values::calendar::day(server.app().clock.now()).format("%Y-%m").to_string();
    let later = Server::setup().beside(server).clock(Duration::days(40)).start().await;
    completed(&later, id).await;
    settled(&later, &walk.order["deliveryStore"]["id"], &month).await;
}

fn states(milestones: &Value) -> Vec<(Value, Value)> {
    let all = milestones.as_array().unwrap().iter();
    all.map(|milestone| (milestone["code"].clone(), milestone["state"].clone())).collect()
}

/// Nobody does it.
async fn completed(later: &Server, id: OrderId) {
    for _ in 0..400 {
        if order_row(later, id).await.status == OrderStatus::Completed {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never completed");
}

/// The month's statement is issued, agreed to, invoiced and paid, and the month reckons up.
async fn settled(later: &Server, store: &Value, month: &str) {
    let operator = later.operator();
    for _ in 0..20 {
        let issue = json!({ "input": { "idempotencyKey": key(), "period": month } });
        let issued = operator.payload(ISSUE, issue).await;
        assert_eq!(issued["userErrors"], json!([]), "{issued}");
        if issued["more"] == false {
            break;
        }
    }
    let asked = json!({ "store": store, "period": month });
    let found = operator.data(STATEMENTS, asked.clone()).await["settlements"]["nodes"].clone();
    let found = found.as_array().unwrap();
    assert!(!found.is_empty());
    for statement in found {
        assert_eq!(statement["state"], "ISSUED");
        let mut version = statement["version"].clone();
        for (who, step, more) in [
            (later.manager(), "settlementConfirm", json!({})),
            (later.operator(), "settlementMarkInvoiced", json!({ "invoiceNumber": "31000001" })),
            (later.operator(), "settlementMarkPaid", json!({ "paymentReference": "BANK-1" })),
        ] {
            let kind = format!("{}{}", step[..1].to_uppercase(), &step[1..]);
            let document = format!(
                "mutation($input: {kind}Input!) {{ {step}(input: $input) {{
                    statement {{ version state }} userErrors {{ code message field }} }} }}"
            );
            let mut input =
                json!({ "idempotencyKey": key(), "statementId": statement["id"], "expectedVersion": version });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let moved = who.payload(&document, json!({ "input": input })).await;
            assert_eq!(moved["userErrors"], json!([]), "{step}: {moved}");
            version = moved["statement"]["version"].clone();
        }
    }
    let paid = operator.data(STATEMENTS, asked).await["settlements"]["nodes"].clone();
    assert!(paid.as_array().unwrap().iter().all(|statement| statement["state"] == "PAID"), "{paid:#}");
    let reckoned = operator.data(RECKONED, json!({ "period": month })).await["settlementReconciliation"].clone();
    for row in reckoned["rows"].as_array().unwrap() {
        let nothing = ["missingLineCount", "surplusLineCount", "unsettledCount"].map(|field| row[field].clone());
        assert_eq!(nothing, [json!(0), json!(0), json!(0)], "{reckoned:#}");
        assert_eq!(row["statementsDifference"]["minorUnits"], 0);
    }
    assert_eq!(reckoned["balanced"], true, "{reckoned:#}");
}

#[tokio::test]
async fn a_car_from_stock_goes_all_the_way() {
    walk(Way::Stock).await;
}

#[tokio::test]
async fn a_car_that_is_located_goes_all_the_way() {
    walk(Way::Network).await;
}

#[tokio::test]
async fn a_car_that_is_built_goes_all_the_way() {
    walk(Way::Plant).await;
}
