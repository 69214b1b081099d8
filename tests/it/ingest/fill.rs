//! An empty database, filled by files and events alone.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use entity::InboundState;
use entity::customer::customer;
use entity::upstream::inbound_event;
use milepost::app::{App, AppState, Clock};
use milepost::events::Hub;
use milepost::identity::signature::of_text;
use milepost::ingest::import::{self, Counts, Import};
use milepost::seed::Silent;
use milepost::serve;
use milepost::settings::{Settings, Sources};
use milepost::store::growth;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{Signed, event, example};
use crate::harness::{Database, Server};

fn settings(database: &Database) -> Settings {
    let file = database.folder().join("import.toml");
    std::fs::write(&file, "").unwrap();
    let environment = [("MILEPOST_DATABASE_URL".to_owned(), database.url().to_owned())].into();
    Settings::load(&Sources { file: Some(file), environment, command_line: Vec::new() }).unwrap()
}

async fn app(database: &Database) -> App {
    let settings = settings(database);
    let db = serve::open(&settings, false).await.unwrap();
    let vault = serve::vault(&settings.vault).unwrap();
    let (hub, clock, withdrawn) = (Hub::default(), Clock::default(), Default::default());
    Arc::new(AppState {
        db,
        vault,
        hub,
        withdrawn,
        webhooks: Default::default(),
        ports: Default::default(),
        press: None,
        files: Default::default(),
        orders: Default::default(),
        clock,
        dev: true,
    })
}

