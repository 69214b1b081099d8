//! What everyone may read, in both languages, and in how many statements.

use entity::catalog::{model, option, option_group, trim};
use entity::{ConfigurationId, Locale, OptionGroupId, OptionId, OptionSelection};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbBackend, EntityTrait};
use serde_json::json;

use super::rows::{self, trim_id};
use super::{House, Who};

const CATALOG: &str = "{ vehicleModels { id slug code name tagline bodyType onSale startingPrice { amount }
    trims { id code name powertrain batteryKwh cltcKm totalRangeKm accelerationSeconds seats allWheelDrive
        purchaseTaxEligible modelYear onSale msrp { amount minorUnits currencyCode } price { amount } model { slug }
        specs { code label value unit } }
    optionGroups { id code name selection required options { id code name price { amount } leadTimeDays isDefault } }
    optionRules { code kind whenCodes thenCodes message } } }";

#[tokio::test]
async fn the_catalog_is_public_in_order_and_at_the_prices_in_force() {
    let house = House::open().await;
    let data = house.data(Who::Anyone, CATALOG, json!({})).await;
    let models = data["vehicleModels"].as_array().unwrap();
    let slugs: Vec<_> = models.iter().map(|m| m["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["c7", "c9", "vec"]);
    let c7 = &models[0];
    assert_eq!(c7["name"], "Yaocen C7");
    // The cheapest trim of all is not on sale, and the book of next year is not in force.
    assert_eq!(c7["startingPrice"]["amount"], "219800.00");
    let codes: Vec<_> = c7["trims"].as_array().unwrap().iter().map(|t| t["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["C7-650", "C7-750", "C7-700"]);
    let trim = &c7["trims"][0];
    assert_eq!(trim["msrp"], json!({ "amount": "219800.00", "minorUnits": 21_980_000, "currencyCode": "CNY" }));
    assert_eq!(trim["price"]["amount"], "214800.00");
    assert_eq!((&trim["batteryKwh"], &trim["accelerationSeconds"]), (&json!("75.5"), &json!("6.2")));
    assert_eq!(
        trim["specs"][3],
        json!({ "code": "BATTERY_CAPACITY", "label": "Battery capacity", "value": "75.5", "unit": "kWh" })
    );
    let groups: Vec<_> = c7["optionGroups"].as_array().unwrap().iter().map(|g| g["code"].as_str().unwrap()).collect();
    assert_eq!(groups, ["PAINT", "TRIM", "WHEELS", "PACKS"]);
    let paint = &c7["optionGroups"][0]["options"];
    assert_eq!(paint[1]["code"], "MATTE");
    assert_eq!((&paint[1]["price"]["amount"], &paint[1]["leadTimeDays"]), (&json!("12000.00"), &json!(14)));
    assert_eq!(c7["optionRules"][1]["code"], "R-MATTE");
    assert_eq!(models[1]["optionGroups"], json!([]));
    house.close().await;
}

#[tokio::test]
async fn texts_come_in_the_language_of_the_request() {
    let house = House::open().await;
    let document = "query($id: ID!) { trim(id: $id) { name specs { label value } model { tagline optionGroups { name
        options { name } } optionRules { message } } } cities { name } price(configuration: { trimId: $id }, cityCode: \"330100\")
        { lines { label } } }";
    let id = json!({ "id": trim_id(703).to_string() });
    let zh = house.ask_in(Locale::ZhCn, Who::Anyone, document, id.clone()).await;
    let en = house.ask_in(Locale::En, Who::Anyone, document, id).await;
    for (answer, expected) in [
        (
            zh,
            json!([
                "C7-700 版",
                "驱动方式",
                "四驱",
                "光在山间",
                "PAINT 组",
                "WHITE 项",
                "舒适包需要NAPPA内饰。",
                "上海",
                "车辆购置税"
            ]),
        ),
        (
            en,
            json!([
                "C7-700 edition",
                "Drive",
                "All-wheel drive",
                "Light in the hills",
                "the PAINT group",
                "WHITE item",
                "The comfort pack needs nappa.",
                "Shanghai",
                "Purchase tax"
            ]),
        ),
    ] {
        let data = &answer["data"];
        let (trim, model) = (&data["trim"], &data["trim"]["model"]);
        let lines = data["price"]["lines"].as_array().unwrap();
        assert_eq!(
            json!([
                trim["name"],
                trim["specs"][2]["label"],
                trim["specs"][2]["value"],
                model["tagline"],
                model["optionGroups"][0]["name"],
                model["optionGroups"][0]["options"][0]["name"],
                model["optionRules"][0]["message"],
                data["cities"][0]["name"],
                lines[lines.len() - 4]["label"],
            ]),
            expected
        );
    }
    house.close().await;
}

#[tokio::test]
async fn what_is_not_on_sale_is_for_staff_and_hidden_equals_absent() {
    let house = House::open().await;
    let document =
        "query($trim: ID!, $other: ID!, $model: ID!) { a: trim(id: $trim) { code } b: trim(id: $other) { code }
        vehicleModel(slug: \"x1\") { slug } n: node(id: $trim) { id } m: node(id: $model) { id } }";
    let ids = json!({
        "trim": trim_id(704).to_string(), "other": trim_id(101).to_string(), "model": rows::model_id(1).to_string()
    });
    let hidden = json!({ "a": null, "b": null, "vehicleModel": null, "n": null, "m": null });
    for who in [Who::Anyone, Who::System, Who::Customer(1)] {
        assert_eq!(house.data(who, document, ids.clone()).await, hidden);
    }
    for who in [Who::Staff(1), Who::Operator] {
        let data = house.data(who, document, ids.clone()).await;
        assert_eq!(json!([data["a"], data["b"]]), json!([{ "code": "C7-OLD" }, { "code": "X1" }]));
        assert_eq!(data["vehicleModel"]["slug"], "x1");
        assert!(data["n"].is_object() && data["m"].is_object());
    }
    // A customer goes on seeing what they have saved, and its model.
    let saved = entity::catalog::configuration::Model {
        id: ConfigurationId::from_parts(1, 1),
        code: "00000001".into(),
        customer_id: Some(super::house::customer(1)),
        trim_id: trim_id(101),
        option_codes: Default::default(),
        city_code: None,
        ruleset_version: 1,
        price_minor: 88_880_000,
        lead_time_days: 0,
        version: 1,
        created_at: super::house::noon(),
        updated_at: super::house::noon(),
    };
    rows::insert::<entity::catalog::configuration::Entity, _>(house.app.db.conn(), [saved]).await;
    let mine = house.data(Who::Customer(1), document, ids.clone()).await;
    assert_eq!(json!([mine["a"], mine["b"], mine["vehicleModel"]]), json!([null, { "code": "X1" }, { "slug": "x1" }]));
    assert_eq!(house.data(Who::Customer(2), document, ids).await, hidden);
    house.close().await;
}

#[tokio::test]
async fn options_groups_and_incentives_are_nodes() {
    let house = House::open().await;
    let find =
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Option { code } ... on OptionGroup { code }
        ... on Incentive { code amount { amount } } } }";
    let group = OptionGroupId::from_parts(1, 701).to_string();
    let option = OptionId::from_parts(1, 712).to_string();
    let incentive = entity::IncentiveId::from_parts(1, 1).to_string();
    let data = house.data(Who::Anyone, find, json!({ "ids": [group, option, incentive] })).await;
    assert_eq!(
        data["nodes"],
        json!([
            { "__typename": "OptionGroup", "id": group, "code": "PAINT" },
            { "__typename": "Option", "id": option, "code": "MATTE" },
            { "__typename": "Incentive", "id": incentive, "code": "SH-DAY", "amount": { "amount": "3000.00" } },
        ])
    );
    model::ActiveModel { id: Set(rows::model_id(7)), on_sale: Set(false), ..Default::default() }
        .update(house.app.db.conn())
        .await
        .unwrap();
    let data = house.data(Who::Anyone, find, json!({ "ids": [group, option] })).await;
    assert_eq!(data["nodes"], json!([null, null]));
    house.close().await;
}

