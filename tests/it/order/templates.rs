//! Templates of milestones: what operators write, and what orders have by it.

use entity::order::{event, milestone, milestone_template, order};
use entity::{MilestoneCode as Code, MilestoneState as State, OrderId, PolicyStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::{ordered, reach};
use super::ground::{ALLOCATE, Ground};
use super::{key, order_row, record};
use crate::harness::{Client, Server};
use crate::ingest::{MILESTONE, event as told, result};

const UPSERT: &str = "mutation($input: MilestoneTemplateUpsertInput!) { milestoneTemplateUpsert(input: $input) {
    template { id name status version city { code } balanceBeforeShipment
        nodes { code hidden slaHours responsibleParty after } }
    userErrors { code field message ... on InvalidTransition { from action } ... on VersionConflict { currentVersion } } } }";

const PUBLISH: &str = "mutation($input: MilestoneTemplatePublishInput!) { milestoneTemplatePublish(input: $input) {
    template { id status version } userErrors { code field ... on InvalidTransition { from action } } } }";

const ARCHIVE: &str = "mutation($input: MilestoneTemplateArchiveInput!) { milestoneTemplateArchive(input: $input) {
    template { id status version } userErrors { code field ... on InvalidTransition { from action } } } }";

const LOOK: &str =
    "query($id: ID!) { order(id: $id) { milestones { id code state slaHours dueAt slaBreached responsibleParty hidden }
    timeline { kind milestone } currentMilestone } }";

/// All nodes but these, each within a day.
fn nodes(but: &[Code]) -> Vec<Value> {
    let all = Code::ALL.iter().filter(|code| !but.contains(code));
    all.map(|code| json!({ "code": code.to_string(), "slaHours": 24 })).collect()
}

async fn upsert(client: &Client, name: &str, nodes: &[Value], more: Value) -> Value {
    let mut input =
        json!({ "idempotencyKey": key(), "name": name, "fulfillmentMode": "BUILD_TO_ORDER", "nodes": nodes });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.payload(UPSERT, json!({ "input": input })).await
}

async fn step(client: &Client, document: &str, template: &Value) -> Value {
    let input =
        json!({ "idempotencyKey": key(), "templateId": template["id"], "expectedVersion": template["version"] });
    client.payload(document, json!({ "input": input })).await
}

/// Writes a template and puts it in force.
async fn in_force(server: &Server, nodes: &[Value], more: Value) -> Value {
    let operator = server.operator();
    let written = upsert(&operator, "Of the test", nodes, more).await;
    assert_eq!(written["userErrors"], json!([]));
    let published = step(&operator, PUBLISH, &written["template"]).await;
    assert_eq!(published["userErrors"], json!([]));
    published["template"].clone()
}

async fn rows(server: &Server, id: OrderId) -> Vec<milestone::Model> {
    let own = milestone::Entity::find().filter(milestone::Column::OrderId.eq(id));
    own.order_by_asc(milestone::Column::Position).all(server.db().conn()).await.unwrap()
}

async fn templates(server: &Server) -> Vec<milestone_template::Model> {
    let all = milestone_template::Entity::find().order_by_asc(milestone_template::Column::Name);
    all.all(server.db().conn()).await.unwrap()
}

