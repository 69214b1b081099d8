//! Who sees which leads, how much of them, and at what cost.

use milepost::access::Viewer;
use serde_json::{Value, json};

use super::world::{KNOWN, UNKNOWN, World, with_pii};

#[tokio::test]
async fn staff_see_their_own_stores_leads_and_customers_their_own() {
    let world = World::new().await;
    let own = world.lead(world.form("a", KNOWN)).await;
    let mut suzhou = world.form("b", UNKNOWN);
    suzhou["cityCode"] = json!("320500");
    let foreign = world.lead(suzhou).await;
    let ids = "{ leads(first: 10) { totalCount { value } nodes { id } } }";
    let seen = async |viewer: Viewer| world.ask(viewer, ids, json!({})).await["leads"]["nodes"].clone();
    assert_eq!(seen(world.direct.consultant()).await, json!([{ "id": own["id"] }]));
    assert_eq!(seen(world.far.manager()).await, json!([{ "id": foreign["id"] }]));
    assert_eq!(seen(world.agency.manager()).await, json!([]));
    assert_eq!(seen(world.operator()).await, json!([{ "id": foreign["id"] }, { "id": own["id"] }]));
    assert_eq!(world.refused(world.customer(), ids, json!({})).await, json!("FORBIDDEN"));
    assert_eq!(world.refused(Viewer::anonymous(), ids, json!({})).await, json!("UNAUTHENTICATED"));

    let node = "query($lead: ID!, $task: ID!) { lead(id: $lead) { id } nodes(ids: [$lead, $task]) { id } }";
    let variables = json!({ "lead": own["id"], "task": own["followUps"][0]["id"] });
    let both = json!([{ "id": own["id"] }, { "id": own["followUps"][0]["id"] }]);
    for (viewer, lead, nodes) in [
        (world.direct.consultant(), json!({ "id": own["id"] }), both.clone()),
        (world.operator(), json!({ "id": own["id"] }), both),
        (world.customer(), json!({ "id": own["id"] }), json!([{ "id": own["id"] }, null])),
        (world.far.consultant(), Value::Null, json!([null, null])),
        (Viewer::anonymous(), Value::Null, json!([null, null])),
    ] {
        let found = world.ask(viewer, node, variables.clone()).await;
        assert_eq!((&found["lead"], &found["nodes"]), (&lead, &nodes));
    }
}

