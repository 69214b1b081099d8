//! Damage to cars (C101): from the report to the end, what it means for the car, its order and its customer.

use chrono::TimeDelta;
use entity::inventory::{quality_case, quality_event, vehicle_unit};
use entity::order::event as order_event;
use entity::*;
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Client, Server};
use crate::ingest::{event, results, words};
use crate::order::ground::Ground;
use crate::order::key;

const ANSWER: &str = "case { id state severity cost { minorUnits } liability repairNote disclosure swapState allowedActions version
        history { fromState toState swapState note } }
    vehicle { id status version damageDisclosures qualityCases { id state } }
    userErrors { __typename code field ... on InvalidTransition { from action allowed } ... on VersionConflict { currentVersion } }";

pub(super) const ORDER: &str =
    "query($id: ID!) { order(id: $id) { status vehicle { id damageDisclosures } eta { likely revisions { reason } }
    timeline { kind note } milestones { code state }
    qualityCases { id state isOpen disclosure expectedAt swapState swapAnswer mayRequestSwap version } } }";

pub(super) const SWAP: &str = "mutation($input: QualitySwapRequestInput!) { qualitySwapRequest(input: $input) {
    order { qualityCases { swapState mayRequestSwap version } } userErrors { __typename code field } } }";

fn document(step: &str) -> String {
    let (field, input) = match step {
        "SwapDecline" => ("qualitySwapDecline".to_owned(), "QualitySwapDeclineInput".to_owned()),
        step => (format!("qualityDamage{step}"), format!("QualityDamage{step}Input")),
    };
    format!("mutation($input: {input}!) {{ {field}(input: $input) {{ {ANSWER} }} }}")
}

pub(super) async fn send(client: &Client, step: &str, input: Value) -> Value {
    client.payload(&document(step), json!({ "input": input })).await
}

pub(super) fn found(car: VehicleUnitId) -> Value {
    json!({ "idempotencyKey": key(), "vehicleId": car.to_string(), "node": "STORE", "severity": "MODERATE",
        "position": "FRONT", "kind": "DENT", "description": "前保险杠凹陷", "photos": ["/media/dent.jpg"] })
}

