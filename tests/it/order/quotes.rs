//! Packages that go with a car, and prices that are kept (C044, C053, C069).

use chrono::TimeDelta;
use entity::catalog::benefit_package;
use entity::customer::customer;
use entity::log::event;
use entity::order::{benefit, order, price_line, quote};
use entity::{CustomerId, EventKind, PriceLineKind};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::place::{input, priced};
use super::{key, order_row};
use crate::harness::{Client, Server};
use crate::ingest::{event as told, outcomes, result};

const PACKAGES: &str = "query($trim: ID!, $city: CityCode!) { benefitPackages(cityCode: $city, trimId: $trim) {
    id code kind name terms exclusiveGroup price { minorUnits } items { text } } }";

const PRICE: &str = "query($of: PriceConfigurationInput!, $city: CityCode!, $with: [ID!]) {
    price(configuration: $of, cityCode: $city, benefitPackageIds: $with) {
        payable { minorUnits } invoice { minorUnits } benefits { minorUnits } purchaseTax { due { minorUnits } }
        lines { kind code amount { minorUnits } } quoteToken } }";

const PLACE: &str = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) {
    order { id total { minorUnits } priceBreakdown { benefits { minorUnits } lines { kind code } }
        benefits { code kind name terms items { text } price { minorUnits } package { id } } }
    userErrors { code field message } } }";

const SAVE: &str = "mutation($input: QuoteSaveInput!) { quoteSave(input: $input) {
    quote { id version state payable { minorUnits } invoice { minorUnits } lines { kind code amount { minorUnits } }
        benefits { packageId code price { minorUnits } } cityCode optionCodes expiresAt quoteToken store { id } customer { id }
        finance { plan { code } term { months } monthly { minorUnits } downPayment { minorUnits } schedule { period } }
        order { id } }
    userErrors { code field message ... on VersionConflict { currentVersion } } } }";

const QUOTES: &str = "query($where: QuoteWhereInput) { quotes(first: 20, where: $where) {
    edges { node { id state order { id } } } } }";

async fn package(server: &Server, code: &str) -> String {
    let found = benefit_package::Entity::find().filter(benefit_package::Column::Code.eq(code));
    found.one(server.db().conn()).await.unwrap().expect("a package").id.to_string()
}

async fn price(server: &Server, configuration: &Value, city: &Value, with: Value) -> Value {
    let of = json!({ "of": { "configurationId": configuration }, "city": city, "with": with });
    server.customer().data(PRICE, of).await["price"].clone()
}

fn minor(of: &Value) -> i64 {
    of["minorUnits"].as_i64().unwrap()
}

/// An input that keeps a price for the demo customer.
async fn asked(server: &Server) -> Value {
    let input = input(server).await;
    json!({ "idempotencyKey": key(), "configurationId": input["configurationId"], "cityCode": input["cityCode"],
        "benefitPackageIds": [package(server, "WALLBOX").await, package(server, "CARE-5").await] })
}

async fn save(client: &Client, input: &Value, more: Value) -> Value {
    let mut input = input.clone();
    input["idempotencyKey"] = json!(key());
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.payload(SAVE, json!({ "input": input })).await
}

