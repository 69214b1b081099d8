//! Contracts (C070-C072), signed in the sandbox.

use entity::order::{contract, milestone, order};
use entity::{ContractId, ContractState, EventKind, MilestoneCode, MilestoneState, OrderId, OrderStatus};
use milepost::events::log;
use milepost::order::rules::paper;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::{cancel, decide, ordered, reach};
use super::provider::{filled_in, watchful};
use super::{key, order_row, other_store, staff_of};
use crate::harness::{self, Client, Server, Setup};
use crate::ingest::{event, results, words};

const CONTRACT: &str = "cn.milepost.order.contract.v1";

const TEMPLATES: &str =
    "{ contractTemplates { id code version name salesModel clauses { code title text options { code text } } } }";

const GENERATE: &str = "mutation($input: ContractGenerateInput!) { contractGenerate(input: $input) {
    order { id version status }
    contract { id number version state document documentHash signingUrl template { code version }
        orderSnapshot { orderNumber buyerName sellerName modelName trimCode optionCodes total { minorUnits } paid { minorUnits }
            lines { kind amount { minorUnits } } }
        clauses { code title text chosenCode chosenText } }
    userErrors { code field } } }";

const START: &str = "mutation($input: ContractStartSigningInput!) { contractStartSigning(input: $input) {
    contract { id state signingUrl expiresAt } userErrors { code message field ... on InvalidTransition { from allowed } } } }";

const REVOKE: &str = "mutation($input: ContractRevokeInput!) { contractRevoke(input: $input) {
    contract { state endReason } userErrors { code field ... on InvalidTransition { from allowed } } } }";

const RESCIND: &str = "mutation($input: ContractRescindInput!) { contractRescind(input: $input) {
    order { status } contract { state endReason } userErrors { code field ... on InvalidTransition { from } } } }";

const PUBLISH: &str = "mutation($input: ContractTemplatePublishInput!) { contractTemplatePublish(input: $input) {
    template { code version name clauses { code options { code } } } userErrors { code field ... on VersionConflict { currentVersion } } } }";

const FOLLOW: &str = "subscription($id: ID!) { contractStatusChanged(orderId: $id) {
    sequence contract { number state } order { status } } }";

fn inquisitive() -> Setup {
    watchful().setting("MILEPOST_CONTRACTS__CHECK_SECONDS", "1")
}

/// An order whose configuration is locked.
pub async fn locked(server: &Server) -> OrderId {
    let id = ordered(server, "PLACED").await;
    reach(server, id, &[MilestoneCode::ConfigLocked]).await;
    assert_eq!(order_row(server, id).await.status, OrderStatus::Locked);
    id
}

