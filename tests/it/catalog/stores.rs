//! Cities and stores, by code and by distance.

use entity::SalesModel;
use entity::place::store;
use milepost::values::geo::Point;
use serde_json::{Value, json};

use super::rows::{self, store_row};
use super::{House, Who};

const STORES: &str = "query($near: GeoPointInput, $where: StoreWhereInput, $first: Int!, $after: String) {
    stores(near: $near, where: $where, first: $first, after: $after) { totalCount { value precision }
        pageInfo { hasNextPage endCursor } nodes { code distanceMeters city { name } services } } }";

fn shanghai() -> Value {
    json!({ "latitude": 31.231706, "longitude": 121.472644 })
}

fn codes(data: &Value) -> Vec<&str> {
    data["stores"]["nodes"].as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap()).collect()
}

/// All pages, one after the other.
async fn walk(house: &House, near: &Value, first: u32) -> Vec<(String, i64)> {
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let asked = json!({ "near": near, "first": first, "after": after });
        let data = house.data(Who::Anyone, STORES, asked).await;
        let rows = data["stores"]["nodes"].as_array().unwrap();
        assert!(rows.len() <= first as usize);
        seen.extend(
            rows.iter().map(|row| {
                (row["code"].as_str().unwrap().to_owned(), row["distanceMeters"].as_i64().unwrap_or_default())
            }),
        );
        after = data["stores"]["pageInfo"]["endCursor"].clone();
        if data["stores"]["pageInfo"]["hasNextPage"] == false {
            return seen;
        }
    }
}

#[tokio::test]
async fn the_nearest_store_comes_first_with_its_distance() {
    let house = House::open().await;
    let data = house.data(Who::Anyone, STORES, json!({ "near": shanghai(), "first": 10 })).await;
    assert_eq!(codes(&data), ["SH-A", "SH-B", "SH-C", "HZ-A", "UR-A"]);
    let nodes = &data["stores"]["nodes"];
    assert_eq!(
        nodes[0],
        json!({ "code": "SH-A", "distanceMeters": 0, "city": { "name": "Shanghai" }, "services": ["DELIVERY", "SALES", "TEST_DRIVE"] })
    );
    // The vector of domain.md 3.4: 164.0 km.
    let hangzhou = nodes[3]["distanceMeters"].as_i64().unwrap();
    assert!((163_950..164_050).contains(&hangzhou), "{hangzhou}");
    assert_eq!(data["stores"]["totalCount"], json!({ "value": 5, "precision": "EXACT" }));

    let near = json!({ "latitude": 31.231706, "longitude": 121.472644, "radiusKm": 164.1 });
    let data = house.data(Who::Anyone, STORES, json!({ "near": near, "first": 10 })).await;
    assert_eq!(codes(&data), ["SH-A", "SH-B", "SH-C", "HZ-A"]);
    // The box reaches Hangzhou, the circle does not.
    let near = json!({ "latitude": 31.231706, "longitude": 121.472644, "radiusKm": 163.9 });
    let data = house.data(Who::Anyone, STORES, json!({ "near": near, "first": 10 })).await;
    assert_eq!(codes(&data), ["SH-A", "SH-B", "SH-C"]);
    house.close().await;
}

