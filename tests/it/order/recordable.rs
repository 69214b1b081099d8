//! What may be recorded by hand, by whom: `Order.recordableMilestones`, and what `milestoneRecord` takes.

use std::collections::BTreeSet;

use entity::order::order;
use entity::{Codes, MilestoneCode as Code, MilestoneState as State, OrderId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{ordered, reach};
use super::handover::ready;
use super::{key, order_row, record};
use crate::harness::{Client, Server};

const OFFERED: &str = "query($id: ID!) { order(id: $id) { version milestones { code state }
    recordableMilestones { code reports waitsFor } } }";

const MANY: &str = "mutation($input: MilestoneRecordManyInput!) { milestoneRecordMany(input: $input) {
    recordedCount results { userErrors { code field message } } userErrors { code } } }";

const REPORTS: [State; 4] = [State::Done, State::Delayed, State::RolledBack, State::Skipped];

/// What would come of a report, by itself: it is undone by one behind it that nobody takes.
async fn tried(client: &Client, id: OrderId, version: &Value, code: Code, state: State) -> Value {
    let item = |version: &Value| {
        json!({ "orderId": id.to_string(), "expectedVersion": version, "code": code.to_string(),
        "state": state.to_string() })
    };
    let items = [item(version), item(&json!(999_999))];
    let input = json!({ "idempotencyKey": key(), "errorPolicy": "ABORT", "items": items });
    let tried = client.payload(MANY, json!({ "input": input })).await;
    assert_eq!((&tried["recordedCount"], &tried["userErrors"]), (&json!(0), &json!([])), "{tried}");
    tried["results"][0]["userErrors"].clone()
}

/// For a store and for operators: what is offered is what is taken, of all that can be said.
async fn agrees(server: &Server, id: OrderId, stage: &str) {
    let before = order_row(server, id).await;
    for (who, client) in [("a store", server.consultant()), ("an operator", server.operator())] {
        let seen = client.data(OFFERED, json!({ "id": id.to_string() })).await["order"].clone();
        let list = |name: &str| seen[name].as_array().unwrap().clone();
        let is_so = |code: Code, state: State| {
            list("milestones").iter().any(|one| one["code"] == code.to_string() && one["state"] == state.to_string())
        };
        let offered: BTreeSet<(String, String)> = list("recordableMilestones")
            .iter()
            .flat_map(|one| {
                one["reports"].as_array().unwrap().iter().map(|report| (one["code"].clone(), report.clone()))
            })
            .map(|(code, report)| (code.as_str().unwrap().to_owned(), report.as_str().unwrap().to_owned()))
            .collect();
        let mut taken = BTreeSet::new();
        for code in Code::ALL {
            for state in REPORTS {
                let refused = tried(&client, id, &seen["version"], *code, state).await;
                // What is so already is taken, and is nothing.
                if refused == json!([]) && !is_so(*code, state) {
                    taken.insert((code.to_string(), state.to_string()));
                }
            }
        }
        assert_eq!(offered, taken, "{stage}, {who}");
        assert!(!taken.is_empty(), "{stage}, {who}");
    }
    assert_eq!(order_row(server, id).await, before, "nothing has changed");
}

async fn put(server: &Server, id: OrderId, change: order::ActiveModel) {
    let of = order::Column::Id.eq(id);
    order::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
}

fn request_open(open: bool) -> order::ActiveModel {
    order::ActiveModel { has_open_change_request: Set(open), ..Default::default() }
}

#[tokio::test]
async fn what_is_offered_is_what_is_taken() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    agrees(&server, id, "placed").await;
    put(&server, id, request_open(true)).await;
    agrees(&server, id, "with an open request").await;
    put(&server, id, request_open(false)).await;
    reach(&server, id, &[Code::ConfigLocked]).await;
    agrees(&server, id, "locked").await;
    agrees(&server, server.demo.order, "under way").await;
    let id = ready(&server).await;
    agrees(&server, id, "ready").await;
    let version = order_row(&server, id).await.version;
    let done = record(&server.operator(), id, version, Code::HandedOver, State::Done).await;
    assert_eq!(done["userErrors"], json!([]));
    agrees(&server, id, "handed over").await;
}

