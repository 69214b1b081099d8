//! Loans over an order's car (C068), with the sandbox's lender.

use entity::order::{finance_application, milestone, order, payment};
use entity::{
    EventKind, FinanceApplicationId, FinanceApplicationState, MilestoneCode, MilestoneState, OrderId, OrderStatus,
    PaymentMethod, PaymentState,
};
use futures_util::future::join_all;
use milepost::events::log;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::{cancel, ordered};
use super::provider::{filled_in, heard, watchful};
use super::{key, order_row, other_store, staff_of};
use crate::harness::{self, Client, Server, Setup};
use crate::ingest::{event, results, words};

const LOAN: &str = "cn.milepost.order.finance-application.v1";

const PLANS: &str = "query($trim: ID!, $city: CityCode!) { financePlans(cityCode: $city, trimId: $trim) { id code } }";

const CONSENT: &str = "mutation($input: ConsentGrantInput!) { consentGrant(input: $input) { consent { id } } }";

const WITHDRAW_CONSENT: &str =
    "mutation($input: ConsentWithdrawInput!) { consentWithdraw(input: $input) { userErrors { code field } } }";

const SUBMIT: &str = "mutation($input: FinanceApplicationSubmitInput!) { financeApplicationSubmit(input: $input) {
    order { id version financeApplications { id } }
    financeApplication { id state method months annualRatePercent principal { minorUnits } downPayment { minorUnits }
        monthly { minorUnits } approved { minorUnits } formUrl lenderNote lenderReference plan { code } lender { kind } }
    userErrors { code message field ... on InvalidTransition { from action } } } }";

const SUPPLEMENT: &str = "mutation($input: FinanceApplicationSupplementInput!) { financeApplicationSupplement(input: $input) {
    financeApplication { id state lenderNote } userErrors { code field ... on InvalidTransition { from action allowed } } } }";

const WITHDRAW: &str = "mutation($input: FinanceApplicationWithdrawInput!) { financeApplicationWithdraw(input: $input) {
    order { id } financeApplication { id state formUrl } userErrors { code field ... on InvalidTransition { from action allowed } } } }";

const FOLLOW: &str = "subscription($id: ID!) { financeApplicationStatusChanged(orderId: $id) {
    sequence replayed application { id state approved { minorUnits } } order { status } } }";

/// One that asks about payments and applications each second.
fn inquisitive() -> Setup {
    watchful().setting("MILEPOST_FINANCE__CHECK_SECONDS", "1")
}

async fn consent(client: &Client, purpose: &str) -> Value {
    let input = json!({ "idempotencyKey": key(), "purpose": purpose, "documentVersion": "2026-01", "channel": "APP" });
    client.payload(CONSENT, json!({ "input": input })).await["consent"]["id"].clone()
}

/// What to ask for over an order: the plan of this code.
async fn wish(server: &Server, id: OrderId, code: &str, months: i32) -> Value {
    let order = order_row(server, id).await;
    let of = json!({ "trim": order.trim_id.to_string(), "city": order.city_code });
    let plans = server.customer().data(PLANS, of).await;
    let plans = plans["financePlans"].as_array().unwrap().clone();
    let plan = plans.iter().find(|plan| plan["code"] == code).expect("the plan")["id"].clone();
    let consent = consent(&server.customer(), "FINANCE_CREDIT").await;
    json!({ "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": order.version, "planId": plan,
        "months": months, "consentId": consent })
}

async fn submit(client: &Client, input: &Value) -> Value {
    client.payload(SUBMIT, json!({ "input": input })).await
}

/// An order with a paid deposit, and an application that the lender has.
async fn applied(server: &Server) -> (OrderId, Value) {
    let id = ordered(server, "PLACED").await;
    let said = submit(&server.customer(), &wish(server, id, "S-PLAN", 60).await).await;
    assert_eq!(said["userErrors"], json!([]));
    (id, said["financeApplication"].clone())
}

