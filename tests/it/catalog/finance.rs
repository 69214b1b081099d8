//! Finance plans and what they make of a car (C048; domain.md 3.3), over the demo's plans.

use entity::OrganizationKind;
use entity::catalog::{finance_plan, trim};
use entity::place::organization;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::Server;
use crate::ingest::{event, example, result};

const CALCULATE: &str =
    "query($plan: ID!, $of: PriceConfigurationInput!, $city: CityCode!, $months: Int!, $down: Decimal) {
    financeCalculate(planId: $plan, configuration: $of, cityCode: $city, months: $months, downPayment: $down) {
        plan { code lender { kind code } } term { months annualRatePercent subsidised }
        invoice { amount } downPayment { amount } minDownPayment { amount } principal { amount } monthly { amount }
        balloon { amount } fee { amount } totalInterest { amount } total { amount } aprPercent subsidy { amount }
        schedule { period payment { amount } principal { amount } interest { amount } balance { amount } } } }";

const PLANS: &str = "query($trim: ID!, $city: CityCode!) { financePlans(cityCode: $city, trimId: $trim) {
    code name method minDownPaymentPercent balloonPercent terms { months annualRatePercent subsidised } } }";

async fn trim(server: &Server, code: &str) -> String {
    let found = trim::Entity::find().filter(trim::Column::Code.eq(code)).one(server.db().conn()).await.unwrap();
    found.unwrap().id.to_string()
}

async fn plan(server: &Server, code: &str) -> String {
    let found = finance_plan::Entity::find().filter(finance_plan::Column::Code.eq(code)).one(server.db().conn()).await;
    found.unwrap().unwrap().id.to_string()
}

/// Code, argument and message of the first error.
async fn refused(server: &Server, document: &str, variables: Value) -> Value {
    let answer = server.anonymous().query(document, variables).await;
    let error = &answer.errors[0];
    json!([error["extensions"]["code"], error["extensions"]["argument"], error["message"]])
}

fn amount(of: &Value) -> &str {
    of["amount"].as_str().unwrap()
}

#[tokio::test]
async fn plans_are_those_for_the_car() {
    let server = Server::start().await;
    for (code, expected) in [
        ("C5-660", json!(["B-PLAN", "C-PLAN", "LEASE", "P-PLAN", "S-PLAN"])),
        ("C9-210", json!(["B-PLAN", "C-PLAN", "P-PLAN", "S-PLAN"])),
    ] {
        let variables = json!({ "trim": trim(&server, code).await, "city": "310100" });
        let data = server.anonymous().data(PLANS, variables).await;
        let plans = data["financePlans"].as_array().unwrap().clone();
        assert_eq!(plans.iter().map(|plan| plan["code"].clone()).collect::<Value>(), expected, "{code}");
        assert_eq!(
            plans[1],
            json!({ "code": "C-PLAN", "name": "Zero-interest loan", "method": "EQUAL_INSTALMENT", "minDownPaymentPercent": "30",
                "balloonPercent": "0", "terms": [{ "months": 36, "annualRatePercent": "0", "subsidised": true }] })
        );
    }
    let wrong = json!({ "trim": trim(&server, "C5-660").await, "city": "31" });
    assert_eq!(refused(&server, PLANS, wrong).await[1], "cityCode");
}

#[tokio::test]
async fn the_vectors_come_out_to_the_cent() {
    let server = Server::start().await;
    // 249,800 yuan on the invoice, so that 200,000 are lent.
    let car = trim(&server, "C7-750").await;
    for (code, months, monthly, last, interest, apr) in [
        ("S-PLAN", 36, "5903.91", "5903.77", "12540.62", "3.99"),
        ("S-PLAN", 60, "3682.40", "3682.56", "20944.16", "3.99"),
        ("P-PLAN", 36, "6220.56", "5573.87", "12302.50", "4.16"),
        ("B-PLAN", 36, "3928.64", "83928.49", "21430.89", "5.24"),
    ] {
        let variables = json!({
            "plan": plan(&server, code).await, "of": { "trimId": car, "optionCodes": [] }, "city": "310100",
            "months": months, "down": "49800",
        });
        let data = server.anonymous().data(CALCULATE, variables).await;
        let found = &data["financeCalculate"];
        assert_eq!(["invoice", "principal"].map(|name| amount(&found[name])), ["249800.00", "200000.00"], "{code}");
        let schedule = found["schedule"].as_array().unwrap();
        assert_eq!(schedule.len(), months);
        let end = &schedule[months - 1];
        assert_eq!(
            (
                amount(&found["monthly"]),
                amount(&end["payment"]),
                amount(&found["totalInterest"]),
                amount(&end["balance"])
            ),
            (monthly, last, interest, "0.00"),
            "{code} {months}"
        );
        assert_eq!(found["aprPercent"], apr, "{code} {months}");
        assert_eq!(found["plan"]["lender"]["kind"], "LENDER");
        assert_eq!(amount(&found["subsidy"]), "0.00");
    }
    let variables = json!({
        "plan": plan(&server, "C-PLAN").await, "of": { "trimId": car, "optionCodes": [] }, "city": "310100", "months": 36,
    });
    let data = server.anonymous().data(CALCULATE, variables).await;
    let found = &data["financeCalculate"];
    // Three tenths at once; the brand pays what the lender wants, and the customer no interest.
    assert_eq!(
        ["downPayment", "minDownPayment", "principal", "totalInterest", "total"].map(|name| amount(&found[name])),
        ["74940.00", "74940.00", "174860.00", "0.00", "174860.00"]
    );
    assert_eq!((found["aprPercent"].as_str(), amount(&found["subsidy"])), (Some("0"), "10317.37"));
}

