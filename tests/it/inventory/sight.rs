//! Who sees which cars: the statement against the reference rules, and the answers of each role.

use std::collections::{BTreeMap, BTreeSet};

use entity::inventory::{vehicle_unit, visibility_policy};
use entity::place::{organization, store};
use entity::*;
use milepost::access::{Viewer, ViewerKind};
use milepost::graph::call::CallState;
use milepost::inventory::policy;
use milepost::inventory::rules::age::age_days;
use milepost::inventory::rules::visibility::{self, Place, group_of};
use milepost::values::city_code::CityCode;
use milepost::values::geo::Point;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use crate::harness::Server;

/// What the reference needs to know of the world, read plainly.
struct World {
    stores: BTreeMap<StoreId, Place>,
    cars: Vec<vehicle_unit::Model>,
}

impl World {
    async fn read(server: &Server) -> Self {
        let db = server.db().conn();
        let organizations: BTreeMap<_, _> =
            organization::Entity::find().all(db).await.unwrap().into_iter().map(|row| (row.id, row)).collect();
        let stores = store::Entity::find().all(db).await.unwrap();
        let stores = stores.into_iter().map(|row| {
            let parent = organizations[&row.organization_id].parent_id.map(|id| (id, organizations[&id].kind));
            let place = Place {
                store_id: row.id,
                group_id: group_of(row.organization_id, parent),
                region: CityCode::parse(&row.city_code).unwrap().region(),
                point: Point::new(row.latitude, row.longitude).unwrap(),
                city_code: row.city_code,
            };
            (row.id, place)
        });
        Self { stores: stores.collect(), cars: vehicle_unit::Entity::find().all(db).await.unwrap() }
    }

    /// The cars that the reference shows to a viewer, with what it shows of each.
    fn seen(
        &self,
        policies: &[visibility_policy::Model],
        role: Role,
        from: StoreId,
        now: chrono::DateTime<chrono::Utc>,
    ) -> BTreeMap<VehicleUnitId, visibility::Disclosure> {
        let viewer = visibility::Viewer { role, place: Some(self.stores[&from].clone()) };
        let facts = |car: &vehicle_unit::Model| visibility::Car {
            store_id: car.store_id,
            group_id: car.store_id.map(|id| self.stores[&id].group_id),
            city_code: car.city_code.clone(),
            region: CityCode::parse(&car.city_code).unwrap().region(),
            point: Point::new(car.latitude, car.longitude).unwrap(),
            stock_type: car.stock_type,
            physical: car.physical_status,
            commercial: car.commercial_status,
            sales_model: car.sales_model,
            trim_id: car.trim_id,
            age_days: age_days(car.stock_since, now),
        };
        let judged = |car| visibility::judge(policies, &viewer, &facts(car), now).disclosure();
        self.cars.iter().filter_map(|car| Some((car.id, judged(car)?))).collect()
    }
}

pub fn policy(scope: VisibilityScope, effect: PolicyEffect) -> visibility_policy::Model {
    visibility_policy::Model {
        id: VisibilityPolicyId::generate(),
        name: format!("{scope} {effect}"),
        status: PolicyStatus::Published,
        effect,
        priority: 0,
        roles: Codes::default(),
        store_ids: Codes::default(),
        scope,
        radius_km: (scope == VisibilityScope::Radius).then_some(300),
        stock_types: Codes::default(),
        statuses: Codes::default(),
        sales_models: Codes::default(),
        trim_ids: Codes::default(),
        min_age_days: None,
        max_age_days: None,
        vin_disclosure: VinDisclosure::LastSix,
        age_disclosure: AgeDisclosure::Band,
        holder_disclosure: HolderDisclosure::City,
        may_reserve: false,
        may_request_transfer: false,
        effective_from: chrono::DateTime::UNIX_EPOCH,
        effective_to: None,
        changed_by: None,
        changed_at: None,
        version: 1,
    }
}

