//! `cn.milepost.catalog.finance_plan.v1` (C048, C068; domain.md 4.3).

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::catalog::{finance_plan, trim};
use entity::place::organization;
use entity::{FinanceMethod, FinancePlanId, FinanceTerm, FinanceTerms, OrganizationKind, Powertrain};

use crate::catalog::rules::finance::{MAX_MONTHS, MAX_RATE_BP};
use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{
    by_key, code, found, found_or_none, line, minor, name, number, small, sorted_out, upsert, value,
};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::city_code::{CityCode, is_province};
use crate::values::error::Invalid;

data! {
    /// A way to pay a car over time.
    pub struct FinancePlanData {
        /// Unique.
        pub code: String,
        /// Code of the organisation that lends.
        pub lender_code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// What it is, in a sentence or two, in Chinese.
        pub intro_zh: String,
        /// The same in English.
        pub intro_en: String,
        /// How it is paid back.
        pub method: FinanceMethod,
        /// Code of the city, or of the province, where it is offered; nationwide when left out.
        pub city_code: Option<String>,
        /// For this drive alone.
        pub powertrain: Option<Powertrain>,
        /// Code of the trim for which alone it is offered.
        pub trim_code: Option<String>,
        /// Least that is paid at once, basis points of the invoice price.
        pub min_down_bp: i32,
        /// What is paid with the last instalment, basis points of the amount lent, with `LEASE` of the invoice price; 0 for
        /// other methods than `BALLOON` and `LEASE`.
        pub balloon_bp: i32,
        /// What the lender asks for once, fen.
        pub fee_minor: i64,
        /// Terms, each once.
        pub terms: Vec<FinanceTermData>,
        /// First day.
        pub starts_on: NaiveDate,
        /// Last day; for good when left out.
        pub ends_on: Option<NaiveDate>,
    }

    /// A term and its rate.
    pub struct FinanceTermData {
        /// Instalments, one a month.
        pub months: u32,
        /// Interest a year that the customer pays, basis points.
        pub rate_bp: u32,
        /// Interest a year that the lender wants, basis points, where the brand pays the difference.
        pub lender_rate_bp: Option<u32>,
    }
}

/// A finance plan reported.
pub struct FinancePlanReported;

/// Longest introduction, characters.
const MAX_INTRO: u32 = 500;

/// Most terms of a plan.
const MAX_TERMS: i64 = 10;

impl Inbound for FinancePlanReported {
    const TYPE: &'static str = "cn.milepost.catalog.finance_plan.v1";
    const DOMAIN: &'static str = "catalog";
    const TELLS: Option<Topic> = Some(Topic::Catalog);
    type Data = FinancePlanData;

    fn example() -> FinancePlanData {
        FinancePlanData {
            code: "SPRING-24".into(),
            lender_code: "LENDER-1".into(),
            name_zh: "春季两年免息".into(),
            name_en: "Two years without interest".into(),
            intro_zh: "首付五成，24 期零利率，利息由品牌承担。".into(),
            intro_en: "Half at once, then 24 months without interest; the brand pays it.".into(),
            method: FinanceMethod::EqualInstalment,
            city_code: None,
            powertrain: None,
            trim_code: Some("C5-660".into()),
            min_down_bp: 5_000,
            balloon_bp: 0,
            fee_minor: 0,
            terms: vec![FinanceTermData { months: 24, rate_bp: 0, lender_rate_bp: Some(350) }],
            starts_on: NaiveDate::from_ymd_opt(2027, 2, 1).unwrap_or_default(),
            ends_on: NaiveDate::from_ymd_opt(2027, 4, 30),
        }
    }

