//! What staff do with leads: assign, qualify, close, reopen, follow up.

use chrono::TimeDelta;
use entity::lead::{event, follow_up_task, lead};
use entity::{FollowUpStatus, LeadStage};
use milepost::access::Viewer;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::world::{UNKNOWN, World};

const ERRORS: &str = "userErrors { __typename code field ... on ValidationError { constraint }
    ... on InvalidTransition { from action allowed } ... on VersionConflict { currentVersion currentId } }";

impl World {
    async fn assign(&self, viewer: Viewer, input: Value) -> Value {
        let document = format!(
            "mutation($input: LeadAssignInput!) {{ leadAssign(input: $input) {{
                lead {{ id version stage store {{ code }} owner {{ number }} followUps {{ status assignee {{ number }} }} }}
                {ERRORS} }} }}"
        );
        self.ask(viewer, &document, json!({ "input": input })).await["leadAssign"].clone()
    }

    async fn qualify(&self, viewer: Viewer, key: &str, id: &Value) -> Value {
        let document = format!(
            "mutation($input: LeadQualifyInput!) {{ leadQualify(input: $input) {{
                lead {{ version stage intentLevel score allowedActions timeline {{ kind note }} }} {ERRORS} }} }}"
        );
        let input = json!({ "idempotencyKey": key, "leadId": id, "intentLevel": "H", "note": "will buy" });
        self.ask(viewer, &document, json!({ "input": input })).await["leadQualify"].clone()
    }

    async fn complete(&self, viewer: Viewer, input: Value) -> Value {
        let document = format!(
            "mutation($input: FollowUpTaskCompleteInput!) {{ followUpTaskComplete(input: $input) {{
                task {{ status outcome assignee {{ number }} version }}
                lead {{ stage lastContactAt nextFollowUpAt followUps {{ id kind status dueAt }} }} {ERRORS} }} }}"
        );
        self.ask(viewer, &document, json!({ "input": input })).await["followUpTaskComplete"].clone()
    }
}

#[tokio::test]
async fn a_manager_gives_leads_to_the_stores_own_people_only() {
    let world = World::new().await;
    let lead = world.lead(world.form("a", UNKNOWN)).await;
    let to =
        |staff: &dyn ToString| json!({ "idempotencyKey": "k", "leadId": lead["id"], "staffId": staff.to_string() });

    let given = world.assign(world.direct.manager(), to(&world.direct.consultant)).await;
    assert_eq!(given["userErrors"], json!([]));
    assert_eq!(given["lead"]["owner"]["number"], json!("SH01-C"));
    assert_eq!(given["lead"]["version"], json!(3));
    assert_eq!(given["lead"]["followUps"], json!([{ "status": "OPEN", "assignee": { "number": "SH01-C" } }]));

    let refused = world.assign(world.direct.manager(), to(&world.agency.consultant)).await;
    assert_eq!(refused["userErrors"][0]["code"], json!("IDEMPOTENCY_KEY_REUSED"));
    let mut foreign = to(&world.agency.consultant);
    foreign["idempotencyKey"] = json!("k2");
    let refused = world.assign(world.direct.manager(), foreign.clone()).await;
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "staffId"]));
    assert_eq!(refused["userErrors"][0]["code"], json!("NOT_FOUND"));
    foreign["storeId"] = json!(world.far.id.to_string());
    let refused = world.assign(world.direct.manager(), foreign.clone()).await;
    assert_eq!(refused["userErrors"][0]["constraint"], json!("lead-assign-own-store"));
    // Another store's manager does not see the lead at all.
    let refused = world.assign(world.far.manager(), to(&world.far.consultant)).await;
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "leadId"]));
    assert_eq!(refused["userErrors"][0]["code"], json!("NOT_FOUND"));

    let document = "mutation($input: LeadAssignInput!) { leadAssign(input: $input) { lead { id } } }";
    for (viewer, code) in [
        (world.direct.consultant(), "FORBIDDEN"),
        (world.customer(), "FORBIDDEN"),
        (Viewer::anonymous(), "UNAUTHENTICATED"),
    ] {
        let input = json!({ "input": to(&world.direct.consultant) });
        assert_eq!(world.refused(viewer, document, input).await, json!(code));
    }
    let row = lead::Entity::find().one(world.app.db.conn()).await.unwrap().unwrap();
    assert_eq!((row.version, row.owner_id), (3, Some(world.direct.consultant)));
}

