//! `cn.milepost.place.city.v1` (C051).

use entity::place::city;

use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{line, name, sorted_out, upsert, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::city_code::CityCode;
use crate::values::geo::Point;

data! {
    /// A city that stores, cars and customers are in.
    pub struct CityData {
        /// Six digits after GB/T 2260, as in `310100`.
        pub code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// Its centre, GCJ-02 degrees.
        pub latitude: f64,
        /// See `latitude`.
        pub longitude: f64,
        /// Dialling code, as in `021`.
        pub dialling_code: String,
    }
}

/// A city reported.
pub struct CityReported;

impl Inbound for CityReported {
    const TYPE: &'static str = "cn.milepost.place.city.v1";
    const DOMAIN: &'static str = "place";
    const TELLS: Option<Topic> = Some(Topic::Places);
    type Data = CityData;

    fn example() -> CityData {
        CityData {
            code: "310100".into(),
            name_zh: "上海".into(),
            name_en: "Shanghai".into(),
            latitude: 31.231706,
            longitude: 121.472644,
            dialling_code: "021".into(),
        }
    }

    fn subject(data: &CityData) -> String {
        format!("city/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<CityData>]) -> Result<Vec<Verdict>> {
        let (rows, verdicts) = sorted_out(items, |item| row(desk, &item.data).map_err(Verdict::from));
        upsert::<city::Entity>(desk.tx, rows, &[city::Column::Code], &[]).await?;
        Ok(verdicts)
    }
}

fn row(desk: &Desk<'_>, data: &CityData) -> Result<city::Model, Reason> {
    desk.sender.check_all("code")?;
    let code = value("code", CityCode::parse(&data.code))?;
    if code.as_str() != data.code {
        return Err(Reason::invalid("code", "city-code"));
    }
    let point = value("latitude", Point::new(data.latitude, data.longitude))?;
    Ok(city::Model {
        code: data.code.clone(),
        name_zh: name("nameZh", &data.name_zh)?,
        name_en: name("nameEn", &data.name_en)?,
        province_code: code.province().to_owned(),
        region: code.region(),
        latitude: point.lat(),
        longitude: point.lng(),
        dialling_code: line("diallingCode", &data.dialling_code, 8)?,
    })
}