/// Sets of policies that together use every part of one.
fn sets(world: &World) -> Vec<Vec<visibility_policy::Model>> {
    use PolicyEffect::{Allow, Deny};
    let mut sets: Vec<Vec<_>> = VisibilityScope::ALL.iter().map(|scope| vec![policy(*scope, Allow)]).collect();
    for scope in VisibilityScope::ALL {
        sets.push(vec![policy(VisibilityScope::Nationwide, Allow), policy(*scope, Deny)]);
    }
    let filtered = |change: fn(&mut visibility_policy::Model)| {
        let mut policy = policy(VisibilityScope::Nationwide, Allow);
        change(&mut policy);
        vec![policy]
    };
    sets.push(filtered(|p| p.stock_types = Codes::from_iter(["STORE_STOCK", "IN_TRANSIT"])));
    sets.push(filtered(|p| p.statuses = Codes::from_iter(["IN_STOCK", "PLANNED"])));
    sets.push(filtered(|p| p.sales_models = Codes::from_iter(["WHOLESALE"])));
    let trim = world.cars[0].trim_id.to_string();
    let mut of_trim = policy(VisibilityScope::Nationwide, Allow);
    of_trim.trim_ids = Codes::from_iter([trim]);
    sets.push(vec![of_trim]);
    sets.push(filtered(|p| p.min_age_days = Some(30)));
    sets.push(filtered(|p| p.max_age_days = Some(30)));
    sets.push(filtered(|p| (p.min_age_days, p.max_age_days) = (Some(10), Some(20))));
    sets.push(filtered(|p| p.roles = Codes::from_iter(["STORE_MANAGER"])));
    sets.push(filtered(|p| p.status = PolicyStatus::Draft));
    sets.push(filtered(|p| p.effective_to = Some(chrono::DateTime::UNIX_EPOCH)));
    let mut full = policy(VisibilityScope::OwnStore, Allow);
    full.vin_disclosure = VinDisclosure::Full;
    full.age_disclosure = AgeDisclosure::Exact;
    full.holder_disclosure = HolderDisclosure::Name;
    full.may_reserve = true;
    sets.push(vec![policy(VisibilityScope::SameRegion, Allow), full, policy(VisibilityScope::SameCity, Allow)]);
    sets.push(Vec::new());
    sets
}

#[tokio::test]
async fn the_statement_shows_the_cars_that_the_reference_shows() {
    let server = Server::start().await;
    let world = World::read(&server).await;
    let db = server.db().conn();
    let stores: Vec<StoreId> = world.stores.keys().copied().step_by(5).collect();
    let (mut compared, mut shown) = (0, 0);
    for set in sets(&world) {
        visibility_policy::Entity::delete_many().exec(db).await.unwrap();
        for policy in &set {
            policy.clone().into_active_model().reset_all().insert(db).await.unwrap();
        }
        for store in &stores {
            for manager in [false, true] {
                let kind = ViewerKind::Staff { id: server.demo.consultant, store: *store, manager };
                let call = CallState::new(server.app().clone(), Viewer::of(kind), Locale::En, "test".into());
                let sight = policy::sight(&call).await.unwrap();
                let condition = policy::listed(&call, &sight).or_refuse(&call.viewer).unwrap();
                let found = vehicle_unit::Entity::find().filter(condition).all(db).await.unwrap();
                let role = if manager { Role::StoreManager } else { Role::Consultant };
                let expected = world.seen(&set, role, *store, call.now);
                let found: BTreeMap<_, _> =
                    found.iter().map(|car| (car.id, sight.disclosure(&call, car, false))).collect();
                let expected = expected.into_iter().map(|(id, shown)| (id, Some(shown))).collect();
                let differing = |id: &VehicleUnitId| found.get(id) != BTreeMap::get(&expected, id);
                let cars: Vec<_> = world.cars.iter().filter(|car| differing(&car.id)).take(3).collect();
                let names: Vec<_> = set.iter().map(|policy| &policy.name).collect();
                assert!(found == expected, "{names:?}: {cars:#?}");
                compared += world.cars.len();
                shown += found.len();
            }
        }
    }
    assert!(shown > 1_000 && shown < compared, "{shown} of {compared}: the sets tell cars apart");
}