#[tokio::test]
async fn two_to_four_different_trims_are_compared() {
    let house = House::open().await;
    let document = "query($ids: [ID!]!) { compareTrims(ids: $ids) { trims { code msrp { amount } }
        rows { code unit values differs } } }";
    let ids = |numbers: &[u128]| json!({ "ids": numbers.iter().map(|n| trim_id(*n).to_string()).collect::<Vec<_>>() });
    let data = house.data(Who::Anyone, document, ids(&[901, 703])).await;
    let compared = &data["compareTrims"];
    assert_eq!(compared["trims"][0], json!({ "code": "C9-210", "msrp": { "amount": "269800.00" } }));
    let row = |code: &str| compared["rows"].as_array().unwrap().iter().find(|row| row["code"] == code).unwrap().clone();
    assert_eq!(
        row("TOTAL_RANGE"),
        json!({ "code": "TOTAL_RANGE", "unit": "km", "values": ["1250", null], "differs": true })
    );
    assert_eq!(row("CLTC_RANGE")["differs"], false);
    for numbers in [&[][..], &[701], &[701, 702, 703, 901, 501], &[701, 702, 701]] {
        let error = house.error(Who::Anyone, document, ids(numbers)).await;
        assert_eq!(error, json!(["BAD_USER_INPUT", "ids", "Give two to four different trims."]));
    }
    let error = house.error(Who::Anyone, document, ids(&[701, 704])).await;
    assert_eq!(error, json!(["BAD_USER_INPUT", "ids.1", "Nothing was found that you may see."]));
    house.close().await;
}

