//! Visibility policies that operators write, and the preview of what they show (C095).

use entity::inventory::visibility_policy;
use entity::place::store;
use entity::*;
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

use super::sight::policy;
use crate::harness::{Client, Server};
use crate::order::key;

const UPSERT: &str = "mutation($input: InventoryVisibilityPolicyUpsertInput!) { inventoryVisibilityPolicyUpsert(input: $input) {
    policy { id name status scope radiusKm roles storeIds stockTypes minAgeDays version }
    userErrors { __typename code field ... on ValidationError { constraint } ... on VersionConflict { currentVersion } } } }";
const PUBLISH: &str =
    "mutation($input: InventoryVisibilityPolicyPublishInput!) { inventoryVisibilityPolicyPublish(input: $input) {
    policy { id status version } userErrors { code field ... on InvalidTransition { from allowed } } } }";
const ARCHIVE: &str =
    "mutation($input: InventoryVisibilityPolicyArchiveInput!) { inventoryVisibilityPolicyArchive(input: $input) {
    policy { id status version } userErrors { code field ... on InvalidTransition { from allowed } } } }";
const PREVIEW: &str =
    "query($store: ID!, $role: Role!, $policy: ID, $replaces: ID, $where: InventoryWhereInput, $after: String) {
    inventoryVisibilityPreview(storeId: $store, role: $role, policyId: $policy, replacesId: $replaces, where: $where,
        first: 100, after: $after) {
        totalCount { value }
        nodes { vehicleId vin ageDays ageBand store { id } city { code } visibilityReason { id name } }
        pageInfo { endCursor hasNextPage } } }";
const SEEN: &str = "query($after: String) { inventory(first: 100, after: $after) {
    totalCount { value }
    nodes { id vin ageDays ageBand store { id } city { code } }
    pageInfo { endCursor hasNextPage } } }";

fn named(name: &str) -> Value {
    json!({ "idempotencyKey": key(), "name": name, "effect": "ALLOW", "scope": "RADIUS", "radiusKm": 120,
        "stockTypes": ["STORE_STOCK"], "minAgeDays": 30, "vinDisclosure": "LAST_SIX", "ageDisclosure": "BAND",
        "holderDisclosure": "CITY", "mayReserve": false })
}

fn of(id: &Value, version: i32) -> Value {
    json!({ "input": { "idempotencyKey": key(), "policyId": id, "expectedVersion": version } })
}

async fn rows(server: &Server) -> Vec<visibility_policy::Model> {
    let select = visibility_policy::Entity::find().order_by_asc(visibility_policy::Column::Id);
    select.all(server.db().conn()).await.unwrap()
}

