//! What the car maker pays for a loan's lower rate, in each way of selling.

use entity::catalog::finance_plan;
use entity::order::{finance_application, order, settlement_line};
use entity::{FinanceApplicationId, FinanceApplicationState, MilestoneState, OrderStatus, OrganizationId, SalesModel};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

use super::lines::record;
use super::reckon::{month_of, reckon, sum};
use super::{PUBLISH, lines, order_of, publish, rule, without_rules};
use crate::harness::Server;

/// 200 000.00 over 36 months without interest are worth 11 800.71 less at 3.99 % (domain.md 3.3).
const SUBSIDY: i64 = 1_180_071;

fn whole_subsidy(model: &str, party: &str, version: i32) -> Value {
    let more =
        json!({ "basis": "RATE", "base": "LOAN_SUBSIDY", "rateBasisPoints": 10_000, "expectedVersion": version });
    rule(model, "LENDER_SUBSIDY", "DELIVERED", party, more)
}

async fn without_loans(server: &Server, order: &order::Model) {
    finance_application::Entity::delete_many()
        .filter(finance_application::Column::OrderId.eq(order.id))
        .exec(server.db().conn())
        .await
        .unwrap();
}

/// Gives an order a loan without interest that is paid out, and no other; its lender.
async fn lend(server: &Server, order: &order::Model) -> OrganizationId {
    let db = server.db().conn();
    let plan = finance_plan::Entity::find().filter(finance_plan::Column::Code.eq("C-PLAN")).one(db).await.unwrap();
    let plan = plan.expect("the plan");
    let any = finance_application::Entity::find().one(db).await.unwrap().expect("an application");
    without_loans(server, order).await;
    let lent = finance_application::Model {
        id: FinanceApplicationId::generate(),
        order_id: order.id,
        plan_id: plan.id,
        lender_id: plan.lender_id,
        state: FinanceApplicationState::Disbursed,
        method: plan.method,
        months: 36,
        annual_rate_bp: 0,
        principal_minor: 20_000_000,
        approved_minor: Some(20_000_000),
        lender_reference: None,
        ..any
    };
    finance_application::Entity::insert(lent.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    plan.lender_id
}

/// Hands the car of an order over; the order's lines.
async fn hand_over(server: &Server, order: &order::Model) -> Vec<settlement_line::Model> {
    let done = record(&server.operator(), order.id, order.version, MilestoneState::Done).await;
    assert_eq!(done["userErrors"], json!([]));
    lines(server, order.id).await
}

fn facts(line: &settlement_line::Model) -> (bool, Option<OrganizationId>, Option<i64>, i64) {
    (line.store_id.is_some(), line.organization_id, line.base_minor, line.amount_minor)
}

#[tokio::test]
async fn a_subsidised_loan_is_settled_with_its_lender_to_the_cent_however_the_car_is_sold() {
    for model in SalesModel::ALL.iter().copied() {
        let server = Server::start().await;
        without_rules(&server).await;
        publish(&server, whole_subsidy(&model.to_string(), "LENDER", 0)).await;
        let order = order_of(&server, OrderStatus::ReadyForDelivery, model).await;
        let lender = lend(&server, &order).await;
        let made = hand_over(&server, &order).await;
        let expected = [(false, Some(lender), Some(SUBSIDY), SUBSIDY)];
        assert_eq!(made.iter().map(facts).collect::<Vec<_>>(), expected, "{model}");

        // It is missed by who reckons the month up.
        let month = month_of(&made[0]);
        let whole = reckon(&server, &month).await;
        let row = whole["rows"].as_array().unwrap().iter().find(|row| row["salesModel"] == model.to_string());
        assert_eq!(row.unwrap()["linesTotal"]["minorUnits"], SUBSIDY, "{whole}");
        assert_eq!((&whole["balanced"], sum(&whole, "missingLineCount")), (&json!(true), 0), "{model}");
        settlement_line::Entity::delete_by_id(made[0].id).exec(server.db().conn()).await.unwrap();
        let found = reckon(&server, &month).await;
        assert_eq!((&found["balanced"], sum(&found, "missingLineCount")), (&json!(false), 1), "{model}");
        let row = found["rows"].as_array().unwrap().iter().find(|row| row["missingLineCount"] == 1).unwrap();
        assert_eq!(row["salesModel"], model.to_string());
    }
}

#[tokio::test]
async fn a_dealer_passes_a_subsidy_on_and_it_is_paid_to_one_of_the_two() {
    let server = Server::start().await;
    without_rules(&server).await;
    let first = publish(&server, whole_subsidy("WHOLESALE", "LENDER", 0)).await;
    assert_eq!(first["code"], "WHOLESALE/LENDER_SUBSIDY/DELIVERED");
    // It is one rule: the other party is another version of it.
    let twice = server.operator().payload(PUBLISH, json!({ "input": whole_subsidy("WHOLESALE", "STORE", 0) })).await;
    assert_eq!(twice["userErrors"][0]["code"], "VERSION_CONFLICT");
    let second = publish(&server, whole_subsidy("WHOLESALE", "STORE", 1)).await;
    assert_eq!((&second["code"], &second["party"]), (&first["code"], &json!("STORE")));

    let order = order_of(&server, OrderStatus::ReadyForDelivery, SalesModel::Wholesale).await;
    lend(&server, &order).await;
    let made = hand_over(&server, &order).await;
    assert_eq!(made.iter().map(facts).collect::<Vec<_>>(), [(true, None, Some(SUBSIDY), SUBSIDY)]);
    assert_eq!(made[0].store_id, Some(order.store_id));
    let month = month_of(&made[0]);
    assert_eq!(reckon(&server, &month).await["balanced"], true);
    settlement_line::Entity::delete_by_id(made[0].id).exec(server.db().conn()).await.unwrap();
    assert_eq!(sum(&reckon(&server, &month).await, "missingLineCount"), 1);
}

#[tokio::test]
async fn without_a_loan_nothing_is_passed_on_and_nothing_is_missing() {
    for (model, party) in [(SalesModel::Wholesale, "STORE"), (SalesModel::Direct, "LENDER")] {
        let server = Server::start().await;
        without_rules(&server).await;
        let amount = json!({ "amount": "100" });
        publish(&server, rule(&model.to_string(), "LENDER_SUBSIDY", "DELIVERED", party, amount)).await;
        let order = order_of(&server, OrderStatus::ReadyForDelivery, model).await;
        without_loans(&server, &order).await;
        assert_eq!(hand_over(&server, &order).await, [], "{model}");
        let month = (server.app().clock.now() + chrono::TimeDelta::hours(8)).format("%Y-%m").to_string();
        let found = reckon(&server, &month).await;
        assert_eq!((&found["balanced"], sum(&found, "missingLineCount")), (&json!(true), 0), "{found}");
    }
}
