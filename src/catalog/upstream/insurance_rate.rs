//! `cn.milepost.catalog.insurance_rate.v1` (C060; domain.md 3.3, "On-road price").

use chrono::NaiveDate;
use entity::catalog::insurance_rate;
use entity::{InsuranceRateId, Powertrain};

use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{code, minor, small, sorted_out, upsert, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::city_code::CityCode;

data! {
    /// What commercial insurance of a car is reckoned with, for the estimate that stands beside a price.
    pub struct InsuranceRateData {
        /// Unique.
        pub code: String,
        /// Code of the city or province where it counts; nationwide when left out.
        pub city_code: Option<String>,
        /// For this drive alone.
        pub powertrain: Option<Powertrain>,
        /// What does not hang on the car's price, a year, fen.
        pub base_minor: i64,
        /// Share of what the vehicle invoice says, a year, basis points.
        pub rate_bp: i32,
        /// First day.
        pub starts_on: NaiveDate,
        /// Last day; for good when left out.
        pub ends_on: Option<NaiveDate>,
    }
}

/// A rate reported.
pub struct InsuranceRateReported;

impl Inbound for InsuranceRateReported {
    const TYPE: &'static str = "cn.milepost.catalog.insurance_rate.v1";
    const DOMAIN: &'static str = "catalog";
    const TELLS: Option<Topic> = Some(Topic::Catalog);
    type Data = InsuranceRateData;

    fn example() -> InsuranceRateData {
        InsuranceRateData {
            code: "SH-BEV-2027".into(),
            city_code: Some("310000".into()),
            powertrain: Some(Powertrain::Bev),
            base_minor: 152_000,
            rate_bp: 140,
            starts_on: NaiveDate::from_ymd_opt(2027, 1, 1).unwrap_or_default(),
            ends_on: NaiveDate::from_ymd_opt(2027, 12, 31),
        }
    }

    fn subject(data: &InsuranceRateData) -> String {
        format!("insurance_rate/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<InsuranceRateData>]) -> Result<Vec<Verdict>> {
        let (rows, verdicts) = sorted_out(items, |item| row(desk, &item.data));
        let stay = [insurance_rate::Column::Id];
        upsert::<insurance_rate::Entity>(desk.tx, rows, &[insurance_rate::Column::Code], &stay).await?;
        Ok(verdicts)
    }
}

fn row(desk: &Desk<'_>, data: &InsuranceRateData) -> Result<insurance_rate::Model, Verdict> {
    desk.sender.check_all("code")?;
    let city = data.city_code.as_deref().map(|code| value("cityCode", CityCode::parse(code))).transpose()?;
    if data.ends_on.is_some_and(|end| end < data.starts_on) {
        return Err(Reason::invalid("endsOn", "ingest-before").into());
    }
    Ok(insurance_rate::Model {
        id: InsuranceRateId::generate(),
        code: code("code", &data.code)?,
        city_code: city.map(|city| city.as_str().to_owned()),
        powertrain: data.powertrain,
        base_minor: minor("baseMinor", data.base_minor)?,
        rate_bp: small("rateBp", data.rate_bp, 0, 10_000)?,
        starts_on: data.starts_on,
        ends_on: data.ends_on,
    })
}