#[tokio::test]
async fn an_order_is_made_by_the_template_in_force_and_keeps_it() {
    let server = Server::start().await;
    let before = rows(&server, server.demo.order).await;
    let mut some = nodes(&[Code::PartsPreparing, Code::Insured, Code::PlateReady]);
    for node in &mut some {
        match node["code"].as_str().unwrap() {
            "SCHEDULED" => node["hidden"] = json!(true),
            "CONTRACT_SIGNED" => node["responsibleParty"] = json!("STORE"),
            _ => {}
        }
    }
    let template = in_force(&server, &some, json!({})).await;
    let of_kind = templates(&server).await.into_iter().filter(|row| row.status == PolicyStatus::Published);
    let of_kind: Vec<_> = of_kind.filter(|row| row.fulfillment_mode == entity::FulfillmentMode::BuildToOrder).collect();
    assert_eq!(of_kind.len(), 1, "it took the place of the one before");
    assert_eq!(of_kind[0].id.to_string(), template["id"].as_str().unwrap());

    let id = ordered(&server, "PLACED").await;
    let row = order_row(&server, id).await;
    assert_eq!((row.template_id, row.balance_first), (Some(of_kind[0].id), None));
    reach(&server, id, &[Code::ConfigLocked, Code::Scheduled]).await;
    let own = rows(&server, id).await;
    assert_eq!(own.len(), Code::ALL.len() - 3);
    assert!(own.iter().all(|row| row.sla_hours == Some(24)));
    let of = |code| own.iter().find(|row| row.code == code).unwrap();
    let locked = of(Code::ConfigLocked).actual_at.unwrap();
    assert_eq!(of(Code::ContractSigned).open_since, Some(locked));
    assert_eq!(of(Code::ContractSigned).due_at, Some(locked + chrono::Duration::hours(24)));
    assert_eq!((of(Code::Ready).open_since, of(Code::Ready).due_at), (None, None));
    let row = order_row(&server, id).await;
    let stands = (row.current_milestone, row.current_party, row.current_due_at);
    let due = of(Code::ContractSigned).due_at;
    assert_eq!(stands, (Some(Code::ContractSigned), Some(entity::Party::Store), due));

    // Customers are not shown what is hidden: not in the list, not in the history, not by its id.
    let asked = json!({ "id": id.to_string() });
    let shown = server.customer().data(LOOK, asked.clone()).await["order"].clone();
    let staff = server.consultant().data(LOOK, asked).await["order"].clone();
    let codes = |order: &Value| order["milestones"].as_array().unwrap().len();
    assert_eq!((codes(&shown), codes(&staff)), (own.len() - 1, own.len()));
    let of_history = |order: &Value| {
        order["timeline"].as_array().unwrap().iter().filter(|entry| entry["milestone"] == "SCHEDULED").count()
    };
    assert_eq!((of_history(&shown), of_history(&staff)), (0, 1));
    assert_eq!(shown["currentMilestone"], json!(null));
    let first = &shown["milestones"][0];
    assert_eq!([&first["slaHours"], &first["dueAt"], &first["slaBreached"]], [&json!(null); 3]);
    let node = "query($id: ID!) { node(id: $id) { id } }";
    let hidden = json!({ "id": of(Code::Scheduled).id.to_string() });
    assert_eq!(server.customer().data(node, hidden.clone()).await["node"], json!(null));
    assert_eq!(server.consultant().data(node, hidden.clone()).await["node"]["id"], hidden["id"]);
    // Nor can they find it out by a filter.
    let filter = "query($where: OrderWhereInput!) { orders(first: 5, where: $where) { nodes { id } } }";
    let by = |code: &str, state: entity::MilestoneState| {
        let milestone = json!({ "code": code, "state": state.to_string() });
        json!({ "where": { "ids": [id.to_string()], "milestone": milestone } })
    };
    let of_hidden = by("SCHEDULED", of(Code::Scheduled).state);
    let found = |data: Value| data["orders"]["nodes"].as_array().unwrap().len();
    assert_eq!(found(server.customer().data(filter, of_hidden.clone()).await), 0);
    assert_eq!(found(server.consultant().data(filter, of_hidden).await), 1);
    let of_shown = by("CONFIG_LOCKED", of(Code::ConfigLocked).state);
    assert_eq!(found(server.customer().data(filter, of_shown).await), 1);
    assert_eq!(rows(&server, server.demo.order).await, before, "orders that are there keep theirs");
}

