//! `cn.milepost.catalog.incentive.v1` (C054; domain.md 4.2).

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::catalog::{incentive, trim};
use entity::{IncentiveAmountKind, IncentiveId, IncentiveKind, IncentivePayer, Powertrain};

use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{by_key, code, found_or_none, minor, name, small, sorted_out, upsert, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::city_code::CityCode;

data! {
    /// A policy or offer that lowers what one pays.
    pub struct IncentiveData {
        /// Unique.
        pub code: String,
        /// What it is.
        pub kind: IncentiveKind,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// Who pays.
        pub payer: IncentivePayer,
        /// Code of the city where it is given; nationwide when left out.
        pub city_code: Option<String>,
        /// How the amount is reckoned.
        pub amount_kind: IncentiveAmountKind,
        /// Amount of `FIXED`, fen.
        pub amount_minor: i64,
        /// Rate of `PERCENT`, basis points.
        pub rate_bp: i32,
        /// Most that is given, fen.
        pub cap_minor: Option<i64>,
        /// From which invoice on, fen.
        pub min_invoice_minor: i64,
        /// For this drive alone.
        pub powertrain: Option<Powertrain>,
        /// Code of the trim for which alone it is given.
        pub trim_code: Option<String>,
        /// Whether an old car has to be given up.
        pub requires_old_vehicle: bool,
        /// At most one of a group applies.
        pub stack_group: Option<String>,
        /// Whether it is taken off at the sale.
        pub paid_at_sale: bool,
        /// First day.
        pub starts_on: NaiveDate,
        /// Last day; for good when left out.
        pub ends_on: Option<NaiveDate>,
    }
}

/// An incentive reported.
pub struct IncentiveReported;

impl Inbound for IncentiveReported {
    const TYPE: &'static str = "cn.milepost.catalog.incentive.v1";
    const DOMAIN: &'static str = "catalog";
    const TELLS: Option<Topic> = Some(Topic::Catalog);
    type Data = IncentiveData;

    fn example() -> IncentiveData {
        IncentiveData {
            code: "BRAND-WINTER".into(),
            kind: IncentiveKind::BrandOffer,
            name_zh: "冬季限时优惠".into(),
            name_en: "Winter offer".into(),
            payer: IncentivePayer::Brand,
            city_code: Some("310100".into()),
            amount_kind: IncentiveAmountKind::Fixed,
            amount_minor: 300_000,
            rate_bp: 0,
            cap_minor: None,
            min_invoice_minor: 0,
            powertrain: None,
            trim_code: Some("C5-660".into()),
            requires_old_vehicle: false,
            stack_group: None,
            paid_at_sale: true,
            starts_on: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap_or_default(),
            ends_on: NaiveDate::from_ymd_opt(2027, 1, 31),
        }
    }

    fn subject(data: &IncentiveData) -> String {
        format!("incentive/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<IncentiveData>]) -> Result<Vec<Verdict>> {
        let named = items.iter().filter_map(|item| item.data.trim_code.as_deref());
        let trims = by_key::<trim::Entity>(desk.tx, trim::Column::Code, named, |row| Some(&row.code)).await?;
        let (rows, verdicts) = sorted_out(items, |item| row(desk, &trims, &item.data));
        let stay = [incentive::Column::Id];
        upsert::<incentive::Entity>(desk.tx, rows, &[incentive::Column::Code], &stay).await?;
        Ok(verdicts)
    }
}

fn row(
    desk: &Desk<'_>,
    trims: &HashMap<String, trim::Model>,
    data: &IncentiveData,
) -> Result<incentive::Model, Verdict> {
    desk.sender.check_all("code")?;
    let city = data.city_code.as_deref().map(|code| value("cityCode", CityCode::parse(code))).transpose()?;
    let trim = found_or_none(trims, "trimCode", "trim", data.trim_code.as_deref())?;
    if data.ends_on.is_some_and(|end| end < data.starts_on) {
        return Err(Reason::invalid("endsOn", "ingest-before").into());
    }
    Ok(incentive::Model {
        id: IncentiveId::generate(),
        code: code("code", &data.code)?,
        kind: data.kind,
        name_zh: name("nameZh", &data.name_zh)?,
        name_en: name("nameEn", &data.name_en)?,
        payer: data.payer,
        city_code: city.map(|city| city.as_str().to_owned()),
        amount_kind: data.amount_kind,
        amount_minor: minor("amountMinor", data.amount_minor)?,
        rate_bp: small("rateBp", data.rate_bp, 0, 10_000)?,
        cap_minor: data.cap_minor.map(|cap| minor("capMinor", cap)).transpose()?,
        min_invoice_minor: minor("minInvoiceMinor", data.min_invoice_minor)?,
        powertrain: data.powertrain,
        trim_id: trim.map(|trim| trim.id),
        requires_old_vehicle: data.requires_old_vehicle,
        stack_group: data.stack_group.as_deref().map(|group| code("stackGroup", group)).transpose()?,
        paid_at_sale: data.paid_at_sale,
        starts_on: data.starts_on,
        ends_on: data.ends_on,
    })
}