#[tokio::test]
async fn the_configurator_says_what_is_blocked_and_why() {
    let house = House::open().await;
    let document = "query($id: ID!, $codes: [String!]!) { configuratorState(trimId: $id, optionCodes: $codes) { valid
        problems { ruleCode message conflicts wanted } options { selected option { code } blockedBy { ruleCode } } } }";
    let ask = |n: u128, codes: &[&str]| json!({ "id": trim_id(n).to_string(), "codes": codes });
    let data = house.data(Who::Anyone, document, ask(701, &["TOW"])).await;
    let state = &data["configuratorState"];
    assert_eq!((&state["valid"], &state["problems"]), (&json!(true), &json!([])));
    let shown: Vec<_> = state["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| {
            let rules: Vec<_> = o["blockedBy"].as_array().unwrap().iter().map(|p| p["ruleCode"].clone()).collect();
            json!([o["option"]["code"], o["selected"], rules])
        })
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            ["WHITE", true, []],
            ["MATTE", false, ["R-MATTE"]],
            ["FABRIC", true, []],
            ["NAPPA", false, []],
            ["W19", true, []],
            ["W20", false, []],
            ["W21", false, ["R-TOW", "R-W21"]],
            ["COMFORT", false, ["R-COMFORT"]],
            ["TOW", true, []],
        ])
    );
    let data = house.data(Who::Anyone, document, ask(703, &["COMFORT"])).await;
    assert_eq!(
        data["configuratorState"]["problems"],
        json!([{ "ruleCode": "R-COMFORT", "message": "The comfort pack needs nappa.", "conflicts": ["COMFORT"], "wanted": ["NAPPA"] }])
    );
    let many = vec!["TOW"; 61];
    let error = house.error(Who::Anyone, document, ask(701, &many)).await;
    assert_eq!(error, json!(["BAD_USER_INPUT", "optionCodes", "At most 60 options at once."]));
    house.close().await;
}

