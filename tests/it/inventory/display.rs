//! How the state of a car is shown to whom (C100).

use entity::inventory::{status_display, vehicle_unit};
use entity::*;
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::{Client, Server};
use crate::order::key;

const SHOWN: &str = "label step color icon help";
const PREVIEW: &str = "query($audience: DisplayAudience!, $mode: FulfillmentMode, $id: ID) {
    vehicleStatusDisplayPreview(audience: $audience, fulfillmentMode: $mode, displayId: $id) {
        status isFallback display { label step } } }";

async fn send(client: &Client, step: &str, input: Value) -> Value {
    let document = format!(
        "mutation($input: VehicleStatusDisplay{step}Input!) {{ vehicleStatusDisplay{step}(input: $input) {{
            display {{ id name status version audience entries {{ status labelZh hidden }} }} userErrors {{ code field }} }} }}"
    );
    client.payload(&document, json!({ "input": input })).await
}

fn entry(status: &str, label: &str, hidden: bool) -> Value {
    json!({ "status": status, "labelZh": format!("{label}中"), "labelEn": label, "step": 3, "color": "INFO", "icon": "CAR",
        "hidden": hidden, "helpEn": "What it means" })
}

fn draft(name: &str, audience: &str, entries: &[Value]) -> Value {
    json!({ "idempotencyKey": key(), "name": name, "audience": audience, "entries": entries })
}

fn step(display: &Value) -> Value {
    json!({ "idempotencyKey": key(), "displayId": display["id"], "expectedVersion": display["version"] })
}

async fn published(server: &Server, audience: DisplayAudience) -> Vec<status_display::Model> {
    status_display::Entity::find()
        .filter(status_display::Column::Status.eq(PolicyStatus::Published))
        .filter(status_display::Column::Audience.eq(audience))
        .all(server.db().conn())
        .await
        .unwrap()
}

/// A car of the demo store in a state, as somebody is shown it.
async fn shown(server: &Server, client: &Client, physical: PhysicalStatus) -> Value {
    use sea_orm::sea_query::Expr;
    let order = order::order::Entity::find_by_id(server.demo.order).one(server.db().conn()).await.unwrap().unwrap();
    let car = order.vehicle_id.unwrap();
    vehicle_unit::Entity::update_many()
        .col_expr(vehicle_unit::Column::PhysicalStatus, Expr::val(physical.code()))
        .filter(vehicle_unit::Column::Id.eq(car))
        .exec(server.db().conn())
        .await
        .unwrap();
    let document = format!(
        "query($id: ID!, $car: ID!) {{ order(id: $id) {{ vehicle {{ id }} vehicleDisplayStatus {{ {SHOWN} }} }}
            vehicleUnit(id: $car) {{ displayStatus {{ {SHOWN} }} }} }}"
    );
    client.data(&document, json!({ "id": order.id.to_string(), "car": car.to_string() })).await
}

#[tokio::test]
async fn operators_say_how_states_are_shown_and_go_back() {
    let server = Server::start().await;
    let operator = server.operator();
    for standing in published(&server, DisplayAudience::Customer).await {
        let of = json!({ "id": standing.id.to_string(), "version": standing.version });
        assert_eq!(send(&operator, "Archive", step(&of)).await["display"]["status"], "ARCHIVED");
    }
    // Nothing is published: what is built in, in the language of the request.
    let chinese = server.customer().language("zh-CN");
    let english = server.customer().language("en");
    let built_in = shown(&server, &chinese, PhysicalStatus::InTransit).await;
    assert_eq!(built_in["order"]["vehicleDisplayStatus"]["label"], "运输中");
    assert_eq!(built_in["vehicleUnit"]["displayStatus"], built_in["order"]["vehicleDisplayStatus"]);
    assert_eq!(
        shown(&server, &english, PhysicalStatus::Pdi).await["vehicleUnit"]["displayStatus"]["label"],
        "Inspection"
    );

    let entries = [entry("IN_STOCK", "Here", false), entry("PDI", "Checked", true), entry("READY", "Yours", false)];
    let made = send(&operator, "Upsert", draft("first", "CUSTOMER", &entries)).await;
    assert_eq!((&made["userErrors"], &made["display"]["status"]), (&json!([]), &json!("DRAFT")));
    assert_eq!(
        shown(&server, &english, PhysicalStatus::Pdi).await["vehicleUnit"]["displayStatus"]["label"],
        "Inspection"
    );
    let preview =
        operator.data(PREVIEW, json!({ "audience": "CUSTOMER", "id": made["display"]["id"] })).await["vehicleStatusDisplayPreview"].clone();
    let of = |status: &str| preview.as_array().unwrap().iter().find(|one| one["status"] == status).unwrap().clone();
    assert_eq!(preview.as_array().unwrap().len(), VehicleStatus::ALL.len());
    assert_eq!((&of("READY")["display"]["label"], &of("READY")["isFallback"]), (&json!("Yours"), &json!(false)));
    assert_eq!((&of("PDI")["display"]["label"], &of("PDI")["isFallback"]), (&json!("Here"), &json!(true)));

    let first = send(&operator, "Publish", step(&made["display"])).await["display"].clone();
    assert_eq!(first["status"], "PUBLISHED");
    let told = shown(&server, &english, PhysicalStatus::Pdi).await;
    let expected = json!({ "label": "Here", "step": 3, "color": "INFO", "icon": "CAR", "help": "What it means" });
    assert_eq!(told["vehicleUnit"]["displayStatus"], expected, "what is hidden is shown by the step before");
    assert_eq!(told["order"]["vehicleDisplayStatus"], expected);
    // Nothing before it has an entry.
    let early = shown(&server, &english, PhysicalStatus::Built).await;
    assert_eq!(early["vehicleUnit"]["displayStatus"]["label"], "In progress");
    // Staff are shown their own.
    let staff = shown(&server, &server.consultant().language("en"), PhysicalStatus::Pdi).await;
    assert_eq!(staff["vehicleUnit"]["displayStatus"]["label"], "Inspection");

    let second = send(&operator, "Upsert", draft("second", "CUSTOMER", &[entry("PDI", "Second", false)])).await;
    let second = send(&operator, "Publish", step(&second["display"])).await["display"].clone();
    let in_force = published(&server, DisplayAudience::Customer).await;
    assert_eq!(in_force.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["second"]);
    let change = send(&operator, "Upsert", {
        let mut input = draft("second", "CUSTOMER", &entries);
        input["displayId"] = second["id"].clone();
        input["expectedVersion"] = second["version"].clone();
        input
    })
    .await;
    assert_eq!(change["userErrors"][0]["code"], "INVALID_TRANSITION", "what is in force is not changed");
    let mut back = step(&json!({ "id": first["id"], "version": 3 }));
    back["name"] = json!("first again");
    let again = send(&operator, "Rollback", back).await;
    assert_eq!((&again["userErrors"], &again["display"]["status"]), (&json!([]), &json!("PUBLISHED")), "{again:#}");
    assert_eq!(published(&server, DisplayAudience::Customer).await.len(), 1);
    assert_eq!(shown(&server, &english, PhysicalStatus::Ready).await["vehicleUnit"]["displayStatus"]["label"], "Yours");
    let mut wrong = step(&again["display"]);
    wrong["name"] = json!("not archived");
    assert_eq!(send(&operator, "Rollback", wrong).await["userErrors"][0]["code"], "NOT_ELIGIBLE");
}

