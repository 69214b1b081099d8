//! What a car cost (C060), and what the stores around a city offer of it (C063).

use entity::inventory::vehicle_unit;
use entity::place::{city, store, store_service};
use entity::{CommercialStatus, PhysicalStatus, SalesModel, StoreService, TrimId};
use milepost::inventory::rules::status::can_be_promised;
use milepost::values::geo::Point;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::Server;

const HISTORY: &str = "query($trim: ID!) { priceHistory(trimId: $trim) {
    from to priceVersion msrp { minorUnits } discount { minorUnits } price { minorUnits } } }";

const OFFERS: &str = "query($trim: ID!, $city: CityCode!, $km: Int) {
    storeOffers(trimId: $trim, cityCode: $city, radiusKm: $km) { price { payable { minorUnits } priceVersion }
        offers { store { id code distanceMeters salesModel } pricePolicy availability earliestArrival } } }";

const PRICE: &str = "query($of: PriceConfigurationInput!, $city: CityCode!) {
    price(configuration: $of, cityCode: $city) { payable { minorUnits } msrp { minorUnits } discounts { minorUnits } } }";

async fn trim(server: &Server) -> TrimId {
    let car = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .filter(vehicle_unit::Column::StoreId.eq(server.demo.store))
        .one(server.db().conn())
        .await;
    car.unwrap().expect("a car in the demo store").trim_id
}

#[tokio::test]
async fn the_history_ends_with_the_price_of_today() {
    let server = Server::start().await;
    let trim = trim(&server).await.to_string();
    let told = server.anonymous().data(HISTORY, json!({ "trim": trim })).await["priceHistory"].clone();
    let told = told.as_array().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    let of = json!({ "of": { "trimId": trim, "optionCodes": [] }, "city": "310100" });
    let today = server.anonymous().data(PRICE, of).await["price"].clone();
    assert_eq!((&told[0]["to"], &told[0]["msrp"]), (&json!(null), &today["msrp"]));
    assert_eq!(told[0]["discount"], today["discounts"]);
    assert_eq!(told[0]["from"], told[1]["to"]);
    // The book of before was dearer by 4,000.
    let minor = |value: &Value| value["minorUnits"].as_i64().unwrap();
    assert_eq!(minor(&told[1]["msrp"]), minor(&today["msrp"]) + 400_000);
    assert_eq!(minor(&told[1]["price"]), minor(&told[1]["msrp"]) + minor(&told[1]["discount"]));
    assert_eq!(
        server.anonymous().code(HISTORY, json!({ "trim": "trm_00000000000000000000000001" })).await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn stores_differ_in_what_they_have_and_not_in_the_price() {
    let server = Server::start().await;
    let db = server.db().conn();
    let trim = trim(&server).await;
    let home = store::Entity::find_by_id(server.demo.store).one(db).await.unwrap().unwrap();
    let asked = |km: Value| json!({ "trim": trim.to_string(), "city": home.city_code, "km": km });
    let (data, statements) = server.counted(server.anonymous().data(OFFERS, asked(json!(300)))).await;
    let told = data["storeOffers"].clone();
    assert!(statements <= 12, "{statements}");
    let of = json!({ "of": { "trimId": trim.to_string(), "optionCodes": [] }, "city": home.city_code });
    let price = server.anonymous().data(PRICE, of).await["price"]["payable"].clone();
    assert_eq!(told["price"]["payable"], price);

    // The same from the rows.
    let middle = city::Entity::find_by_id(home.city_code.as_str()).one(db).await.unwrap().unwrap();
    let middle = Point::new(middle.latitude, middle.longitude).unwrap();
    let cars = vehicle_unit::Entity::find().filter(vehicle_unit::Column::TrimId.eq(trim)).all(db).await.unwrap();
    let mut wanted = Vec::new();
    for row in store::Entity::find().all(db).await.unwrap() {
        let km = middle.distance_km(Point::new(row.latitude, row.longitude).unwrap());
        let sells = store_service::Entity::find()
            .filter(store_service::Column::StoreId.eq(row.id))
            .filter(store_service::Column::Service.eq(StoreService::Sales));
        if km > 300.0 || sells.one(db).await.unwrap().is_none() {
            continue;
        }
        let free = cars.iter().filter(|car| {
            car.store_id == Some(row.id)
                && car.commercial_status == CommercialStatus::Free
                && can_be_promised(car.physical_status)
        });
        let band = match free.count() {
            0 => "NONE",
            1..=3 => "FEW",
            _ => "MANY",
        };
        let policy = if row.sales_model == SalesModel::Wholesale { "GUIDE" } else { "UNIFIED" };
        wanted.push(((km * 1000.0).round() as i64, json!([row.code, policy, band])));
    }
    wanted.sort_by(|a, b| (a.0, a.1[0].as_str()).cmp(&(b.0, b.1[0].as_str())));
    let offers = told["offers"].as_array().unwrap();
    let found: Vec<Value> = offers
        .iter()
        .map(|offer| json!([offer["store"]["code"], offer["pricePolicy"], offer["availability"]]))
        .collect();
    let wanted: Vec<Value> = wanted.into_iter().map(|(_, offer)| offer).take(20).collect();
    assert!(wanted.len() > 1, "{wanted:?}");
    assert_eq!(found, wanted);
    let own = |told: &Value| {
        let offers = told["offers"].as_array().unwrap();
        offers.iter().find(|offer| offer["store"]["code"] == home.code).expect("the demo store").clone()
    };
    let today = milepost::values::calendar::day(server.app().clock.now()).to_string();
    assert_eq!(own(&told)["earliestArrival"], today);

    // What somebody takes is not offered any more.
    let taken = vehicle_unit::ActiveModel { commercial_status: Set(CommercialStatus::Allocated), ..Default::default() };
    let here = vehicle_unit::Column::StoreId.eq(home.id);
    vehicle_unit::Entity::update_many().set(taken).filter(here).exec(db).await.unwrap();
    let told = server.anonymous().data(OFFERS, asked(json!(null))).await["storeOffers"].clone();
    assert_eq!(own(&told), {
        let mut none = own(&told);
        none["availability"] = json!("NONE");
        none["earliestArrival"] = json!(null);
        none
    });

    for wrong in [json!(0), json!(501)] {
        assert_eq!(server.anonymous().code(OFFERS, asked(wrong)).await, "BAD_USER_INPUT");
    }
    let nowhere = json!({ "trim": trim.to_string(), "city": "999900" });
    assert_eq!(server.anonymous().code(OFFERS, nowhere).await, "BAD_USER_INPUT");
}