fn write(database: &Database, name: &str, text: &str) -> PathBuf {
    let path = database.folder().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn import(database: &Database, files: Vec<PathBuf>) -> Import {
    Import {
        files,
        kind: None,
        source: "urn:test:files".into(),
        time: "2025-11-24T00:00:00Z".parse().ok(),
        part: 3,
        report: database.folder().join("report.ndjson"),
    }
}

/// A file of data of one type, a line for each.
fn lines(database: &Database, kind: &str, rows: &[Value]) -> PathBuf {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    write(database, &format!("{kind}.ndjson"), &text)
}

/// Files with the ground that everything stands on. The car comes before its store: it waits.
fn ground(database: &Database) -> Vec<PathBuf> {
    let mut oem = example("cn.milepost.place.organization.v1");
    oem["code"] = "YC".into();
    oem["kind"] = "OEM".into();
    oem.as_object_mut().unwrap().remove("parentCode");
    let mut store = example("cn.milepost.place.store.v1");
    store["code"] = "YC001".into();
    let mut car = example("cn.milepost.inventory.vehicle.v1");
    car["trimCode"] = "C6-600".into();
    let mut book = example("cn.milepost.catalog.price_book.v1");
    book["prices"][0]["trimCode"] = "C6-600".into();
    book["status"] = "PUBLISHED".into();
    book["effectiveFrom"] = "2025-01-01T00:00:00Z".into();
    let mut tier = example("cn.milepost.loyalty.tier.v1");
    (tier["level"], tier["threshold"]) = (1.into(), 0.into());
    let policy = example("cn.milepost.inventory.visibility_policy.v1");
    vec![
        write(
            database,
            "cn.milepost.place.city.v1.csv",
            "code,nameZh,nameEn,latitude,longitude,diallingCode\n310100,上海,Shanghai,31.231706,121.472644,021\n",
        ),
        lines(database, "cn.milepost.inventory.vehicle.v1", &[car]),
        lines(database, "cn.milepost.place.organization.v1", &[oem]),
        lines(database, "cn.milepost.place.store.v1", &[store]),
        lines(database, "cn.milepost.place.staff.v1", &[example("cn.milepost.place.staff.v1")]),
        lines(database, "cn.milepost.catalog.model.v1", &[example("cn.milepost.catalog.model.v1")]),
        lines(database, "cn.milepost.catalog.price_book.v1", &[book]),
        lines(database, "cn.milepost.inventory.visibility_policy.v1", &[policy]),
        lines(database, "cn.milepost.loyalty.tier.v1", &[tier]),
        lines(database, "cn.milepost.customer.profile.v1", &[example("cn.milepost.customer.profile.v1")]),
    ]
}

/// What then comes by itself, in order.
fn news() -> Vec<(&'static str, Value)> {
    let (customer, order) = ("C90000001", "YC2511249001");
    let mut placed = example("cn.milepost.order.order.v1");
    (placed["customerNumber"], placed["trimCode"]) = (customer.into(), "C6-600".into());
    placed["optionCodes"] = json!([]);
    let mut lead = example("cn.milepost.lead.lead.v1");
    (lead["modelCode"], lead["trimCode"]) = ("C6".into(), "C6-600".into());
    let mut points = example("cn.milepost.loyalty.points.v1");
    points["customerNumber"] = customer.into();
    vec![
        ("cn.milepost.order.order.v1", placed),
        ("cn.milepost.order.payment.v1", example("cn.milepost.order.payment.v1")),
        ("cn.milepost.order.milestone.v1", example("cn.milepost.order.milestone.v1")),
        ("cn.milepost.inventory.allocation.v1", example("cn.milepost.inventory.allocation.v1")),
        ("cn.milepost.lead.lead.v1", lead),
        ("cn.milepost.loyalty.points.v1", points),
        ("cn.milepost.order.eta.v1", {
            let mut eta = example("cn.milepost.order.eta.v1");
            eta["orderNumber"] = order.into();
            eta
        }),
    ]
}

#[tokio::test]
async fn files_and_events_alone_fill_an_empty_database() {
    let database = Arc::new(Database::empty().await);
    let app = app(&database).await;
    let files = ground(&database);
    let counts = import::run(&app, &import(&database, files.clone()), &Silent).await.unwrap();
    let report = std::fs::read_to_string(database.folder().join("report.ndjson")).unwrap_or_default();
    assert_eq!(counts, Counts { applied: 10, ..Counts::default() }, "{report}");
    // Run again, as after a cut: all is known.
    let again = import::run(&app, &import(&database, files), &Silent).await.unwrap();
    assert_eq!(again, Counts { repeated: 10, ..Counts::default() });
    app.db.close().await.unwrap();

    let server = Server::setup().over(&database).start().await;
    let register = "mutation($input: UpstreamSystemRegisterInput!) { upstreamSystemRegister(input: $input) { secret userErrors { code field } } }";
    let input =
        json!({ "idempotencyKey": "r", "code": "oms", "name": "OMS", "source": "urn:test:oms", "eventTypes": ["*"] });
    let payload = server.operator().payload(register, json!({ "input": input })).await;
    let secret = of_text(payload["secret"].as_str().unwrap_or_else(|| panic!("{payload:#}"))).unwrap();
    let events: Vec<Value> = news()
        .into_iter()
        .enumerate()
        .map(|(at, (kind, data))| {
            let mut event = event(&format!("e-{at}"), kind, None, data);
            event["source"] = "urn:test:oms".into();
            event
        })
        .collect();
    let body = Value::from(events).to_string().into_bytes();
    let signed = Signed { system: "oms", secret: &secret, at: server.app().clock.now(), id: "m" };
    let answer = signed.send(&server, &body, &body).await;
    for result in answer.json["results"].as_array().unwrap() {
        assert_eq!(result["outcome"], "applied", "{result:#}");
    }

    let owner = customer::Entity::find().one(server.db().conn()).await.unwrap().unwrap();
    let first = "{ me { displayName loyalty { balance pending } orders { id number status version eta { likely confidence } vehicle { vin status } } } }";
    let me = server.customer_with(owner.id).data(first, json!({})).await["me"].clone();
    assert_eq!(
        (me["displayName"].as_str(), me["loyalty"]["balance"].as_i64()),
        (Some("追光小鹿"), Some(500)),
        "{me:#}"
    );
    let order = &me["orders"][0];
    assert_eq!((order["number"].as_str(), order["status"].as_str()), (Some("YC2511249001"), Some("LOCKED")));
    assert_eq!(order["eta"], json!({ "likely": "2026-12-10", "confidence": "MEDIUM" }));
    assert_eq!(order["vehicle"], json!({ "vin": "L00C5D1E7TX900001", "status": "ALLOCATED" }));
    let rest = "{ vehicleModels { name startingPrice { amount } } stores(first: 3) { nodes { code } }
        leads(first: 3) { nodes { number stage } } inventory(first: 3) { nodes { status } } tiers { code } }";
    let rest = server.operator().data(rest, json!({})).await;
    assert_eq!(rest["vehicleModels"], json!([{ "name": "C6 Estate", "startingPrice": { "amount": "204800.00" } }]));
    assert_eq!(rest["stores"]["nodes"], json!([{ "code": "YC001" }]));
    assert_eq!(rest["leads"]["nodes"], json!([{ "number": "CRM-90001", "stage": "ASSIGNED" }]));
    assert_eq!(rest["inventory"]["nodes"], json!([{ "status": "ALLOCATED" }]));
    assert_eq!(rest["tiers"], json!([{ "code": "COMET" }]));
}