    fn subject(data: &FinancePlanData) -> String {
        format!("finance-plan/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<FinancePlanData>]) -> Result<Vec<Verdict>> {
        let named = items.iter().filter_map(|item| item.data.trim_code.as_deref());
        let trims = by_key::<trim::Entity>(desk.tx, trim::Column::Code, named, |row| Some(&row.code)).await?;
        let named = items.iter().map(|item| item.data.lender_code.as_str());
        let column = organization::Column::Code;
        let lenders = by_key::<organization::Entity>(desk.tx, column, named, |row| Some(&row.code)).await?;
        let (rows, verdicts) = sorted_out(items, |item| row(desk, (&trims, &lenders), &item.data));
        let stay = [finance_plan::Column::Id];
        upsert::<finance_plan::Entity>(desk.tx, rows, &[finance_plan::Column::Code], &stay).await?;
        Ok(verdicts)
    }
}

fn row(
    desk: &Desk<'_>,
    (trims, lenders): (&HashMap<String, trim::Model>, &HashMap<String, organization::Model>),
    data: &FinancePlanData,
) -> Result<finance_plan::Model, Verdict> {
    desk.sender.check_all("code")?;
    let place = data.city_code.as_deref().map(|code| value("cityCode", place(code))).transpose()?;
    let trim = found_or_none(trims, "trimCode", "trim", data.trim_code.as_deref())?;
    let lender = found(lenders, "lenderCode", "organization", &data.lender_code)?;
    if lender.kind != OrganizationKind::Lender {
        return Err(Reason::invalid("lenderCode", "ingest-no-lender").into());
    }
    if data.ends_on.is_some_and(|end| end < data.starts_on) {
        return Err(Reason::invalid("endsOn", "ingest-before").into());
    }
    let with_balloon = matches!(data.method, FinanceMethod::Balloon | FinanceMethod::Lease);
    Ok(finance_plan::Model {
        id: FinancePlanId::generate(),
        code: code("code", &data.code)?,
        lender_id: lender.id,
        name_zh: name("nameZh", &data.name_zh)?,
        name_en: name("nameEn", &data.name_en)?,
        intro_zh: line("introZh", &data.intro_zh, MAX_INTRO)?,
        intro_en: line("introEn", &data.intro_en, MAX_INTRO)?,
        method: data.method,
        city_code: place,
        powertrain: data.powertrain,
        trim_id: trim.map(|trim| trim.id),
        min_down_bp: small("minDownBp", data.min_down_bp, 0, 10_000)?,
        balloon_bp: small("balloonBp", data.balloon_bp, 0, if with_balloon { 10_000 } else { 0 })?,
        fee_minor: minor("feeMinor", data.fee_minor)?,
        terms: terms(&data.terms)?,
        starts_on: data.starts_on,
        ends_on: data.ends_on,
    })
}

/// The code of a city, or of a province.
pub(super) fn place(code: &str) -> Result<String, Invalid> {
    match code.strip_suffix("0000") {
        Some(province) if province.len() == 2 && is_province(province) => Ok(code.to_owned()),
        _ => CityCode::parse(code).map(|city| city.as_str().to_owned()),
    }
}

fn terms(given: &[FinanceTermData]) -> Result<FinanceTerms, Reason> {
    number("terms", given.len() as i64, 1, MAX_TERMS)?;
    let mut months = HashSet::new();
    let mut terms = Vec::with_capacity(given.len());
    for (at, term) in given.iter().enumerate() {
        let field = |name: &str| format!("terms.{at}.{name}");
        number(&field("months"), term.months.into(), 1, MAX_MONTHS.into())?;
        number(&field("rateBp"), term.rate_bp.into(), 0, MAX_RATE_BP.into())?;
        if let Some(lender) = term.lender_rate_bp {
            // A brand does not earn by a subsidy.
            number(&field("lenderRateBp"), lender.into(), term.rate_bp.into(), MAX_RATE_BP.into())?;
        }
        if !months.insert(term.months) {
            return Err(Reason::invalid(&field("months"), "ingest-twice"));
        }
        let FinanceTermData { months, rate_bp, lender_rate_bp } = *term;
        terms.push(FinanceTerm { months, rate_bp, lender_rate_bp });
    }
    terms.sort_by_key(|term| term.months);
    Ok(FinanceTerms(terms))
}