/// The milestones of law and money, each where it would be next.
#[tokio::test]
async fn a_store_locks_signs_pays_and_invoices_nothing_by_a_word() {
    use Code::{BalancePaid, ConfigLocked, ContractSigned, FinanceApproved, Invoiced};
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let deeds = [
        (ConfigLocked, "orderLockConfiguration"),
        (FinanceApproved, "financeApplicationSubmit"),
        (ContractSigned, "contractStartSigning"),
        (BalancePaid, "paymentRecord"),
        (Invoiced, "invoiceRequest"),
    ];
    for (code, instead) in deeds {
        let before = order_row(&server, id).await;
        for client in [server.consultant(), server.manager()] {
            let refused = record(&client, id, before.version, code, State::Done).await;
            let error = &refused["userErrors"][0];
            assert_eq!(
                (&error["code"], &error["field"]),
                (&json!("NOT_ELIGIBLE"), &json!(["input", "code"])),
                "{code}"
            );
            assert!(error["message"].as_str().unwrap().contains(instead), "{error}");
            let many = tried(&client, id, &json!(before.version), code, State::Done).await;
            assert_eq!((&many[0]["code"], &many[0]["field"][3]), (&json!("NOT_ELIGIBLE"), &json!("code")), "{many}");
        }
        assert_eq!(order_row(&server, id).await, before, "nothing has changed");
        let reached = record(&server.operator(), id, before.version, code, State::Done).await;
        assert_eq!(reached["userErrors"], json!([]), "{code}");
        let before = order_row(&server, id).await;
        let undone = record(&server.manager(), id, before.version, code, State::RolledBack).await;
        assert_eq!(undone["userErrors"][0]["code"], "NOT_ELIGIBLE", "{code}");
        assert_eq!(order_row(&server, id).await, before, "nothing has changed");
    }
}

#[tokio::test]
async fn a_store_says_that_it_takes_longer_and_that_no_loan_is_wanted() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let said = [
        (Code::ContractSigned, State::Delayed),
        (Code::BalancePaid, State::Delayed),
        (Code::Invoiced, State::Delayed),
        (Code::FinanceApproved, State::Skipped),
    ];
    for (code, state) in said {
        let version = order_row(&server, id).await.version;
        let told = record(&server.consultant(), id, version, code, state).await;
        assert_eq!(told["userErrors"], json!([]), "{code}");
        assert_eq!(super::state_of(&told["order"], &code.to_string()), state.to_string());
    }
}

/// An operator says what was locked elsewhere; what cannot be locked here they do not lock either.
#[tokio::test]
async fn an_operator_locks_what_can_be_locked() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let options = order_row(&server, id).await.option_codes;
    put(&server, id, request_open(true)).await;
    let before = order_row(&server, id).await;
    let refused = record(&server.operator(), id, before.version, Code::ConfigLocked, State::Done).await;
    let error = &refused["userErrors"][0];
    assert_eq!((&error["code"], &error["field"]), (&json!("NOT_ELIGIBLE"), &json!(["input", "code"])), "{error}");
    assert_eq!(order_row(&server, id).await, before, "nothing has changed");

    let unknown = order::ActiveModel { option_codes: Set(Codes(vec!["NO-SUCH".to_owned()])), ..request_open(false) };
    put(&server, id, unknown).await;
    let before = order_row(&server, id).await;
    let refused = record(&server.operator(), id, before.version, Code::ConfigLocked, State::Done).await;
    assert_ne!(refused["userErrors"], json!([]));
    assert_eq!(order_row(&server, id).await, before, "nothing has changed");

    put(&server, id, order::ActiveModel { option_codes: Set(options), ..Default::default() }).await;
    let locked = record(&server.operator(), id, before.version, Code::ConfigLocked, State::Done).await;
    assert_eq!(locked["order"]["status"], "LOCKED", "{locked}");
}