fn errors(payload: &Value) -> Vec<(String, String)> {
    let said = payload["userErrors"].as_array().unwrap().iter();
    said.map(|error| {
        let field = error["field"].as_array().map(|path| path.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        (error["code"].as_str().unwrap().to_owned(), field.unwrap_or_default().join("."))
    })
    .collect()
}

fn refused(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

async fn kept(server: &Server) -> Vec<quote::Model> {
    // Beside those of the demo.
    let own =
        quote::Entity::find().filter(quote::Column::CreatedAt.gt(server.app().clock.now() - TimeDelta::minutes(10)));
    own.order_by_asc(quote::Column::Id).all(server.db().conn()).await.unwrap()
}

#[tokio::test]
async fn packages_raise_the_price_and_not_the_tax_and_are_never_chosen_by_themselves() {
    let server = Server::start().await;
    let input = input(&server).await;
    let trim = order_row(&server, server.demo.order).await.trim_id;
    let data = server.anonymous().data(PACKAGES, json!({ "trim": trim, "city": input["cityCode"] })).await;
    let packages = data["benefitPackages"].as_array().unwrap();
    let codes: Vec<_> = packages.iter().map(|package| package["code"].as_str().unwrap()).collect();
    assert!(codes.is_sorted() && codes.contains(&"CARE-5"), "{codes:?}");
    let (configuration, city) = (&input["configurationId"], &input["cityCode"]);
    let bare = price(&server, configuration, city, json!(null)).await;
    assert_eq!(minor(&bare["benefits"]), 0);
    let with = json!([package(&server, "CARE-5").await, package(&server, "WALLBOX").await]);
    let more = price(&server, configuration, city, with).await;
    assert_eq!(minor(&more["benefits"]), 268_000);
    assert_eq!(minor(&more["payable"]), minor(&bare["payable"]) + 268_000);
    assert_eq!((&more["invoice"], &more["purchaseTax"]), (&bare["invoice"], &bare["purchaseTax"]));
    let sum: i64 = more["lines"].as_array().unwrap().iter().map(|line| minor(&line["amount"])).sum();
    assert_eq!(sum, minor(&more["payable"]));
    let lines = more["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "BENEFIT");
    assert_eq!(
        lines.map(|line| line["code"].as_str().unwrap()).collect::<Vec<_>>(),
        ["CARE-5"],
        "what is free has no line"
    );
}

#[tokio::test]
async fn what_does_not_go_together_or_is_not_to_be_had_is_refused() {
    let server = Server::start().await;
    let input = input(&server).await;
    let (configuration, city) = (&input["configurationId"], &input["cityCode"]);
    let [box_, charge, care] =
        [package(&server, "WALLBOX").await, package(&server, "CHARGE-3Y").await, package(&server, "CARE-5").await];
    let unknown = entity::BenefitPackageId::generate().to_string();
    for (with, argument) in [
        (json!([box_, charge]), "benefitPackageIds.1"),
        (json!([care, box_, care]), "benefitPackageIds.2"),
        (json!([unknown]), "benefitPackageIds.0"),
        (json!(["trm_x"]), "benefitPackageIds"),
        (json!(vec![care.clone(); 11]), "benefitPackageIds"),
    ] {
        let of = json!({ "of": { "configurationId": configuration }, "city": city, "with": with });
        let answer = server.customer().query(PRICE, of).await;
        let error = &answer.errors[0]["extensions"];
        assert_eq!((&error["code"], &error["argument"]), (&json!("BAD_USER_INPUT"), &json!(argument)), "{answer:?}");
    }
    let before = order::Entity::find().count(server.db().conn()).await.unwrap();
    let mut place = input.clone();
    place["benefitPackageIds"] = json!([box_, charge, unknown]);
    let said = server.customer().payload(PLACE, json!({ "input": place })).await;
    assert_eq!(
        errors(&said),
        [
            ("NOT_ELIGIBLE".into(), "input.benefitPackageIds.1".to_owned()),
            ("NOT_ELIGIBLE".into(), "input.benefitPackageIds.2".to_owned())
        ]
    );
    assert_eq!(order::Entity::find().count(server.db().conn()).await.unwrap(), before);
}

#[tokio::test]
async fn an_order_keeps_its_packages_as_they_were_agreed() {
    let server = Server::start().await;
    let customer = server.customer();
    let mut input = input(&server).await;
    let care = package(&server, "CARE-5").await;
    input["benefitPackageIds"] = json!([care]);
    let input = priced(&customer, input).await;
    let placed = customer.payload(PLACE, json!({ "input": input })).await;
    assert_eq!(errors(&placed), []);
    let order = &placed["order"];
    assert_eq!(order["total"]["minorUnits"], input["expectedTotalMinor"]);
    assert_eq!(minor(&order["priceBreakdown"]["benefits"]), 268_000);
    // The package is changed, and is dearer, and is at its end: the order's stays.
    let data = json!({ "code": "CARE-5", "kind": "MAINTENANCE", "nameZh": "十次保养", "nameEn": "Ten services",
        "termsZh": "另议", "termsEn": "Other terms", "items": [{ "textZh": "十次", "textEn": "Ten" }],
        "priceMinor": 999_900, "exclusiveGroup": null, "cityCode": null, "powertrain": null, "trimCode": null,
        "startsOn": "2026-01-01", "endsOn": "2026-01-31" });
    let event = told(&key(), "cn.milepost.catalog.benefit_package.v1", None, data);
    assert_eq!(outcomes(&server.system(), &[event]).await, ["applied"]);
    let read = "query($id: ID!) { order(id: $id) { total { minorUnits } benefits { code name price { minorUnits }
        package { id name price { minorUnits } } } } }";
    let data = customer.data(read, json!({ "id": order["id"] })).await;
    assert_eq!(
        data["order"],
        json!({ "total": order["total"], "benefits": [{ "code": "CARE-5", "name": "Five basic services",
            "price": { "minorUnits": 268_000 },
            "package": { "id": care, "name": "Ten services", "price": { "minorUnits": 999_900 } } }] })
    );
    // It is not to be had any more.
    let mut again = input.clone();
    again["idempotencyKey"] = json!(key());
    let said = customer.payload(PLACE, json!({ "input": again })).await;
    assert_eq!(errors(&said), refused("NOT_ELIGIBLE", "input.benefitPackageIds.0"));
}