/// What somebody does on the application's page, and how the gateway is to hear of it.
async fn deed(server: &Server, application: &Value, deed: &str, told: &str) {
    let url = application["formUrl"].as_str().expect("a page");
    assert_eq!(filled_in(server, url, &format!("deed={deed}&told={told}")).await, 200, "{url}");
}

async fn row(server: &Server, application: &Value) -> finance_application::Model {
    let id: FinanceApplicationId = application["id"].as_str().unwrap().parse().unwrap();
    finance_application::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

async fn until(server: &Server, application: &Value, state: FinanceApplicationState) -> finance_application::Model {
    harness::until(|| row(server, application), |row| row.state == state).await
}

async fn approval(server: &Server, id: OrderId) -> MilestoneState {
    let found = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(id))
        .filter(milestone::Column::Code.eq(MilestoneCode::FinanceApproved))
        .one(server.db().conn())
        .await;
    found.unwrap().unwrap().state
}

async fn lent(server: &Server, id: OrderId) -> Vec<payment::Model> {
    let found = payment::Entity::find()
        .filter(payment::Column::OrderId.eq(id))
        .filter(payment::Column::Method.eq(PaymentMethod::LoanDisbursement))
        .order_by_asc(payment::Column::CreatedAt);
    found.all(server.db().conn()).await.unwrap()
}

/// The states that the order's stream tells of.
async fn told(server: &Server, id: OrderId) -> Vec<String> {
    let entries = log::read(server.db().conn(), &format!("order:{id}"), 0, 1000).await.unwrap();
    let loans = entries.iter().filter(|entry| entry.kind == EventKind::FinanceApplicationChanged);
    loans.map(|entry| entry.payload["state"].as_str().unwrap().to_owned()).collect()
}

fn named(application: &Value) -> Value {
    json!({ "input": { "idempotencyKey": key(), "applicationId": application["id"] } })
}