async fn all(client: &Client, document: &str, mut variables: Value) -> Vec<Value> {
    let mut nodes = Vec::new();
    loop {
        let data = client.data(document, variables.clone()).await;
        let page = data.as_object().unwrap().values().next().unwrap().clone();
        nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"]["value"], nodes.len());
            return nodes;
        }
        variables["after"] = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn a_draft_is_changed_published_and_archived() {
    let server = Server::start().await;
    let operator = server.operator();
    let made = operator.payload(UPSERT, json!({ "input": named("附近库存") })).await;
    assert_eq!(made["userErrors"], json!([]));
    let id = made["policy"]["id"].clone();
    let expected = json!({ "id": id, "name": "附近库存", "status": "DRAFT", "scope": "RADIUS", "radiusKm": 120, "roles": [],
        "storeIds": [], "stockTypes": ["STORE_STOCK"], "minAgeDays": 30, "version": 1 });
    assert_eq!(made["policy"], expected);

    let mut change = named("附近库存");
    change["policyId"] = id.clone();
    change["expectedVersion"] = json!(1);
    change["radiusKm"] = json!(80);
    change["roles"] = json!(["STORE_MANAGER"]);
    let changed = operator.payload(UPSERT, json!({ "input": change })).await;
    assert_eq!(changed["policy"]["radiusKm"], 80, "{changed}");
    assert_eq!((&changed["policy"]["version"], &changed["policy"]["roles"]), (&json!(2), &json!(["STORE_MANAGER"])));
    change["idempotencyKey"] = json!(key());
    let stale = operator.payload(UPSERT, json!({ "input": change })).await;
    assert_eq!(
        (&stale["userErrors"][0]["code"], &stale["userErrors"][0]["currentVersion"]),
        (&json!("VERSION_CONFLICT"), &json!(2))
    );
    change["idempotencyKey"] = json!(key());
    change["expectedVersion"] = json!(2);
    change["name"] = json!("别名");
    let renamed = operator.payload(UPSERT, json!({ "input": change })).await;
    assert_eq!(renamed["userErrors"][0]["constraint"], "rule-name-stays");
    let twice = operator.payload(UPSERT, json!({ "input": named("附近库存") })).await;
    assert_eq!(twice["userErrors"][0]["code"], "DUPLICATE");

    // It takes the place of another, in one moment.
    let before = rows(&server).await.into_iter().find(|row| row.name == "Old stock nearby").unwrap();
    let mut input = of(&id, 2);
    input["input"]["replacesId"] = json!(before.id.to_string());
    let published = operator.payload(PUBLISH, input.clone()).await;
    assert_eq!(published, json!({ "policy": { "id": id, "status": "PUBLISHED", "version": 3 }, "userErrors": [] }));
    assert_eq!(operator.payload(PUBLISH, input).await, published, "the same key brings the same");
    let after = rows(&server).await.into_iter().find(|row| row.id == before.id).unwrap();
    assert_eq!((after.status, after.version), (PolicyStatus::Archived, before.version + 1));
    assert_eq!(after.changed_by, Some(server.demo.operator.to_string()));

    let again = operator.payload(PUBLISH, of(&id, 3)).await;
    assert_eq!(
        again["userErrors"][0],
        json!({ "code": "INVALID_TRANSITION", "field": null, "from": "PUBLISHED", "allowed": ["ARCHIVE"] })
    );
    let archived = operator.payload(ARCHIVE, of(&id, 3)).await;
    assert_eq!(archived["policy"], json!({ "id": id, "status": "ARCHIVED", "version": 4 }));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_every_field() {
    let server = Server::start().await;
    let before = rows(&server).await;
    let mut input = named(" ");
    for (field, value) in [
        ("scope", json!("SAME_CITY")),
        ("roles", json!(["CONSULTANT", "CUSTOMER"])),
        ("storeIds", json!(["sto_01JGFJJZ000000000000000003", "sto_01JGFJJZ0000000000000000ZZ", "nonsense"])),
        ("trimIds", json!(["trm_01JGFJJZ0000000000000000ZZ"])),
        ("minAgeDays", json!(90)),
        ("maxAgeDays", json!(30)),
        ("effectiveFrom", json!("2030-01-02T00:00:00Z")),
        ("effectiveTo", json!("2030-01-01T00:00:00Z")),
        ("policyId", json!("vis_01JGFJJZ0000000000000000ZZ")),
    ] {
        input[field] = value;
    }
    let refused = server.operator().payload(UPSERT, json!({ "input": input })).await;
    let fields: Vec<_> = refused["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let path: Vec<_> = error["field"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
            (path.join("."), error["code"].as_str().unwrap())
        })
        .collect();
    let expected = [
        ("input.expectedVersion", "REQUIRED"),
        ("input.name", "REQUIRED"),
        ("input.storeIds.2", "INVALID_ID"),
        ("input.storeIds.1", "NOT_FOUND"),
        ("input.trimIds.0", "NOT_FOUND"),
        ("input.radiusKm", "INVALID"),
        ("input.maxAgeDays", "INVALID"),
        ("input.effectiveTo", "INVALID"),
        ("input.roles.1", "INVALID"),
    ];
    assert_eq!(fields, expected.map(|(field, code)| (field.to_owned(), code)));
    let mut over = named("过期");
    over["effectiveFrom"] = json!("2020-01-01T00:00:00Z");
    over["effectiveTo"] = json!("2020-02-01T00:00:00Z");
    let made = server.operator().payload(UPSERT, json!({ "input": over })).await;
    let refused = server.operator().payload(PUBLISH, of(&made["policy"]["id"], 1)).await;
    assert_eq!(refused["userErrors"][0]["code"], "INVALID");
    for client in [server.manager(), server.consultant(), server.customer(), server.system()] {
        assert_eq!(client.code(UPSERT, json!({ "input": named("x") })).await, "FORBIDDEN");
        assert_eq!(client.code(PUBLISH, of(&made["policy"]["id"], 1)).await, "FORBIDDEN");
        let preview = json!({ "store": server.demo.store.to_string(), "role": "CONSULTANT" });
        assert_eq!(client.code(PREVIEW, preview).await, "FORBIDDEN");
    }
    assert_eq!(rows(&server).await.len(), before.len() + 1);
}

#[tokio::test]
async fn of_two_hundred_that_publish_at_once_one_does() {
    let server = Server::start().await;
    let made = server.operator().payload(UPSERT, json!({ "input": named("一次") })).await;
    let id = made["policy"]["id"].clone();
    let answers = join_all((0..200).map(|_| {
        let (client, input) = (server.operator(), of(&id, 1));
        async move { client.payload(PUBLISH, input).await }
    }))
    .await;
    let won = answers.iter().filter(|answer| answer["userErrors"] == json!([])).count();
    assert_eq!(won, 1);
    let names = join_all((0..50).map(|_| {
        let client = server.operator();
        async move { client.payload(UPSERT, json!({ "input": named("同名") })).await }
    }))
    .await;
    assert_eq!(names.iter().filter(|answer| answer["policy"].is_object()).count(), 1);
    assert!(names.iter().all(|answer| answer["policy"].is_object() || answer["userErrors"][0]["code"] == "DUPLICATE"));
}

#[tokio::test]
async fn what_is_published_counts_in_every_process_at_once() {
    let server = Server::start().await;
    let beside = Server::setup().beside(&server).start().await;
    visibility_policy::Entity::delete_many().exec(server.db().conn()).await.unwrap();
    assert_eq!(all(&beside.consultant(), SEEN, json!({})).await.len(), 0);
    let mut input = named("全国");
    input["scope"] = json!("NATIONWIDE");
    for field in ["radiusKm", "minAgeDays"] {
        input[field] = json!(null);
    }
    let made = server.operator().payload(UPSERT, json!({ "input": input })).await;
    assert_eq!(all(&beside.consultant(), SEEN, json!({})).await.len(), 0, "a draft shows nothing");
    let id = made["policy"]["id"].clone();
    let preview = json!({ "store": server.demo.store.to_string(), "role": "CONSULTANT", "policy": id });
    let promised = all(&beside.operator(), PREVIEW, preview).await;
    assert!(!promised.is_empty());
    server.operator().payload(PUBLISH, of(&id, 1)).await;
    assert_eq!(all(&beside.consultant(), SEEN, json!({})).await.len(), promised.len());
    beside.operator().payload(ARCHIVE, of(&id, 2)).await;
    assert_eq!(all(&server.consultant(), SEEN, json!({})).await.len(), 0);
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn some(&mut self, all: &[&str]) -> Codes {
        all.iter().filter(|_| self.below(4) == 0).copied().collect()
    }

    fn policy(&mut self, stores: &[StoreId]) -> visibility_policy::Model {
        let effect = if self.below(4) == 0 { PolicyEffect::Deny } else { PolicyEffect::Allow };
        let scope = self.of(VisibilityScope::ALL);
        let stock: Vec<&str> = StockType::ALL.iter().map(|stock| stock.code()).collect();
        visibility_policy::Model {
            id: VisibilityPolicyId::generate(),
            name: key(),
            radius_km: (scope == VisibilityScope::Radius).then(|| 20 + self.below(900) as i32),
            stock_types: self.some(&stock),
            roles: self.some(&["CONSULTANT", "STORE_MANAGER"]),
            store_ids: if self.below(3) == 0 {
                Codes::from_iter([self.of(stores).to_string()])
            } else {
                Codes::default()
            },
            min_age_days: (self.below(3) == 0).then(|| self.below(40) as i32),
            max_age_days: (self.below(3) == 0).then(|| 40 + self.below(60) as i32),
            vin_disclosure: self.of(VinDisclosure::ALL),
            age_disclosure: self.of(AgeDisclosure::ALL),
            holder_disclosure: self.of(HolderDisclosure::ALL),
            ..policy(scope, effect)
        }
    }
}

#[tokio::test]
async fn the_preview_shows_what_the_store_then_sees() {
    let server = Server::start().await;
    let db = server.db().conn();
    let stores: Vec<StoreId> =
        store::Entity::find().all(db).await.unwrap().into_iter().map(|row| row.id).take(4).collect();
    let mut numbers = Numbers(7);
    let mut shown = 0;
    for round in 0..25 {
        visibility_policy::Entity::delete_many().exec(db).await.unwrap();
        for _ in 0..numbers.below(4) {
            numbers.policy(&stores).into_active_model().reset_all().insert(db).await.unwrap();
        }
        let draft = visibility_policy::Model { status: PolicyStatus::Draft, ..numbers.policy(&stores) };
        draft.clone().into_active_model().reset_all().insert(db).await.unwrap();
        let (store, manager) = (numbers.of(&stores), round % 2 == 0);
        let role = if manager { "STORE_MANAGER" } else { "CONSULTANT" };
        let staff = server.staff(server.demo.consultant, store, manager);
        let ask = |policy: Option<String>| json!({ "store": store.to_string(), "role": role, "policy": policy });
        let now = all(&server.operator(), PREVIEW, ask(None)).await;
        let then = all(&server.operator(), PREVIEW, ask(Some(draft.id.to_string()))).await;
        assert_eq!(bare(&now), all(&staff, SEEN, json!({})).await, "round {round}, before");
        let published = server.operator().payload(PUBLISH, of(&json!(draft.id.to_string()), 1)).await;
        assert_eq!(published["userErrors"], json!([]));
        assert_eq!(bare(&then), all(&staff, SEEN, json!({})).await, "round {round}, after");
        let reasons: Vec<_> = then.iter().map(|car| car["visibilityReason"].as_array().unwrap()).collect();
        assert!(reasons.iter().all(|reasons| !reasons.is_empty()));
        let by_draft = reasons.iter().filter(|reasons| reasons.iter().any(|p| p["id"] == draft.id.to_string())).count();
        if draft.effect == PolicyEffect::Deny {
            assert_eq!(by_draft, 0);
        }
        shown += then.len();
    }
    assert!(shown > 100, "{shown}");
    assert!(visibility_policy::Entity::find().count(db).await.unwrap() > 0);
}

#[tokio::test]
async fn a_draft_is_looked_at_in_the_place_of_another() {
    let server = Server::start().await;
    let db = server.db().conn();
    visibility_policy::Entity::delete_many().exec(db).await.unwrap();
    let before = policy(VisibilityScope::Nationwide, PolicyEffect::Allow);
    before.clone().into_active_model().reset_all().insert(db).await.unwrap();
    let draft = visibility_policy::Model {
        name: key(),
        status: PolicyStatus::Draft,
        ..policy(VisibilityScope::OwnStore, PolicyEffect::Allow)
    };
    draft.clone().into_active_model().reset_all().insert(db).await.unwrap();
    let ask = |replaces: &visibility_policy::Model| {
        json!({ "store": server.demo.store.to_string(), "role": "CONSULTANT", "policy": draft.id.to_string(),
            "replaces": replaces.id.to_string() })
    };
    let beside =
        json!({ "store": server.demo.store.to_string(), "role": "CONSULTANT", "policy": draft.id.to_string() });
    let (both, alone) =
        (all(&server.operator(), PREVIEW, beside).await, all(&server.operator(), PREVIEW, ask(&before)).await);
    assert!(!alone.is_empty() && alone.len() < both.len());
    let mut some = ask(&before);
    some["where"] = json!({ "ageBand": ["GREEN"] });
    let young = all(&server.operator(), PREVIEW, some).await;
    assert_eq!(young, alone.iter().filter(|car| car["ageBand"] == "GREEN").cloned().collect::<Vec<_>>());
    assert_eq!(server.operator().code(PREVIEW, ask(&draft)).await, "BAD_USER_INPUT", "a draft does not count anyway");
    let publish = json!({ "input": { "idempotencyKey": key(), "policyId": draft.id.to_string(), "expectedVersion": 1,
        "replacesId": before.id.to_string() } });
    assert_eq!(server.operator().payload(PUBLISH, publish).await["userErrors"], json!([]));
    assert_eq!(bare(&alone), all(&server.consultant(), SEEN, json!({})).await);
}

/// As the store itself is shown them.
fn bare(cars: &[Value]) -> Vec<Value> {
    let one = |car: &Value| {
        json!({ "id": car["vehicleId"], "vin": car["vin"], "ageDays": car["ageDays"], "ageBand": car["ageBand"],
            "store": car["store"], "city": car["city"] })
    };
    cars.iter().map(one).collect()
}
