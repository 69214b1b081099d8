//! Saving a configuration, and who may read it then.

use entity::catalog::configuration;
use entity::log::event;
use entity::{ConfigurationId, EventKind, Locale};
use milepost::events::log::stream_of;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::house::{customer, store};
use super::rows::trim_id;
use super::{House, Who};

const SAVE: &str = "mutation($input: ConfigurationSaveInput!) { configurationSave(input: $input) {
    configuration { id code version leadTimeDays optionCodes cityCode price { amount } trim { code }
        options { code } city { name } createdAt updatedAt }
    userErrors { __typename code message field ... on ValidationError { constraint }
        ... on ConfigurationBlocked { ruleCodes conflicts } ... on VersionConflict { currentVersion currentId } } } }";

fn input(key: &str, codes: &[&str]) -> Value {
    json!({ "input": {
        "idempotencyKey": key, "trimId": trim_id(701).to_string(), "optionCodes": codes, "cityCode": "310115"
    } })
}

fn with(mut variables: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        variables["input"][name] = value.clone();
    }
    variables
}

async fn save(house: &House, who: Who, variables: Value) -> Value {
    house.data(who, SAVE, variables).await["configurationSave"].take()
}

async fn saved(house: &House) -> Vec<configuration::Model> {
    configuration::Entity::find().order_by_asc(configuration::Column::Id).all(house.app.db.conn()).await.unwrap()
}

async fn told(house: &House, stream: String) -> Vec<event::Model> {
    milepost::events::log::read(house.app.db.conn(), &stream, 0, 100).await.unwrap()
}

#[tokio::test]
async fn a_customer_saves_and_everyone_with_the_code_may_look() {
    let house = House::open().await;
    let payload = save(&house, Who::Customer(1), input("k1", &["TOW", "W20"])).await;
    assert_eq!(payload["userErrors"], json!([]));
    let made = &payload["configuration"];
    assert_eq!(
        json!([made["version"], made["leadTimeDays"], made["optionCodes"], made["cityCode"], made["price"]["amount"]]),
        json!([1, 7, ["FABRIC", "TOW", "W20", "WHITE"], "310100", "228800.00"])
    );
    assert_eq!(json!([made["trim"]["code"], made["city"]["name"]]), json!(["C7-650", "Shanghai"]));
    assert_eq!(
        made["options"],
        json!([{ "code": "WHITE" }, { "code": "FABRIC" }, { "code": "W20" }, { "code": "TOW" }])
    );
    assert_eq!(made["createdAt"], made["updatedAt"]);

    let events = told(&house, stream_of("customer", customer(1))).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind, events[0].aggregate_version), (EventKind::ConfigurationSaved, 1));
    assert_eq!(json!(events[0].aggregate_id), made["id"]);

    let by_id = "query($id: ID!) { configuration(id: $id) { code } node(id: $id) { id } }";
    let id = json!({ "id": made["id"] });
    for (who, seen) in [
        (Who::Customer(1), true),
        (Who::Staff(1), true),
        (Who::Operator, true),
        (Who::Customer(2), false),
        (Who::Anyone, false),
        (Who::System, false),
    ] {
        let data = house.data(who, by_id, id.clone()).await;
        assert_eq!((data["configuration"].is_object(), data["node"].is_object()), (seen, seen));
    }
    let by_code = "query($code: String) { configuration(code: $code) { id trim { code } } }";
    let typed = made["code"].as_str().unwrap().to_lowercase();
    for who in [Who::Anyone, Who::Customer(2)] {
        let data = house.data(who, by_code, json!({ "code": format!(" {}-{} ", &typed[..4], &typed[4..]) })).await;
        assert_eq!(data["configuration"], json!({ "id": made["id"], "trim": { "code": "C7-650" } }));
    }
    let none = house.data(Who::Anyone, by_code, json!({ "code": "ZZZZZZZZ" })).await;
    assert_eq!(none, json!({ "configuration": null }));
    for document in ["{ configuration { id } }", "{ configuration(id: \"x\", code: \"y\") { id } }"] {
        assert_eq!(house.error(Who::Anyone, document, json!({})).await[0], "BAD_USER_INPUT");
    }
    let price = "query($id: ID) { price(configuration: { configurationId: $id }, cityCode: \"650100\") { invoice { amount } } }";
    let data = house.data(Who::Customer(1), price, id.clone()).await;
    assert_eq!(data["price"]["invoice"]["amount"], "228800.00");
    assert_eq!(house.error(Who::Customer(2), price, id).await[1], "configuration.configurationId");
    house.close().await;
}