#[tokio::test]
async fn a_loan_goes_from_application_to_money() {
    let server = Server::start().await;
    let customer = server.customer();
    let id = ordered(&server, "PLACED").await;
    let mut heard = customer.subscribe_sse(FOLLOW, json!({ "id": id.to_string() })).await;
    let first = heard.data().await["financeApplicationStatusChanged"].clone();
    assert_eq!((&first["application"], &first["order"]["status"]), (&json!(null), &json!("PLACED")));

    let input = wish(&server, id, "S-PLAN", 60).await;
    let said = submit(&customer, &input).await;
    assert_eq!(said["userErrors"], json!([]));
    let loan = &said["financeApplication"];
    assert_eq!(
        (&loan["state"], &loan["method"], &loan["months"]),
        (&json!("SUBMITTED"), &json!("EQUAL_INSTALMENT"), &json!(60))
    );
    assert_eq!((&loan["plan"]["code"], &loan["lender"]["kind"]), (&json!("S-PLAN"), &json!("LENDER")));
    assert_eq!((&loan["annualRatePercent"], &loan["lenderReference"]), (&json!("3.99"), &json!(null)));
    let principal = loan["principal"]["minorUnits"].as_i64().unwrap();
    let down = loan["downPayment"]["minorUnits"].as_i64().unwrap();
    // The plan's least: fifteen in a hundred of the car, rounded up.
    assert_eq!(down, ((principal + down) * 15 + 99) / 100);
    // The same again, and another of the same: it is the one.
    assert_eq!(submit(&customer, &input).await["financeApplication"], *loan);
    let mut again = wish(&server, id, "S-PLAN", 60).await;
    assert_eq!(submit(&customer, &again).await["financeApplication"], *loan);
    again = wish(&server, id, "C-PLAN", 36).await;
    let other = submit(&customer, &again).await;
    assert_eq!(other["userErrors"][0]["code"], "INVALID_TRANSITION");

    deed(&server, loan, "review", "once").await;
    until(&server, loan, FinanceApplicationState::UnderReview).await;
    let early = customer.payload(SUPPLEMENT, named(loan)).await;
    assert_eq!(early["userErrors"][0]["from"], "UNDER_REVIEW");
    assert_eq!(
        early["userErrors"][0]["allowed"],
        json!(["ASK_FOR_MORE", "APPROVE", "APPROVE_CONDITIONALLY", "REJECT", "WITHDRAW"])
    );
    deed(&server, loan, "ask", "twice").await;
    let asked = until(&server, loan, FinanceApplicationState::SupplementRequired).await;
    assert!(asked.lender_note.is_some());
    let given = named(loan);
    let supplemented = customer.payload(SUPPLEMENT, given.clone()).await;
    assert_eq!(supplemented["financeApplication"]["state"], "UNDER_REVIEW");
    assert_eq!(customer.payload(SUPPLEMENT, given).await, supplemented, "the same key");
    assert_eq!(approval(&server, id).await, MilestoneState::Pending);
    deed(&server, loan, "approve", "twice").await;
    let approved = until(&server, loan, FinanceApplicationState::Approved).await;
    assert_eq!(approved.approved_minor, Some(principal));
    assert_eq!(approved.expires_at, approved.decided_at.map(|at| at + chrono::TimeDelta::days(30)));
    assert_eq!(approval(&server, id).await, MilestoneState::Done);
    deed(&server, loan, "sign", "once").await;
    until(&server, loan, FinanceApplicationState::ContractSigned).await;
    let late = customer.payload(WITHDRAW, named(loan)).await;
    assert_eq!(
        (&late["userErrors"][0]["from"], &late["userErrors"][0]["allowed"]),
        (&json!("CONTRACT_SIGNED"), &json!(["DISBURSE", "RESCIND"]))
    );
    deed(&server, loan, "disburse", "twice").await;
    until(&server, loan, FinanceApplicationState::Disbursed).await;
    let money = lent(&server, id).await;
    let facts = |row: &payment::Model| (row.amount_minor, row.state);
    assert_eq!(money.iter().map(facts).collect::<Vec<_>>(), [(principal, PaymentState::Captured)]);
    assert_eq!(order_row(&server, id).await.paid_minor, 500_000 + principal);

    let expected = [
        "DRAFT",
        "SUBMITTED",
        "UNDER_REVIEW",
        "SUPPLEMENT_REQUIRED",
        "UNDER_REVIEW",
        "APPROVED",
        "CONTRACT_SIGNED",
        "DISBURSED",
    ];
    assert_eq!(told(&server, id).await, expected);
    // A message shows how it is when it is sent, so a state may be ahead of its entry, and never behind it.
    let mut last = 0;
    for at_least in expected {
        let message = heard.data().await["financeApplicationStatusChanged"].clone();
        let place = expected.iter().rposition(|state| message["application"]["state"] == *state).unwrap();
        let least = expected.iter().position(|state| *state == at_least).unwrap();
        assert!(place >= least, "{message} for {at_least}");
        let sequence = message["sequence"].as_i64().unwrap();
        assert!(sequence > last);
        last = sequence;
    }
}

#[tokio::test]
async fn what_the_lender_said_and_nobody_heard_is_asked_for() {
    let server = inquisitive().start().await;
    let (id, loan) = applied(&server).await;
    deed(&server, &loan, "review", "never").await;
    deed(&server, &loan, "conditions", "never").await;
    let row = until(&server, &loan, FinanceApplicationState::ConditionallyApproved).await;
    assert_eq!(row.approved_minor, Some(row.principal_minor / 10 * 9));
    assert_eq!(approval(&server, id).await, MilestoneState::Done);
    for step in ["sign", "disburse"] {
        deed(&server, &loan, step, "never").await;
    }
    until(&server, &loan, FinanceApplicationState::Disbursed).await;
    assert_eq!(lent(&server, id).await[0].amount_minor, row.principal_minor / 10 * 9);
    let states = told(&server, id).await;
    assert_eq!(&states[..2], ["DRAFT", "SUBMITTED"]);
    assert!(states.contains(&"CONDITIONALLY_APPROVED".to_owned()), "{states:?}");
    assert_eq!(states.last().unwrap(), "DISBURSED");
}

