//! Statements are drawn up, issued, agreed to or not, put right and paid.

use entity::order::{settlement_line, settlement_statement};
use entity::{EventKind, SettlementState};
use futures_util::future::join_all;
use milepost::events::log;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{
    ISSUE, agency_rules, another_store, issue, manager_of, plant, row, statement_of, step, step_document, without_rules,
};
use crate::harness::{Client, Server};
use crate::order::key;

/// A store with a statement of October 2026 that comes to 1 500.00, and whoever runs the store.
async fn issued(server: &Server) -> (settlement_statement::Model, Client) {
    without_rules(server).await;
    agency_rules(server).await;
    let store = another_store(server).await;
    plant(server, store, 200_000, "2026-10-02T00:00:00Z").await;
    plant(server, store, -50_000, "2026-10-31T15:59:59Z").await;
    let done = issue(&server.operator(), "2026-10", false).await;
    assert_eq!(done, json!({ "lineCount": 2, "draftCount": 1, "issuedCount": 1, "more": false, "userErrors": [] }));
    (statement_of(server, store).await, manager_of(server, store).await)
}

#[tokio::test]
async fn a_statement_goes_from_draft_to_paid() {
    let server = Server::start().await;
    let (statement, manager) = issued(&server).await;
    assert_eq!((statement.state, statement.total_minor, statement.line_count), (SettlementState::Issued, 150_000, 2));
    let operator = server.operator();

    let disputed = step(&manager, "settlementDispute", &statement, json!({ "reason": "两台车未计" })).await;
    assert_eq!(disputed["userErrors"], json!([]));
    let shown = &disputed["statement"];
    assert_eq!(
        (&shown["state"], &shown["disputeReason"], &shown["version"]),
        (&json!("DISPUTED"), &json!("两台车未计"), &json!(3))
    );
    assert_eq!(shown["allowedActions"], json!([]), "the operator is next");
    let now = row(&server, statement.id).await;
    let wrong = json!({ "amount": "300.50", "reason": "补两台", "expectedTotalMinor": 180_000 });
    let refused = step(&operator, "settlementAdjust", &now, wrong).await;
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "expectedTotalMinor"]));
    assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("1800.50"), "{refused}");
    assert_eq!(row(&server, statement.id).await, now, "nothing has changed");
    let right = json!({ "amount": "300.50", "reason": "补两台", "expectedTotalMinor": 180_050 });
    let adjusted = step(&operator, "settlementAdjust", &now, right).await;
    assert_eq!(
        (
            &adjusted["statement"]["state"],
            &adjusted["statement"]["total"]["minorUnits"],
            &adjusted["statement"]["lineCount"]
        ),
        (&json!("ADJUSTED"), &json!(180_050), &json!(3))
    );
    let now = row(&server, statement.id).await;
    let confirmed = step(&manager, "settlementConfirm", &now, json!({})).await;
    assert_eq!(confirmed["statement"]["state"], "CONFIRMED");
    let now = row(&server, statement.id).await;
    let invoiced = step(&operator, "settlementMarkInvoiced", &now, json!({ "invoiceNumber": "FP1" })).await;
    assert_eq!(
        (&invoiced["statement"]["state"], &invoiced["statement"]["invoiceNumber"]),
        (&json!("INVOICED"), &json!("FP1"))
    );
    let now = row(&server, statement.id).await;
    let paid = step(&operator, "settlementMarkPaid", &now, json!({ "paymentReference": "BK1" })).await;
    assert_eq!((&paid["statement"]["state"], &paid["statement"]["version"]), (&json!("PAID"), &json!(7)));
    let told: Vec<_> =
        paid["statement"]["history"].as_array().unwrap().iter().map(|entry| entry["toState"].clone()).collect();
    assert_eq!(json!(told), json!(["DRAFT", "ISSUED", "DISPUTED", "ADJUSTED", "CONFIRMED", "INVOICED", "PAID"]));
    let lines = settlement_line::Entity::find()
        .filter(settlement_line::Column::StatementId.eq(statement.id))
        .all(server.db().conn())
        .await
        .unwrap();
    assert_eq!(lines.iter().map(|line| line.amount_minor).sum::<i64>(), 180_050);

    // The store's stream tells of each, without amounts and without words.
    let stream = format!("store:{}", statement.store_id.unwrap());
    let entries = log::read(server.db().conn(), &stream, 0, 10_000).await.unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry.kind == EventKind::SettlementChanged).collect();
    let states: Vec<_> = told.iter().map(|entry| entry.payload["state"].clone()).collect();
    assert_eq!(json!(states), json!(["DRAFT", "ISSUED", "DISPUTED", "ADJUSTED", "CONFIRMED", "INVOICED", "PAID"]));
    assert_eq!(told[1].payload, json!({ "state": "ISSUED", "salesModel": "AGENCY", "period": "2026-10" }));
}