#[tokio::test]
async fn an_operator_moves_a_lead_to_a_dealer_only_with_the_persons_consent() {
    let world = World::new().await;
    let lead = world.lead(world.form("a", UNKNOWN)).await;
    let to = |key: &str, store: &dyn ToString| {
        json!({ "idempotencyKey": key, "leadId": lead["id"],
        "storeId": store.to_string() })
    };
    let refused = world.assign(world.operator(), to("1", &world.agency.id)).await;
    assert_eq!(refused["userErrors"][0]["code"], json!("CONSENT_REQUIRED"));
    let moved = world.assign(world.operator(), to("2", &world.far.id)).await;
    assert_eq!(moved["lead"]["store"]["code"], json!("SZ01"));

    // The old store's view is gone, the open task went along.
    let query = "query($id: ID!) { lead(id: $id) { followUps { store { code } } } }";
    assert_eq!(world.ask(world.direct.manager(), query, json!({ "id": lead["id"] })).await["lead"], Value::Null);
    let there = world.ask(world.far.consultant(), query, json!({ "id": lead["id"] })).await;
    assert_eq!(there["lead"]["followUps"], json!([{ "store": { "code": "SZ01" } }]));

    let mut agreed = world.form("b", UNKNOWN);
    agreed["consents"] = json!([{ "purpose": "SHARE_WITH_DEALER", "documentVersion": "2026-01" }]);
    world.lead(agreed).await;
    let moved = world.assign(world.operator(), to("3", &world.agency.id)).await;
    assert_eq!(moved["userErrors"], json!([]));
    assert_eq!(moved["lead"]["store"]["code"], json!("SH02"));

    let mut stale = to("4", &world.far.id);
    stale["expectedVersion"] = json!(1);
    let refused = world.assign(world.operator(), stale).await;
    let error = &refused["userErrors"][0];
    assert_eq!((&error["code"], &error["currentId"]), (&json!("VERSION_CONFLICT"), &lead["id"]));
    assert_eq!(error["currentVersion"], moved["lead"]["version"]);
}

#[tokio::test]
async fn a_step_that_the_stage_does_not_have_is_refused_with_what_it_has() {
    let world = World::new().await;
    let lead = world.lead(world.form("a", UNKNOWN)).await;
    let done = world.qualify(world.direct.consultant(), "1", &lead["id"]).await;
    let row = &done["lead"];
    assert_eq!((&row["stage"], &row["intentLevel"]), (&json!("QUALIFIED"), &json!("H")));
    // Intent H 40, mini-program 10, one touchpoint 3, heard of just now 10.
    assert_eq!(row["score"], json!(63));
    assert_eq!(row["allowedActions"], json!(["LOSE", "COMPLETE_FOLLOW_UP"]));
    assert_eq!(row["timeline"][0], json!({ "kind": "QUALIFIED", "note": "will buy" }));

    let refused = world.qualify(world.direct.consultant(), "2", &lead["id"]).await;
    let expected = json!({ "__typename": "InvalidTransition", "code": "INVALID_TRANSITION", "field": null,
        "from": "QUALIFIED", "action": "QUALIFY", "allowed": ["LOSE", "COMPLETE_FOLLOW_UP"] });
    assert_eq!(refused, json!({ "lead": null, "userErrors": [expected] }));

    let close = async |outcome: &str, reason: &str, note: Value| {
        let input = json!({ "idempotencyKey": "c", "leadId": lead["id"], "outcome": outcome, "reason": reason,
            "note": note });
        let document =
            format!("mutation($input: LeadCloseInput!) {{ leadClose(input: $input) {{ lead {{ stage }} {ERRORS} }} }}");
        world.ask(world.direct.consultant(), &document, json!({ "input": input })).await["leadClose"].clone()
    };
    let refused = close("INVALID", "NOT_GENUINE", Value::Null).await;
    assert_eq!(refused["userErrors"][0]["action"], json!("INVALIDATE"));
    let refused = close("LOST", "OTHER", Value::Null).await;
    assert_eq!(refused["userErrors"][0]["constraint"], json!("lead-note-needed"));
    assert_eq!(close("LOST", "OTHER", json!("moved away")).await["lead"]["stage"], json!("LOST"));
    let refused = close("LOST", "PRICE", Value::Null).await;
    assert_eq!(refused["userErrors"][0]["code"], json!("IDEMPOTENCY_KEY_REUSED"));

    let reopen = format!(
        "mutation($id: ID!) {{ leadReopen(input: {{ idempotencyKey: \"r\", leadId: $id, note: \"called back\" }}) {{
            lead {{ stage lostReason followUps {{ kind status }} }} {ERRORS} }} }}"
    );
    let reopened = world.ask(world.direct.consultant(), &reopen, json!({ "id": lead["id"] })).await;
    let tasks = json!([{ "kind": "CALL", "status": "OPEN" }, { "kind": "FIRST_CONTACT", "status": "CANCELLED" }]);
    let expected = json!({ "stage": "CONTACTED", "lostReason": null, "followUps": tasks });
    assert_eq!(reopened["leadReopen"]["lead"], expected);
    // Submitted, assigned, qualified, closed, reopened: nothing of the refusals.
    assert_eq!(world.rows(event::Entity).await, 5);
}

