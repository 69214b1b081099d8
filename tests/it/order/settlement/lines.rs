//! Lines come with what happens, once.

use entity::order::settlement_line;
use entity::{LeadStage, MilestoneCode, MilestoneState, OrderStatus, SalesModel, SettlementItem, SettlementTrigger};
use futures_util::future::join_all;
use milepost::order::Revision;
use milepost::store::Tx;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{agency_rules, lines, order_of, publish, rule, without_rules};
use crate::harness::{Client, Server};
use crate::ingest::{ago, event, example, result};
use crate::order::key;

const RECORD: &str = "mutation($input: MilestoneRecordInput!) { milestoneRecord(input: $input) {
    order { version status } userErrors { code } } }";

pub async fn record(client: &Client, order: entity::OrderId, version: i32, state: MilestoneState) -> Value {
    let input = json!({ "idempotencyKey": key(), "orderId": order.to_string(), "expectedVersion": version,
        "code": MilestoneCode::HandedOver.to_string(), "state": state.to_string() });
    client.payload(RECORD, json!({ "input": input })).await
}

#[tokio::test]
async fn a_handover_makes_the_lines_of_its_way_of_selling_and_a_mistake_takes_them_back() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    publish(&server, rule("WHOLESALE", "REBATE", "DELIVERED", "STORE", json!({ "amount": "1" }))).await;
    let order = order_of(&server, OrderStatus::ReadyForDelivery, SalesModel::Agency).await;
    let operator = server.operator();

    let done = record(&operator, order.id, order.version, MilestoneState::Done).await;
    assert_eq!((&done["order"]["status"], &done["userErrors"]), (&json!("DELIVERED"), &json!([])));
    let made = lines(&server, order.id).await;
    let facts = |line: &settlement_line::Model| (line.item, line.store_id, line.base_minor, line.amount_minor);
    // 3.5 % of the total, HALF_UP; totals are whole fen, so the half is at 0.5 of a fen.
    let commission = (order.total_minor * 350 + 5_000) / 10_000;
    assert_eq!(
        made.iter().map(facts).collect::<Vec<_>>(),
        [
            (SettlementItem::AgentCommission, Some(order.store_id), Some(order.total_minor), commission),
            (SettlementItem::DeliveryServiceFee, Some(order.delivery_store_id), None, 80_000),
        ]
    );
    assert!(made.iter().all(|line| line.trigger == Some(SettlementTrigger::Delivered) && !line.reversed));

    let version = done["order"]["version"].as_i64().unwrap();
    let undone = record(&operator, order.id, i32::try_from(version).unwrap(), MilestoneState::RolledBack).await;
    assert_eq!(undone["order"]["status"], "READY_FOR_DELIVERY");
    let all = lines(&server, order.id).await;
    assert_eq!((all.len(), all.iter().map(|line| line.amount_minor).sum::<i64>()), (4, 0));
    for line in &made {
        let now = all.iter().find(|now| now.id == line.id).unwrap();
        let back: Vec<_> = all.iter().filter(|back| back.reverses_id == Some(line.id)).collect();
        assert!(now.reversed);
        assert_eq!(back.iter().map(|back| facts(back).3).collect::<Vec<_>>(), [-line.amount_minor]);
    }
    // Handed over after all: the lines are there again, and those of before stay taken back.
    let version = i32::try_from(undone["order"]["version"].as_i64().unwrap()).unwrap();
    assert_eq!(record(&operator, order.id, version, MilestoneState::Done).await["order"]["status"], "DELIVERED");
    let all = lines(&server, order.id).await;
    let stands = all.iter().filter(|line| !line.reversed && line.reverses_id.is_none());
    assert_eq!((all.len(), stands.map(|line| line.amount_minor).sum::<i64>()), (6, commission + 80_000));
}