#[tokio::test]
async fn personal_data_is_clear_for_the_person_and_with_the_scope_and_notes_are_for_staff() {
    let world = World::new().await;
    let lead = world.lead(world.form("a", KNOWN)).await;
    let document = "query($id: ID!) { lead(id: $id) { name phone score nextFollowUpAt followUps { id } allowedActions
        timeline { actor note } } }";
    let seen = async |viewer: Viewer| world.ask(viewer, document, json!({ "id": lead["id"] })).await["lead"].clone();
    let clear = (json!("张三"), json!("+8619900000001"));
    let staff = seen(world.direct.consultant()).await;
    assert_eq!((&staff["name"], &staff["phone"]), (&json!("张**"), &json!("199****0001")));
    assert_eq!(staff["timeline"][0], json!({ "actor": "system", "note": "SH01" }));
    assert_eq!(staff["allowedActions"], json!(["COMPLETE_FOLLOW_UP", "QUALIFY", "INVALIDATE", "LOSE"]));
    let manager = seen(world.direct.manager()).await;
    assert_eq!(manager["allowedActions"], json!(["ASSIGN", "COMPLETE_FOLLOW_UP", "QUALIFY", "INVALIDATE", "LOSE"]));
    let holder = seen(with_pii(world.direct.consultant())).await;
    assert_eq!((holder["name"].clone(), holder["phone"].clone()), clear);
    let person = seen(world.customer()).await;
    assert_eq!((person["name"].clone(), person["phone"].clone()), clear);
    assert_eq!(
        (&person["score"], &person["nextFollowUpAt"], &person["followUps"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!(person["timeline"][0], json!({ "actor": null, "note": null }));
    assert_eq!(person["allowedActions"], json!([]));
}

#[tokio::test]
async fn filters_narrow_and_wrong_ones_are_named() {
    let world = World::new().await;
    world.lead(world.form("a", KNOWN)).await;
    let mut other = world.form("b", UNKNOWN);
    other["channel"] = json!("APP");
    other["intentLevel"] = json!("H");
    other["modelId"] = json!(world.other_model.to_string());
    world.lead(other).await;
    let count = async |filter: Value| {
        let document = "query($where: LeadWhereInput) { leads(where: $where, first: 5) { totalCount { value } } }";
        let found = world.ask(world.operator(), document, json!({ "where": filter })).await;
        found["leads"]["totalCount"]["value"].as_i64().unwrap()
    };
    assert_eq!(count(json!({})).await, 2);
    assert_eq!(count(json!({ "stage": ["ASSIGNED"], "cityCode": "310115" })).await, 2);
    assert_eq!(count(json!({ "channel": "APP" })).await, 1);
    assert_eq!(count(json!({ "OR": [{ "intentLevel": ["H"] }, { "modelId": world.model.to_string() }] })).await, 2);
    assert_eq!(count(json!({ "AND": [{ "intentLevel": ["H"] }, { "modelId": world.model.to_string() }] })).await, 0);
    assert_eq!(count(json!({ "storeId": world.far.id.to_string() })).await, 0);
    assert_eq!(count(json!({ "followUpOverdue": true })).await, 0);
    assert_eq!(count(json!({ "followUpOverdue": false })).await, 2);
    let wrong = "{ leads(where: { ownerId: \"sto_x\" }, first: 5) { nodes { id } } }";
    assert_eq!(world.refused(world.operator(), wrong, json!({})).await, json!("BAD_USER_INPUT"));
}

#[tokio::test]
async fn follow_ups_come_by_due_time_for_the_person_or_the_store() {
    let world = World::new().await;
    let first = world.lead(world.form("a", KNOWN)).await;
    let second = world.lead(world.form("b", UNKNOWN)).await;
    let assign = "mutation($input: LeadAssignInput!) { leadAssign(input: $input) { userErrors { code } } }";
    let input =
        json!({ "idempotencyKey": "k", "leadId": second["id"], "staffId": world.direct.consultant.to_string() });
    world.ask(world.direct.manager(), assign, json!({ "input": input })).await;
    let task = |lead: &Value| json!({ "id": lead["followUps"][0]["id"], "overdue": false });
    let list = async |viewer: Viewer, store: bool| {
        let document = "query($store: Boolean!) { myFollowUps(first: 5, store: $store) { nodes { id overdue } } }";
        world.ask(viewer, document, json!({ "store": store })).await["myFollowUps"]["nodes"].clone()
    };
    assert_eq!(list(world.direct.consultant(), false).await, json!([task(&second)]));
    assert_eq!(list(world.direct.manager(), false).await, json!([]));
    assert_eq!(list(world.direct.manager(), true).await, json!([task(&first), task(&second)]));
    assert_eq!(list(world.far.manager(), true).await, json!([]));
    let store = "{ myFollowUps(first: 5, store: true) { nodes { id } } }";
    assert_eq!(world.refused(world.operator(), store, json!({})).await, json!("FORBIDDEN"));
    assert_eq!(world.refused(world.customer(), store, json!({})).await, json!("FORBIDDEN"));
}

#[tokio::test]
async fn a_page_of_leads_costs_the_same_for_five_rows_and_for_fifty() {
    let world = World::new().await;
    for n in 0..50 {
        let mut form = world.form(&format!("key-{n}"), &format!("199000001{n:02}"));
        form["trimId"] = json!(world.trim.to_string());
        world.submit(Viewer::anonymous(), form).await;
    }
    let document = "query($first: Int!) { leads(first: $first) { totalCount { value } nodes {
        number name phone stage score customer { number } model { id } trim { id } city { name } owner { name }
        store { code services city { name } } touchpoints { channel } timeline { kind } testDrives { id }
        followUps { dueAt assignee { number } store { code } lead { number } } order { id } allowedActions } } }";
    let cost = async |first: u64| {
        let before = world.app.db.statements();
        let found = world.ask(world.direct.manager(), document, json!({ "first": first })).await;
        assert_eq!(found["leads"]["nodes"].as_array().unwrap().len() as u64, first);
        world.app.db.statements() - before
    };
    let (five, fifty) = (cost(5).await, cost(50).await);
    assert_eq!(five, fifty);
    // The page, the count, and one for each relation that has rows.
    assert!(five <= 13, "{five}");
}

#[tokio::test]
async fn a_lead_shows_its_newest_hundred_touchpoints() {
    let world = World::new().await;
    for n in 0..103 {
        world.submit(Viewer::anonymous(), world.form(&format!("key-{n}"), UNKNOWN)).await;
    }
    let document = "{ leads(first: 1) { nodes { touchpointCount touchpoints { occurredAt } timeline { kind } } } }";
    let found = world.ask(world.operator(), document, json!({})).await["leads"]["nodes"][0].clone();
    assert_eq!(found["touchpointCount"], json!(103));
    let times: Vec<_> = found["touchpoints"].as_array().unwrap().iter().map(|t| t["occurredAt"].as_str()).collect();
    assert!(times.len() == 100 && times.is_sorted_by(|a, b| a >= b));
    let kinds = found["timeline"].as_array().unwrap();
    assert!(kinds.len() == 100 && kinds.iter().all(|entry| entry["kind"] == json!("TOUCHPOINT_ADDED")));
}