#[tokio::test]
async fn rows_that_are_refused_are_told_with_file_and_line_and_spoil_no_others() {
    let database = Database::empty().await;
    let app = app(&database).await;
    let cities = write(
        &database,
        "cn.milepost.place.city.v1.csv",
        "code,nameZh,nameEn,latitude,longitude,diallingCode\n310100,上海,Shanghai,31.2,121.4,021\n\
         999999,无,None,31.2,121.4,021\n110100,北京,Beijing,north,116.4,010\n440100,广州,Guangzhou,23.1,113.2,020\n",
    );
    let mut store = example("cn.milepost.place.store.v1");
    store["organizationCode"] = "NOBODY".into();
    let mixed = write(
        &database,
        "mixed.ndjson",
        &format!("nonsense\n\n{{}}\n{}\n", event("s-1", "cn.milepost.place.store.v1", None, store)),
    );
    let counts = import::run(&app, &import(&database, vec![cities, mixed]), &Silent).await.unwrap();
    assert_eq!(counts, Counts { applied: 2, held: 1, refused: 4, ..Counts::default() });
    let report = std::fs::read_to_string(database.folder().join("report.ndjson")).unwrap();
    let lines: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["state"].as_str().unwrap(), line["field"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (3, "REFUSED", Some("data.code")),
            (4, "REFUSED", Some("data.latitude")),
            (1, "REFUSED", None),
            (3, "REFUSED", None),
            (4, "HELD", Some("data.organizationCode")),
        ]
    );
    let done = inbound_event::Entity::find().filter(inbound_event::Column::State.eq(InboundState::Applied));
    assert_eq!(done.count(app.db.conn()).await.unwrap(), 2);
    app.db.close().await.unwrap();
}

#[test]
fn the_program_lists_types_and_prints_their_schemas() {
    let run = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_milepost")).args(arguments).output().unwrap();
    let list = String::from_utf8(run(&["events"]).stdout).unwrap();
    assert_eq!(list.lines().count(), milepost::ingest::registry::TYPES.len());
    assert!(list.contains("order      cn.milepost.order.milestone.v1 "), "{list}");
    let one: Value = serde_json::from_slice(&run(&["events", "cn.milepost.place.city.v1"]).stdout).unwrap();
    assert_eq!(one["example"]["code"], "310100");
    assert_eq!(one["schema"]["additionalProperties"], false);
    let none = run(&["events", "cn.milepost.nothing"]);
    assert_eq!(none.status.code(), Some(1));
}

#[tokio::test]
async fn tables_that_grow_are_looked_at() {
    let server = Server::setup().empty().start().await;
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    let grown = async || growth::look(server.db()).await.unwrap();
    let fill = "INSERT INTO document_use (client, document, version, day, uses)
        SELECT 'mobile', 'd' || n, '', '2026-11-30', 1 FROM generate_series(1, 2000) AS n";
    // What the demo has filled, and what the gateway writes by itself as it starts.
    while !grown().await.is_empty() {}
    server.db().conn().execute_unprepared(fill).await.unwrap();
    let own = async || grown().await.iter().any(|table| table == "document_use");
    assert!(own().await);
    assert!(!own().await, "it is known now");
}