#[tokio::test]
async fn a_follow_up_done_marks_the_contact_and_sets_the_next() {
    let world = World::new().await;
    let lead = world.lead(world.form("a", UNKNOWN)).await;
    let task = lead["followUps"][0]["id"].clone();
    let due = (world.app.clock.now() + TimeDelta::days(2)).to_rfc3339();
    let input = json!({ "idempotencyKey": "1", "taskId": task, "outcome": "wants a drive",
        "next": { "kind": "TEST_DRIVE_INVITATION", "dueAt": due } });

    let mut past = input.clone();
    past["next"]["dueAt"] = json!("2020-01-01T00:00:00Z");
    past["outcome"] = json!(" ");
    let refused = world.complete(world.direct.consultant(), past).await;
    let fields: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, [json!(["input", "outcome"]), json!(["input", "next", "dueAt"])]);
    let refused = world.complete(world.far.consultant(), input.clone()).await;
    assert_eq!(refused["userErrors"][0]["code"], json!("NOT_FOUND"));

    let done = world.complete(world.direct.consultant(), input.clone()).await;
    assert_eq!(done["userErrors"], json!([]));
    let expected =
        json!({ "status": "DONE", "outcome": "wants a drive", "assignee": { "number": "SH01-C" }, "version": 2 });
    assert_eq!(done["task"], expected);
    assert_eq!(done["lead"]["stage"], json!("CONTACTED"));
    assert!(done["lead"]["lastContactAt"].is_string());
    let tasks = done["lead"]["followUps"].as_array().unwrap();
    assert_eq!((&tasks[0]["kind"], &tasks[0]["status"]), (&json!("TEST_DRIVE_INVITATION"), &json!("OPEN")));
    assert_eq!((tasks.len(), &done["lead"]["nextFollowUpAt"]), (2, &tasks[0]["dueAt"]));

    // The same key tells the same; another one meets a task that is done.
    assert_eq!(world.complete(world.direct.consultant(), input.clone()).await, done);
    let again = json!({ "idempotencyKey": "2", "taskId": task, "outcome": "again" });
    let refused = world.complete(world.direct.consultant(), again).await;
    assert_eq!(refused["userErrors"][0]["from"], json!("DONE"));
    let open = follow_up_task::Entity::find().filter(follow_up_task::Column::Status.eq(FollowUpStatus::Open));
    assert_eq!(open.all(world.app.db.conn()).await.unwrap().len(), 1);
    let row = lead::Entity::find().one(world.app.db.conn()).await.unwrap().unwrap();
    assert_eq!((row.stage, row.version), (LeadStage::Contacted, 3));
}

#[tokio::test]
async fn a_second_mutation_of_one_document_sees_what_the_first_did() {
    let world = World::new().await;
    let lead = world.lead(world.form("a", UNKNOWN)).await;
    let document = "mutation($id: ID!, $task: ID!) {
        a: followUpTaskComplete(input: { idempotencyKey: \"a\", taskId: $task, outcome: \"spoke\" }) { lead { version stage } }
        b: leadQualify(input: { idempotencyKey: \"b\", leadId: $id, intentLevel: A, note: \"yes\" }) { lead { version stage } }
    }";
    let variables = json!({ "id": lead["id"], "task": lead["followUps"][0]["id"] });
    let both = world.ask(world.direct.consultant(), document, variables).await;
    assert_eq!(both["a"]["lead"], json!({ "version": 3, "stage": "CONTACTED" }));
    assert_eq!(both["b"]["lead"], json!({ "version": 4, "stage": "QUALIFIED" }));
}
