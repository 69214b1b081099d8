//! How a store hands cars over (C089).

use entity::order::handover_ceremony;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::super::{key, order_row, other_store};
use super::{code_and_field, slots};
use crate::harness::{Client, Server};

const LIST: &str = "query($id: ID!) { handoverCeremonies(storeId: $id) { id code name version active durationMinutes price { minorUnits }
    addOns { code name price { minorUnits } } store { id } } }";

const SAVE: &str = "mutation($input: HandoverCeremonySaveInput!) { handoverCeremonySave(input: $input) {
    ceremony { id code version active price { minorUnits } durationMinutes addOns { code price { minorUnits } } store { id } }
    userErrors { code field ... on VersionConflict { currentVersion } } } }";

const CAPACITY: &str = "mutation($input: HandoverCapacitySetInput!) { handoverCapacitySet(input: $input) {
    bays userErrors { code field } } }";

fn night(server: &Server, version: i32) -> Value {
    json!({ "idempotencyKey": key(), "storeId": server.demo.store.to_string(), "code": "NIGHT", "expectedVersion": version,
        "nameZh": "夜", "nameEn": "Night", "price": "888.80", "durationMinutes": 90,
        "addOns": [{ "code": "BAND", "nameZh": "乐队", "nameEn": "Band", "price": "1999" }] })
}