#[tokio::test]
async fn what_is_left_out_is_not_recorded_and_holds_up_nothing() {
    let server = Server::start().await;
    in_force(&server, &nodes(&[Code::Shipped, Code::InTransit, Code::PlateReady]), json!({})).await;
    let id = ordered(&server, "PLACED").await;
    reach(&server, id, &[Code::ConfigLocked, Code::Scheduled, Code::OffLine, Code::QualityReleased, Code::Allocated])
        .await;
    let before = order_row(&server, id).await;
    let left_out = record(&server.consultant(), id, before.version, Code::Shipped, State::Done).await;
    assert_eq!(left_out["userErrors"][0]["code"], "NOT_ELIGIBLE");
    assert_eq!(left_out["userErrors"][0]["field"], json!(["input", "code"]));
    assert_eq!(order_row(&server, id).await, before);
    let data = json!({ "orderNumber": before.number, "code": "SHIPPED", "state": "DONE" });
    let taken = result(&server.system(), told("left-out", MILESTONE, None, data)).await;
    assert_eq!(taken["outcome"], "applied", "{taken}");
    assert_eq!(order_row(&server, id).await, before, "a system's word of it changes nothing");
    // What came after it comes after what came before it.
    reach(&server, id, &[Code::Arrived]).await;
    let after = order_row(&server, id).await;
    let back = record(&server.consultant(), id, after.version, Code::QualityReleased, State::RolledBack).await;
    assert_eq!(back["userErrors"][0]["code"], "INVALID_TRANSITION");
    assert!(back["userErrors"][0]["message"].as_str().unwrap().contains("Arrived"), "{back}");
}

#[tokio::test]
async fn where_the_template_wants_the_balance_first_nothing_is_shipped_before() {
    let server = Server::start().await;
    in_force(&server, &nodes(&[]), json!({ "balanceBeforeShipment": true })).await;
    let id = ordered(&server, "PLACED").await;
    reach(&server, id, &[Code::ConfigLocked, Code::Scheduled, Code::OffLine, Code::QualityReleased, Code::Allocated])
        .await;
    let before = order_row(&server, id).await;
    assert_eq!(before.balance_first, Some(true));
    let refused = record(&server.consultant(), id, before.version, Code::Shipped, State::Done).await;
    let error = &refused["userErrors"][0];
    assert_eq!(error["code"], "INVALID_TRANSITION");
    assert!(error["message"].as_str().unwrap().contains("Balance paid"), "{error}");
    let data = json!({ "orderNumber": before.number, "code": "SHIPPED", "state": "DONE" });
    let waits = result(&server.system(), told("shipped", MILESTONE, None, data)).await;
    assert_eq!((&waits["outcome"], &waits["code"]), (&json!("held"), &json!("WAITS_FOR_MILESTONE")), "{waits}");
    assert_eq!(order_row(&server, id).await, before);
    let asked = json!({ "id": id.to_string() });
    let stops = "query($id: ID!) { order(id: $id) { blockingReasons { code milestone party title } } }";
    let found = server.customer().data(stops, asked).await["order"]["blockingReasons"].clone();
    assert_eq!(found[0]["code"], "CONTRACT_NOT_SIGNED", "{found}");
}

#[tokio::test]
async fn a_car_that_stands_there_has_not_arrived_where_the_balance_comes_first() {
    let ground = Ground::of(1, entity::FulfillmentMode::BuildToStock).await;
    let id = ground.orders[0].id;
    let first = order::ActiveModel { balance_first: sea_orm::ActiveValue::Set(Some(true)), ..Default::default() };
    let own = order::Column::Id.eq(id);
    order::Entity::update_many().set(first).filter(own).exec(ground.server.db().conn()).await.unwrap();
    let car = ground.here().await;
    let input = json!({ "idempotencyKey": key(), "orderId": id.to_string(), "vehicleId": car.id.to_string(),
        "expectedVersion": ground.order(0).await.version });
    let given = ground.server.consultant().payload(ALLOCATE, json!({ "input": input })).await;
    assert_eq!(given["userErrors"], json!([]));
    assert_eq!(super::state_of(&given["order"], "ALLOCATED"), "DONE");
    assert_eq!(super::state_of(&given["order"], "ARRIVED"), "PENDING");
    let told = event::Entity::find().filter(event::Column::OrderId.eq(id));
    let told = told.filter(event::Column::Milestone.eq(Code::Arrived)).one(ground.server.db().conn()).await.unwrap();
    assert_eq!(told, None);
}