pub(super) fn step(case: &Value, more: Value) -> Value {
    let mut input = json!({ "idempotencyKey": key(), "caseId": case["id"], "expectedVersion": case["version"] });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// Takes a step that has to be taken; the case after it.
pub(super) async fn go(client: &Client, name: &str, case: &Value, more: Value) -> Value {
    let answer = send(client, name, step(case, more)).await;
    assert_eq!(answer["userErrors"], json!([]), "{name}: {answer:#}");
    answer["case"].clone()
}

pub(super) async fn car_row(server: &Server, id: VehicleUnitId) -> vehicle_unit::Model {
    vehicle_unit::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

pub(super) async fn case_row(server: &Server, case: &Value) -> quality_case::Model {
    let id: QualityDamageCaseId = case["id"].as_str().unwrap().parse().unwrap();
    quality_case::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

async fn cases(server: &Server) -> (u64, u64) {
    let db = server.db().conn();
    (quality_case::Entity::find().count(db).await.unwrap(), quality_event::Entity::find().count(db).await.unwrap())
}

/// A free car in the demo store's stock.
pub(super) async fn own_car(server: &Server) -> vehicle_unit::Model {
    vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.eq(server.demo.store))
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .filter(vehicle_unit::Column::StockType.eq(StockType::StoreStock))
        .order_by_asc(vehicle_unit::Column::Id)
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap()
}

pub(super) fn state(car: &vehicle_unit::Model) -> (PhysicalStatus, Option<PhysicalStatus>) {
    (car.physical_status, car.resume_to)
}

#[tokio::test]
async fn a_damage_holds_its_car_until_the_repair_is_good() {
    let server = Server::start().await;
    let (consultant, manager) = (server.consultant(), server.manager());
    let car = own_car(&server).await;
    let input = found(car.id);
    let reported = send(&consultant, "Report", input.clone()).await;
    assert_eq!(reported["userErrors"], json!([]), "{reported:#}");
    assert_eq!(send(&consultant, "Report", input).await, reported, "the same key brings the same");
    let case = &reported["case"];
    assert_eq!((&case["state"], &case["allowedActions"]), (&json!("REPORTED"), &json!(["ASSESS"])));
    assert_eq!(reported["vehicle"]["status"], "QUALITY_HOLD");
    assert_eq!(state(&car_row(&server, car.id).await), (PhysicalStatus::QualityHold, Some(PhysicalStatus::InStock)));

    // It can neither be held for a customer nor asked for by another store.
    let held = json!({ "input": { "idempotencyKey": key(), "vehicleId": car.id.to_string(), "expectedVersion": car.version + 1 } });
    let reserve = "mutation($input: VehicleReserveInput!) { vehicleReserve(input: $input) { userErrors { code } } }";
    assert_eq!(manager.payload(reserve, held).await["userErrors"][0]["code"], "VEHICLE_UNAVAILABLE");
    let asked = json!({ "input": { "idempotencyKey": key(), "vehicleId": car.id.to_string(), "expectedVersion": car.version + 1,
        "toStoreId": server.demo.store.to_string() } });
    let request =
        "mutation($input: StockTransferRequestInput!) { stockTransferRequest(input: $input) { userErrors { code } } }";
    assert_ne!(server.operator().payload(request, asked).await["userErrors"], json!([]));

    let case = go(&consultant, "Assess", case, json!({ "severity": "MINOR", "cost": "1200.50" })).await;
    assert_eq!((&case["severity"], &case["cost"]["minorUnits"]), (&json!("MINOR"), &json!(120_050)));
    let case =
        go(&manager, "ConfirmLiability", &case, json!({ "liability": "CARRIER", "liableParty": "远山物流" })).await;
    let case = go(&consultant, "Repair", &case, json!({ "repairNote": "Dent pulled, painted" })).await;
    let case = go(&consultant, "Reinspect", &case, json!({ "passed": false, "note": "Colour differs" })).await;
    assert_eq!(case["state"], "REPAIRING");
    // A second damage, found meanwhile: the car goes back to where the first one found it, when both are over.
    let second = send(&consultant, "Report", found(car.id)).await["case"].clone();
    let case = go(&consultant, "Reinspect", &case, json!({ "passed": true, "cost": "1500" })).await;
    assert_eq!(case["allowedActions"], json!(["REINSPECT", "CLOSE"]));
    let case = go(&consultant, "Close", &case, json!({})).await;
    assert_eq!(state(&car_row(&server, car.id).await), (PhysicalStatus::QualityHold, Some(PhysicalStatus::InStock)));
    let steps: Vec<_> = case["history"].as_array().unwrap().iter().map(|entry| entry["toState"].clone()).collect();
    let way = ["REPORTED", "ASSESSED", "LIABILITY_CONFIRMED", "REPAIRING", "REPAIRING", "REINSPECTED", "CLOSED"];
    assert_eq!(json!(steps), json!(way));
    let second = go(&consultant, "Assess", &second, json!({ "severity": "MINOR", "cost": "0" })).await;
    let ended = send(&manager, "Downgrade", step(&second, json!({ "disclosure": "左侧轻微划痕，按现状销售" }))).await;
    assert_eq!(ended["userErrors"], json!([]), "{ended:#}");
    assert_eq!(ended["vehicle"]["damageDisclosures"], json!(["左侧轻微划痕，按现状销售"]));
    let free = car_row(&server, car.id).await;
    assert_eq!((state(&free), free.version), ((PhysicalStatus::InStock, None), car.version + 2));
    assert!(case_row(&server, &case).await.ended_at.is_some());
}

#[tokio::test]
async fn each_step_is_for_its_people_and_a_refusal_changes_nothing() {
    let server = Server::start().await;
    let car = own_car(&server).await;
    let before = cases(&server).await;
    let mut wrong = found(car.id);
    for (name, value) in [
        ("vehicleId", json!("ord_1")),
        ("node", json!("CARRIER")),
        ("description", json!(" ")),
        ("photos", json!(["/ok.jpg", "http://plain.example/a.jpg"])),
        ("foundAt", json!("2099-01-01T00:00:00Z")),
    ] {
        wrong[name] = value;
    }
    let refused = send(&server.consultant(), "Report", wrong).await;
    let fields: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    let of = |field: &[&str]| json!([&["input"], field].concat());
    let expected = [of(&["vehicleId"]), of(&["carrier"]), of(&["description"]), of(&["photos", "1"]), of(&["foundAt"])];
    assert_eq!(json!(fields), json!(expected), "{refused:#}");
    let (customer, manager, consultant) = (server.customer(), server.manager(), server.consultant());
    assert_eq!(customer.code(&document("Report"), json!({ "input": found(car.id) })).await, "FORBIDDEN");
    assert_eq!(
        server.anonymous().code(&document("Report"), json!({ "input": found(car.id) })).await,
        "UNAUTHENTICATED"
    );
    let elsewhere = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.is_not_null())
        .filter(vehicle_unit::Column::StoreId.ne(server.demo.store))
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(send(&manager, "Report", found(elsewhere.id)).await["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!((cases(&server).await, car_row(&server, car.id).await), (before, car.clone()));

    let case = send(&consultant, "Report", found(car.id)).await["case"].clone();
    let (after, held) = (cases(&server).await, car_row(&server, car.id).await);
    let code = async |client: &Client, name: &str, more: Value| {
        send(client, name, step(&case, more)).await["userErrors"][0]["code"].clone()
    };
    let stranger = server.staff(server.demo.consultant, elsewhere.store_id.unwrap(), true);
    assert_eq!(code(&stranger, "Close", json!({})).await, "NOT_FOUND");
    assert_eq!(code(&consultant, "ConfirmLiability", json!({ "liability": "STORE" })).await, "FORBIDDEN");
    assert_eq!(code(&manager, "Scrap", json!({ "reason": "x" })).await, "FORBIDDEN");
    assert_eq!(code(&manager, "SwapDecline", json!({ "answer": "x" })).await, "NOT_FOUND");
    let early = send(&consultant, "Close", step(&case, json!({}))).await["userErrors"][0].clone();
    assert_eq!((&early["code"], &early["allowed"]), (&json!("INVALID_TRANSITION"), &json!(["ASSESS"])));
    let stale = json!({ "severity": "MINOR", "cost": "1", "expectedVersion": 7 });
    assert_eq!(code(&consultant, "Assess", stale).await, "VERSION_CONFLICT");
    let bad =
        json!({ "severity": "MINOR", "cost": "-1", "expectedAt": "2020-01-01T00:00:00Z", "note": "x".repeat(501) });
    let bad = send(&consultant, "Assess", step(&case, bad)).await["userErrors"].clone();
    let fields: Vec<_> = bad.as_array().unwrap().iter().map(|error| error["field"][1].clone()).collect();
    assert_eq!(json!(fields), json!(["cost", "expectedAt", "note"]));
    assert_eq!((cases(&server).await, car_row(&server, car.id).await), (after, held));

    // What is listed is one's own.
    let list =
        "query($where: QualityDamageWhereInput) { qualityDamageCases(where: $where, first: 100) { nodes { id } } }";
    let has = async |client: &Client, filter: Value| {
        let listed = client.data(list, json!({ "where": filter })).await;
        listed["qualityDamageCases"]["nodes"].as_array().unwrap().iter().any(|node| node["id"] == case["id"])
    };
    assert!(has(&consultant, json!({ "node": ["STORE"], "severity": ["MODERATE"] })).await);
    assert!(
        has(&server.operator(), json!({ "storeId": server.demo.store.to_string(), "vehicleId": car.id.to_string() }))
            .await
    );
    assert!(!has(&server.operator(), json!({ "carrier": "远山物流", "vehicleId": car.id.to_string() })).await);
    assert!(!has(&consultant, json!({ "state": ["CLOSED"] })).await);
    assert!(!has(&stranger, json!({})).await);
    assert_eq!(customer.code(list, json!({})).await, "FORBIDDEN");
}

#[tokio::test]
async fn the_customer_is_told_and_gets_another_car() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let (customer, manager, consultant) = (server.customer(), server.manager(), server.consultant());
    let car = ground.here().await;
    let other = ground.here().await;
    assert_eq!(ground.allocate(&consultant, 0, &car, json!({})).await["userErrors"], json!([]));
    let id = json!({ "id": ground.orders[0].id.to_string() });
    let seen = async || customer.data(ORDER, id.clone()).await["order"].clone();
    assert_eq!(seen().await["qualityCases"], json!([]));
    let before = seen().await["eta"]["likely"].clone();

    let case = send(&consultant, "Report", found(car.id)).await["case"].clone();
    let told = seen().await;
    let own = &told["qualityCases"][0];
    assert_eq!((&own["isOpen"], &own["mayRequestSwap"]), (&json!(true), &json!(true)), "{told:#}");
    let kinds: Vec<_> = told["timeline"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds.last(), Some(&json!("QUALITY_CASE_CHANGED")));
    assert_eq!(told["timeline"].as_array().unwrap().last().unwrap()["note"], json!(null));
    assert!(!customer.data("query($id: ID!) { qualityDamageCase(id: $id) { id } }", json!({ "id": case["id"] })).await
        ["qualityDamageCase"]
        .is_object());

    // The day by which the car is well moves the expected date.
    let until = server.app().clock.now() + TimeDelta::days(30);
    let assessed = json!({ "severity": "MAJOR", "cost": "9000", "expectedAt": until.to_rfc3339() });
    let case = go(&consultant, "Assess", &case, assessed).await;
    let later = seen().await;
    assert!(later["eta"]["likely"].as_str() > before.as_str(), "{later:#}");
    assert_eq!(later["eta"]["revisions"][0]["reason"], "QUALITY_HOLD");

    let ask = json!({ "idempotencyKey": key(), "caseId": case["id"], "expectedVersion": case["version"] });
    let stranger = server.customer_with(CustomerId::generate());
    let refused = stranger.payload(SWAP, json!({ "input": ask })).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(consultant.code(SWAP, json!({ "input": ask })).await, "FORBIDDEN");
    let asked = customer.payload(SWAP, json!({ "input": ask })).await;
    assert_eq!(asked["userErrors"], json!([]), "{asked:#}");
    assert_eq!(asked["order"]["qualityCases"][0]["swapState"], "REQUESTED");
    assert_eq!(asked["order"]["qualityCases"][0]["mayRequestSwap"], false);
    let twice = json!({ "idempotencyKey": key(), "caseId": case["id"],
        "expectedVersion": asked["order"]["qualityCases"][0]["version"] });
    assert_eq!(customer.payload(SWAP, json!({ "input": twice })).await["userErrors"][0]["code"], "NOT_ELIGIBLE");

    // The store swaps, and the case remembers.
    let swapped = ground.swap(&manager, 0, json!({ "vehicleId": other.id.to_string() })).await;
    assert_eq!(swapped["userErrors"], json!([]), "{swapped:#}");
    let done = seen().await;
    assert_eq!(done["vehicle"]["id"], other.id.to_string());
    assert_eq!(done["qualityCases"][0]["swapState"], "DONE");
    let row = case_row(server, &case).await;
    assert_eq!((row.state, row.swap_state), (QualityDamageState::Assessed, Some(QualitySwapState::Done)));
    let held = ground.row(&car).await;
    assert_eq!((held.physical_status, held.commercial_status), (PhysicalStatus::QualityHold, CommercialStatus::Free));
    let history = quality_event::Entity::find()
        .filter(quality_event::Column::CaseId.eq(row.id))
        .order_by_asc(quality_event::Column::OccurredAt)
        .order_by_asc(quality_event::Column::Id)
        .all(server.db().conn())
        .await
        .unwrap();
    let swaps: Vec<_> = history.iter().map(|entry| entry.swap_state).collect();
    assert_eq!(swaps, [None, None, Some(QualitySwapState::Requested), Some(QualitySwapState::Done)]);
    ground.is_sound().await;
}

#[tokio::test]
async fn a_store_may_keep_to_the_car_and_sells_it_with_its_damage_only_to_who_takes_it() {
    let ground = Ground::of(2, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let (customer, manager, consultant) = (server.customer(), server.manager(), server.consultant());
    let car = ground.here().await;
    ground.allocate(&consultant, 0, &car, json!({})).await;
    let case = send(&consultant, "Report", found(car.id)).await["case"].clone();
    let ask = json!({ "idempotencyKey": key(), "caseId": case["id"], "expectedVersion": case["version"] });
    customer.payload(SWAP, json!({ "input": ask })).await;
    let case = json!({ "id": case["id"], "version": 2 });
    let by_who_does_not_decide = json!({ "input": step(&case, json!({ "answer": "x" })) });
    assert_eq!(consultant.code(&document("SwapDecline"), by_who_does_not_decide).await, "FORBIDDEN");
    let case = go(&manager, "SwapDecline", &case, json!({ "answer": "同款无现车" })).await;
    let id = json!({ "id": ground.orders[0].id.to_string() });
    let told = customer.data(ORDER, id.clone()).await["order"]["qualityCases"][0].clone();
    assert_eq!((&told["swapState"], &told["swapAnswer"]), (&json!("DECLINED"), &json!("同款无现车")));
    let case = go(&consultant, "Assess", &case, json!({ "severity": "MINOR", "cost": "100" })).await;
    let kept = json!({ "disclosure": "左门划痕" });
    let refused = send(&manager, "Downgrade", step(&case, kept.clone())).await;
    assert_eq!(
        (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["field"]),
        (&json!("NOT_ELIGIBLE"), &json!(["input", "customerAccepts"]))
    );
    let taken = json!({ "disclosure": "左门划痕", "customerAccepts": true });
    go(&manager, "Downgrade", &case, taken).await;
    let told = customer.data(ORDER, id).await["order"].clone();
    assert_eq!(told["vehicle"]["damageDisclosures"], json!(["左门划痕"]), "{told:#}");
    assert_eq!(told["qualityCases"][0]["disclosure"], "左门划痕");
    // Also where nothing else of the cases is asked for.
    let both = "query($id: ID!) { vehicleUnit(id: $id) { damageDisclosures qualityCases { id } } }";
    let seen = manager.data(both, json!({ "id": car.id.to_string() })).await["vehicleUnit"].clone();
    assert_eq!((&seen["damageDisclosures"], seen["qualityCases"].as_array().unwrap().len()), (&json!(["左门划痕"]), 1));
    assert_eq!(ground.row(&car).await.physical_status, PhysicalStatus::InStock);

    // Free again, it is nobody's by itself, and another's only who takes it so.
    assert_eq!(ground.deallocate(&manager, 0).await["userErrors"], json!([]));
    assert_eq!(ground.matches(&consultant, 1, 20).await, Vec::<Value>::new());
    let refused = ground.allocate(&consultant, 1, &car, json!({})).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_ELIGIBLE");
    assert_eq!(ground.active().await, []);
    let vin = "L00C5D1E7TX900001";
    let named = vehicle_unit::ActiveModel { vin: Set(Some(vin.to_owned())), ..Default::default() };
    let of = vehicle_unit::Column::Id.eq(car.id);
    vehicle_unit::Entity::update_many().set(named).filter(of).exec(server.db().conn()).await.unwrap();
    let data = json!({ "vin": vin, "orderNumber": ground.orders[1].number, "state": "ALLOCATED" });
    let said = event("a-1", "cn.milepost.inventory.allocation.v1", None, data);
    assert_eq!(words(&results(&server.system(), &[said]).await), ["refused"]);
    let given = ground.allocate(&consultant, 1, &car, json!({ "acceptDamage": true })).await;
    assert_eq!(given["userErrors"], json!([]), "{given:#}");
    ground.is_sound().await;
}

#[tokio::test]
async fn a_car_that_is_written_off_leaves_its_order() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let (operator, consultant) = (server.operator(), server.consultant());
    let car = ground.here().await;
    ground.allocate(&consultant, 0, &car, json!({})).await;
    let case = send(&consultant, "Report", found(car.id)).await["case"].clone();
    let second = send(&consultant, "Report", found(car.id)).await["case"].clone();
    let ask = json!({ "idempotencyKey": key(), "caseId": second["id"], "expectedVersion": second["version"] });
    assert_eq!(server.customer().payload(SWAP, json!({ "input": ask })).await["userErrors"], json!([]));
    let case = go(&consultant, "Assess", &case, json!({ "severity": "MAJOR", "cost": "90000" })).await;
    let scrapped = send(&operator, "Scrap", step(&case, json!({ "reason": "车身受损，不再交付" }))).await;
    assert_eq!(scrapped["userErrors"], json!([]), "{scrapped:#}");
    assert_eq!(
        (&scrapped["case"]["state"], &scrapped["vehicle"]["status"]),
        (&json!("SCRAPPED"), &json!("TOTAL_LOSS"))
    );
    let lost = ground.row(&car).await;
    assert_eq!((state(&lost), lost.commercial_status), ((PhysicalStatus::TotalLoss, None), CommercialStatus::Free));
    let other = case_row(server, &second).await;
    assert_eq!((other.state, other.swap_state), (QualityDamageState::Scrapped, Some(QualitySwapState::Done)));
    let order = ground.order(0).await;
    assert_eq!((order.vehicle_id, order.status), (None, OrderStatus::Locked));
    let history = order_event::Entity::find().filter(order_event::Column::OrderId.eq(order.id));
    let history = history.all(server.db().conn()).await.unwrap();
    let said = history
        .iter()
        .filter(|entry| entry.kind == OrderEventKind::VehicleChanged)
        .find_map(|entry| entry.note.clone());
    assert_eq!(said.as_deref(), Some("车身受损，不再交付"));
    assert_eq!(ground.active().await, []);
    let again = send(&consultant, "Report", found(car.id)).await["userErrors"][0].clone();
    assert_eq!((&again["code"], &again["from"]), (&json!("INVALID_TRANSITION"), &json!("TOTAL_LOSS")));
    ground.is_sound().await;
}

/// What the system of record of a car says of it, at the demo store.
pub(super) async fn report(server: &Server, car: &vehicle_unit::Model, status: &str) -> Value {
    let db = server.db().conn();
    let trim = catalog::trim::Entity::find_by_id(car.trim_id).one(db).await.unwrap().unwrap();
    let owner = place::organization::Entity::find_by_id(car.owner_organization_id).one(db).await.unwrap().unwrap();
    let store = place::store::Entity::find_by_id(server.demo.store).one(db).await.unwrap().unwrap();
    json!({ "vin": car.vin, "trimCode": trim.code, "optionCodes": car.option_codes.0, "status": status,
        "stockType": "STORE_STOCK", "salesModel": car.sales_model.to_string(), "ownerCode": owner.code,
        "storeCode": store.code, "cityCode": store.city_code, "priceMinor": car.price_minor, "costMinor": car.cost_minor })
}

#[tokio::test]
async fn forty_at_once_leave_one_state() {
    let server = Server::start().await;
    let car = own_car(&server).await;
    let reports = join_all((0..40).map(|_| {
        let client = server.consultant();
        async move { send(&client, "Report", found(car.id)).await }
    }))
    .await;
    assert!(reports.iter().all(|answer| answer["userErrors"] == json!([])), "a damage is a fact");
    let held = car_row(&server, car.id).await;
    assert_eq!(
        (state(&held), held.version),
        ((PhysicalStatus::QualityHold, Some(PhysicalStatus::InStock)), car.version + 1)
    );

    // All are repaired, and closed at once: the car is free after the last one, and not before.
    let good = quality_case::ActiveModel { state: Set(QualityDamageState::Reinspected), ..Default::default() };
    let of = quality_case::Column::VehicleId.eq(car.id);
    quality_case::Entity::update_many().set(good).filter(of.clone()).exec(server.db().conn()).await.unwrap();
    let (last, first) = reports.split_last().unwrap();
    let close = |answer: &Value| {
        let (client, input) = (server.consultant(), step(&answer["case"], json!({})));
        async move { send(&client, "Close", input).await }
    };
    let closed = join_all(first.iter().map(close)).await;
    assert!(closed.iter().all(|answer| answer["userErrors"] == json!([])), "{closed:#?}");
    assert_eq!(car_row(&server, car.id).await, held, "one is open still");
    let answers = join_all((0..40).map(|_| close(last))).await;
    assert_eq!(answers.iter().filter(|answer| answer["userErrors"] == json!([])).count(), 1);
    let free = car_row(&server, car.id).await;
    assert_eq!((state(&free), free.version), ((PhysicalStatus::InStock, None), held.version + 1));
    let open = quality_case::Entity::find().filter(of).filter(quality_case::Column::EndedAt.is_null());
    assert_eq!(open.count(server.db().conn()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_carrier_reports_and_what_it_says_of_the_car_does_not_let_it_go() {
    let server = Server::start().await;
    let car = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.eq(server.demo.store))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InTransit))
        .filter(vehicle_unit::Column::Vin.is_not_null())
        .one(server.db().conn())
        .await
        .unwrap();
    let car = match car {
        Some(car) => car,
        None => {
            let car = own_car(&server).await;
            let away =
                vehicle_unit::ActiveModel { physical_status: Set(PhysicalStatus::InTransit), ..Default::default() };
            let of = vehicle_unit::Column::Id.eq(car.id);
            vehicle_unit::Entity::update_many().set(away).filter(of).exec(server.db().conn()).await.unwrap();
            car_row(&server, car.id).await
        }
    };
    let mut data = crate::ingest::example("cn.milepost.inventory.quality-case.v1");
    data["vin"] = json!(car.vin);
    let said = |id: &str, data: &Value| event(id, "cn.milepost.inventory.quality-case.v1", None, data.clone());
    let system = server.system();
    let before = cases(&server).await;
    let mut bad = data.clone();
    bad["carrier"] = json!(null);
    assert_eq!(words(&results(&system, &[said("q-0", &bad)]).await), ["refused"]);
    assert_eq!(words(&results(&system, &[said("q-1", &data)]).await), ["applied"]);
    let held = car_row(&server, car.id).await;
    assert_eq!(state(&held), (PhysicalStatus::QualityHold, Some(PhysicalStatus::InTransit)));
    // Told again it is known; of another car it is wrong.
    assert_eq!(words(&results(&system, &[said("q-2", &data)]).await), ["applied"]);
    let mut other = data.clone();
    let another = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::Id.ne(car.id))
        .filter(vehicle_unit::Column::Vin.is_not_null())
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    other["vin"] = json!(another.vin);
    assert_eq!(words(&results(&system, &[said("q-3", &other)]).await), ["refused"]);
    let mut unknown = data.clone();
    unknown["vin"] = json!("L00C5D1E7TX900001");
    unknown["number"] = json!("QD-OTHER");
    assert_eq!(words(&results(&system, &[said("q-4", &unknown)]).await), ["held"]);
    let after = cases(&server).await;
    assert_eq!(after, (before.0 + 1, before.1 + 1));

    // It comes to the store, and is held there.
    let report = report(&server, &car, "IN_STOCK").await;
    let come = event("v-1", "cn.milepost.inventory.vehicle.v1", None, report.clone());
    assert_eq!(words(&results(&system, &[come]).await), ["applied"]);
    let here = car_row(&server, car.id).await;
    assert_eq!(state(&here), (PhysicalStatus::QualityHold, Some(PhysicalStatus::InStock)));
    let mut gone = report;
    gone["status"] = json!("DELIVERED");
    let gone = event("v-2", "cn.milepost.inventory.vehicle.v1", None, gone);
    assert_eq!(words(&results(&system, &[gone]).await), ["refused"], "what is held is not handed over");
    assert_eq!(state(&car_row(&server, car.id).await), state(&here));
}

#[tokio::test]
async fn a_store_follows_the_damage_to_its_cars() {
    let server = Server::start().await;
    let car = own_car(&server).await;
    let consultant = server.consultant();
    let case = send(&consultant, "Report", found(car.id)).await["case"].clone();
    let document = "subscription($store: ID!, $after: String) { qualityDamageChanged(storeId: $store, after: $after) {
        cursor snapshot case { id state } } }";
    let mut live = consultant.subscribe_ws(document, json!({ "store": server.demo.store.to_string() })).await;
    let mut begun = Vec::new();
    loop {
        let message = live.data().await["qualityDamageChanged"].clone();
        assert_eq!(message["snapshot"], true);
        begun.push(message["case"]["id"].clone());
        if message["cursor"].is_string() {
            break;
        }
    }
    assert!(begun.contains(&case["id"]));
    go(&consultant, "Assess", &case, json!({ "severity": "MINOR", "cost": "1" })).await;
    let news = live.data().await["qualityDamageChanged"].clone();
    assert_eq!((&news["snapshot"], &news["case"]["id"]), (&json!(false), &case["id"]));
    assert_eq!(news["case"]["state"], "ASSESSED");
    let elsewhere = server.staff(server.demo.consultant, StoreId::generate(), true);
    let mut closed = elsewhere.subscribe_ws(document, json!({ "store": server.demo.store.to_string() })).await;
    assert_eq!(closed.next().await["errors"][0]["extensions"]["code"], "FORBIDDEN");
}
