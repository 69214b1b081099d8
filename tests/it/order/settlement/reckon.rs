//! A month is reckoned up, and what is wrong is found.

use chrono::TimeDelta;
use entity::order::{order, settlement_line, settlement_statement};
use entity::{OrderStatus, SettlementState, SettlementTrigger};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::issue;
use crate::harness::Server;

const RECKON: &str = "query($period: String!) { settlementReconciliation(period: $period) { balanced rows { salesModel lineCount
    linesTotal { minorUnits } onStatementsTotal { minorUnits } unsettledCount unsettledTotal { minorUnits }
    statementCount statementsTotal { minorUnits } statementsDifference { minorUnits } deliveredCount deliveredWithLinesCount
    missingLineCount surplusLineCount } } }";

pub async fn reckon(server: &Server, period: &str) -> Value {
    server.operator().data(RECKON, json!({ "period": period })).await["settlementReconciliation"].clone()
}

pub fn sum(of: &Value, name: &str) -> i64 {
    let figure = |row: &Value| row[name].as_i64().or_else(|| row[name]["minorUnits"].as_i64()).unwrap();
    of["rows"].as_array().unwrap().iter().map(figure).sum()
}

/// The newest line of a handover that stands.
async fn newest(server: &Server) -> settlement_line::Model {
    let found = settlement_line::Entity::find()
        .filter(settlement_line::Column::Trigger.eq(SettlementTrigger::Delivered))
        .filter(settlement_line::Column::ReversesId.is_null())
        .filter(settlement_line::Column::Reversed.eq(false))
        .order_by_desc(settlement_line::Column::OccurredAt)
        .order_by_desc(settlement_line::Column::Id)
        .one(server.db().conn())
        .await;
    found.unwrap().expect("a line of a handover")
}

/// The month of a line, in Shanghai.
pub fn month_of(line: &settlement_line::Model) -> String {
    (line.occurred_at + TimeDelta::hours(8)).format("%Y-%m").to_string()
}

#[tokio::test]
async fn the_demos_months_come_out_and_each_fault_is_found() {
    let server = Server::start().await;
    let db = server.db().conn();
    let month = month_of(&newest(&server).await);
    let before = reckon(&server, &month).await;
    assert_eq!(before["balanced"], true, "{before}");
    let models: Vec<_> = before["rows"].as_array().unwrap().iter().map(|row| row["salesModel"].clone()).collect();
    assert_eq!(json!(models), json!(["DIRECT", "AGENCY", "WHOLESALE"]));
    assert!(sum(&before, "deliveredCount") > 0 && sum(&before, "lineCount") > 0, "{before}");
    assert_eq!(sum(&before, "deliveredWithLinesCount"), sum(&before, "deliveredCount"));
    assert_eq!(sum(&before, "linesTotal"), sum(&before, "onStatementsTotal") + sum(&before, "unsettledTotal"));

    // All of it is put on statements, and comes to the same.
    let issued = issue(&server.operator(), &month, true).await;
    assert_eq!((&issued["userErrors"], &issued["more"]), (&json!([]), &json!(false)));
    let drawn = reckon(&server, &month).await;
    assert_eq!(drawn["balanced"], true, "{drawn}");
    assert_eq!(sum(&drawn, "linesTotal"), sum(&before, "linesTotal"));

    // A line of a handover is lost.
    let lost = newest(&server).await;
    settlement_line::Entity::delete_by_id(lost.id).exec(db).await.unwrap();
    let found = reckon(&server, &month).await;
    assert_eq!((&found["balanced"], sum(&found, "missingLineCount")), (&json!(false), 1), "{found}");
    let row = found["rows"].as_array().unwrap().iter().find(|row| row["missingLineCount"] == 1).unwrap();
    assert_eq!(row["salesModel"], lost.sales_model.to_string());
}

#[tokio::test]
async fn a_statement_that_says_otherwise_and_a_line_too_many_are_found() {
    let server = Server::start().await;
    let db = server.db().conn();
    let line = newest(&server).await;
    let month = month_of(&line);
    issue(&server.operator(), &month, true).await;
    let period = chrono::NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").unwrap();
    let draft = settlement_statement::Entity::find()
        .filter(settlement_statement::Column::Period.eq(period))
        .filter(settlement_statement::Column::State.eq(SettlementState::Draft))
        .one(db)
        .await
        .unwrap()
        .expect("a draft");
    settlement_statement::Entity::update_many()
        .col_expr(settlement_statement::Column::TotalMinor, Expr::value(draft.total_minor + 7))
        .filter(settlement_statement::Column::Id.eq(draft.id))
        .exec(db)
        .await
        .unwrap();
    let found = reckon(&server, &month).await;
    assert_eq!((&found["balanced"], sum(&found, "statementsDifference")), (&json!(false), 7), "{found}");
    let right = Expr::value(draft.total_minor);
    settlement_statement::Entity::update_many()
        .col_expr(settlement_statement::Column::TotalMinor, right)
        .filter(settlement_statement::Column::Id.eq(draft.id))
        .exec(db)
        .await
        .unwrap();
    assert_eq!(reckon(&server, &month).await["balanced"], true);

    // An order goes back without anybody taking its lines back.
    order::Entity::update_many()
        .col_expr(order::Column::Status, Expr::value(OrderStatus::ReadyForDelivery))
        .filter(order::Column::Id.eq(line.order_id))
        .exec(db)
        .await
        .unwrap();
    let found = reckon(&server, &month).await;
    assert!(found["balanced"] == false && sum(&found, "surplusLineCount") >= 1, "{found}");
}

#[tokio::test]
async fn a_month_is_reckoned_up_in_five_statements() {
    let server = Server::start().await;
    let month = month_of(&newest(&server).await);
    reckon(&server, &month).await;
    assert_eq!(server.count_statements(reckon(&server, &month)).await, 5);
    assert_eq!(server.operator().code(RECKON, json!({ "period": "soon" })).await, "BAD_USER_INPUT");
    // Before there were rules: cars were handed over, nothing was due.
    let old = reckon(&server, "2020-01").await;
    assert_eq!((&old["balanced"], sum(&old, "lineCount")), (&json!(true), 0));
}