#[tokio::test]
async fn a_template_that_no_order_could_follow_is_not_written() {
    let server = Server::start().await;
    let operator = server.operator();
    let before = templates(&server).await;
    let mut wrong = nodes(&[Code::HandedOver]);
    wrong.push(json!({ "code": "READY", "slaHours": 0, "hidden": true }));
    let last = wrong.len() - 1;
    let refused = upsert(&operator, " ", &wrong, json!({ "cityCode": "999999" })).await;
    let errors: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    let place = last.to_string();
    let wanted = [
        json!(["input", "name"]),
        json!(["input", "cityCode"]),
        json!(["input", "nodes", place, "code"]),
        json!(["input", "nodes", place, "slaHours"]),
        json!(["input", "nodes", place, "hidden"]),
        json!(["input", "nodes"]),
    ];
    assert_eq!(errors, wanted, "{refused}");
    let taken = upsert(&operator, &before[0].name, &nodes(&[]), json!({})).await;
    assert_eq!(taken["userErrors"][0]["code"], "DUPLICATE");
    for client in [server.manager(), server.consultant(), server.customer()] {
        let input = json!({ "idempotencyKey": key(), "name": "Mine", "fulfillmentMode": "BUILD_TO_ORDER", "nodes": nodes(&[]) });
        assert_eq!(client.code(UPSERT, json!({ "input": input })).await, "FORBIDDEN");
    }
    assert_eq!(templates(&server).await, before, "nothing has changed");
}

#[tokio::test]
async fn what_is_in_force_is_not_changed_and_what_is_archived_stays_so() {
    let server = Server::start().await;
    let operator = server.operator();
    let template = in_force(&server, &nodes(&[]), json!({ "cityCode": "310100" })).await;
    let others = templates(&server).await.into_iter().filter(|row| row.status == PolicyStatus::Published).count();
    assert_eq!(others, 4, "that of everywhere stays beside that of a city");
    let more = json!({ "templateId": template["id"], "expectedVersion": template["version"] });
    let changed = upsert(&operator, "Of the test", &nodes(&[Code::Insured]), more).await;
    let error = &changed["userErrors"][0];
    assert_eq!((&error["code"], &error["from"]), (&json!("INVALID_TRANSITION"), &json!("PUBLISHED")));
    let archived = step(&operator, ARCHIVE, &template).await["template"].clone();
    assert_eq!(archived["status"], "ARCHIVED");
    let again = step(&operator, PUBLISH, &archived).await;
    assert_eq!(again["userErrors"][0]["from"], "ARCHIVED");
    let stale = step(&operator, ARCHIVE, &template).await;
    assert_eq!(stale["userErrors"][0]["code"], "VERSION_CONFLICT");
    let listed = "{ milestoneTemplates(first: 10, status: PUBLISHED) { nodes { name status city { code } } } }";
    let listed = operator.data(listed, json!({})).await["milestoneTemplates"]["nodes"].clone();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["Built to order", "From elsewhere", "From stock"]);
    assert_eq!(
        server.manager().code("{ milestoneTemplates(first: 1) { nodes { id } } }", json!({})).await,
        "FORBIDDEN"
    );
}

#[tokio::test]
async fn of_many_put_in_force_at_once_one_is() {
    let server = Server::start().await;
    let operator = server.operator();
    let mut drafts = Vec::new();
    for n in 0..20 {
        let more = json!({ "cityCode": "440100" });
        drafts.push(upsert(&operator, &format!("Guangzhou {n}"), &nodes(&[]), more).await["template"].clone());
    }
    let all = futures_util::future::join_all(drafts.iter().map(|draft| step(&operator, PUBLISH, draft))).await;
    assert!(all.iter().all(|one| one["userErrors"] == json!([])), "{all:?}");
    let here = templates(&server).await.into_iter().filter(|row| row.city_code.as_deref() == Some("440100"));
    let states: Vec<_> = here.map(|row| row.status).collect();
    assert_eq!(states.iter().filter(|status| **status == PolicyStatus::Published).count(), 1);
    assert_eq!(states.iter().filter(|status| **status == PolicyStatus::Archived).count(), 19);
}