#[tokio::test]
async fn stores_are_filtered_by_what_they_are_and_offer() {
    let house = House::open().await;
    for (filter, expected) in [
        (json!({ "cityCode": "310115" }), &["SH-A", "SH-B", "SH-C"][..]),
        (json!({ "services": ["SALES", "DELIVERY", "SALES"] }), &["SH-A", "SH-C"]),
        (json!({ "salesModel": "WHOLESALE" }), &["HZ-A", "UR-A"]),
        (json!({ "deliveryCenter": false, "cityCode": "310100" }), &["SH-B"]),
        (json!({ "services": [] }), &["HZ-A", "SH-A", "SH-B", "SH-C", "UR-A"]),
        (json!({ "services": ["SERVICE"] }), &[]),
    ] {
        for near in [Value::Null, shanghai()] {
            let data = house.data(Who::Anyone, STORES, json!({ "near": near, "where": filter, "first": 10 })).await;
            let mut found = codes(&data);
            found.sort_unstable();
            assert_eq!(found, expected, "of {filter}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn pages_have_no_gap_and_no_double_whatever_their_size() {
    let house = House::open().await;
    // A grid whose points are taken by two stores each, so that distances tie; a known generator, no chance.
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let more: Vec<store::Model> = (100..160)
        .map(|n: u32| {
            let (lat, lng) = (20.0 + next(20) as f64, 100.0 + next(20) as f64);
            let number = u128::from(n.wrapping_mul(7919) % 1009 + 100);
            store_row(number, &format!("N{n}"), "310100", lat, lng, SalesModel::Agency, false)
        })
        .collect();
    rows::insert::<store::Entity, _>(house.app.db.conn(), more.clone()).await;
    let here = Point::new(31.231706, 121.472644).unwrap();
    let whole = walk(&house, &shanghai(), 100).await;
    assert_eq!(whole.len(), 65);
    assert!(whole.is_sorted_by_key(|(_, metres)| *metres));
    for row in &more {
        let metres = (here.distance_km(Point::new(row.latitude, row.longitude).unwrap()) * 1000.0).round() as i64;
        assert!(whole.contains(&(row.code.clone(), metres)), "{} at {metres}", row.code);
    }
    for first in [1, 2, 7, 64, 65] {
        assert_eq!(walk(&house, &shanghai(), first).await, whole, "in pages of {first}");
    }
    let by_code = walk(&house, &Value::Null, 9).await;
    assert_eq!(by_code.len(), 65);
    assert!(by_code.is_sorted());
    house.close().await;
}

#[tokio::test]
async fn wrong_points_pages_and_cursors_are_named() {
    let house = House::open().await;
    let data = house.data(Who::Anyone, STORES, json!({ "near": shanghai(), "first": 1 })).await;
    let near_cursor = data["stores"]["pageInfo"]["endCursor"].clone();
    let moved = json!({ "latitude": 31.0, "longitude": 121.472644 });
    for (variables, argument) in [
        (json!({ "near": { "latitude": 91, "longitude": 0 }, "first": 1 }), "near.latitude"),
        (json!({ "near": { "latitude": 0, "longitude": 181 }, "first": 1 }), "near.longitude"),
        (json!({ "near": { "latitude": 0, "longitude": 0, "radiusKm": 0 }, "first": 1 }), "near.radiusKm"),
        (json!({ "near": { "latitude": 0, "longitude": 0, "radiusKm": -1 }, "first": 1 }), "near.radiusKm"),
        (json!({ "where": { "cityCode": "x" }, "first": 1 }), "where.cityCode"),
        (json!({ "first": 0 }), "first"),
        (json!({ "first": 101 }), "first"),
        (json!({ "first": 1, "after": "x" }), "after"),
        // A distance from one point says nothing about another, nor about codes.
        (json!({ "near": moved, "first": 1, "after": near_cursor }), "after"),
        (json!({ "first": 1, "after": near_cursor }), "after"),
    ] {
        let error = house.error(Who::Anyone, STORES, variables).await;
        assert_eq!(json!([error[0], error[1]]), json!(["BAD_USER_INPUT", argument]));
    }
    house.close().await;
}

#[tokio::test]
async fn cities_know_their_stores_in_a_constant_number_of_statements() {
    let house = House::open().await;
    let document = "{ cities { code name provinceCode region location { latitude datum } storeCount services } }";
    let data = house.data(Who::Anyone, document, json!({})).await;
    assert_eq!(
        data["cities"][0],
        json!({
            "code": "310100", "name": "Shanghai", "provinceCode": "31", "region": "EAST",
            "location": { "latitude": 31.231706, "datum": "GCJ_02" }, "storeCount": 3,
            "services": ["SALES", "TEST_DRIVE", "DELIVERY"],
        })
    );
    assert_eq!(json!([data["cities"][2]["storeCount"], data["cities"][2]["services"]]), json!([1, []]));
    assert_eq!(house.statements(Who::Anyone, document, json!({})).await, 3);
    let one = "{ city(code: \"310115\") { name } none: city(code: \"120100\") { name } }";
    let data = house.data(Who::Anyone, one, json!({})).await;
    assert_eq!(data, json!({ "city": { "name": "Shanghai" }, "none": null }));
    let few = house.statements(Who::Anyone, STORES, json!({ "near": shanghai(), "first": 1 })).await;
    let many = house.statements(Who::Anyone, STORES, json!({ "near": shanghai(), "first": 5 })).await;
    // The stores, their services, their cities.
    assert_eq!((few, many), (3, 3));
    house.close().await;
}
