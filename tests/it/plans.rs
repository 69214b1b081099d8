//! The plans of PostgreSQL: each list is served by an index that gives its order, so that a page costs the same on the
//! first and on the last of a million rows.

use entity::PrefixedId;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::{Value, json};

use crate::harness::{Client, Server};
use crate::ingest::{event, results, words};
use crate::webhook::{deliveries, happen, register, until};

/// Sends a document and answers the plan of its first statement that has a limit: the page.
async fn plan(server: &Server, client: &Client, document: &str, variables: Value) -> (String, Value) {
    server.db().take_statements();
    client.data(document, variables).await;
    let statements = server.db().take_statements();
    let page = statements
        .into_iter()
        .find(|statement| statement.sql.contains("LIMIT") && statement.sql.contains("ORDER BY"))
        .expect("the list is a statement with an order and a limit");
    let explain = Statement { sql: format!("EXPLAIN (FORMAT JSON) {}", page.sql), ..page.clone() };
    let transaction = server.db().conn().begin().await.unwrap();
    // The demo is small: without these the planner rightly reads the whole table and sorts it.
    for setting in ["enable_seqscan", "enable_sort", "enable_bitmapscan"] {
        transaction.execute_unprepared(&format!("SET LOCAL {setting} = off")).await.unwrap();
    }
    let row = transaction.query_one_raw(explain).await.unwrap().unwrap();
    (page.sql, row.try_get_by_index::<Value>(0).unwrap())
}

/// Every node of a plan, from the top.
fn nodes<'a>(plan: &'a Value, found: &mut Vec<&'a Value>) {
    if plan.get("Node Type").is_some() {
        found.push(plan);
    }
    match plan {
        Value::Array(items) => items.iter().for_each(|item| nodes(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| nodes(value, found)),
        _ => {}
    }
}

/// Lists, each with who asks and the index wanted. Their second page is looked at, where an offset would show.
const LISTS: &[(&str, &str, &str)] = &[
    ("customers(first: 2, after: $after)", "operator", "idx_customer_created_at_id"),
    ("leads(first: 2, after: $after)", "consultant", "idx_lead_store_id_created_at_id"),
    ("leads(first: 2, after: $after)", "operator", "idx_lead_created_at_id"),
    ("myFollowUps(first: 2, after: $after)", "consultant", "idx_follow_up_task_assignee_id_status_due_at_id"),
    ("inventory(first: 2, after: $after)", "operator", "idx_vehicle_unit_present_stock_since_id"),
    (
        "inventory(first: 2, after: $after, orderBy: { field: PRICE, direction: ASC })",
        "operator",
        "idx_vehicle_unit_present_price_minor_id",
    ),
    ("inventoryVisibilityPolicies(first: 2, after: $after)", "operator", "idx_inventory_visibility_policy_name"),
    ("inventorySortRules(first: 1, after: $after)", "operator", "idx_inventory_sort_rule_name"),
    ("stockAlertRules(first: 2, after: $after)", "operator", "idx_stock_alert_rule_name"),
    ("qualityDamageCases(first: 1, after: $after)", "operator", "idx_quality_damage_case_reported_at_id"),
    (
        "qualityDamageCases(first: 1, after: $after, orderBy: { field: UPDATED_AT, direction: ASC })",
        "operator",
        "idx_quality_damage_case_updated_at_id",
    ),
    ("vehicleStatusDisplays(first: 1, after: $after)", "operator", "idx_vehicle_status_display_name"),
    ("stockTransfers(first: 1, after: $after)", "operator", "idx_stock_transfer_requested_at_id"),
    ("stockQuotas(first: 1, after: $after)", "operator", "idx_stock_quota_created_at_id"),
    ("stockQuotas(first: 1, after: $after)", "consultant", "idx_stock_quota_store_id_created_at_id"),
    ("oneInOneOutLedger(first: 1, after: $after)", "operator", "idx_one_in_one_out_entry_created_at_id"),
    ("dealPrices(first: 2, after: $after)", "operator", "idx_deal_price_created_at_id"),
    ("orders(first: 2, after: $after)", "customer", "idx_customer_order_customer_id_created_at_id"),
    ("orders(first: 2, after: $after)", "operator", "idx_customer_order_created_at_id"),
    ("deliveryBoard(first: 2, after: $after)", "operator", "idx_customer_order_current_due_at_id"),
    (
        "deliveryBoard(first: 2, after: $after, orderBy: { field: PLACED_AT, direction: ASC })",
        "operator",
        "idx_customer_order_placed_at_id_current",
    ),
    ("milestoneTemplates(first: 2, after: $after)", "operator", "idx_milestone_template_name"),
    ("pointsEntries(first: 2, after: $after)", "customer", "idx_points_entry_account_id_occurred_at_id"),
    ("conversations(first: 1, after: $after)", "operator", "idx_conversation_last_message_at_id"),
    (
        "conversations(first: 1, after: $after, where: { unanswered: true })",
        "operator",
        "idx_conversation_unanswered_last_message_at_id",
    ),
    ("settlementLines(first: 1, after: $after)", "operator", "idx_settlement_line_occurred_at_id"),
    ("settlementLines(first: 1, after: $after)", "manager", "idx_settlement_line_store_id_occurred_at_id"),
    ("orderChangeRequests(first: 1, after: $after)", "operator", "idx_order_change_request_requested_at_id"),
    (
        "orderChangeRequests(first: 1, after: $after, where: { state: [SUBMITTED] })",
        "operator",
        "idx_order_change_request_state_requested_at_id",
    ),
    ("settlements(first: 1, after: $after)", "operator", "idx_settlement_statement_created_at_id"),
    ("settlements(first: 1, after: $after)", "manager", "idx_settlement_statement_store_id_created_at_id"),
    ("etaQuantiles(first: 1, after: $after)", "operator", "idx_eta_quantile_sample_size_id"),
    ("etaQuantiles(first: 1, after: $after, where: { leg: QUEUE })", "operator", "idx_eta_quantile_leg_sample_size_id"),
    ("stores(first: 2, after: $after)", "operator", "store_code_key"),
    ("workQueue(type: CAR_TO_ALLOCATE, first: 1, after: $after)", "operator", "idx_customer_order_current_due_at_id"),
];