#[tokio::test]
async fn statements_do_not_grow_with_models_trims_and_options() {
    let house = House::open().await;
    // Models, trims with their models, prices, starting prices, groups, options, rules; PostgreSQL sends the last three
    // and the trims along with the models.
    let few = house.statements(Who::Anyone, CATALOG, json!({})).await;
    assert_eq!(few, if house.app.db.backend() == DbBackend::Postgres { 3 } else { 7 });
    let db = house.app.db.conn();
    for n in 20..40_u128 {
        let base = model::Entity::find_by_id(rows::model_id(7)).one(db).await.unwrap().unwrap();
        let slug = format!("m{n}");
        rows::insert::<model::Entity, _>(
            db,
            [model::Model { id: rows::model_id(n), code: slug.to_uppercase(), slug, ..base }],
        )
        .await;
        let base = trim::Entity::find_by_id(trim_id(701)).one(db).await.unwrap().unwrap();
        let trims = (0..5).map(|t| trim::Model {
            id: trim_id(n * 100 + t),
            model_id: rows::model_id(n),
            code: format!("T{n}-{t}"),
            ..base.clone()
        });
        rows::insert::<trim::Entity, _>(db, trims).await;
        let group = option_group::Model {
            id: OptionGroupId::from_parts(1, n * 100 + 1),
            model_id: rows::model_id(n),
            code: "PAINT".into(),
            name_zh: "外观色".into(),
            name_en: "Paint".into(),
            selection: OptionSelection::One,
            required: true,
            position: 1,
        };
        rows::insert::<option_group::Entity, _>(db, [group]).await;
        let base = option::Entity::find_by_id(OptionId::from_parts(1, 711)).one(db).await.unwrap().unwrap();
        let options = (0..8).map(|o| option::Model {
            id: OptionId::from_parts(1, n * 100 + o),
            group_id: OptionGroupId::from_parts(1, n * 100 + 1),
            code: format!("O{o}"),
            ..base.clone()
        });
        rows::insert::<option::Entity, _>(db, options).await;
    }
    assert_eq!(house.statements(Who::Anyone, CATALOG, json!({})).await, few);
    assert_eq!(house.statements(Who::Anyone, "{ vehicleModels { slug } }", json!({})).await, 1);
    house.close().await;
}

#[tokio::test]
async fn incentives_are_those_of_the_day_the_city_and_the_trim() {
    let house = House::open().await;
    let document = "query($id: ID!, $city: CityCode!, $day: Date) {
        incentives(cityCode: $city, trimId: $id, asOf: $day) { code amount { amount } } }";
    let ask =
        |n: u128, city: &str, day: Option<&str>| json!({ "id": trim_id(n).to_string(), "city": city, "day": day });
    let found = |data: serde_json::Value| {
        let rows = data["incentives"].as_array().unwrap().clone();
        json!(rows.iter().map(|row| json!([row["code"], row["amount"]["amount"]])).collect::<Vec<_>>())
    };
    // 214,800 is invoiced; 1 % of it is over the cap of 2,000; of 190,088.50 without VAT the tax is 19,008.85, half relieved.
    let today = found(house.data(Who::Anyone, document, ask(701, "310115", None)).await);
    assert_eq!(
        today,
        json!([
            ["NEV-TAX", "9504.43"],
            ["SH-DAY", "3000.00"],
            ["SH-PCT", "2000.00"],
            ["SH-PLATE", null],
            ["SH-SMALL", "1500.00"],
            ["SH-SWAP", "15000.00"],
        ])
    );
    assert_eq!(found(house.data(Who::Anyone, document, ask(701, "310100", Some("2026-11-24"))).await), today);
    let codes =
        |list: serde_json::Value| json!(list.as_array().unwrap().iter().map(|row| row[0].clone()).collect::<Vec<_>>());
    let tomorrow = codes(found(house.data(Who::Anyone, document, ask(701, "310100", Some("2026-11-25"))).await));
    assert_eq!(tomorrow, json!(["NEV-TAX", "SH-PCT", "SH-PLATE", "SH-SMALL", "SH-SWAP", "SH-TOMORROW"]));
    let yesterday = codes(found(house.data(Who::Anyone, document, ask(901, "310100", Some("2026-11-23"))).await));
    assert_eq!(yesterday, json!(["NEV-TAX", "SH-EREV", "SH-PCT", "SH-PLATE", "SH-SMALL", "SH-SWAP", "SH-YESTERDAY"]));
    let elsewhere = codes(found(house.data(Who::Anyone, document, ask(703, "330106", None)).await));
    assert_eq!(elsewhere, json!(["HZ-ONLY", "NEV-TAX"]));
    assert_eq!(
        house.error(Who::Anyone, document, ask(701, "999999", None)).await,
        json!(["BAD_USER_INPUT", "cityCode", "Expected a six-digit city code such as 310100."])
    );
    assert_eq!(
        house.error(Who::Anyone, document, ask(704, "310100", None)).await,
        json!(["BAD_USER_INPUT", "trimId", "Nothing was found that you may see."])
    );
    assert_eq!(
        house.error(Who::Anyone, document, ask(701, "310100", Some("2024-01-01"))).await,
        json!(["BAD_USER_INPUT", "trimId", "There is no price for this trim."])
    );
    house.close().await;
}