#[tokio::test]
async fn what_product_data_says_wrong_is_refused() {
    let server = Server::start().await;
    let good = json!({ "code": "X-1", "kind": "CHARGING", "nameZh": "一", "nameEn": "One", "termsZh": "无", "termsEn": "None",
        "items": [{ "textZh": "一", "textEn": "One" }], "priceMinor": 0, "startsOn": "2026-11-01", "endsOn": "2026-12-01" });
    for (field, wrong, at) in [
        ("items", json!([]), "items"),
        ("items", json!([{ "textZh": "", "textEn": "One" }]), "items.0.textZh"),
        ("priceMinor", json!(-1), "priceMinor"),
        ("endsOn", json!("2026-10-01"), "endsOn"),
        ("cityCode", json!("999999"), "cityCode"),
    ] {
        let mut data = good.clone();
        data[field] = wrong;
        let event = told(&key(), "cn.milepost.catalog.benefit_package.v1", None, data);
        let said = result(&server.system(), event).await;
        assert_eq!((&said["outcome"], &said["field"]), (&json!("refused"), &json!(format!("data.{at}"))), "{said}");
    }
    let found = benefit_package::Entity::find().filter(benefit_package::Column::Code.eq("X-1"));
    assert!(found.one(server.db().conn()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_price_is_kept_with_its_packages_and_plan_and_an_order_is_placed_with_it_once() {
    let server = Server::start().await;
    let customer = server.customer();
    let asked = asked(&server).await;
    let plan = entity::catalog::finance_plan::Entity::find()
        .filter(entity::catalog::finance_plan::Column::Code.eq("S-PLAN"))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let finance = json!({ "planId": plan.id.to_string(), "months": 36 });
    let saved = save(&customer, &asked, json!({ "finance": finance })).await;
    assert_eq!(errors(&saved), []);
    let quote = &saved["quote"];
    let now = price(&server, &asked["configurationId"], &asked["cityCode"], asked["benefitPackageIds"].clone()).await;
    assert_eq!(quote["payable"], now["payable"]);
    assert_eq!((&quote["version"], &quote["state"]), (&json!(1), &json!("OPEN")));
    assert_eq!(quote["lines"], now["lines"]);
    let benefits = quote["benefits"].as_array().unwrap().iter().map(|benefit| minor(&benefit["price"]));
    assert_eq!(benefits.collect::<Vec<_>>(), [0, 268_000]);
    assert_eq!(
        (&quote["finance"]["plan"]["code"], &quote["finance"]["term"]["months"]),
        (&json!("S-PLAN"), &json!(36))
    );
    assert_eq!(quote["finance"]["schedule"].as_array().unwrap().len(), 36);
    let events = event::Entity::find().filter(event::Column::AggregateId.eq(quote["id"].as_str().unwrap()));
    let kinds = || async {
        let found = events.clone().order_by_asc(event::Column::Sequence).all(server.db().conn()).await.unwrap();
        found.iter().map(|entry| entry.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, [EventKind::QuoteChanged]);

    // Its packages are in it; others besides are refused.
    let mut place = input(&server).await;
    place.as_object_mut().unwrap().remove("expectedTotalMinor");
    place["quoteId"] = quote["id"].clone();
    let mut wrong = place.clone();
    wrong["benefitPackageIds"] = asked["benefitPackageIds"].clone();
    let said = customer.payload(PLACE, json!({ "input": wrong })).await;
    assert_eq!(errors(&said), refused("INVALID", "input.benefitPackageIds"));

    // Many at once place one order.
    let all = join_all((0..20).map(|_| {
        let mut place = place.clone();
        place["idempotencyKey"] = json!(key());
        let customer = server.customer();
        async move { customer.payload(PLACE, json!({ "input": place })).await }
    }))
    .await;
    let done: Vec<_> = all.iter().filter(|said| errors(said).is_empty()).collect();
    assert_eq!(done.len(), 1);
    assert!(
        all.iter()
            .filter(|said| !errors(said).is_empty())
            .all(|said| errors(said) == refused("NOT_ELIGIBLE", "input.quoteId"))
    );
    let order = &done[0]["order"];
    assert_eq!(order["total"], quote["payable"]);
    let own = benefit::Entity::find().order_by_asc(benefit::Column::Position).all(server.db().conn()).await.unwrap();
    let own = own.into_iter().filter(|row| row.order_id.to_string() == order["id"]);
    assert_eq!(own.map(|row| row.code).collect::<Vec<_>>(), ["WALLBOX", "CARE-5"]);
    let lines = price_line::Entity::find().filter(price_line::Column::Kind.eq(PriceLineKind::Benefit));
    let lines = lines.all(server.db().conn()).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| (line.code.as_str(), line.amount_minor)).collect::<Vec<_>>(),
        [("CARE-5", 268_000)]
    );
    assert_eq!(kinds().await, [EventKind::QuoteChanged; 2]);
    let listed = customer.data(QUOTES, json!({ "where": { "state": "ORDERED" } })).await;
    assert_eq!(
        listed["quotes"]["edges"][0]["node"],
        json!({ "id": quote["id"], "state": "ORDERED", "order": { "id": order["id"] } })
    );
    // It is what it was, for good.
    let again = save(&customer, &asked, json!({ "quoteId": quote["id"], "expectedVersion": 2 })).await;
    assert_eq!(errors(&again), refused("NOT_ELIGIBLE", "input.quoteId"));
}

#[tokio::test]
async fn a_kept_price_is_put_together_anew_by_whose_it_is_and_ends() {
    let server = Server::start().await;
    let customer = server.customer();
    let asked = asked(&server).await;
    let first = save(&customer, &asked, json!({})).await["quote"].clone();
    let id = &first["id"];
    let stale = save(&customer, &asked, json!({ "quoteId": id, "expectedVersion": 7 })).await;
    assert_eq!(stale["userErrors"][0]["currentVersion"], 1);
    let later = Server::setup().beside(&server).clock(TimeDelta::hours(25)).start().await;
    let read = "query($id: ID!) { quote(id: $id) { state quoteToken } }";
    let data = later.customer().data(read, json!({ "id": id })).await;
    assert_eq!(data["quote"], json!({ "state": "EXPIRED", "quoteToken": null }));
    let anew = json!({ "quoteId": id, "expectedVersion": 1, "benefitPackageIds": [] });
    let second = save(&later.customer(), &asked, anew).await["quote"].clone();
    assert_eq!((&second["version"], &second["state"], &second["benefits"]), (&json!(2), &json!("OPEN"), &json!([])));
    assert_eq!(kept(&server).await.len(), 1);
    for (more, code, field) in [
        (json!({ "quoteId": id }), "REQUIRED", "input.expectedVersion"),
        (json!({ "expectedVersion": 2 }), "REQUIRED", "input.quoteId"),
        (
            json!({ "quoteId": id, "expectedVersion": 2, "customerId": server.demo.customer.to_string() }),
            "INVALID",
            "input.customerId",
        ),
        (json!({ "customerId": CustomerId::generate().to_string() }), "NOT_FOUND", "input.customerId"),
        (json!({ "storeId": entity::StoreId::generate().to_string() }), "NOT_FOUND", "input.storeId"),
        (
            json!({ "configurationId": entity::ConfigurationId::generate().to_string() }),
            "NOT_FOUND",
            "input.configurationId",
        ),
        (json!({ "finance": { "planId": "x", "months": 36 } }), "INVALID_ID", "input.finance.planId"),
        (
            json!({ "finance": { "planId": entity::FinancePlanId::generate().to_string(), "months": 36 } }),
            "NOT_FOUND",
            "input.finance.planId",
        ),
    ] {
        let said = save(&later.customer(), &asked, more).await;
        assert_eq!(errors(&said), refused(code, field), "{said}");
    }
    assert_eq!(kept(&server).await.len(), 1);
}

#[tokio::test]
async fn a_store_keeps_prices_for_its_customers_and_nobody_sees_those_of_others() {
    let server = Server::start().await;
    let asked = asked(&server).await;
    let own = json!({ "customerId": server.demo.customer.to_string() });
    let saved = save(&server.consultant(), &asked, own).await;
    assert_eq!(errors(&saved), []);
    let quote = &saved["quote"];
    assert_eq!(quote["store"]["id"], server.demo.store.to_string());
    // The customer sees it and orders by it; somebody else, another store and a stranger do not know it.
    let read = "query($id: ID!) { quote(id: $id) { id } }";
    let seen = |client: Client| async move { client.data(read, json!({ "id": quote["id"] })).await["quote"].clone() };
    assert_eq!(seen(server.customer()).await["id"], quote["id"]);
    assert_eq!(seen(server.operator()).await["id"], quote["id"]);
    let other = customer::Entity::find().filter(customer::Column::Id.ne(server.demo.customer));
    let other = other.one(server.db().conn()).await.unwrap().unwrap().id;
    let store = super::other_store_of(&server, server.demo.order).await;
    let elsewhere = super::staff_of(&server, store).await;
    for client in [server.customer_with(other), elsewhere.clone(), server.anonymous()] {
        assert_eq!(seen(client).await, json!(null));
    }
    // A price that is kept at another store opens nothing of the customer to it.
    let there = save(&server.customer(), &asked, json!({ "storeId": store.to_string() })).await;
    assert_eq!(errors(&there), []);
    let whose = "query($id: ID!) { quote(id: $id) { id customer { id } } }";
    let at = json!({ "id": there["quote"]["id"] });
    assert_eq!(elsewhere.data(whose, at.clone()).await["quote"], json!({ "id": at["id"], "customer": null }));
    let own = json!({ "id": server.demo.customer.to_string() });
    assert_eq!(server.customer().data(whose, at).await["quote"]["customer"], own);
    let more = json!({ "quoteId": quote["id"], "expectedVersion": 1 });
    for client in [server.customer_with(other), elsewhere.clone()] {
        let said = save(&client, &asked, more.clone()).await;
        assert_eq!(errors(&said), refused("NOT_FOUND", "input.quoteId"));
    }
    let mut place = input(&server).await;
    place.as_object_mut().unwrap().remove("expectedTotalMinor");
    place["quoteId"] = quote["id"].clone();
    let said = server.customer_with(other).payload(PLACE, json!({ "input": place })).await;
    assert!(errors(&said).iter().any(|(code, _)| code == "NOT_FOUND"), "{said}");
    // For a customer of another store nobody keeps a price.
    let strange = save(&elsewhere, &asked, json!({ "customerId": CustomerId::generate().to_string() })).await;
    assert_eq!(errors(&strange), refused("NOT_FOUND", "input.customerId"));
    let answer = server.operator().query(SAVE, json!({ "input": asked })).await;
    assert_eq!(answer.code(), Some("FORBIDDEN"));
    assert_eq!(kept(&server).await.len(), 2, "the one that a store keeps and the one of the customer");
}