/// Lists of a store, of which some rows are found by the store that sells and others by the one that hands over: both ways have an index
/// in the order of the list, and bring no more than a page.
const OF_A_STORE: &[(&str, [&str; 2])] = &[
    (
        "deliveryBoard(first: 2, after: $after)",
        ["idx_customer_order_store_id_current_due_at_id", "idx_customer_order_delivery_store_id_current_due_at_id"],
    ),
    (
        "deliveryBoard(first: 2, after: $after, orderBy: { field: PLACED_AT, direction: ASC })",
        ["idx_customer_order_store_id_placed_at_id", "idx_customer_order_delivery_store_id_placed_at_id"],
    ),
    (
        "workQueue(type: CAR_TO_ALLOCATE, first: 1, after: $after)",
        ["idx_customer_order_store_id_current_due_at_id", "idx_customer_order_delivery_store_id_current_due_at_id"],
    ),
    (
        "orders(first: 2, after: $after)",
        ["idx_customer_order_store_id_created_at_id", "idx_customer_order_delivery_store_id_created_at_id"],
    ),
    (
        "conversations(first: 1, after: $after)",
        ["idx_conversation_store_id_last_message_at_id", "idx_conversation_delivery_store_id_last_message_at_id"],
    ),
    (
        "conversations(first: 1, after: $after, where: { unanswered: true })",
        [
            "idx_conversation_unanswered_store_id_last_message_at_id",
            "idx_conversation_unanswered_delivery_store_id_last_message_at",
        ],
    ),
];

#[tokio::test]
async fn every_list_has_the_index_that_serves_it() {
    let server = Server::start().await;
    if server.db().backend() != DbBackend::Postgres {
        // SQLite keeps the same indexes; its planner has no costs to read.
        return;
    }
    settled_with_the_demo_store(&server).await;
    let now = server.app().clock.now();
    let measured = milepost::order::quantile::measure(&server.db().aside(), chrono::TimeDelta::zero(), now).await;
    assert!(measured.unwrap(), "the demo's finished orders");
    server.db().conn().execute_unprepared("ANALYZE").await.unwrap();
    for (list, role, index) in LISTS {
        let client = match *role {
            "customer" => server.customer(),
            "consultant" => server.consultant(),
            "manager" => server.manager(),
            _ => server.operator(),
        };
        served(&server, &client, list, index).await;
    }
}

/// Chance leaves the demo's own store few lines of settlement, or none: it gets all there are, and a statement.
async fn settled_with_the_demo_store(server: &Server) {
    use entity::order::settlement_line;
    use sea_orm::sea_query::Expr;
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    settlement_line::Entity::update_many()
        .col_expr(settlement_line::Column::StoreId, Expr::value(server.demo.store))
        // A draft of a month that is not over takes its own lines alone, and those of the one before may be on statements.
        .col_expr(settlement_line::Column::OccurredAt, Expr::value(server.app().clock.now()))
        .col_expr(settlement_line::Column::StatementId, Expr::cust("NULL"))
        .filter(settlement_line::Column::StoreId.is_not_null())
        .exec(server.db().conn())
        .await
        .unwrap();
    let month = (server.app().clock.now() + chrono::TimeDelta::hours(8)).format("%Y-%m").to_string();
    let input = json!({ "idempotencyKey": crate::order::key(), "period": month, "draftOnly": true });
    let draw =
        "mutation($input: SettlementStatementIssueInput!) { settlementStatementIssue(input: $input) { draftCount } }";
    assert!(server.operator().payload(draw, json!({ "input": input })).await["draftCount"].as_i64() > Some(0));
}