#[tokio::test]
async fn orders_of_a_mode_have_their_own_and_what_is_wrong_is_said_at_once() {
    let server = Server::start().await;
    let operator = server.operator();
    let order = order::order::Entity::find_by_id(server.demo.order).one(server.db().conn()).await.unwrap().unwrap();
    let mut own = draft("of a mode", "CUSTOMER", &[entry("PDI", "Own", false)]);
    own["fulfillmentMode"] = json!(order.fulfillment_mode.to_string());
    let own = send(&operator, "Upsert", own).await["display"].clone();
    assert_eq!(send(&operator, "Publish", step(&own)).await["userErrors"], json!([]));
    assert_eq!(published(&server, DisplayAudience::Customer).await.len(), 2, "the other stays in force");
    let told = shown(&server, &server.customer().language("en"), PhysicalStatus::Pdi).await;
    assert_eq!(told["order"]["vehicleDisplayStatus"]["label"], "Own");
    assert_eq!(told["vehicleUnit"]["displayStatus"]["label"], "Inspection");

    let before = status_display::Entity::find().count(server.db().conn()).await.unwrap();
    let mut bad = entry("IN_STOCK", " padded", false);
    bad["step"] = json!(0);
    let wrong = draft("", "DEALER", &[entry("IN_STOCK", "a", true), bad]);
    let errors = send(&operator, "Upsert", wrong).await["userErrors"].clone();
    let fields: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    let of = |name: &str| json!(["input", "entries", "1", name]);
    assert_eq!(
        json!(fields),
        json!([json!(["input", "name"]), of("status"), of("step"), of("labelZh"), of("labelEn")])
    );
    let taken = draft("of a mode", "OEM", &[entry("PDI", "x", false)]);
    assert_eq!(send(&operator, "Upsert", taken).await["userErrors"][0]["code"], "DUPLICATE");
    let none = draft("nothing", "OEM", &[entry("PDI", "x", true)]);
    assert_eq!(send(&operator, "Upsert", none).await["userErrors"][0]["field"], json!(["input", "entries"]));
    assert_eq!(status_display::Entity::find().count(server.db().conn()).await.unwrap(), before);
    for client in [server.manager(), server.customer()] {
        assert_eq!(client.code(PREVIEW, json!({ "audience": "DEALER" })).await, "FORBIDDEN");
        let list = "{ vehicleStatusDisplays(first: 3) { nodes { id } } }";
        assert_eq!(client.code(list, json!({})).await, "FORBIDDEN");
    }
}

#[tokio::test]
async fn of_many_published_at_once_one_is_in_force_and_a_page_reads_it_once() {
    let server = Server::start().await;
    let operator = server.operator();
    let mut drafts = Vec::new();
    for n in 0..20 {
        let made = send(&operator, "Upsert", draft(&format!("d{n}"), "OEM", &[entry("IN_STOCK", "x", false)])).await;
        drafts.push(made["display"].clone());
    }
    let answers = join_all(drafts.iter().map(|made| {
        let (client, input) = (server.operator(), step(made));
        async move { send(&client, "Publish", input).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer["userErrors"] == json!([])), "{answers:#?}");
    assert_eq!(published(&server, DisplayAudience::Oem).await.len(), 1);

    let page = |first: u32, more: &str| format!("{{ inventory(first: {first}) {{ nodes {{ id {more} }} }} }}");
    let count = async |document: String| {
        server.count_statements(async { drop(operator.data(&document, json!({})).await) }).await
    };
    let (bare, few, many) = (
        count(page(50, "")).await,
        count(page(2, "displayStatus { label }")).await,
        count(page(50, "displayStatus { label }")).await,
    );
    assert_eq!((few, many), (bare + 1, bare + 1));
}