#[tokio::test]
async fn what_the_rules_forbid_is_refused_with_all_of_them_and_leaves_nothing() {
    let house = House::open().await;
    let payload = save(&house, Who::Customer(1), input("k1", &["W21", "COMFORT"])).await;
    assert_eq!(
        payload,
        json!({ "configuration": null, "userErrors": [{
            "__typename": "ConfigurationBlocked", "code": "CONFIGURATION_BLOCKED",
            "message": "The comfort pack needs nappa. 21-inch wheels are for all-wheel drive.",
            "field": ["input", "optionCodes"], "ruleCodes": ["R-COMFORT", "R-W21"], "conflicts": ["COMFORT", "W21"],
        }] })
    );
    let zh = house.ask_in(Locale::ZhCn, Who::Customer(1), SAVE, input("k1", &["W21"])).await;
    assert_eq!(zh["data"]["configurationSave"]["userErrors"][0]["message"], "21寸轮毂仅限四驱。");
    let payload = save(&house, Who::Customer(1), input("k1", &["W20", "GOLD", "W19"])).await;
    let errors: Vec<_> =
        payload["userErrors"].as_array().unwrap().iter().map(|e| json!([e["code"], e["field"]])).collect();
    assert_eq!(
        json!(errors),
        json!([["INVALID", ["input", "optionCodes", "1"]], ["CONFIGURATION_BLOCKED", ["input", "optionCodes"]]])
    );
    assert!(saved(&house).await.is_empty());
    assert!(told(&house, stream_of("customer", customer(1))).await.is_empty());
    // A refusal frees the key.
    let payload = save(&house, Who::Customer(1), input("k1", &["W20"])).await;
    assert_eq!(payload["userErrors"], json!([]));
    house.close().await;
}

