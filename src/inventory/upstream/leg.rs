//! `cn.milepost.inventory.transport_leg.v1`: one leg on a car's way.

use chrono::{DateTime, Utc};
use entity::TransportLegId;
use entity::inventory::transport_leg;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::car;
use super::vehicle::subject;
use crate::graph::Result;
use crate::ingest::keys::{small, upsert, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::city_code::CityCode;

data! {
    /// One leg on a car's way, planned or gone (logistics). Expected dates are reckoned with it.
    pub struct LegData {
        /// The car.
        pub vin: String,
        /// Which leg, from one.
        pub position: i32,
        /// Code of the city where it begins.
        pub from_city_code: String,
        /// Code of the city where it ends.
        pub to_city_code: String,
        /// Days that it takes, as likely less as more.
        pub p50_days: i32,
        /// Days that it takes nine times in ten at most.
        pub p90_days: i32,
        /// When the car left.
        pub departed_at: Option<DateTime<Utc>>,
        /// When the car came.
        pub arrived_at: Option<DateTime<Utc>>,
    }
}

/// A leg reported.
pub struct LegReported;

impl Inbound for LegReported {
    const TYPE: &'static str = "cn.milepost.inventory.transport_leg.v1";
    const DOMAIN: &'static str = "inventory";
    type Data = LegData;

    fn example() -> LegData {
        LegData {
            vin: "L00C5D1E7TX900001".into(),
            position: 1,
            from_city_code: "340100".into(),
            to_city_code: "310100".into(),
            p50_days: 2,
            p90_days: 4,
            departed_at: "2025-11-20T04:00:00Z".parse().ok(),
            arrived_at: None,
        }
    }

    fn subject(data: &LegData) -> String {
        format!("{}/leg/{}", subject(&data.vin), data.position)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<LegData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let data = &item.data;
            let car = match car::lock(desk, &data.vin).await? {
                Ok(car) => car,
                Err(verdict) => {
                    verdicts.push(verdict);
                    continue;
                }
            };
            let before = transport_leg::Entity::find()
                .filter(transport_leg::Column::VehicleId.eq(car.id))
                .filter(transport_leg::Column::Position.eq(data.position))
                .one(desk.tx.conn())
                .await?;
            let id = before.map_or_else(TransportLegId::generate, |row| row.id);
            verdicts.push(match row(data, id, car.id) {
                Ok(row) => {
                    upsert::<transport_leg::Entity>(desk.tx, vec![row], &[transport_leg::Column::Id], &[]).await?;
                    Verdict::DONE
                }
                Err(reason) => reason.into(),
            });
        }
        Ok(verdicts)
    }
}

fn row(data: &LegData, id: TransportLegId, vehicle_id: entity::VehicleUnitId) -> Result<transport_leg::Model, Reason> {
    let city = |field: &str, code: &str| value(field, CityCode::parse(code)).map(|code| code.as_str().to_owned());
    if data.arrived_at.is_some_and(|arrived| data.departed_at.is_none_or(|departed| arrived < departed)) {
        return Err(Reason::invalid("arrivedAt", "ingest-before"));
    }
    let p50_days = small("p50Days", data.p50_days, 0, 365)?;
    Ok(transport_leg::Model {
        id,
        vehicle_id,
        position: small("position", data.position, 1, 100)?,
        from_city_code: city("fromCityCode", &data.from_city_code)?,
        to_city_code: city("toCityCode", &data.to_city_code)?,
        p50_days,
        p90_days: small("p90Days", data.p90_days, p50_days, 365)?,
        departed_at: data.departed_at,
        arrived_at: data.arrived_at,
    })
}
