//! The one price of a car, through the API.

use entity::ConfigurationId;
use serde_json::{Value, json};

use super::rows::trim_id;
use super::{House, Who};

const PRICE: &str =
    "query($of: PriceConfigurationInput!, $city: CityCode!) { price(configuration: $of, cityCode: $city) {
    lines { kind code label amount { amount } } payable { amount minorUnits } msrp { amount } options { amount }
    discounts { amount } invoice { amount } taxes { amount } fees { amount } incentives { amount }
    purchaseTax { taxable { amount } tax { amount } relief { amount } due { amount } }
    laterIncentives { code amount { amount } } nonCashIncentives { code } optionCodes cityCode priceVersion asOf
    leadTimeDays } }";

fn of(n: u128, codes: &[&str], city: &str) -> Value {
    json!({ "of": { "trimId": trim_id(n).to_string(), "optionCodes": codes }, "city": city })
}

#[tokio::test]
async fn purchase_tax_follows_the_vectors_of_2026() {
    let house = House::open().await;
    for (n, base, tax, relief, due) in [
        (501, "141415.93", "14141.59", "7070.80", "7070.79"),
        (702, "221061.95", "22106.20", "11053.10", "11053.10"),
        (502, "300000.00", "30000.00", "15000.00", "15000.00"),
        (503, "442477.88", "44247.79", "15000.00", "29247.79"),
    ] {
        let data = house.data(Who::Anyone, PRICE, of(n, &[], "650100")).await;
        let tax_of = &data["price"]["purchaseTax"];
        let found = ["taxable", "tax", "relief", "due"].map(|name| tax_of[name]["amount"].as_str().unwrap().to_owned());
        assert_eq!(found, [base, tax, relief, due], "of {n}");
        assert_eq!(data["price"]["taxes"]["amount"], due);
    }
    house.close().await;
}