#[tokio::test]
async fn a_draft_grows_and_what_comes_later_goes_to_the_next_month() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let store = another_store(&server).await;
    let operator = server.operator();
    plant(&server, store, 100, "2026-09-15T00:00:00Z").await;
    assert_eq!(issue(&operator, "2026-09", true).await["draftCount"], 1);
    plant(&server, store, 20, "2026-09-30T15:59:59Z").await;
    // October in Shanghai.
    plant(&server, store, 3, "2026-09-30T16:00:00Z").await;
    let again = issue(&operator, "2026-09", true).await;
    assert_eq!((&again["lineCount"], &again["draftCount"], &again["issuedCount"]), (&json!(1), &json!(1), &json!(0)));
    let draft = statement_of(&server, store).await;
    assert_eq!((draft.state, draft.total_minor, draft.line_count, draft.version), (SettlementState::Draft, 120, 2, 2));
    assert_eq!(issue(&operator, "2026-09", true).await["lineCount"], 0);
    assert_eq!(row(&server, draft.id).await, draft, "there was nothing to add");
    assert_eq!(issue(&operator, "2026-09", false).await["issuedCount"], 1);
    // It came late, and the month is with the store already.
    plant(&server, store, 4_000, "2026-09-20T00:00:00Z").await;
    let late = issue(&operator, "2026-09", false).await;
    assert_eq!((&late["lineCount"], &late["issuedCount"], &late["more"]), (&json!(0), &json!(0), &json!(false)));
    assert_eq!(issue(&operator, "2026-10", false).await["lineCount"], 2);
    let all = settlement_statement::Entity::find().filter(settlement_statement::Column::StoreId.eq(store));
    let mut totals: Vec<_> = all
        .all(server.db().conn())
        .await
        .unwrap()
        .iter()
        .map(|row| (row.period.to_string(), row.total_minor))
        .collect();
    totals.sort();
    assert_eq!(totals, [("2026-09-01".to_owned(), 120), ("2026-10-01".to_owned(), 4_003)]);
}

#[tokio::test]
async fn of_issuings_at_once_each_line_is_on_one_statement() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let stores = [another_store(&server).await, server.demo.store];
    for n in 0..30 {
        plant(&server, stores[n % 2], 100 + i64::try_from(n).unwrap(), "2026-09-15T00:00:00Z").await;
    }
    let operator = server.operator();
    let all = join_all((0..40).map(|n| {
        let operator = operator.clone();
        async move { issue(&operator, "2026-09", n % 2 == 0).await }
    }))
    .await;
    assert!(all.iter().all(|payload| payload["userErrors"] == json!([])), "{all:?}");
    let sum = |name: &str| all.iter().map(|payload| payload[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("lineCount"), sum("issuedCount")), (30, 2));
    let db = server.db().conn();
    let free = settlement_line::Entity::find().filter(settlement_line::Column::StatementId.is_null());
    assert_eq!(free.count(db).await.unwrap(), 0);
    let statements = settlement_statement::Entity::find().all(db).await.unwrap();
    assert_eq!(statements.len(), 2);
    for statement in statements {
        let lines = settlement_line::Entity::find()
            .filter(settlement_line::Column::StatementId.eq(statement.id))
            .all(db)
            .await
            .unwrap();
        assert_eq!((lines.len(), statement.line_count), (15, 15));
        assert_eq!(lines.iter().map(|line| line.amount_minor).sum::<i64>(), statement.total_minor);
        assert!(lines.iter().all(|line| line.store_id == statement.store_id));
    }
}