pub async fn generate(client: &Client, server: &Server, id: OrderId, choices: Value) -> Value {
    let version = order_row(server, id).await.version;
    let input =
        json!({ "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version, "choices": choices });
    client.payload(GENERATE, json!({ "input": input })).await
}

fn named(contract: &Value) -> Value {
    json!({ "input": { "idempotencyKey": key(), "contractId": contract["id"] } })
}

fn because(contract: &Value, reason: &str) -> Value {
    json!({ "input": { "idempotencyKey": key(), "contractId": contract["id"], "reason": reason } })
}

/// A contract that waits to be signed; the page on which that is done.
pub async fn signing(server: &Server, id: OrderId) -> (Value, String) {
    let contract = generate(&server.customer(), server, id, json!([])).await["contract"].clone();
    let started = server.customer().payload(START, named(&contract)).await;
    assert_eq!(started["userErrors"], json!([]));
    let url = started["contract"]["signingUrl"].as_str().expect("a page").to_owned();
    (contract, url)
}

pub async fn deed(server: &Server, url: &str, deed: &str, told: &str) {
    assert_eq!(filled_in(server, url, &format!("deed={deed}&told={told}")).await, 200, "{url}");
}

async fn row(server: &Server, contract: &Value) -> contract::Model {
    let id: ContractId = contract["id"].as_str().unwrap().parse().unwrap();
    contract::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

pub async fn until(server: &Server, contract: &Value, state: ContractState) -> contract::Model {
    harness::until(|| row(server, contract), |row| row.state == state).await
}

async fn signed(server: &Server, id: OrderId) -> MilestoneState {
    let found = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(id))
        .filter(milestone::Column::Code.eq(MilestoneCode::ContractSigned))
        .one(server.db().conn())
        .await;
    found.unwrap().unwrap().state
}

async fn told(server: &Server, id: OrderId) -> Vec<String> {
    let entries = log::read(server.db().conn(), &format!("order:{id}"), 0, 1000).await.unwrap();
    let contracts = entries.iter().filter(|entry| entry.kind == EventKind::ContractChanged);
    contracts.map(|entry| entry.payload["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_contract_says_all_of_its_order_and_is_signed() {
    let server = Server::start().await;
    let customer = server.customer();
    let id = locked(&server).await;
    let mut heard = customer.subscribe_sse(FOLLOW, json!({ "id": id.to_string() })).await;
    assert_eq!(heard.data().await["contractStatusChanged"]["contract"], json!(null));
    let order = order_row(&server, id).await;
    let drawn =
        generate(&customer, &server, id, json!([{ "clauseCode": "DISPUTE", "optionCode": "ARBITRATION" }])).await;
    assert_eq!(drawn["userErrors"], json!([]));
    let contract = &drawn["contract"];
    assert_eq!(contract["number"], format!("HT-{}-1", order.number));
    assert_eq!(
        (&contract["state"], &contract["template"]),
        (&json!("DRAFT"), &json!({ "code": "SALE", "version": 1 }))
    );
    let snapshot = &contract["orderSnapshot"];
    assert_eq!(snapshot["orderNumber"], order.number);
    assert_eq!(
        (&snapshot["total"]["minorUnits"], &snapshot["paid"]["minorUnits"]),
        (&json!(order.total_minor), &json!(500_000))
    );
    let sum: i64 =
        snapshot["lines"].as_array().unwrap().iter().map(|line| line["amount"]["minorUnits"].as_i64().unwrap()).sum();
    assert_eq!(sum, order.total_minor);
    let clauses = contract["clauses"].as_array().unwrap();
    let chosen: Vec<_> =
        clauses.iter().map(|clause| (clause["code"].as_str().unwrap(), clause["chosenCode"].as_str())).collect();
    assert_eq!(
        chosen,
        [
            ("DEPOSIT", None),
            ("DELIVERY", Some("STORE")),
            ("LATE", Some("INTEREST")),
            ("WARRANTY", None),
            ("DISPUTE", Some("ARBITRATION"))
        ]
    );
    // The text that is signed is what the hash is of, and it names the buyer, whom nothing in the store names in clear.
    let text = contract["document"].as_str().unwrap();
    let buyer = snapshot["buyerName"].as_str().unwrap();
    assert!(!buyer.contains('*') && text.contains(&format!("买方：{buyer}\n")), "{text}");
    assert_eq!(contract["documentHash"], paper::hash(text));
    let kept = row(&server, contract).await;
    assert!(!kept.snapshot.0.windows(buyer.len()).any(|part| part == buyer.as_bytes()));
    // The store reads the same, but for the name.
    let consultant = server.consultant();
    let seen = consultant.data(
        "query($id: ID!) { order(id: $id) { contracts { document documentHash signingUrl orderSnapshot { buyerName } } } }",
        json!({ "id": id.to_string() }),
    );
    let seen = seen.await["order"]["contracts"][0].clone();
    assert_eq!((&seen["document"], &seen["documentHash"]), (&json!(null), &contract["documentHash"]));
    assert!(seen["orderSnapshot"]["buyerName"].as_str().unwrap().contains('*'));

    let once = named(contract);
    let started = customer.payload(START, once.clone()).await;
    assert_eq!((&started["contract"]["state"], &started["userErrors"]), (&json!("SIGNING"), &json!([])));
    assert_eq!(customer.payload(START, once).await, started, "the same key");
    assert_eq!(signed(&server, id).await, MilestoneState::Active);
    let again = generate(&customer, &server, id, json!([])).await;
    assert_eq!(again["userErrors"][0]["code"], "INVALID_TRANSITION");
    let url = started["contract"]["signingUrl"].as_str().unwrap();
    let page = server.http().get(url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("汽车买卖合同") && page.contains(buyer), "{page}");
    deed(&server, url, "sign", "twice").await;
    let done = until(&server, contract, ContractState::Completed).await;
    assert!(done.signed_at.is_some() && done.ended_at.is_none());
    assert_eq!(signed(&server, id).await, MilestoneState::Done);
    assert_eq!(order_row(&server, id).await.status, OrderStatus::Contracted);
    let late = customer.payload(REVOKE, because(contract, "Too late")).await;
    assert_eq!(
        (&late["userErrors"][0]["from"], &late["userErrors"][0]["allowed"]),
        (&json!("COMPLETED"), &json!(["START_RESCINDING"]))
    );
    assert_eq!(told(&server, id).await, ["DRAFT", "SIGNING", "COMPLETED"]);
    for _ in 0..3 {
        let message = heard.data().await["contractStatusChanged"].clone();
        assert_eq!(message["contract"]["number"], contract["number"]);
    }
}

#[tokio::test]
async fn a_draft_gives_way_and_what_is_taken_back_can_be_drawn_up_again() {
    let server = Server::start().await;
    let customer = server.customer();
    let id = locked(&server).await;
    let first = generate(&customer, &server, id, json!([])).await["contract"].clone();
    let second = generate(&customer, &server, id, json!([])).await["contract"].clone();
    assert_eq!((&second["id"], &second["version"], &second["state"]), (&first["id"], &json!(1), &json!("DRAFT")));
    assert_ne!(second["documentHash"], first["documentHash"], "each paper is drawn up for itself");
    let started = customer.payload(START, named(&second)).await;
    assert_eq!(started["contract"]["state"], "SIGNING");
    let revoked = customer.payload(REVOKE, because(&second, "The colour is to be another")).await;
    assert_eq!(revoked["contract"], json!({ "state": "REVOKED", "endReason": "The colour is to be another" }));
    assert_eq!(signed(&server, id).await, MilestoneState::Pending);
    let third = generate(&customer, &server, id, json!([])).await["contract"].clone();
    assert_eq!(third["version"], 2);
    assert_eq!(told(&server, id).await, ["DRAFT", "DRAFT", "SIGNING", "REVOKED", "DRAFT"]);

    let refused = async |choices: Value| {
        let said = generate(&customer, &server, id, choices).await;
        json!([said["userErrors"][0]["code"], said["userErrors"][0]["field"]])
    };
    let choice = |clause: &str, option: &str| json!({ "clauseCode": clause, "optionCode": option });
    assert_eq!(
        refused(json!([choice("NONE", "X")])).await,
        json!(["INVALID", ["input", "choices", "0", "clauseCode"]])
    );
    assert_eq!(
        refused(json!([choice("LATE", "X")])).await,
        json!(["INVALID", ["input", "choices", "0", "optionCode"]])
    );
    let twice = json!([choice("LATE", "INTEREST"), choice("LATE", "CHARGING")]);
    assert_eq!(refused(twice).await, json!(["INVALID", ["input", "choices", "1", "clauseCode"]]));
    // Before the configuration is locked there is nothing to sign, and nobody signs for others.
    let early = ordered(&server, "PLACED").await;
    let said = generate(&customer, &server, early, json!([])).await;
    assert_eq!(said["userErrors"][0]["code"], "NOT_ELIGIBLE");
    let order = order_row(&server, id).await;
    let stranger = staff_of(&server, other_store(&server, &order).await).await;
    assert_eq!(generate(&stranger, &server, id, json!([])).await["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(stranger.payload(START, named(&third)).await["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(customer.code(RESCIND, because(&third, "No")).await, "FORBIDDEN");
}

#[tokio::test]
async fn what_was_signed_and_nobody_heard_is_asked_for_and_a_signed_one_is_undone_by_all() {
    let server = inquisitive().start().await;
    let id = locked(&server).await;
    let (contract, url) = signing(&server, id).await;
    deed(&server, &url, "sign", "never").await;
    until(&server, &contract, ContractState::Completed).await;
    let manager = server.manager();
    let asked = manager.payload(RESCIND, because(&contract, "Agreed with the customer")).await;
    assert_eq!(asked["contract"], json!({ "state": "RESCINDING", "endReason": "Agreed with the customer" }));
    assert_eq!(asked["order"]["status"], "CONTRACTED", "until all agree");
    deed(&server, &url, "agree", "never").await;
    until(&server, &contract, ContractState::PartiallyRescinded).await;
    deed(&server, &url, "rescind", "once").await;
    let ended = until(&server, &contract, ContractState::Rescinded).await;
    assert!(ended.ended_at.is_some());
    assert_eq!(signed(&server, id).await, MilestoneState::RolledBack);
    assert_eq!(order_row(&server, id).await.status, OrderStatus::Locked);
    let next = generate(&server.customer(), &server, id, json!([])).await;
    assert_eq!(next["contract"]["version"], 2, "{next}");
}

#[tokio::test]
async fn a_contract_that_is_declined_or_runs_out_is_over() {
    let server = inquisitive().start().await;
    for (what, state) in [("decline", ContractState::Declined), ("expire", ContractState::Expired)] {
        let id = locked(&server).await;
        let (contract, url) = signing(&server, id).await;
        deed(&server, &url, what, "once").await;
        until(&server, &contract, state).await;
        assert_eq!(signed(&server, id).await, MilestoneState::Pending, "{what}");
        assert_eq!(order_row(&server, id).await.status, OrderStatus::Locked);
    }
    // Nobody signs for an order that is called off.
    let id = locked(&server).await;
    let (contract, _) = signing(&server, id).await;
    let request = cancel(&server.customer(), &server, id).await["changeRequest"].clone();
    let decided = decide(&server.manager(), &server, id, &request, json!({})).await;
    assert_eq!(decided["userErrors"], json!([]), "{decided}");
    until(&server, &contract, ContractState::Revoked).await;
}

#[tokio::test]
async fn a_template_has_versions_and_none_of_them_changes() {
    let server = Server::start().await;
    let operator = server.operator();
    let before = operator.data(TEMPLATES, json!({})).await["contractTemplates"].clone();
    assert_eq!(
        (before.as_array().unwrap().len(), &before[0]["code"], &before[0]["version"]),
        (1, &json!("SALE"), &json!(1))
    );
    let clause = |code: &str, options: Value| json!({ "code": code, "titleZh": "条", "titleEn": "Clause", "textZh": "约定。", "textEn": "Agreed.", "options": options });
    let option = |code: &str| json!({ "code": code, "textZh": "选", "textEn": "Chosen" });
    let input = |version: i32, clauses: Value| {
        json!({ "input": { "idempotencyKey": key(), "code": "SALE", "expectedVersion": version, "nameZh": "买卖合同",
            "nameEn": "Sale", "clauses": clauses } })
    };
    let good = json!([clause("ONE", json!([option("A"), option("B")])), clause("TWO", json!([]))]);
    let stale = operator.payload(PUBLISH, input(0, good.clone())).await;
    assert_eq!(
        (&stale["userErrors"][0]["code"], &stale["userErrors"][0]["currentVersion"]),
        (&json!("VERSION_CONFLICT"), &json!(1))
    );
    let id = locked(&server).await;
    let old = generate(&server.customer(), &server, id, json!([])).await["contract"].clone();
    let next = operator.payload(PUBLISH, input(1, good.clone())).await;
    assert_eq!((&next["template"]["version"], &next["userErrors"]), (&json!(2), &json!([])));
    assert_eq!(operator.data(TEMPLATES, json!({})).await["contractTemplates"][0]["version"], 2);
    // What was drawn up stays what it is.
    let customer = server.customer();
    let read = customer.data(
        "query($id: ID!) { order(id: $id) { contracts { document template { version } } } }",
        json!({ "id": id.to_string() }),
    );
    let read = read.await["order"]["contracts"][0].clone();
    assert_eq!((&read["document"], &read["template"]["version"]), (&old["document"], &json!(1)));
    let new = generate(&server.customer(), &server, id, json!([{ "clauseCode": "ONE", "optionCode": "B" }])).await;
    assert_eq!(new["contract"]["template"]["version"], 2);
    // A version for some orders alone leaves no older one behind for the others.
    let mut special = input(2, good.clone());
    special["input"]["salesModel"] = json!("WHOLESALE");
    let special = operator.payload(PUBLISH, special).await;
    assert_eq!(special["userErrors"], json!([]));
    let sells = order_row(&server, id).await.sales_model;
    let last = generate(&server.customer(), &server, id, json!([])).await;
    if sells == entity::SalesModel::Wholesale {
        assert_eq!(last["contract"]["template"]["version"], 3);
    } else {
        assert_eq!(last["userErrors"][0]["code"], "NOT_ELIGIBLE");
    }

    let refused = async |clauses: Value| {
        let said = operator.payload(PUBLISH, input(3, clauses)).await;
        json!([said["userErrors"][0]["code"], said["userErrors"][0]["field"]])
    };
    assert_eq!(refused(json!([])).await, json!(["INVALID", ["input", "clauses"]]));
    assert_eq!(refused(json!([clause("one", json!([]))])).await, json!(["INVALID", ["input", "clauses", "0", "code"]]));
    assert_eq!(
        refused(json!([clause("ONE", json!([])), clause("ONE", json!([]))])).await,
        json!(["INVALID", ["input", "clauses", "1", "code"]])
    );
    assert_eq!(
        refused(json!([clause("ONE", json!([option("A"), option("A")]))])).await,
        json!(["INVALID", ["input", "clauses", "0", "options"]])
    );
    let mut empty = clause("ONE", json!([]));
    empty["textZh"] = json!(" ");
    assert_eq!(refused(json!([empty])).await, json!(["REQUIRED", ["input", "clauses", "0", "textZh"]]));
    assert_eq!(server.manager().code(PUBLISH, input(3, good)).await, "FORBIDDEN");
    assert_eq!(server.customer().code(TEMPLATES, json!({})).await, "FORBIDDEN");
}

#[tokio::test]
async fn words_of_a_contract_are_heard_once_and_of_another_as_ever() {
    let server = Server::start().await;
    let id = locked(&server).await;
    let (contract, _) = signing(&server, id).await;
    let order = order_row(&server, id).await;
    let says = |number: &str, state: &str| {
        let data = json!({ "orderNumber": order.number, "contractNumber": number, "state": state });
        event(&key(), CONTRACT, None, data)
    };
    let own = contract["number"].as_str().unwrap();
    // A slip in the number does not sign the one that waits.
    let slip = results(&server.system(), &[says("HT-nope", "COMPLETED")]).await;
    assert_eq!(words(&slip), ["refused"], "{slip:#?}");
    assert_eq!(order_row(&server, id).await, order);
    let said = ["DRAFT", "COMPLETED", "COMPLETED", "REVOKED", "RESCINDED"];
    let sent: Vec<Value> = said.map(|state| says(own, state)).to_vec();
    let mut taken = Vec::new();
    for one in &sent {
        taken.extend(results(&server.system(), std::slice::from_ref(one)).await);
    }
    assert_eq!(words(&taken), ["refused", "applied", "applied", "refused", "applied"], "{taken:#?}");
    // Its own contract was signed elsewhere: it is the milestone alone.
    let other = ordered(&server, "PLACED").await;
    reach(&server, other, &[MilestoneCode::ConfigLocked]).await;
    let number = order_row(&server, other).await.number;
    let data = json!({ "orderNumber": number, "contractNumber": "OUTSIDE-1", "state": "COMPLETED" });
    assert_eq!(words(&results(&server.system(), &[event(&key(), CONTRACT, None, data)]).await), ["applied"]);
    assert_eq!(order_row(&server, other).await.status, OrderStatus::Contracted);
    let none = contract::Entity::find().filter(contract::Column::OrderId.eq(other)).order_by_asc(contract::Column::Id);
    assert_eq!(none.all(server.db().conn()).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_signed_while_a_cancellation_is_asked_for_counts_when_it_is_taken_back() {
    let server = Server::start().await;
    let id = locked(&server).await;
    let (contract, url) = signing(&server, id).await;
    let request = cancel(&server.customer(), &server, id).await["changeRequest"].clone();
    deed(&server, &url, "sign", "once").await;
    until(&server, &contract, ContractState::Completed).await;
    assert_eq!(order_row(&server, id).await.status, OrderStatus::CancellationRequested);
    let rejected = decide(&server.manager(), &server, id, &request, json!({ "decision": "REJECT" })).await;
    assert_eq!(rejected["userErrors"], json!([]), "{rejected}");
    assert_eq!(order_row(&server, id).await.status, OrderStatus::Contracted);
    assert_eq!(signed(&server, id).await, MilestoneState::Done);
}

#[tokio::test]
async fn an_order_that_has_changed_is_not_signed_as_it_was() {
    let server = inquisitive().start().await;
    let customer = server.customer();
    let id = locked(&server).await;
    let contract = generate(&customer, &server, id, json!([])).await["contract"].clone();
    let change = order::ActiveModel { paid_minor: Set(600_000), ..Default::default() };
    order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
    let stale = customer.payload(START, named(&contract)).await;
    assert_eq!(stale["userErrors"][0]["code"], "NOT_ELIGIBLE");
    let anew = generate(&customer, &server, id, json!([])).await["contract"].clone();
    assert_eq!(anew["orderSnapshot"]["paid"]["minorUnits"], 600_000);
    assert_eq!(customer.payload(START, named(&anew)).await["contract"]["state"], "SIGNING");
    // Not signed in time, which the gateway finds by itself.
    let past = server.app().clock.now() - chrono::TimeDelta::seconds(1);
    let change = contract::ActiveModel { expires_at: Set(Some(past)), ..Default::default() };
    let of = contract::Column::Id.eq(row(&server, &anew).await.id);
    contract::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
    until(&server, &anew, ContractState::Expired).await;
    // One that somebody does not agree to undo stays in force.
    let next = generate(&customer, &server, id, json!([])).await["contract"].clone();
    let started = customer.payload(START, named(&next)).await;
    let url = started["contract"]["signingUrl"].as_str().unwrap();
    deed(&server, url, "sign", "once").await;
    until(&server, &next, ContractState::Completed).await;
    let asked = server.manager().payload(RESCIND, because(&next, "Perhaps")).await;
    assert_eq!(asked["contract"]["state"], "RESCINDING");
    deed(&server, url, "keep", "once").await;
    let stays = until(&server, &next, ContractState::Completed).await;
    assert_eq!(stays.end_reason, None);
    assert_eq!(order_row(&server, id).await.status, OrderStatus::Contracted);
}