async fn list(client: &Client, server: &Server) -> Vec<Value> {
    let found = client.data(LIST, json!({ "id": server.demo.store.to_string() })).await;
    found["handoverCeremonies"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_manager_says_what_can_be_chosen_and_each_version_stands_in_for_the_one_before() {
    let server = Server::start().await;
    let (manager, anonymous) = (server.manager(), server.anonymous());
    let before = list(&anonymous, &server).await;
    let codes = |rows: &[Value]| rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(codes(&before), ["SIGNATURE", "STANDARD"]);
    assert_eq!((&before[0]["price"]["minorUnits"], &before[0]["durationMinutes"]), (&json!(128_800), &json!(120)));
    let input = json!({ "input": night(&server, 0) });
    let saved = manager.payload(SAVE, input.clone()).await;
    assert_eq!(saved["userErrors"], json!([]));
    let ceremony = &saved["ceremony"];
    assert_eq!((&ceremony["version"], &ceremony["price"]["minorUnits"]), (&json!(1), &json!(88_880)));
    assert_eq!(ceremony["addOns"], json!([{ "code": "BAND", "price": { "minorUnits": 199_900 } }]));
    assert_eq!(ceremony["store"]["id"], server.demo.store.to_string());
    assert_eq!(manager.payload(SAVE, input).await, saved, "the same key");
    assert_eq!(codes(&list(&anonymous, &server).await), ["NIGHT", "SIGNATURE", "STANDARD"]);
    let stale = manager.payload(SAVE, json!({ "input": night(&server, 0) })).await;
    assert_eq!(
        (&stale["userErrors"][0]["code"], &stale["userErrors"][0]["currentVersion"]),
        (&json!("VERSION_CONFLICT"), &json!(1))
    );
    let mut off = night(&server, 1);
    off["active"] = json!(false);
    let off = manager.payload(SAVE, json!({ "input": off })).await;
    assert_eq!(
        (&off["ceremony"]["id"], &off["ceremony"]["version"], &off["ceremony"]["active"]),
        (&ceremony["id"], &json!(2), &json!(false))
    );
    assert_eq!(codes(&list(&server.customer(), &server).await), ["SIGNATURE", "STANDARD"]);
    assert_eq!(codes(&list(&server.consultant(), &server).await), ["NIGHT", "SIGNATURE", "STANDARD"]);
    let english = list(&anonymous.language("en"), &server).await;
    assert_eq!((&english[0]["name"], &english[0]["addOns"][0]["name"]), (&json!("Signature night"), &json!("Flowers")));
}

#[tokio::test]
async fn what_breaks_a_rule_is_named_all_at_once_and_stores_are_their_managers() {
    let server = Server::start().await;
    let manager = server.manager();
    let count = || async { handover_ceremony::Entity::find().count(server.db().conn()).await.unwrap() };
    let before = count().await;
    let mut bad = night(&server, 0);
    bad["code"] = json!("night");
    bad["nameZh"] = json!(" ");
    bad["price"] = json!("-1");
    bad["durationMinutes"] = json!(20);
    let band = json!({ "code": "BAND", "nameZh": "乐队", "nameEn": "Band", "price": "0.001" });
    bad["addOns"] = json!([band, band]);
    let refused = manager.payload(SAVE, json!({ "input": bad })).await;
    let fields: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(
        json!(fields),
        json!([
            ["input", "code"],
            ["input", "nameZh"],
            ["input", "price"],
            ["input", "durationMinutes"],
            ["input", "addOns", "0", "price"],
            ["input", "addOns", "1", "price"],
            ["input", "addOns", "1", "code"]
        ])
    );
    let elsewhere = other_store(&server, &order_row(&server, server.demo.order).await).await;
    let mut foreign = night(&server, 0);
    foreign["storeId"] = json!(elsewhere.to_string());
    let foreign = json!({ "input": foreign });
    let not_found = json!(["NOT_FOUND", ["input", "storeId"]]);
    assert_eq!(code_and_field(&manager.payload(SAVE, foreign.clone()).await), not_found);
    assert_eq!(server.consultant().code(SAVE, foreign.clone()).await, "FORBIDDEN");
    assert_eq!(server.customer().code(SAVE, foreign.clone()).await, "FORBIDDEN");
    assert_eq!(count().await, before, "nothing changed");
    assert_eq!(server.operator().payload(SAVE, foreign).await["userErrors"], json!([]));

    // Twenty are listed, and there are no more.
    for n in 2..20 {
        let mut input = night(&server, 0);
        input["code"] = json!(format!("C{n}"));
        assert_eq!(manager.payload(SAVE, json!({ "input": input })).await["userErrors"], json!([]), "{n}");
    }
    let full = manager.payload(SAVE, json!({ "input": night(&server, 0) })).await;
    assert_eq!(code_and_field(&full), json!(["LIMIT_REACHED", ["input", "code"]]));
    let of_store = handover_ceremony::Column::StoreId.eq(server.demo.store);
    let of_store = handover_ceremony::Entity::find().filter(of_store).count(server.db().conn()).await.unwrap();
    assert_eq!(of_store, 20);
}

#[tokio::test]
async fn a_store_says_how_many_at_a_time() {
    let server = Server::start().await;
    let manager = server.manager();
    let free = || async {
        let all = slots(&server.customer(), server.demo.store, json!(null), 14).await;
        all.iter().map(|slot| slot["free"].as_i64().unwrap()).max().unwrap()
    };
    assert_eq!(free().await, 2);
    let set = |bays: i32| json!({ "input": { "idempotencyKey": key(), "storeId": server.demo.store.to_string(), "bays": bays } });
    assert_eq!(manager.payload(CAPACITY, set(5)).await, json!({ "bays": 5, "userErrors": [] }));
    assert_eq!(free().await, 5);
    assert_eq!(code_and_field(&manager.payload(CAPACITY, set(51)).await), json!(["INVALID", ["input", "bays"]]));
    assert_eq!(server.consultant().code(CAPACITY, set(1)).await, "FORBIDDEN");
    assert_eq!(manager.payload(CAPACITY, set(0)).await["bays"], 0);
    assert_eq!(free().await, 0);
    let asked = json!({ "store": server.demo.store.to_string(), "days": 15 });
    assert_eq!(server.customer().code(super::SLOTS, asked).await, "BAD_USER_INPUT");
    let asked = json!({ "store": server.demo.store.to_string() });
    assert_eq!(server.anonymous().code(super::SLOTS, asked).await, "UNAUTHENTICATED");
}