const PAGE: &str =
    "query($first: Int!, $after: String, $orderBy: InventorySort, $near: GeoPointInput, $where: InventoryWhereInput) {
    inventory(first: $first, after: $after, orderBy: $orderBy, near: $near, where: $where) {
        totalCount { value precision }
        nodes { id vin ageDays ageBand distanceMeters price { minorUnits } store { id } cost { amount } status
            city { code } transportLegs { position } }
        pageInfo { endCursor hasNextPage }
    }
}";

#[tokio::test]
async fn pages_in_every_order_hold_each_car_once() {
    let server = Server::start().await;
    let consultant = server.consultant();
    let near = json!({ "latitude": 31.23, "longitude": 121.47 });
    for field in ["AGE", "PRICE", "DISTANCE"] {
        for direction in ["ASC", "DESC"] {
            let mut ids = Vec::new();
            let mut keys = Vec::new();
            let mut after = serde_json::Value::Null;
            let mut total = 0;
            loop {
                let variables = json!({
                    "first": 7, "after": after, "near": near, "orderBy": { "field": field, "direction": direction }
                });
                let page = &consultant.data(PAGE, variables).await["inventory"];
                total = page["totalCount"]["value"].as_i64().unwrap().max(total);
                for node in page["nodes"].as_array().unwrap() {
                    ids.push(node["id"].as_str().unwrap().to_owned());
                    keys.push(match field {
                        "PRICE" => node["price"]["minorUnits"].as_i64().unwrap(),
                        // Metres are rounded to the kilometre where the holder is hidden.
                        "DISTANCE" => node["distanceMeters"].as_i64().unwrap() / 2_000,
                        _ => 0,
                    });
                }
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{field} {direction}: no car twice");
            assert_eq!(ids.len() as i64, total, "{field} {direction}: every car");
            assert!(total > 14, "more than two pages");
            if direction == "DESC" {
                keys.reverse();
            }
            if field == "PRICE" {
                assert!(keys.is_sorted(), "{keys:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_or_list_is_refused() {
    let server = Server::start().await;
    let consultant = server.consultant();
    let page = consultant.data(PAGE, json!({ "first": 1 })).await;
    let cursor = page["inventory"]["pageInfo"]["endCursor"].clone();
    let by_price = json!({ "first": 1, "after": cursor, "orderBy": { "field": "PRICE", "direction": "ASC" } });
    for variables in [by_price, json!({ "first": 1, "after": "nonsense" })] {
        let answer = consultant.query(PAGE, variables).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"));
        assert_eq!(answer.errors[0]["extensions"]["argument"], "after");
    }
    for first in [0, 101, -1] {
        let answer = consultant.query(PAGE, json!({ "first": first })).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"));
        assert_eq!(answer.errors[0]["message"], "`first` must be 1 to 100.");
    }
    let distance = json!({ "first": 1, "orderBy": { "field": "DISTANCE", "direction": "ASC" } });
    assert_eq!(consultant.code(PAGE, distance).await, "BAD_USER_INPUT");
    let nowhere = json!({ "first": 1, "near": { "latitude": 91.0, "longitude": 0.0 } });
    assert_eq!(consultant.code(PAGE, nowhere).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn customers_have_bands_and_dates_and_no_single_car() {
    let server = Server::start().await;
    assert_eq!(server.customer().code(PAGE, json!({ "first": 1 })).await, "FORBIDDEN");
    assert_eq!(server.anonymous().code(PAGE, json!({ "first": 1 })).await, "UNAUTHENTICATED");

    let summary = "query($where: InventoryWhereInput) { inventorySummary(where: $where) {
        total { availability earliestArrival freeCount count } byTrim { trim { code } tally { availability count } }
        byCity { city { code } tally { availability } } byStockType { stockType } } }";
    let seen = server.customer().data(summary, json!({})).await;
    let total = &seen["inventorySummary"]["total"];
    assert_eq!(
        (&total["availability"], &total["count"], &total["freeCount"]),
        (&json!("MANY"), &json!(null), &json!(null))
    );
    assert!(total["earliestArrival"].is_string());
    assert_eq!(seen["inventorySummary"]["byStockType"], json!(null));
    assert_eq!(seen["inventorySummary"]["byTrim"].as_array().unwrap().len(), 11);
    let answer = server.customer().query(summary, json!({ "where": { "ageBand": ["RED"] } })).await;
    assert_eq!(answer.code(), Some("BAD_USER_INPUT"));
    assert_eq!(server.anonymous().code(summary, json!({})).await, "UNAUTHENTICATED");

    let stranger = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let car = "query($id: ID!) { vehicleUnit(id: $id) { id } node(id: $id) { id } }";
    let seen = server.customer().data(car, json!({ "id": stranger.id.to_string() })).await;
    assert_eq!(seen, json!({ "vehicleUnit": null, "node": null }));
    let seen = server.operator().data(car, json!({ "id": stranger.id.to_string() })).await;
    assert_eq!(seen["vehicleUnit"]["id"], stranger.id.to_string());
}

#[tokio::test]
async fn the_cost_is_for_operators_and_a_hidden_holder_stays_hidden() {
    let server = Server::start().await;
    let page = server.operator().data(PAGE, json!({ "first": 5 })).await;
    assert!(page["inventory"]["nodes"].as_array().unwrap().iter().all(|car| car["cost"]["amount"].is_string()));

    // As many pages as it takes: what comes first hangs on the day.
    let mut cars = Vec::new();
    let mut after = json!(null);
    // Whose holder is hidden: cars that are built have a number, which is masked, and those of plan have none.
    let others = |car: &serde_json::Value| car["store"].is_null();
    while !cars.iter().any(others) {
        let page = server.consultant().data(PAGE, json!({ "first": 100, "after": after })).await;
        cars.extend(page["inventory"]["nodes"].as_array().unwrap().iter().cloned());
        after = page["inventory"]["pageInfo"]["endCursor"].clone();
        if page["inventory"]["pageInfo"]["hasNextPage"] != true {
            break;
        }
    }
    let own = server.demo.store.to_string();
    assert!(cars.iter().any(|car| car["store"]["id"] == own), "some are the store's own");
    assert!(cars.iter().any(others), "some are others'");
    for car in &cars {
        assert_eq!(car["cost"], json!(null));
        if car["vin"].as_str().is_some_and(|vin| vin.starts_with('*')) {
            assert_eq!(car["store"], json!(null), "{car}");
        }
    }
    // Where a car is whose city is hidden, nobody finds out: not by a filter, nor by how far it is, nor by its way.
    let operator = server.operator();
    let is_hidden = async |car: &serde_json::Value| {
        // Some stand in places that the list of cities does not have.
        let place = "query($id: ID!) { vehicleUnit(id: $id) { city { code } } }";
        let seen = operator.data(place, json!({ "id": car["id"] })).await;
        car["city"].is_null() && !seen["vehicleUnit"]["city"].is_null()
    };
    for car in cars.iter().filter(|car| car["city"].is_null()).take(10) {
        if is_hidden(car).await {
            assert_eq!((&car["distanceMeters"], &car["transportLegs"]), (&json!(null), &json!([])), "{car}");
        }
    }
    for region in Region::ALL {
        let near = json!({ "latitude": 31.23, "longitude": 121.47, "radiusKm": 5_000.0 });
        for asked in [json!({ "where": { "region": region.to_string() } }), json!({ "near": near })] {
            let mut variables = json!({ "first": 100 });
            variables.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
            let page = server.consultant().data(PAGE, variables).await;
            for car in page["inventory"]["nodes"].as_array().unwrap().iter().filter(|car| car["city"].is_null()) {
                assert!(!is_hidden(car).await, "{car}");
            }
        }
    }
    // A filter on what is hidden finds nothing of it.
    let foreign =
        store::Entity::find().filter(store::Column::Id.ne(server.demo.store)).all(server.db().conn()).await.unwrap();
    for store in foreign.iter().take(10) {
        let filter = json!({ "first": 100, "where": { "storeId": store.id.to_string() } });
        let page = server.consultant().data(PAGE, filter).await;
        assert!(page["inventory"]["nodes"].as_array().unwrap().iter().all(|car| car["store"].is_object()));
    }
}