#[tokio::test]
async fn wrong_inputs_are_named_all_at_once() {
    let house = House::open().await;
    let errors = |payload: &Value| {
        let rows = payload["userErrors"].as_array().unwrap();
        json!(rows.iter().map(|e| json!([e["code"], e["field"][1], e["constraint"]])).collect::<Vec<_>>())
    };
    let wrong =
        json!({ "trimId": "sto_1", "cityCode": "12", "configurationId": "cfg_1", "optionCodes": vec!["A"; 61] });
    let payload = save(&house, Who::Customer(1), with(input("k1", &[]), wrong)).await;
    assert_eq!(
        errors(&payload),
        json!([
            ["INVALID_ID", "configurationId", "id"],
            ["REQUIRED", "expectedVersion", "required"],
            ["INVALID_ID", "trimId", "id"],
            ["INVALID", "optionCodes", "too-many-options"],
            ["INVALID", "cityCode", "city-code"],
        ])
    );
    for (more, expected) in [
        (json!({ "expectedVersion": 1 }), json!([["REQUIRED", "configurationId", "required"]])),
        (json!({ "trimId": trim_id(704).to_string() }), json!([["NOT_FOUND", "trimId", "not-found"]])),
        (json!({ "trimId": trim_id(999).to_string() }), json!([["NOT_FOUND", "trimId", "not-found"]])),
        (json!({ "cityCode": "" }), json!([["REQUIRED", "cityCode", "required"]])),
        (json!({ "idempotencyKey": "" }), json!([["INVALID", "idempotencyKey", "key-length"]])),
    ] {
        assert_eq!(errors(&save(&house, Who::Customer(1), with(input("k1", &[]), more)).await), expected);
    }
    // Staff see the trim, and hear that it is not for sale.
    let off_sale = with(input("k1", &[]), json!({ "trimId": trim_id(704).to_string() }));
    assert_eq!(
        errors(&save(&house, Who::Staff(1), off_sale).await),
        json!([["NOT_ELIGIBLE", "trimId", "not-on-sale"]])
    );
    assert!(saved(&house).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn only_customers_and_staff_of_stores_save() {
    let house = House::open().await;
    for (who, code) in [(Who::Anyone, "UNAUTHENTICATED"), (Who::System, "FORBIDDEN"), (Who::Operator, "FORBIDDEN")] {
        assert_eq!(house.error(who, SAVE, input("k1", &[])).await[0], code);
    }
    let payload = save(&house, Who::Staff(1), input("k1", &[])).await;
    assert_eq!(payload["userErrors"], json!([]));
    let rows = saved(&house).await;
    assert_eq!((rows.len(), rows[0].customer_id), (1, None));
    assert_eq!(told(&house, stream_of("store", store(1))).await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn one_changes_ones_own_and_only_the_version_that_was_read() {
    let house = House::open().await;
    let first = save(&house, Who::Customer(1), input("k1", &["W20"])).await["configuration"].take();
    let over = |key: &str, version: i32, codes: &[&str]| {
        with(input(key, codes), json!({ "configurationId": first["id"], "expectedVersion": version }))
    };
    let second = save(&house, Who::Customer(1), over("k2", 1, &["TOW"])).await["configuration"].take();
    assert_eq!(
        json!([second["id"], second["code"], second["version"], second["optionCodes"]]),
        json!([first["id"], first["code"], 2, ["FABRIC", "TOW", "W19", "WHITE"]])
    );
    let before = saved(&house).await;
    let late = save(&house, Who::Customer(1), over("k3", 1, &["W20"])).await;
    let conflict = &late["userErrors"][0];
    assert_eq!(
        json!([
            conflict["__typename"],
            conflict["code"],
            conflict["currentVersion"],
            conflict["currentId"],
            conflict["field"]
        ]),
        json!(["VersionConflict", "VERSION_CONFLICT", 2, first["id"], ["input", "expectedVersion"]])
    );
    // Another's, and one that is not there, are the same to a stranger.
    for who in [Who::Customer(2), Who::Staff(1)] {
        let payload = save(&house, who, over("k4", 2, &["W20"])).await;
        assert_eq!(
            json!([payload["userErrors"][0]["code"], payload["userErrors"][0]["field"]]),
            json!(["NOT_FOUND", ["input", "configurationId"]])
        );
    }
    let absent = json!({ "configurationId": ConfigurationId::from_parts(1, 9).to_string(), "expectedVersion": 1 });
    let payload = save(&house, Who::Customer(1), with(input("k5", &[]), absent)).await;
    assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(saved(&house).await, before);
    let events = told(&house, stream_of("customer", customer(1))).await;
    assert_eq!(events.iter().map(|e| (e.sequence, e.aggregate_version)).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    house.close().await;
}

#[tokio::test]
async fn of_many_writers_of_one_version_one_wins() {
    let house = House::open().await;
    let made = save(&house, Who::Customer(1), input("k0", &[])).await["configuration"].take();
    let tries = (0..8).map(|n| {
        let over = json!({ "configurationId": made["id"], "expectedVersion": 1 });
        save(&house, Who::Customer(1), with(input(&format!("k{}", n + 1), &["W20"]), over))
    });
    let outcomes = futures_util::future::join_all(tries).await;
    let won = outcomes.iter().filter(|payload| payload["configuration"].is_object()).count();
    let lost = outcomes.iter().filter(|p| p["userErrors"][0]["code"] == "VERSION_CONFLICT").count();
    assert_eq!((won, lost), (1, 7));
    assert_eq!(told(&house, stream_of("customer", customer(1))).await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn one_key_has_one_effect() {
    let house = House::open().await;
    let tries = (0..8).map(|_| house.ask(Who::Customer(1), SAVE, input("k1", &["W20"])));
    let answers = futures_util::future::join_all(tries).await;
    let payloads: Vec<&Value> = answers.iter().map(|answer| &answer["data"]["configurationSave"]).collect();
    assert!(payloads[0]["configuration"].is_object());
    assert!(payloads.iter().all(|payload| *payload == payloads[0]));
    let replayed = answers.iter().filter(|a| a["extensions"]["idempotency"]["replayed"] == true).count();
    assert_eq!(replayed, 7);
    assert_eq!(configuration::Entity::find().count(house.app.db.conn()).await.unwrap(), 1);

    let reused = save(&house, Who::Customer(1), input("k1", &["TOW"])).await;
    assert_eq!(reused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(reused["configuration"], Value::Null);
    // Another caller's key is another key.
    let other = save(&house, Who::Customer(2), input("k1", &["TOW"])).await;
    assert_eq!(other["userErrors"], json!([]));
    assert_eq!(
        configuration::Entity::find()
            .filter(configuration::Column::CustomerId.eq(customer(2)))
            .count(house.app.db.conn())
            .await
            .unwrap(),
        1
    );
    house.close().await;
}