#[tokio::test]
async fn every_line_is_shown_and_the_sums_are_those_of_the_lines() {
    let house = House::open().await;
    let data = house.data(Who::Anyone, PRICE, of(701, &["MATTE", "W20", "TOW"], "310115")).await;
    let price = &data["price"];
    let lines: Vec<_> = price["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| json!([line["kind"], line["code"], line["amount"]["amount"]]))
        .collect();
    // 219,800 + 26,000 - 5,000 = 240,800; / 1.13 = 213,097.35; tax 21,309.74, half of it due. Of the group G the share of
    // 1 %, capped at 2,000 and paid later, beats 1,500 at the sale.
    assert_eq!(
        json!(lines),
        json!([
            ["MSRP", "C7-650", "219800.00"],
            ["OPTION", "FABRIC", "0.00"],
            ["OPTION", "MATTE", "12000.00"],
            ["OPTION", "TOW", "8000.00"],
            ["OPTION", "W20", "6000.00"],
            ["DISCOUNT", "BRAND_DISCOUNT", "-5000.00"],
            ["TAX", "PURCHASE_TAX", "10654.87"],
            ["FEE", "PLATE_FEE", "500.00"],
            ["FEE", "DELIVERY_FEE", "2000.00"],
            ["INCENTIVE", "SH-DAY", "-3000.00"],
        ])
    );
    let sum = |name: &str| price[name]["amount"].as_str().unwrap();
    assert_eq!(
        ["msrp", "options", "discounts", "invoice", "taxes", "fees", "incentives", "payable"].map(sum),
        ["219800.00", "26000.00", "-5000.00", "240800.00", "10654.87", "2500.00", "-3000.00", "250954.87"]
    );
    assert_eq!(price["laterIncentives"], json!([{ "code": "SH-PCT", "amount": { "amount": "2000.00" } }]));
    assert_eq!(price["nonCashIncentives"], json!([{ "code": "SH-PLATE" }]));
    assert_eq!(price["optionCodes"], json!(["FABRIC", "MATTE", "TOW", "W20"]));
    assert_eq!(json!([price["cityCode"], price["priceVersion"], price["leadTimeDays"]]), json!(["310100", 2, 21]));
    // C061: the same for everyone.
    for who in [Who::Customer(1), Who::Staff(1), Who::Operator] {
        let other = house.data(who, PRICE, of(701, &["TOW", "W20", "MATTE", "TOW"], "310100")).await;
        assert_eq!(other["price"]["lines"], price["lines"]);
    }
    house.close().await;
}

#[tokio::test]
async fn insurance_is_estimated_beside_what_is_paid_and_never_guessed() {
    use entity::catalog::insurance_rate;
    let house = House::open().await;
    let document =
        "query($of: PriceConfigurationInput!, $city: CityCode!) { price(configuration: $of, cityCode: $city) {
        payable { minorUnits } onRoad { minorUnits } lines { amount { minorUnits } } purchaseTax { validUntil }
        insurance { compulsory { amount } commercial { amount } total { minorUnits } } } }";
    // No rate is known: the public base premium is, and no price on the road.
    let without = house.data(Who::Anyone, document, of(702, &[], "650100")).await["price"].clone();
    assert_eq!(
        (&without["insurance"], &without["onRoad"]),
        (&json!({ "compulsory": { "amount": "950.00" }, "commercial": null, "total": null }), &json!(null))
    );
    assert_eq!(without["purchaseTax"]["validUntil"], "2027-12-31");

    let rate = |n: u128, code: &str, city: Option<&str>, yuan: i64, rate_bp: i32| insurance_rate::Model {
        id: entity::InsuranceRateId::from_parts(1, n),
        code: code.into(),
        city_code: city.map(Into::into),
        powertrain: None,
        base_minor: yuan * 100,
        rate_bp,
        starts_on: "2026-01-01".parse().unwrap(),
        ends_on: Some("2026-11-24".parse().unwrap()),
    };
    let over = insurance_rate::Model {
        ends_on: Some("2026-11-23".parse().unwrap()),
        ..rate(3, "SH-OVER", Some("310100"), 9_999, 999)
    };
    let rates = [rate(1, "CN", None, 1_480, 135), rate(2, "SH", Some("310000"), 1_560, 142), over];
    super::rows::insert::<insurance_rate::Entity, _>(house.app.db.conn(), rates).await;
    // 249 800.00 x 1.35 % + 1 480.00 in Urumqi, x 1.42 % + 1 560.00 in Shanghai; six seats pay more of the compulsory one.
    for (n, city, compulsory, commercial, total) in [
        (702, "650100", "950.00", "4852.30", 580_230),
        (702, "310100", "950.00", "5107.16", 605_716),
        (901, "650100", "1100.00", "5122.30", 622_230),
    ] {
        let price = house.data(Who::Anyone, document, of(n, &[], city)).await["price"].clone();
        let found = &price["insurance"];
        assert_eq!(
            (&found["compulsory"]["amount"], &found["commercial"]["amount"], &found["total"]["minorUnits"]),
            (&json!(compulsory), &json!(commercial), &json!(total)),
            "{n} in {city}"
        );
        let minor = |of: &Value| of["minorUnits"].as_i64().unwrap();
        assert_eq!(minor(&price["onRoad"]), minor(&price["payable"]) + total);
        let lines: i64 = price["lines"].as_array().unwrap().iter().map(|line| minor(&line["amount"])).sum();
        assert_eq!(minor(&price["payable"]), lines, "nothing of it is paid with the order");
        // The same for everyone (C061).
        let same = house.data(Who::Customer(1), document, of(n, &[], city)).await;
        assert_eq!(same["price"], price);
    }
    house.close().await;
}

#[tokio::test]
async fn a_choice_that_cannot_be_priced_names_the_argument_and_the_rule() {
    let house = House::open().await;
    for (variables, argument, message) in [
        (of(701, &[], "1"), "cityCode", "Expected a six-digit city code such as 310100."),
        (of(701, &["W20", "GOLD"], "310100"), "configuration.optionCodes.1", "The model has no option GOLD."),
        (
            of(701, &["W19", "W20"], "310100"),
            "configuration.optionCodes",
            "The choice breaks WHEELS: Choose one of the WHEELS group, not several: W19, W20.",
        ),
        (
            of(702, &["W21"], "310100"),
            "configuration.optionCodes",
            "The choice breaks R-W21: 21-inch wheels are for all-wheel drive.",
        ),
        (of(704, &[], "310100"), "configuration.trimId", "Nothing was found that you may see."),
        (
            json!({ "of": {}, "city": "310100" }),
            "configuration",
            "Give either `trimId` with `optionCodes`, or `configurationId`.",
        ),
        (
            json!({ "of": { "configurationId": ConfigurationId::from_parts(1, 1).to_string() }, "city": "310100" }),
            "configuration.configurationId",
            "Nothing was found that you may see.",
        ),
    ] {
        let error = house.error(Who::Anyone, PRICE, variables).await;
        assert_eq!(error, json!(["BAD_USER_INPUT", argument, message]));
    }
    house.close().await;
}

#[tokio::test]
async fn a_price_takes_seven_statements() {
    let house = House::open().await;
    // The trim, its groups, options and rules, its price, the incentives, the rates of insurance.
    assert_eq!(house.statements(Who::Anyone, PRICE, of(701, &["TOW"], "310100")).await, 7);
    house.close().await;
}