#[tokio::test]
async fn the_database_takes_no_second_line_that_stands() {
    use sea_orm::{ActiveModelTrait, IntoActiveModel};
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let order = order_of(&server, OrderStatus::ReadyForDelivery, SalesModel::Agency).await;
    record(&server.operator(), order.id, order.version, MilestoneState::Done).await;
    let first = lines(&server, order.id).await[0].clone();
    let put = async |line: settlement_line::Model| {
        let row = line.into_active_model().reset_all();
        settlement_line::Entity::insert(row).exec_without_returning(server.db().conn()).await.map(drop)
    };
    let double = settlement_line::Model { id: entity::SettlementLineId::generate(), ..first.clone() };
    let back = |id| settlement_line::Model {
        id,
        amount_minor: -first.amount_minor,
        reverses_id: Some(first.id),
        ..first.clone()
    };
    let refused = |done: Result<(), sea_orm::DbErr>| {
        matches!(done.unwrap_err().sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
    };
    assert!(refused(put(double).await));
    put(back(entity::SettlementLineId::generate())).await.unwrap();
    assert!(refused(put(back(entity::SettlementLineId::generate())).await), "what is taken back is taken back once");
}

#[tokio::test]
async fn two_hundred_handovers_at_once_make_one_set_of_lines() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let order = order_of(&server, OrderStatus::ReadyForDelivery, SalesModel::Agency).await;
    let operator = server.operator();
    let answers = join_all((0..200).map(|_| {
        let operator = operator.clone();
        async move { record(&operator, order.id, order.version, MilestoneState::Done).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer["userErrors"] == json!([])).count(), 1);
    let made = lines(&server, order.id).await;
    assert_eq!(
        made.iter().map(|line| line.item).collect::<Vec<_>>(),
        [SettlementItem::AgentCommission, SettlementItem::DeliveryServiceFee]
    );
}

/// Moves an order by the room's own way, as whoever decides about it does.
async fn go(server: &Server, id: entity::OrderId, steps: &[OrderStatus]) {
    for to in steps {
        let mut tx = Tx::begin(server.db(), server.app().clock.now()).await.unwrap();
        let mut revision = Revision::open(&tx, Condition::all(), id, "test".into()).await.unwrap().unwrap();
        revision.set_status(*to, tx.now(), None);
        revision.save(&mut tx);
        tx.commit(&server.app().hub).await.unwrap();
    }
}

#[tokio::test]
async fn what_came_back_is_taken_back_once_and_its_own_rules_count() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    publish(&server, rule("AGENCY", "LOGISTICS", "RETURNED", "STORE", json!({ "amount": "300" }))).await;
    let order = order_of(&server, OrderStatus::ReadyForDelivery, SalesModel::Agency).await;
    use OrderStatus::{Delivered, ReturnRequested, Returned};
    // A request that is turned down changes nothing.
    go(&server, order.id, &[Delivered, ReturnRequested, Delivered, ReturnRequested]).await;
    let before = lines(&server, order.id).await;
    assert_eq!(before.iter().filter(|line| !line.reversed).count(), 2);
    go(&server, order.id, &[Returned]).await;
    let all = lines(&server, order.id).await;
    let back: Vec<_> = all.iter().filter(|line| line.reverses_id.is_some()).collect();
    assert_eq!(back.len(), 2);
    assert!(back.iter().all(|line| line.trigger == Some(SettlementTrigger::Returned)));
    let own: Vec<_> = all.iter().filter(|line| line.item == SettlementItem::Logistics).collect();
    assert_eq!(own.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [30_000]);
    assert_eq!(all.iter().map(|line| line.amount_minor).sum::<i64>(), 30_000);
}

#[tokio::test]
async fn a_firm_order_makes_lines_and_one_that_is_called_off_none_that_stand() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let order = order_of(&server, OrderStatus::Intention, SalesModel::Agency).await;
    use OrderStatus::{CancellationRequested, Cancelled, Placed};
    go(&server, order.id, &[Placed, CancellationRequested, Placed]).await;
    let placed = lines(&server, order.id).await;
    assert_eq!(placed.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [50_000]);
    go(&server, order.id, &[CancellationRequested, Cancelled]).await;
    let all = lines(&server, order.id).await;
    let amounts: Vec<_> = all.iter().map(|line| (line.amount_minor, line.reversed)).collect();
    assert!(amounts.contains(&(50_000, true)) && amounts.contains(&(-50_000, false)), "{amounts:?}");
    assert_eq!(all.len(), 2);
    // What was never firm has nothing to take back.
    let draft = order_of(&server, OrderStatus::Draft, SalesModel::Agency).await;
    go(&server, draft.id, &[Cancelled]).await;
    assert_eq!(lines(&server, draft.id).await, []);
}

#[tokio::test]
async fn a_test_drive_is_settled_once_for_a_lead() {
    let server = Server::start().await;
    without_rules(&server).await;
    publish(&server, rule("DIRECT", "LOGISTICS", "TEST_DRIVE_COMPLETED", "STORE", json!({ "amount": "120" }))).await;
    let system = server.system();
    let report = async |id: &str, stage: LeadStage, seconds: i64| {
        let mut data = example("cn.milepost.lead.lead.v1");
        data["stage"] = json!(stage);
        data["lostReason"] = json!((stage == LeadStage::Lost).then_some("PRICE"));
        let sent = event(id, "cn.milepost.lead.lead.v1", Some(ago(&server, seconds)), data);
        assert_eq!(result(&system, sent).await["outcome"], "applied", "{id}");
    };
    report("l-1", LeadStage::Assigned, 90).await;
    let all = || settlement_line::Entity::find().filter(settlement_line::Column::LeadId.is_not_null());
    assert_eq!(all().count(server.db().conn()).await.unwrap(), 0);
    report("l-2", LeadStage::TestDriven, 80).await;
    report("l-3", LeadStage::TestDriven, 70).await;
    let made = all().all(server.db().conn()).await.unwrap();
    assert_eq!(
        made.iter().map(|line| (line.store_id, line.amount_minor)).collect::<Vec<_>>(),
        [(Some(server.demo.store), 12_000)]
    );
    // Lost, found again, and driven again: it is the same lead.
    report("l-4", LeadStage::Lost, 60).await;
    report("l-5", LeadStage::Contacted, 50).await;
    report("l-6", LeadStage::TestDriven, 40).await;
    assert_eq!(all().count(server.db().conn()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_handover_that_a_system_reports_makes_the_same_lines() {
    let server = Server::start().await;
    without_rules(&server).await;
    agency_rules(&server).await;
    let order = order_of(&server, OrderStatus::ReadyForDelivery, SalesModel::Agency).await;
    let kind = "cn.milepost.order.milestone.v1";
    let mut data = example(kind);
    data["orderNumber"] = json!(order.number);
    data["code"] = json!("HANDED_OVER");
    data["state"] = json!("DONE");
    data.as_object_mut()
        .unwrap()
        .retain(|name, _| ["orderNumber", "code", "state", "occurredAt"].contains(&name.as_str()));
    data["occurredAt"] = json!(server.app().clock.now());
    let sent = event("m-1", kind, None, data);
    let told = result(&server.system(), sent.clone()).await;
    assert_eq!(told["outcome"], "applied", "{told}");
    assert_eq!(lines(&server, order.id).await.len(), 2);
    result(&server.system(), sent).await;
    assert_eq!(lines(&server, order.id).await.len(), 2, "the same event again");
}