#[tokio::test]
async fn an_approval_runs_out_and_another_can_be_asked_for() {
    let server = inquisitive().start().await;
    let (id, loan) = applied(&server).await;
    deed(&server, &loan, "review", "once").await;
    let url = loan["formUrl"].as_str().unwrap();
    assert_eq!(filled_in(&server, url, "deed=approve&told=once&valid=2").await, 200);
    until(&server, &loan, FinanceApplicationState::Approved).await;
    assert_eq!(approval(&server, id).await, MilestoneState::Done);
    until(&server, &loan, FinanceApplicationState::Expired).await;
    assert_eq!(approval(&server, id).await, MilestoneState::RolledBack);
    let again = submit(&server.customer(), &wish(&server, id, "C-PLAN", 36).await).await;
    assert_eq!((&again["financeApplication"]["state"], &again["userErrors"]), (&json!("SUBMITTED"), &json!([])));
    assert_eq!(again["order"]["financeApplications"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_application_is_taken_back_once() {
    let server = Server::start().await;
    let (id, loan) = applied(&server).await;
    let customer = server.customer();
    let once = named(&loan);
    let taken = customer.payload(WITHDRAW, once.clone()).await;
    assert_eq!(
        (&taken["financeApplication"]["state"], &taken["financeApplication"]["formUrl"]),
        (&json!("WITHDRAWN"), &json!(null))
    );
    assert_eq!(customer.payload(WITHDRAW, once).await, taken);
    let twice = customer.payload(WITHDRAW, named(&loan)).await;
    assert_eq!(
        (&twice["userErrors"][0]["from"], &twice["userErrors"][0]["action"]),
        (&json!("WITHDRAWN"), &json!("WITHDRAW"))
    );
    assert_eq!(told(&server, id).await, ["DRAFT", "SUBMITTED", "WITHDRAWN"]);
    // Nobody else's.
    let order = order_row(&server, id).await;
    let stranger = staff_of(&server, other_store(&server, &order).await).await;
    for document in [SUPPLEMENT, WITHDRAW] {
        let refused = stranger.payload(document, named(&loan)).await;
        assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_with_its_field() {
    let server = Server::start().await;
    let customer = server.customer();
    let id = ordered(&server, "PLACED").await;
    let good = wish(&server, id, "S-PLAN", 60).await;
    let refused = async |change: Value| {
        let mut input = good.clone();
        input["idempotencyKey"] = json!(key());
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let said = submit(&customer, &input).await;
        assert_eq!(said["financeApplication"], json!(null), "{said}");
        json!([said["userErrors"][0]["code"], said["userErrors"][0]["field"][1]])
    };
    assert_eq!(refused(json!({ "months": 13 })).await, json!(["INVALID", "months"]));
    assert_eq!(refused(json!({ "downPayment": "1" })).await, json!(["INVALID", "downPayment"]));
    assert_eq!(refused(json!({ "downPayment": "1.001" })).await, json!(["INVALID", "downPayment"]));
    assert_eq!(refused(json!({ "expectedVersion": 1 })).await, json!(["VERSION_CONFLICT", "expectedVersion"]));
    let plan = entity::FinancePlanId::generate().to_string();
    assert_eq!(refused(json!({ "planId": plan })).await, json!(["NOT_FOUND", "planId"]));
    let unknown = entity::ConsentId::generate().to_string();
    assert_eq!(refused(json!({ "consentId": unknown })).await, json!(["NOT_FOUND", "consentId"]));
    let other = consent(&customer, "MARKETING").await;
    assert_eq!(refused(json!({ "consentId": other })).await, json!(["CONSENT_REQUIRED", "consentId"]));
    let draft = ordered(&server, "INTENTION").await;
    let mut early = wish(&server, draft, "S-PLAN", 60).await;
    let said = submit(&customer, &early).await;
    assert_eq!(
        (&said["userErrors"][0]["code"], &said["userErrors"][0]["field"]),
        (&json!("NOT_ELIGIBLE"), &json!(["input", "orderId"]))
    );
    // An order of somebody else's store.
    early["orderId"] = json!(id.to_string());
    early["idempotencyKey"] = json!(key());
    let order = order_row(&server, id).await;
    let stranger = staff_of(&server, other_store(&server, &order).await).await;
    assert_eq!(submit(&stranger, &early).await["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(told(&server, id).await, [""; 0]);

    // The lender says no at the door: its code is kept, and something else can be asked for.
    let mut at_the_door = good.clone();
    at_the_door["idempotencyKey"] = json!(key());
    at_the_door["downPayment"] = json!(format!("{}.87", order.total_minor / 200));
    let said = submit(&customer, &at_the_door).await;
    assert_eq!(said["financeApplication"]["state"], "REJECTED", "{said}");
    assert_eq!(said["financeApplication"]["lenderNote"], "OUT_OF_POLICY");
    assert_eq!(said["userErrors"][0]["code"], "NOT_ELIGIBLE");
    let again = submit(&customer, &at_the_door).await;
    assert_eq!(again, said, "the same key");
    assert_eq!(told(&server, id).await, ["DRAFT", "REJECTED"]);
}

#[tokio::test]
async fn while_the_lender_is_away_nothing_is_doubled() {
    let server = inquisitive().start().await;
    let customer = server.customer();
    let (_, known) = applied(&server).await;
    let page = reqwest::Url::parse(known["formUrl"].as_str().unwrap()).unwrap();
    let away = page.join("/outage").unwrap();
    let id = ordered(&server, "PLACED").await;
    let input = wish(&server, id, "S-PLAN", 60).await;
    assert_eq!(filled_in(&server, away.as_str(), "seconds=60").await, 204);
    assert_eq!(customer.code(SUBMIT, json!({ "input": input })).await, "UNAVAILABLE");
    assert_eq!(customer.code(WITHDRAW, named(&known)).await, "UNAVAILABLE");
    assert_eq!(filled_in(&server, away.as_str(), "seconds=0").await, 204);
    let said = submit(&customer, &input).await;
    assert_eq!((&said["financeApplication"]["state"], &said["userErrors"]), (&json!("SUBMITTED"), &json!([])));
    assert_eq!(told(&server, id).await, ["DRAFT", "SUBMITTED"]);
}

#[tokio::test]
async fn an_order_that_is_called_off_needs_no_loan_and_money_that_comes_after_all_goes_back() {
    let server = inquisitive().start().await;
    let (id, loan) = applied(&server).await;
    // Within the cooling hours it is done at once.
    assert_eq!(cancel(&server.customer(), &server, id).await["order"]["status"], "CANCELLED");
    let ended = until(&server, &loan, FinanceApplicationState::Withdrawn).await;
    let order = order_row(&server, id).await;
    let data = json!({ "orderNumber": order.number, "applicationId": loan["id"], "reference": ended.lender_reference,
        "state": "DISBURSED", "paymentReference": "LN-LATE" });
    let taken = results(&server.system(), &[event("late-money", LOAN, None, data)]).await;
    assert_eq!(words(&taken), ["applied"], "{taken:?}");
    let money = lent(&server, id).await;
    assert_eq!(money.len(), 1);
    let owed = entity::order::refund::Entity::find()
        .filter(entity::order::refund::Column::PaymentId.eq(money[0].id))
        .one(server.db().conn())
        .await
        .unwrap()
        .expect("it has to go back");
    assert_eq!(owed.amount_minor, money[0].amount_minor);
    assert_eq!(order_row(&server, id).await.status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn a_word_that_cannot_be_is_refused_and_one_of_before_is_old() {
    let server = Server::start().await;
    let (id, loan) = applied(&server).await;
    let number = order_row(&server, id).await.number;
    let reference = row(&server, &loan).await.lender_reference.unwrap();
    // Applied for an hour ago, so that there is room for moments.
    let begun = server.app().clock.now() - chrono::TimeDelta::hours(1);
    let change = finance_application::ActiveModel { created_at: Set(begun), ..Default::default() };
    let of = finance_application::Column::Id.eq(row(&server, &loan).await.id);
    finance_application::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
    let change = order::ActiveModel { created_at: Set(begun), ..Default::default() };
    order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
    let says = |state: &str, seconds: i64, more: Value| {
        let mut data = json!({ "orderNumber": number, "applicationId": loan["id"], "reference": reference, "state": state,
            "occurredAt": begun + chrono::TimeDelta::seconds(seconds) });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event(&key(), LOAN, None, data)
    };
    let principal = loan["principal"]["minorUnits"].as_i64().unwrap();
    let sent = [
        says("APPROVED", 10, json!({ "approvedMinor": principal + 1 })),
        says("DISBURSED", 10, json!({})),
        says("APPROVED", 10, json!({ "applicationId": FinanceApplicationId::generate().to_string() })),
        says("SUPPLEMENT_REQUIRED", 20, json!({})),
        // Told late, and before that moment.
        says("REJECTED", 15, json!({})),
        says("UNDER_REVIEW", 30, json!({})),
        says("SUPPLEMENT_REQUIRED", 20, json!({})),
        says("SUBMITTED", 40, json!({})),
        says("DRAFT", 40, json!({})),
    ];
    let taken = results(&server.system(), &sent).await;
    let expected =
        ["refused", "refused", "refused", "applied", "outdated", "applied", "outdated", "refused", "refused"];
    assert_eq!(words(&taken), expected, "{taken:#?}");
    let facts: Vec<_> =
        taken.iter().filter(|one| one["outcome"] == "refused").map(|one| json!([one["code"], one["field"]])).collect();
    assert_eq!(
        json!(facts),
        json!([
            ["INVALID", "data.approvedMinor"],
            ["INVALID", "data.paymentReference"],
            ["INVALID", "data.applicationId"],
            ["INVALID_TRANSITION", "data.state"],
            ["INVALID", "data.state"]
        ])
    );
    assert_eq!(row(&server, &loan).await.state, FinanceApplicationState::UnderReview);
}

#[tokio::test]
async fn two_hundred_words_at_once_have_one_effect() {
    let server = Server::start().await;
    let (id, loan) = applied(&server).await;
    let number = order_row(&server, id).await.number;
    let reference = row(&server, &loan).await.lender_reference.unwrap();
    let system = server.system();
    let sends = (0..200).map(|at| {
        let state = ["APPROVED", "CONDITIONALLY_APPROVED", "CONTRACT_SIGNED", "DISBURSED", "REJECTED"][at % 5];
        let data = json!({ "orderNumber": number, "applicationId": loan["id"], "reference": reference, "state": state,
            "paymentReference": "LN-1" });
        let (system, name) = (&system, format!("word-{at}"));
        async move { results(system, &[event(&name, LOAN, None, data)]).await }
    });
    join_all(sends).await;
    // Money that was paid out is known, whatever else was said, and is there once.
    assert_eq!(row(&server, &loan).await.state, FinanceApplicationState::Disbursed);
    let money = lent(&server, id).await;
    assert_eq!(money.len(), 1);
    let order: order::Model = order_row(&server, id).await;
    assert_eq!(order.paid_minor, 500_000 + money[0].amount_minor);
    let states = told(&server, id).await;
    assert_eq!(states.iter().filter(|state| *state == "DISBURSED").count(), 1, "{states:?}");
}

#[tokio::test]
async fn a_loan_that_was_made_elsewhere_begins_with_its_terms() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let number = order_row(&server, id).await.number;
    let system = server.system();
    let says = |state: &str, more: Value| {
        let mut data = json!({ "orderNumber": number, "reference": "YCF-1", "state": state });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event(&key(), LOAN, None, data)
    };
    let terms =
        json!({ "planCode": "S-PLAN", "months": 60, "principalMinor": 10_000_000, "downPaymentMinor": 8_000_000 });
    let sent = [
        says("UNDER_REVIEW", json!({})),
        says("UNDER_REVIEW", json!({ "planCode": "NO-SUCH-PLAN" })),
        says("UNDER_REVIEW", json!({ "planCode": "S-PLAN" })),
        says("UNDER_REVIEW", json!({ "planCode": "S-PLAN", "months": 13 })),
        says("UNDER_REVIEW", json!({ "planCode": "S-PLAN", "months": 60 })),
        says("UNDER_REVIEW", terms.clone()),
        says("UNDER_REVIEW", terms.clone()),
        says(
            "UNDER_REVIEW",
            json!({ "reference": "YCF-2", "planCode": "S-PLAN", "months": 60, "principalMinor": 1_000_000 }),
        ),
        says("APPROVED", json!({})),
        says("DISBURSED", json!({ "paymentReference": "LN-ELSEWHERE" })),
    ];
    let taken = results(&system, &sent).await;
    let expected =
        ["refused", "held", "refused", "refused", "refused", "applied", "applied", "refused", "applied", "applied"];
    assert_eq!(words(&taken), expected, "{taken:#?}");
    let fields: Vec<_> =
        taken.iter().filter(|one| one["outcome"] == "refused").map(|one| one["field"].clone()).collect();
    assert_eq!(
        json!(fields),
        json!(["data.planCode", "data.months", "data.months", "data.principalMinor", "data.reference"])
    );
    let rows = finance_application::Entity::find().filter(finance_application::Column::OrderId.eq(id));
    let rows = rows.all(server.db().conn()).await.unwrap();
    let facts: Vec<_> = rows.iter().map(|row| (row.state, row.monthly_minor, row.consent_id)).collect();
    // A hundred thousand yuan over five years at 3.99 %.
    assert_eq!(facts, [(FinanceApplicationState::Disbursed, 184_120, None)]);
    assert_eq!(lent(&server, id).await[0].amount_minor, 10_000_000);
    assert_eq!(told(&server, id).await, ["UNDER_REVIEW", "APPROVED", "DISBURSED"]);
    assert_eq!(approval(&server, id).await, MilestoneState::Done);
}

#[tokio::test]
async fn a_key_is_of_one_step_and_the_lender_is_asked_for_no_other() {
    let server = Server::start().await;
    let customer = server.customer();
    let (_, first) = applied(&server).await;
    let (_, second) = applied(&server).await;
    let once = named(&first);
    assert_eq!(customer.payload(WITHDRAW, once.clone()).await["financeApplication"]["state"], "WITHDRAWN");
    let mut other = named(&second);
    other["input"]["idempotencyKey"] = once["input"]["idempotencyKey"].clone();
    assert_eq!(customer.payload(WITHDRAW, other.clone()).await["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    for key in [String::new(), "k".repeat(300)] {
        other["input"]["idempotencyKey"] = json!(key);
        assert_ne!(customer.payload(WITHDRAW, other.clone()).await["userErrors"], json!([]));
    }
    // The lender has heard of none of it.
    deed(&server, &second, "review", "once").await;
    until(&server, &second, FinanceApplicationState::UnderReview).await;
    // A supplement that is sent again after the lender has asked once more is not given a second time.
    deed(&server, &second, "ask", "once").await;
    until(&server, &second, FinanceApplicationState::SupplementRequired).await;
    let given = named(&second);
    assert_eq!(customer.payload(SUPPLEMENT, given.clone()).await["financeApplication"]["state"], "UNDER_REVIEW");
    deed(&server, &second, "ask", "once").await;
    until(&server, &second, FinanceApplicationState::SupplementRequired).await;
    let again = customer.payload(SUPPLEMENT, given).await;
    assert_eq!(
        (&again["financeApplication"]["state"], &again["userErrors"]),
        (&json!("SUPPLEMENT_REQUIRED"), &json!([]))
    );
}

#[tokio::test]
async fn a_lender_may_say_more_of_a_state_and_its_clock_may_be_behind() {
    let server = Server::start().await;
    let (id, loan) = applied(&server).await;
    let number = order_row(&server, id).await.number;
    let kept = row(&server, &loan).await;
    let says = |state: &str, more: Value| {
        let mut data = json!({ "orderNumber": number, "applicationId": loan["id"], "reference": kept.lender_reference, "state": state });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event(&key(), LOAN, None, data)
    };
    let behind = kept.created_at - chrono::TimeDelta::milliseconds(5);
    let sooner = server.app().clock.now() + chrono::TimeDelta::days(3);
    let later = server.app().clock.now() + chrono::TimeDelta::days(9);
    let far = server.app().clock.now() + chrono::TimeDelta::days(4000);
    let sent = [
        says("UNDER_REVIEW", json!({ "occurredAt": behind })),
        says("APPROVED", json!({ "validUntil": far })),
        says("APPROVED", json!({ "validUntil": sooner, "note": "多\n行" })),
        says("APPROVED", json!({ "validUntil": later })),
        says("CONTRACT_SIGNED", json!({})),
        says("DISBURSED", json!({ "paymentReference": " LN-9 " })),
        says("DISBURSED", json!({ "paymentReference": "LN-9" })),
        says("DISBURSED", json!({ "paymentReference": "LN-10" })),
    ];
    let mut outcomes = Vec::new();
    for one in &sent {
        outcomes.extend(words(&results(&server.system(), std::slice::from_ref(one)).await));
        if outcomes.len() == 3 {
            let row = row(&server, &loan).await;
            assert_eq!((row.expires_at, row.lender_note.as_deref()), (Some(sooner), Some("多 行")));
        }
    }
    assert_eq!(outcomes, ["applied", "refused", "applied", "applied", "applied", "applied", "applied", "refused"]);
    assert_eq!(row(&server, &loan).await.expires_at, Some(later));
    assert_eq!(lent(&server, id).await.len(), 1);
    // Of a store's own staff nobody reads what the lender says of a customer, nor opens the page.
    let consultant = server.consultant();
    let seen = consultant.data(
        "query($id: ID!) { order(id: $id) { financeApplications { formUrl lenderNote state } } }",
        json!({ "id": id.to_string() }),
    );
    let seen = seen.await["order"]["financeApplications"][0].clone();
    assert_eq!(seen, json!({ "formUrl": null, "lenderNote": null, "state": "DISBURSED" }));
}

#[tokio::test]
async fn a_loan_whose_contract_is_undone_leaves_room_for_another() {
    let server = Server::start().await;
    let (id, loan) = applied(&server).await;
    for step in ["review", "approve", "sign"] {
        deed(&server, &loan, step, "once").await;
    }
    until(&server, &loan, FinanceApplicationState::ContractSigned).await;
    let number = order_row(&server, id).await.number;
    let reference = row(&server, &loan).await.lender_reference;
    let data =
        json!({ "orderNumber": number, "applicationId": loan["id"], "reference": reference, "state": "WITHDRAWN" });
    assert_eq!(words(&results(&server.system(), &[event(&key(), LOAN, None, data)]).await), ["applied"]);
    assert_eq!(approval(&server, id).await, MilestoneState::RolledBack);
    let next = submit(&server.customer(), &wish(&server, id, "C-PLAN", 36).await).await;
    assert_eq!(next["financeApplication"]["state"], "SUBMITTED", "{next}");
}

#[tokio::test]
async fn nothing_is_decided_about_who_has_taken_the_consent_back() {
    let server = inquisitive().start().await;
    let (id, loan) = applied(&server).await;
    let customer = server.customer();
    let input = json!({ "idempotencyKey": key(), "purpose": "FINANCE_CREDIT" });
    let withdrawn = customer.payload(WITHDRAW_CONSENT, json!({ "input": input })).await;
    assert_eq!(withdrawn["userErrors"], json!([]), "{withdrawn}");
    until(&server, &loan, FinanceApplicationState::Withdrawn).await;
    // The lender has let go of it as well: what it could decide is nothing any more.
    deed(&server, &loan, "review", "once").await;
    // The deposit, and this.
    heard(&server, 2).await;
    assert_eq!(row(&server, &loan).await.state, FinanceApplicationState::Withdrawn);
    assert_eq!(told(&server, id).await, ["DRAFT", "SUBMITTED", "WITHDRAWN"]);
}