#[tokio::test]
async fn of_two_hundred_answers_at_once_one_counts() {
    let server = Server::start().await;
    let (statement, manager) = issued(&server).await;
    let answers = join_all((0..200).map(|n| {
        let (manager, statement) = (manager.clone(), statement.clone());
        async move {
            match n % 2 {
                0 => step(&manager, "settlementConfirm", &statement, json!({})).await,
                _ => step(&manager, "settlementDispute", &statement, json!({ "reason": "no" })).await,
            }
        }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer["userErrors"] == json!([])).count(), 1);
    let late = answers.iter().filter(|answer| answer["userErrors"][0]["code"] == "VERSION_CONFLICT").count();
    assert_eq!((late, row(&server, statement.id).await.version), (199, 3));
}

#[tokio::test]
async fn steps_that_there_are_not_and_words_that_say_nothing_are_refused() {
    let server = Server::start().await;
    let (statement, manager) = issued(&server).await;
    let operator = server.operator();
    let early = step(&operator, "settlementMarkInvoiced", &statement, json!({ "invoiceNumber": "FP1" })).await;
    let error = &early["userErrors"][0];
    assert_eq!(
        (&error["__typename"], &error["from"], &error["action"], &error["allowed"]),
        (&json!("InvalidTransition"), &json!("ISSUED"), &json!("INVOICE"), &json!(["CONFIRM", "DISPUTE"]))
    );
    for (client, name, more, field) in [
        (&manager, "settlementDispute", json!({ "reason": " " }), "reason"),
        (&operator, "settlementMarkInvoiced", json!({ "invoiceNumber": "x".repeat(65) }), "invoiceNumber"),
        (&operator, "settlementMarkPaid", json!({ "paymentReference": "" }), "paymentReference"),
        (&operator, "settlementAdjust", json!({ "amount": "0.001", "reason": "a", "expectedTotalMinor": 1 }), "amount"),
        (&operator, "settlementAdjust", json!({ "amount": "1", "reason": "", "expectedTotalMinor": 1 }), "reason"),
    ] {
        let refused = step(client, name, &statement, more).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["input", field]), "{name}");
    }
    let old = settlement_statement::Model { version: 1, ..statement.clone() };
    let conflict = step(&manager, "settlementConfirm", &old, json!({})).await;
    assert_eq!(
        (&conflict["userErrors"][0]["currentVersion"], &conflict["userErrors"][0]["currentId"]),
        (&json!(2), &json!(statement.id.to_string()))
    );
    for (period, draft_only, code) in
        [("2026-13", false, "INVALID"), ("2099-01", true, "INVALID"), (&this_month(&server), false, "INVALID")]
    {
        let refused = issue(&operator, period, draft_only).await;
        assert_eq!(
            (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["field"]),
            (&json!(code), &json!(["input", "period"])),
            "{period}"
        );
    }
    assert_eq!(row(&server, statement.id).await, statement, "nothing has changed");
    // The same key is the same step; with other words it is none.
    let input = json!({ "idempotencyKey": key(), "statementId": statement.id.to_string(), "expectedVersion": 2, "reason": "a" });
    let document = step_document("settlementDispute");
    let first = manager.payload(&document, json!({ "input": input })).await;
    assert_eq!(first["userErrors"], json!([]));
    assert_eq!(manager.payload(&document, json!({ "input": input })).await, first);
    let mut other: Value = input.clone();
    other["reason"] = json!("b");
    assert_eq!(
        manager.payload(&document, json!({ "input": other })).await["userErrors"][0]["code"],
        "IDEMPOTENCY_KEY_REUSED"
    );
}

fn this_month(server: &Server) -> String {
    (server.app().clock.now() + chrono::TimeDelta::hours(8)).format("%Y-%m").to_string()
}

#[tokio::test]
async fn a_statement_is_put_right_so_many_times() {
    let server = Server::start().await;
    let (statement, manager) = issued(&server).await;
    let operator = server.operator();
    step(&manager, "settlementDispute", &statement, json!({ "reason": "no" })).await;
    for n in 1..=21 {
        let now = row(&server, statement.id).await;
        let more = json!({ "amount": "0", "reason": "as it was", "expectedTotalMinor": 150_000 });
        let done = step(&operator, "settlementAdjust", &now, more).await;
        if n <= 20 {
            assert_eq!(done["userErrors"], json!([]), "{n}");
        } else {
            assert_eq!(done["userErrors"][0]["code"], "LIMIT_REACHED");
        }
    }
    let now = row(&server, statement.id).await;
    assert_eq!((now.adjustment_count, now.line_count, now.total_minor), (20, 22, 150_000));
}