#[tokio::test]
async fn what_a_plan_does_not_do_is_said_by_name() {
    let server = Server::start().await;
    let (car, hybrid) = (trim(&server, "C7-750").await, trim(&server, "C9-210").await);
    let (standard, lease) = (plan(&server, "S-PLAN").await, plan(&server, "LEASE").await);
    let asked = |plan: &str, car: &str, months: i32, down: &str| json!({ "plan": plan, "of": { "trimId": car, "optionCodes": [] }, "city": "310100", "months": months, "down": down });
    for (variables, argument, message) in [
        (asked(&standard, &car, 48, "49800"), "months", "The plan has these terms in months: 24, 36, 60."),
        (asked(&standard, &car, -1, "49800"), "months", "The plan has these terms in months: 24, 36, 60."),
        (asked(&standard, &car, 36, "37469.99"), "downPayment", "At once one pays 37470.00 to 239800.00 yuan."),
        (asked(&standard, &car, 36, "239800.01"), "downPayment", "At once one pays 37470.00 to 239800.00 yuan."),
        (asked(&standard, &car, 36, "50000.001"), "downPayment", "An amount of yuan with at most two decimals."),
        (
            asked(&standard, &car, 36, "99999999999999999999"),
            "downPayment",
            "An amount of yuan with at most two decimals.",
        ),
        (asked(&lease, &hybrid, 36, "90000"), "planId", "The plan is not offered for this car, city and day."),
        (asked("fpl_00000000000000000000000000", &car, 36, "90000"), "planId", "Nothing was found that you may see."),
    ] {
        let error = refused(&server, CALCULATE, variables.clone()).await;
        assert_eq!(error, json!(["BAD_USER_INPUT", argument, message]), "{variables}");
    }
}

#[tokio::test]
async fn a_plan_that_makes_no_sense_is_refused_by_name() {
    const TYPE: &str = "cn.milepost.catalog.finance_plan.v1";
    let server = Server::start().await;
    let before = finance_plan::Entity::find().all(server.db().conn()).await.unwrap();
    let term =
        |months: i64, rate: i64, lender: Value| json!({ "months": months, "rateBp": rate, "lenderRateBp": lender });
    let wrong = [
        ("lenderCode", json!("OEM"), "lenderCode"),
        ("balloonBp", json!(100), "balloonBp"),
        ("minDownBp", json!(10_001), "minDownBp"),
        ("cityCode", json!("990000"), "cityCode"),
        ("endsOn", json!("2027-01-31"), "endsOn"),
        ("terms", json!([]), "terms"),
        ("terms", json!([term(24, 0, json!(null)), term(24, 100, json!(null))]), "terms.1.months"),
        ("terms", json!([term(24, 400, json!(399))]), "terms.0.lenderRateBp"),
        ("terms", json!([term(121, 0, json!(null))]), "terms.0.months"),
        ("terms", json!([term(24, 3_601, json!(null))]), "terms.0.rateBp"),
    ];
    for (at, (name, value, field)) in wrong.into_iter().enumerate() {
        let mut data = example(TYPE);
        if name == "lenderCode" && value == "OEM" {
            let oem = organization::Entity::find().filter(organization::Column::Kind.eq(OrganizationKind::Oem));
            data[name] = json!(oem.one(server.db().conn()).await.unwrap().unwrap().code);
        } else {
            data[name] = value;
        }
        let told = result(&server.system(), event(&format!("plan-{at}"), TYPE, None, data)).await;
        assert_eq!(told["outcome"], "refused", "{field}: {told}");
        assert_eq!(told["field"], format!("data.{field}"), "{told}");
    }
    assert_eq!(finance_plan::Entity::find().all(server.db().conn()).await.unwrap(), before);
    // Of a province, as its whole.
    let mut data = example(TYPE);
    data["cityCode"] = json!("320000");
    let told = result(&server.system(), event("plan-province", TYPE, None, data)).await;
    assert_eq!(told["outcome"], "applied", "{told}");
}
