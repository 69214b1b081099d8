//! `cn.milepost.place.store.v1` (C052).

use std::collections::HashMap;

use chrono::NaiveTime;
use entity::place::{organization, store, store_service};
use entity::{SalesModel, StoreId, StoreService};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{by_key, code, found, name, small, sorted_out, upsert, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::city_code::CityCode;
use crate::values::geo::Point;

data! {
    /// A place where cars are shown, sold or handed over.
    pub struct StoreData {
        /// Short code printed on papers, unique.
        pub code: String,
        /// Code of the organisation that runs it; it owns a wholesale store's stock.
        pub organization_code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// How it sells.
        pub sales_model: SalesModel,
        /// Code of its city.
        pub city_code: String,
        /// Street address in Chinese.
        pub address_zh: String,
        /// Street address in English.
        pub address_en: String,
        /// Where it is, GCJ-02 degrees.
        pub latitude: f64,
        /// See `latitude`.
        pub longitude: f64,
        /// Local opening time, `HH:MM`.
        pub opens_at: String,
        /// Local closing time, `HH:MM`.
        pub closes_at: String,
        /// How far it drives to customers, kilometres.
        pub service_radius_km: i32,
        /// Whether it is a delivery centre of the car maker.
        pub delivery_center: bool,
        /// What it offers.
        pub services: Vec<StoreService>,
    }
}

/// A store reported.
pub struct StoreReported;

impl Inbound for StoreReported {
    const TYPE: &'static str = "cn.milepost.place.store.v1";
    const DOMAIN: &'static str = "place";
    const TELLS: Option<Topic> = Some(Topic::Places);
    type Data = StoreData;

    fn example() -> StoreData {
        StoreData {
            code: "YC901".into(),
            organization_code: "YC".into(),
            name_zh: "曜岑上海浦东交付中心".into(),
            name_en: "YAOCEN Shanghai Pudong Delivery Centre".into(),
            sales_model: SalesModel::Direct,
            city_code: "310100".into(),
            address_zh: "上海市浦东曜岑大道1号".into(),
            address_en: "1 Yaocen Avenue, Pudong, Shanghai".into(),
            latitude: 31.2304,
            longitude: 121.5447,
            opens_at: "09:30".into(),
            closes_at: "20:30".into(),
            service_radius_km: 60,
            delivery_center: true,
            services: vec![StoreService::Sales, StoreService::TestDrive, StoreService::Delivery],
        }
    }

    fn subject(data: &StoreData) -> String {
        format!("store/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<StoreData>]) -> Result<Vec<Verdict>> {
        let owners = items.iter().map(|item| item.data.organization_code.as_str());
        let owners =
            by_key::<organization::Entity>(desk.tx, organization::Column::Code, owners, |row| Some(&row.code)).await?;
        let known = items.iter().map(|item| item.data.code.as_str());
        let known = by_key::<store::Entity>(desk.tx, store::Column::Code, known, |row| Some(&row.code)).await?;
        let mut services = Vec::new();
        let (rows, verdicts) = sorted_out(items, |item| {
            let row = row(desk, &owners, &known, &item.data)?;
            let mut offered = item.data.services.clone();
            offered.sort_unstable();
            offered.dedup();
            services.extend(offered.into_iter().map(|service| store_service::Model { store_id: row.id, service }));
            Ok(row)
        });
        let ids: Vec<StoreId> = rows.iter().map(|row| row.id).collect();
        if !ids.is_empty() {
            let stay = [store::Column::Id, store::Column::CreatedAt];
            upsert::<store::Entity>(desk.tx, rows, &[store::Column::Code], &stay).await?;
            let old = store_service::Entity::delete_many().filter(store_service::Column::StoreId.is_in(ids));
            old.exec(desk.tx.conn()).await?;
            if !services.is_empty() {
                let services = services.into_iter().map(store_service::ActiveModel::from);
                store_service::Entity::insert_many(services).exec_without_returning(desk.tx.conn()).await?;
            }
        }
        Ok(verdicts)
    }
}

fn row(
    desk: &Desk<'_>,
    owners: &HashMap<String, organization::Model>,
    known: &HashMap<String, store::Model>,
    data: &StoreData,
) -> Result<store::Model, Verdict> {
    let owner = found(owners, "organizationCode", "organization", &data.organization_code)?;
    desk.sender.check(owner.id, "organizationCode")?;
    let before = known.get(&data.code);
    if let Some(before) = before {
        desk.sender.check(before.organization_id, "code")?;
    }
    let city = value("cityCode", CityCode::parse(&data.city_code))?;
    let point = value("latitude", Point::new(data.latitude, data.longitude))?;
    Ok(store::Model {
        id: before.map_or_else(StoreId::generate, |row| row.id),
        organization_id: owner.id,
        code: code("code", &data.code)?,
        name_zh: name("nameZh", &data.name_zh)?,
        name_en: name("nameEn", &data.name_en)?,
        sales_model: data.sales_model,
        city_code: city.as_str().to_owned(),
        address_zh: name("addressZh", &data.address_zh)?,
        address_en: name("addressEn", &data.address_en)?,
        latitude: point.lat(),
        longitude: point.lng(),
        opens_at: hour("opensAt", &data.opens_at)?,
        closes_at: hour("closesAt", &data.closes_at)?,
        service_radius_km: small("serviceRadiusKm", data.service_radius_km, 0, 1000)?,
        delivery_center: data.delivery_center,
        created_at: desk.tx.now(),
    })
}

fn hour(field: &str, given: &str) -> Result<String, Reason> {
    match NaiveTime::parse_from_str(given, "%H:%M") {
        Ok(time) => Ok(time.format("%H:%M").to_string()),
        Err(_) => Err(Reason::invalid(field, "ingest-hour")),
    }
}
