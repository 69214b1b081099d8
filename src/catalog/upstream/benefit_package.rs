//! `cn.milepost.catalog.benefit_package.v1` (C053, C069).

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::catalog::{benefit_package, trim};
use entity::{BenefitItem, BenefitItems, BenefitKind, BenefitPackageId, Powertrain};

use super::finance_plan::place;
use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{
    by_key, code, found_or_none, line, minor, name, number, optional_line, sorted_out, upsert, value,
};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// A service or a benefit that is to be had with a car.
    pub struct BenefitPackageData {
        /// Unique.
        pub code: String,
        /// What it is about.
        pub kind: BenefitKind,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// On what terms it is had, in Chinese.
        pub terms_zh: String,
        /// The same in English.
        pub terms_en: String,
        /// What is in it, 1 to 20 things in order.
        pub items: Vec<BenefitItemData>,
        /// What it costs with value-added tax, fen; 0 where it is free.
        pub price_minor: i64,
        /// Of the packages of one group one can be chosen; it stands alone when left out.
        pub exclusive_group: Option<String>,
        /// Code of the city, or of the province, where it is to be had; nationwide when left out.
        pub city_code: Option<String>,
        /// For this drive alone.
        pub powertrain: Option<Powertrain>,
        /// Code of the trim with which alone it is to be had.
        pub trim_code: Option<String>,
        /// First day.
        pub starts_on: NaiveDate,
        /// Last day; for good when left out.
        pub ends_on: Option<NaiveDate>,
    }

    /// One thing that is in it.
    pub struct BenefitItemData {
        /// In Chinese.
        pub text_zh: String,
        /// The same in English.
        pub text_en: String,
    }
}

/// A benefit package reported.
pub struct BenefitPackageReported;

/// Longest terms, characters.
const MAX_TERMS: u32 = 1000;

/// Longest text of a thing, characters.
const MAX_ITEM: u32 = 100;

/// Most things in a package.
const MAX_ITEMS: i64 = 20;

/// Longest name of a group, characters.
const MAX_GROUP: u32 = 40;

impl Inbound for BenefitPackageReported {
    const TYPE: &'static str = "cn.milepost.catalog.benefit_package.v1";
    const DOMAIN: &'static str = "catalog";
    const TELLS: Option<Topic> = Some(Topic::Catalog);
    type Data = BenefitPackageData;

    fn example() -> BenefitPackageData {
        BenefitPackageData {
            code: "WINTER-CARE".into(),
            kind: BenefitKind::Maintenance,
            name_zh: "冬季养护包".into(),
            name_en: "Winter care".into(),
            terms_zh: "首任车主，交车后 12 个月内有效。".into(),
            terms_en: "For the first owner, within 12 months of the hand-over.".into(),
            items: vec![
                BenefitItemData {
                    text_zh: "冬季轮胎更换一次".into(), text_en: "Winter tyres fitted once".into()
                },
                BenefitItemData { text_zh: "电池检测一次".into(), text_en: "One check of the battery".into() },
            ],
            price_minor: 99_900,
            exclusive_group: None,
            city_code: None,
            powertrain: Some(Powertrain::Bev),
            trim_code: Some("C5-660".into()),
            starts_on: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap_or_default(),
            ends_on: NaiveDate::from_ymd_opt(2027, 2, 28),
        }
    }

    fn subject(data: &BenefitPackageData) -> String {
        format!("benefit-package/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<BenefitPackageData>]) -> Result<Vec<Verdict>> {
        let named = items.iter().filter_map(|item| item.data.trim_code.as_deref());
        let trims = by_key::<trim::Entity>(desk.tx, trim::Column::Code, named, |row| Some(&row.code)).await?;
        let (rows, verdicts) = sorted_out(items, |item| row(desk, &trims, &item.data));
        let stay = [benefit_package::Column::Id];
        upsert::<benefit_package::Entity>(desk.tx, rows, &[benefit_package::Column::Code], &stay).await?;
        Ok(verdicts)
    }
}

fn row(
    desk: &Desk<'_>,
    trims: &HashMap<String, trim::Model>,
    data: &BenefitPackageData,
) -> Result<benefit_package::Model, Verdict> {
    desk.sender.check_all("code")?;
    let city = data.city_code.as_deref().map(|code| value("cityCode", place(code))).transpose()?;
    let trim = found_or_none(trims, "trimCode", "trim", data.trim_code.as_deref())?;
    if data.ends_on.is_some_and(|end| end < data.starts_on) {
        return Err(Reason::invalid("endsOn", "ingest-before").into());
    }
    number("items", data.items.len() as i64, 1, MAX_ITEMS)?;
    let mut items = Vec::with_capacity(data.items.len());
    for (at, item) in data.items.iter().enumerate() {
        items.push(BenefitItem {
            text_zh: line(&format!("items.{at}.textZh"), &item.text_zh, MAX_ITEM)?,
            text_en: line(&format!("items.{at}.textEn"), &item.text_en, MAX_ITEM)?,
        });
    }
    Ok(benefit_package::Model {
        id: BenefitPackageId::generate(),
        code: code("code", &data.code)?,
        kind: data.kind,
        name_zh: name("nameZh", &data.name_zh)?,
        name_en: name("nameEn", &data.name_en)?,
        terms_zh: line("termsZh", &data.terms_zh, MAX_TERMS)?,
        terms_en: line("termsEn", &data.terms_en, MAX_TERMS)?,
        items: BenefitItems(items),
        price_minor: minor("priceMinor", data.price_minor)?,
        exclusive_group: optional_line("exclusiveGroup", data.exclusive_group.as_deref(), MAX_GROUP)?,
        city_code: city,
        powertrain: data.powertrain,
        trim_id: trim.map(|trim| trim.id),
        starts_on: data.starts_on,
        ends_on: data.ends_on,
    })
}
