//! Settlement between the car maker and its parties (C104, C105) over HTTP.

mod lines;
mod reckon;
mod rules;
mod statements;
mod subsidy;

use entity::order::{order, settlement_line, settlement_rule, settlement_statement};
use entity::place::store;
use entity::{OrderId, OrderStatus, SalesModel, SettlementStatementId, StaffId, StoreId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Client, Server};
use crate::order::key;

const PUBLISH: &str = "mutation($input: SettlementRulePublishInput!) { settlementRulePublish(input: $input) {
    rule { id code version salesModel item trigger party basis amount { minorUnits } base ratePercent effectiveFrom effectiveTo
        organization { kind } }
    userErrors { code field message ... on VersionConflict { currentVersion } } } }";

const ISSUE: &str = "mutation($input: SettlementStatementIssueInput!) { settlementStatementIssue(input: $input) {
    lineCount draftCount issuedCount more userErrors { code field } } }";

const STATEMENT: &str =
    "id version state total { minorUnits } lineCount adjustmentCount disputeReason invoiceNumber paymentReference
    period salesModel store { id } organization { id } allowedActions history { fromState toState actor note }";

/// Rules of before are gone, so that a test counts its own alone. (Their lines too, and what those are on.)
pub async fn without_rules(server: &Server) {
    let db = server.db().conn();
    settlement_line::Entity::delete_many()
        .filter(settlement_line::Column::ReversesId.is_not_null())
        .exec(db)
        .await
        .unwrap();
    settlement_line::Entity::delete_many().exec(db).await.unwrap();
    entity::order::settlement_event::Entity::delete_many().exec(db).await.unwrap();
    settlement_statement::Entity::delete_many().exec(db).await.unwrap();
    settlement_rule::Entity::delete_many().exec(db).await.unwrap();
}

/// A rule's input: way of selling, item, trigger, party, and what differs.
fn rule(model: &str, item: &str, trigger: &str, party: &str, more: Value) -> Value {
    let mut input = json!({ "idempotencyKey": key(), "salesModel": model, "item": item, "trigger": trigger, "party": party,
        "basis": "FIXED", "expectedVersion": 0 });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn publish(server: &Server, input: Value) -> Value {
    let payload = server.operator().payload(PUBLISH, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload["rule"].clone()
}

/// What an agent is paid for an order and for a handover.
pub async fn agency_rules(server: &Server) {
    let fixed = |yuan: &str| json!({ "amount": yuan });
    let rate = json!({ "basis": "RATE", "base": "ORDER_TOTAL", "rateBasisPoints": 350 });
    publish(server, rule("AGENCY", "AGENT_COMMISSION", "ORDER_PLACED", "STORE", fixed("500"))).await;
    publish(server, rule("AGENCY", "AGENT_COMMISSION", "DELIVERED", "STORE", rate)).await;
    publish(server, rule("AGENCY", "DELIVERY_SERVICE_FEE", "DELIVERED", "DELIVERY_STORE", fixed("800"))).await;
}

/// Some order in a state that is sold so.
async fn order_of(server: &Server, status: OrderStatus, model: SalesModel) -> order::Model {
    let found = order::Entity::find()
        .filter(order::Column::Status.eq(status))
        .order_by_asc(order::Column::Id)
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("an order in {status}"));
    // Whose way of selling the demo leaves to chance.
    order::Entity::update_many()
        .col_expr(order::Column::SalesModel, Expr::value(model))
        .filter(order::Column::Id.eq(found.id))
        .exec(server.db().conn())
        .await
        .unwrap();
    order::Model { sales_model: model, ..found }
}

/// Lines of an order, the oldest first: item, trigger, store, amount, whether taken back, whether it takes back.
pub async fn lines(server: &Server, id: OrderId) -> Vec<settlement_line::Model> {
    settlement_line::Entity::find()
        .filter(settlement_line::Column::OrderId.eq(id))
        .order_by_asc(settlement_line::Column::CreatedAt)
        .order_by_asc(settlement_line::Column::Item)
        .order_by_asc(settlement_line::Column::Id)
        .all(server.db().conn())
        .await
        .unwrap()
}

/// Puts a line between the car maker and a store there, of a moment of a month.
async fn plant(server: &Server, store: StoreId, amount_minor: i64, at: &str) -> settlement_line::Model {
    let rule = settlement_rule::Entity::find().one(server.db().conn()).await.unwrap().expect("a rule");
    let line = settlement_line::Model {
        id: entity::SettlementLineId::generate(),
        statement_id: None,
        rule_id: Some(rule.id),
        store_id: Some(store),
        organization_id: None,
        sales_model: SalesModel::Agency,
        item: entity::SettlementItem::AgentCommission,
        trigger: Some(entity::SettlementTrigger::OrderPlaced),
        order_id: None,
        lead_id: None,
        base_minor: None,
        amount_minor,
        reverses_id: None,
        reversed: false,
        reason: None,
        occurred_at: at.parse().unwrap(),
        created_at: server.app().clock.now(),
    };
    use sea_orm::{ActiveModelTrait, IntoActiveModel};
    let row = line.clone().into_active_model().reset_all();
    settlement_line::Entity::insert(row).exec_without_returning(server.db().conn()).await.unwrap();
    line
}

async fn issue(client: &Client, period: &str, draft_only: bool) -> Value {
    let input = json!({ "idempotencyKey": key(), "period": period, "draftOnly": draft_only });
    client.payload(ISSUE, json!({ "input": input })).await
}

/// The only statement with a store.
async fn statement_of(server: &Server, store: StoreId) -> settlement_statement::Model {
    let found = settlement_statement::Entity::find()
        .filter(settlement_statement::Column::StoreId.eq(store))
        .all(server.db().conn())
        .await
        .unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

async fn row(server: &Server, id: SettlementStatementId) -> settlement_statement::Model {
    settlement_statement::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

/// Runs a step of a statement; its payload.
async fn step(client: &Client, name: &str, statement: &settlement_statement::Model, more: Value) -> Value {
    let document = step_document(name);
    let mut input = json!({ "idempotencyKey": key(), "statementId": statement.id.to_string(),
        "expectedVersion": statement.version });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.payload(&document, json!({ "input": input })).await
}

fn step_document(name: &str) -> String {
    let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    format!(
        "mutation($input: {kind}Input!) {{ {name}(input: $input) {{ statement {{ {STATEMENT} }}
            userErrors {{ __typename code field message ... on InvalidTransition {{ from action allowed }}
            ... on VersionConflict {{ currentVersion currentId }} }} }} }}"
    )
}

/// The manager of any store.
async fn manager_of(server: &Server, store: StoreId) -> Client {
    use entity::place::staff;
    let found = staff::Entity::find()
        .filter(staff::Column::StoreId.eq(store))
        .filter(staff::Column::Role.eq(entity::Role::StoreManager))
        .one(server.db().conn())
        .await
        .unwrap();
    let id: StaffId = found.expect("a manager").id;
    server.staff(id, store, true)
}

/// A store that is not the demo's own.
async fn another_store(server: &Server) -> StoreId {
    let other = store::Entity::find()
        .filter(store::Column::Id.ne(server.demo.store))
        .order_by_asc(store::Column::Id)
        .one(server.db().conn())
        .await
        .unwrap();
    other.expect("another store").id
}