#[tokio::test]
async fn a_store_sees_its_own_and_speaks_for_itself_alone() {
    let server = Server::start().await;
    let (statement, manager) = issued(&server).await;
    let page =
        "{ settlements(first: 10) { nodes { id } totalCount { value } } settlementLines(first: 10) { nodes { id } } }";
    let one = "query($id: ID!) { settlementStatement(id: $id) { id } node(id: $id) { id } }";
    let id = json!({ "id": statement.id.to_string() });
    let own = manager.data(page, json!({})).await;
    assert_eq!(
        own["settlements"],
        json!({ "nodes": [{ "id": statement.id.to_string() }], "totalCount": { "value": 1 } })
    );
    assert_eq!(own["settlementLines"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(manager.data(one, id.clone()).await["node"]["id"], statement.id.to_string());
    // Another store's manager: as if there were none.
    let other = server.manager();
    let none = other.data(page, json!({})).await;
    assert_eq!((&none["settlements"]["nodes"], &none["settlementLines"]["nodes"]), (&json!([]), &json!([])));
    assert_eq!(other.data(one, id.clone()).await, json!({ "settlementStatement": null, "node": null }));
    let confirm = step(&other, "settlementConfirm", &statement, json!({})).await;
    assert_eq!(confirm["userErrors"][0]["code"], "NOT_FOUND");
    // The car maker does not agree with itself for the store.
    let alone = step(&server.operator(), "settlementConfirm", &statement, json!({})).await;
    assert_eq!(alone["userErrors"][0]["code"], "NOT_FOUND");
    let store = statement.store_id.unwrap();
    let consultant = server.staff(server.demo.consultant, store, false);
    for (client, code) in [
        (server.anonymous(), "UNAUTHENTICATED"),
        (server.customer(), "FORBIDDEN"),
        (consultant, "FORBIDDEN"),
        (server.system(), "FORBIDDEN"),
    ] {
        assert_eq!(client.code(page, json!({})).await, code);
        assert_eq!(
            client.data("query($id: ID!) { settlementStatement(id: $id) { id } }", id.clone()).await["settlementStatement"],
            json!(null)
        );
        let input = json!({ "input": { "idempotencyKey": key(), "statementId": statement.id.to_string(), "expectedVersion": 2 } });
        assert_eq!(client.code(&step_document("settlementConfirm"), input).await, code);
        let period = json!({ "input": { "idempotencyKey": key(), "period": "2026-10" } });
        assert_eq!(client.code(ISSUE, period).await, code);
        assert_eq!(
            client.code("{ settlementReconciliation(period: \"2026-10\") { balanced } }", json!({})).await,
            code
        );
    }
    // What is the car maker's to do is not the manager's.
    let adjust = json!({ "input": { "idempotencyKey": key(), "statementId": statement.id.to_string(), "expectedVersion": 2,
        "amount": "1", "reason": "more", "expectedTotalMinor": 150_100 } });
    assert_eq!(manager.code(&step_document("settlementAdjust"), adjust).await, "FORBIDDEN");
    assert_eq!(row(&server, statement.id).await, statement, "nothing has changed");
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let operator = server.operator();
    let (one, two) = (another_store(&server).await, server.demo.store);
    for (month, amount) in [("2026-08", 500), ("2026-09", 100), ("2026-10", 300)] {
        plant(&server, one, amount, &format!("{month}-15T00:00:00Z")).await;
        plant(&server, two, -amount, &format!("{month}-15T00:00:00Z")).await;
        assert_eq!(issue(&operator, month, false).await["issuedCount"], 2);
    }
    let page = "query($after: String, $where: SettlementWhereInput, $by: SettlementSort) {
        settlements(first: 2, after: $after, where: $where, orderBy: $by) {
            nodes { total { minorUnits } period } pageInfo { hasNextPage endCursor } } }";
    let mut after = json!(null);
    let mut totals = Vec::new();
    loop {
        let by = json!({ "field": "TOTAL", "direction": "ASC" });
        let found = operator.data(page, json!({ "after": after, "by": by })).await;
        let nodes = found["settlements"]["nodes"].as_array().unwrap();
        totals.extend(nodes.iter().map(|node| node["total"]["minorUnits"].as_i64().unwrap()));
        after = found["settlements"]["pageInfo"]["endCursor"].clone();
        if found["settlements"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(totals, [-500, -300, -100, 100, 300, 500]);
    let of = json!({ "where": { "period": "2026-09", "storeId": two.to_string(), "state": ["ISSUED"], "salesModel": "AGENCY" } });
    let found = operator.data(page, of).await;
    assert_eq!(found["settlements"]["nodes"], json!([{ "total": { "minorUnits": -100 }, "period": "2026-09" }]));
    assert_eq!(operator.code(page, json!({ "where": { "period": "09/2026" } })).await, "BAD_USER_INPUT");
    let lines = "query($id: ID!) { settlementLines(first: 5, where: { statementId: $id, isSettled: true }) {
        nodes { amount { minorUnits } item trigger rule { version } statement { id } order { id } reverses { id } } } }";
    let statement = settlement_statement::Entity::find()
        .filter(settlement_statement::Column::TotalMinor.eq(500))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let found = operator.data(lines, json!({ "id": statement.id.to_string() })).await;
    let expected = json!({ "amount": { "minorUnits": 500 }, "item": "AGENT_COMMISSION", "trigger": "ORDER_PLACED",
        "rule": { "version": 1 }, "statement": { "id": statement.id.to_string() }, "order": null, "reverses": null });
    assert_eq!(found["settlementLines"]["nodes"], json!([expected]));
}

#[tokio::test]
async fn for_another_organisation_an_operator_notes_what_it_said() {
    use sea_orm::sea_query::Expr;
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let db = server.db().conn();
    let carrier = entity::place::organization::Entity::find()
        .filter(entity::place::organization::Column::Kind.eq(entity::OrganizationKind::Logistics))
        .one(db)
        .await
        .unwrap()
        .expect("a carrier");
    let line = plant(&server, server.demo.store, 70_000, "2026-10-10T00:00:00Z").await;
    settlement_line::Entity::update_many()
        .col_expr(settlement_line::Column::StoreId, Expr::value(None::<entity::StoreId>))
        .col_expr(settlement_line::Column::OrganizationId, Expr::value(carrier.id))
        .filter(settlement_line::Column::Id.eq(line.id))
        .exec(db)
        .await
        .unwrap();
    let operator = server.operator();
    assert_eq!(issue(&operator, "2026-10", false).await["issuedCount"], 1);
    let statement = settlement_statement::Entity::find().one(db).await.unwrap().unwrap();
    assert_eq!(
        (statement.store_id, statement.organization_id, statement.total_minor),
        (None, Some(carrier.id), 70_000)
    );
    let manager = step(&server.manager(), "settlementConfirm", &statement, json!({})).await;
    assert_eq!(manager["userErrors"][0]["code"], "NOT_FOUND");
    let confirmed = step(&operator, "settlementConfirm", &statement, json!({})).await;
    assert_eq!(
        (
            &confirmed["statement"]["state"],
            &confirmed["statement"]["organization"]["id"],
            &confirmed["statement"]["store"]
        ),
        (&json!("CONFIRMED"), &json!(carrier.id.to_string()), &json!(null))
    );
    let entries = log::read(db, &format!("organization:{}", carrier.id), 0, 100).await.unwrap();
    assert_eq!(entries.len(), 3);
}

#[tokio::test]
async fn who_follows_the_store_hears_of_its_statements_if_they_may_see_them() {
    let server = Server::start().await;
    let (statement, manager) = issued(&server).await;
    let stream = format!("store:{}", statement.store_id.unwrap());
    let head = log::read(server.db().conn(), &stream, 0, 10_000).await.unwrap().last().unwrap().sequence;
    let document =
        "query($stream: String!, $after: Int64!) { events(stream: $stream, afterSequence: $after, first: 10) {
        events { kind subject { id } subjectVersion } } }";
    let since = json!({ "stream": stream, "after": head - 2 });
    let heard = manager.data(document, since.clone()).await;
    let told = |version: i32| json!({ "kind": "SETTLEMENT_CHANGED", "subject": { "id": statement.id.to_string() }, "subjectVersion": version });
    assert_eq!(heard["events"]["events"], json!([told(1), told(2)]));
    let consultant = server.staff(server.demo.consultant, statement.store_id.unwrap(), false);
    assert_eq!(consultant.data(document, since).await["events"]["events"], json!([]));
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[tokio::test]
async fn whatever_is_done_a_statement_comes_to_its_lines() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let db = server.db().conn();
    let stores = [another_store(&server).await, server.demo.store];
    let managers = [manager_of(&server, stores[0]).await, server.manager()];
    let operator = server.operator();
    let months = ["2026-08", "2026-09", "2026-10"];
    for seed in 1..=3 {
        let mut chance = Chance(seed);
        for _ in 0..80 {
            let month = months[chance.below(3) as usize];
            let which = chance.below(2) as usize;
            match chance.below(8) {
                0..=2 => {
                    let amount = i64::try_from(chance.below(200_000)).unwrap() - 100_000;
                    plant(&server, stores[which], amount, &format!("{month}-{:02}T00:00:00Z", 1 + chance.below(28)))
                        .await;
                }
                3 => drop(issue(&operator, month, true).await),
                4 => drop(issue(&operator, month, false).await),
                kind => {
                    let all = settlement_statement::Entity::find()
                        .filter(settlement_statement::Column::StoreId.eq(stores[which]));
                    let all = all.all(db).await.unwrap();
                    if all.is_empty() {
                        continue;
                    }
                    let statement = &all[chance.below(all.len() as u64) as usize];
                    let amount = i64::try_from(chance.below(10_000)).unwrap() - 5_000;
                    let (client, name, more) = match kind {
                        5 => (&managers[which], "settlementConfirm", json!({})),
                        6 => (&managers[which], "settlementDispute", json!({ "reason": "no" })),
                        _ => (
                            &operator,
                            "settlementAdjust",
                            json!({ "amount": rust_decimal::Decimal::new(amount, 2).to_string(),
                            "reason": "so", "expectedTotalMinor": statement.total_minor + amount }),
                        ),
                    };
                    // Where the state has no such step it is refused, and nothing has changed.
                    let done = step(client, name, statement, more).await;
                    let now = row(&server, statement.id).await;
                    assert_eq!(done["userErrors"] == json!([]), now != *statement, "{done}");
                }
            }
        }
    }
    let statements = settlement_statement::Entity::find().all(db).await.unwrap();
    assert!(statements.len() == 6 && statements.iter().any(|row| row.adjustment_count > 0), "{statements:?}");
    for statement in statements {
        let lines = settlement_line::Entity::find().filter(settlement_line::Column::StatementId.eq(statement.id));
        let lines = lines.all(db).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.amount_minor).sum::<i64>(), statement.total_minor);
        assert_eq!(lines.len(), usize::try_from(statement.line_count).unwrap());
        let (_, end) = milepost::order::settlement::rules::period::bounds(statement.period);
        let planted = lines.iter().filter(|line| line.rule_id.is_some());
        assert!(planted.clone().all(|line| line.occurred_at < end && line.store_id == statement.store_id));
    }
}

#[tokio::test]
async fn who_looks_at_the_running_month_takes_nothing_from_the_one_before() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let store = another_store(&server).await;
    let now = server.app().clock.now();
    let begin = milepost::values::calendar::first_of_month(milepost::values::calendar::day(now));
    let begin = milepost::values::calendar::start_of_day(begin);
    let before = begin - chrono::TimeDelta::hours(1);
    plant(&server, store, 200_000, &before.to_rfc3339()).await;
    plant(&server, store, 30_000, &begin.to_rfc3339()).await;
    let running = issue(&server.operator(), &this_month(&server), true).await;
    assert_eq!(running["lineCount"], 1, "its own");
    assert_eq!(statement_of(&server, store).await.total_minor, 30_000);
    let last = milepost::values::calendar::day(before).format("%Y-%m").to_string();
    let issued = issue(&server.operator(), &last, false).await;
    assert_eq!((&issued["lineCount"], &issued["issuedCount"]), (&json!(1), &json!(1)), "{issued}");
}