#[tokio::test]
async fn lists_of_a_store_are_two_short_walks() {
    let server = Server::start().await;
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    all_at_the_demo_store(&server).await;
    server.db().conn().execute_unprepared("ANALYZE").await.unwrap();
    let of_store = |list: &str| match list.contains("where: {") {
        true => list.replace("where: {", &format!("where: {{ storeId: \"{}\",", server.demo.store)),
        false if list.starts_with("workQueue") => list.replace("(", &format!("(storeId: \"{}\", ", server.demo.store)),
        false => list.replace("(", &format!("(where: {{ storeId: \"{}\" }}, ", server.demo.store)),
    };
    for (list, indexes) in OF_A_STORE {
        two_ways(&server, &server.manager(), list, *indexes).await;
        // Who sees all and asks for one store is led as its people are.
        two_ways(&server, &server.operator(), &of_store(list), *indexes).await;
    }
}

/// Chance leaves the demo's own store few of what is looked at: it sells all there is.
async fn all_at_the_demo_store(server: &Server) {
    let db = server.db().conn();
    for table in ["customer_order", "conversation"] {
        db.execute_unprepared(&format!("UPDATE {table} SET store_id = '{}'", server.demo.store.uuid())).await.unwrap();
    }
    db.execute_unprepared("UPDATE conversation SET last_side = 'CUSTOMER'").await.unwrap();
}

/// Each part of the page is a limited walk along its index, without a sort below the limit; only what the parts bring is sorted.
async fn two_ways(server: &Server, client: &Client, list: &str, indexes: [&str; 2]) {
    let (sql, plan) = second_page(server, client, list).await;
    let mut found = Vec::new();
    nodes(&plan, &mut found);
    for index in indexes {
        let walk = found.iter().any(|node| {
            let mut below = Vec::new();
            if node["Node Type"] == "Limit" {
                nodes(&node["Plans"], &mut below);
            }
            let limits = below.iter().any(|node| node["Node Type"] == "Limit");
            let sorts = below.iter().any(|node| node["Node Type"] == "Sort");
            !limits && !sorts && below.iter().any(|node| node["Index Name"] == index)
        });
        assert!(walk, "{list} wants a walk along {index}\n{sql}\n{plan:#}");
    }
}

/// The statement of a list's second page, and its plan.
async fn second_page(server: &Server, client: &Client, list: &str) -> (String, Value) {
    let name = list.split('(').next().unwrap();
    let document = format!("query($after: String) {{ {list} {{ pageInfo {{ endCursor }} }} }}");
    let first = client.data(&document, json!({})).await;
    let cursor = &first[name]["pageInfo"]["endCursor"];
    assert!(cursor.is_string(), "{list} has rows");
    plan(server, client, &document, json!({ "after": cursor })).await
}

async fn served(server: &Server, client: &Client, list: &str, index: &str) {
    let (sql, plan) = second_page(server, client, list).await;
    let mut found = Vec::new();
    nodes(&plan, &mut found);
    let served = found.iter().any(|node| node["Index Name"] == index);
    // An incremental sort only breaks the ties of a unique key by the id.
    let sorted = found.iter().any(|node| node["Node Type"] == "Sort");
    assert!(served && !sorted, "{list} wants {index}\n{sql}\n{plan:#}");
}

/// For the call, and for the turn that looks every few seconds.
#[tokio::test]
async fn orders_that_wait_for_a_car_are_found_in_their_order() {
    let server = Server::start().await;
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    server.db().conn().execute_unprepared("ANALYZE").await.unwrap();
    let document = "mutation { vehicleAutoMatch(input: { idempotencyKey: \"plan\" }) { userErrors { code } } }";
    let (sql, plan) = plan(&server, &server.operator(), document, json!({})).await;
    let mut found = Vec::new();
    nodes(&plan, &mut found);
    let served = found.iter().any(|node| node["Index Name"] == "idx_customer_order_placed_at_id_waiting");
    let sorted = found.iter().any(|node| node["Node Type"] == "Sort");
    assert!(served && !sorted, "{sql}\n{plan:#}");
}

/// What operators read of events that came in and of webhooks: the demo has none.
#[tokio::test]
async fn lists_of_what_came_in_and_went_out_have_theirs() {
    let server = Server::start().await;
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    let events: Vec<_> = (0..3).map(|n| event(&format!("x-{n}"), "cn.milepost.nothing.v1", None, json!({}))).collect();
    assert_eq!(words(&results(&server.system(), &events).await), ["refused"; 3]);
    let endpoint = register(&server, "http://127.0.0.1:9/hook").await.id;
    for version in 1..=3 {
        happen(&server, "thing:1", version).await;
    }
    until("deliveries are made", || async { deliveries(&server, endpoint).await.len() == 3 }).await;
    server.db().conn().execute_unprepared("ANALYZE").await.unwrap();
    let of_endpoint = format!("endpointId: \"{endpoint}\", first: 2, after: $after");
    for (list, index) in [
        ("inboundEvents(first: 2, after: $after)".to_owned(), "idx_inbound_event_received_at_id"),
        ("inboundEvents(state: REFUSED, first: 2, after: $after)".to_owned(), "idx_inbound_event_state_received_at_id"),
        (format!("webhookDeliveries({of_endpoint})"), "idx_webhook_delivery_endpoint_id_created_at_id"),
        (
            format!("webhookDeliveries({of_endpoint}, state: PENDING)"),
            "idx_webhook_delivery_endpoint_id_state_created_at_id",
        ),
    ] {
        served(&server, &server.operator(), &list, index).await;
    }
}
