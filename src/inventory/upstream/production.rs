//! `cn.milepost.inventory.production.v1` (C083): a car's place in a plant's plan.

use chrono::{DateTime, Utc};
use entity::inventory::{production_slot, vehicle_unit};
use entity::place::organization;
use entity::{OrganizationKind, ProductionSlotId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::vehicle::subject;
use crate::graph::Result;
use crate::ingest::keys::{line, named_id, upsert, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// A car's place in a plant's plan (plant). Expected dates are reckoned with it.
    pub struct ProductionData {
        /// The car.
        pub vin: String,
        /// Code of the plant's organisation.
        pub plant_code: String,
        /// ISO week, as in `2026-W48`.
        pub week: String,
        /// When it is to be begun.
        pub planned_start: DateTime<Utc>,
        /// When it is to leave the line.
        pub planned_off: DateTime<Utc>,
        /// When it left the line.
        pub actual_off: Option<DateTime<Utc>>,
    }
}

/// A place in the plan reported.
pub struct ProductionReported;

impl Inbound for ProductionReported {
    const TYPE: &'static str = "cn.milepost.inventory.production.v1";
    const DOMAIN: &'static str = "inventory";
    type Data = ProductionData;

    fn example() -> ProductionData {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        ProductionData {
            vin: "L00C5D1E7TX900001".into(),
            plant_code: "PLANT-340100".into(),
            week: "2026-W43".into(),
            planned_start: at(1_792_476_000),
            planned_off: at(1_792_648_800),
            actual_off: None,
        }
    }

    fn subject(data: &ProductionData) -> String {
        format!("{}/production", subject(&data.vin))
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<ProductionData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, &item.data).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn one(desk: &mut Desk<'_>, data: &ProductionData) -> Result<Verdict> {
    let named = organization::Entity::find().filter(organization::Column::Code.eq(&data.plant_code));
    let Some(plant) = named.one(desk.tx.conn()).await? else {
        return Ok(waits("plantCode", format!("organization/{}", data.plant_code)));
    };
    if let Err(reason) = desk.sender.check(plant.id, "plantCode") {
        return Ok(reason.into());
    }
    if plant.kind != OrganizationKind::Plant {
        return Ok(Reason::invalid("plantCode", "ingest-plant").into());
    }
    let right = data.week.len() == 8 && data.week.as_bytes()[4..6] == *b"-W";
    if line("week", &data.week, 8).is_err() || !right {
        return Ok(Reason::invalid("week", "ingest-week").into());
    }
    if data.planned_off < data.planned_start {
        return Ok(Reason::invalid("plannedOff", "ingest-before").into());
    }
    // A plant speaks of the cars it builds, whosever they are.
    let found = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(&data.vin));
    let Some(before) = found.one(desk.tx.conn()).await? else { return Ok(waits("vin", subject(&data.vin))) };
    if let Some(id) = before.production_slot_id
        && let Some(planned) = production_slot::Entity::find_by_id(id).one(desk.tx.conn()).await?
        && let Err(reason) = desk.sender.check(planned.plant_id, "vin")
    {
        return Ok(reason.into());
    }
    let slot = production_slot::Model {
        id: before.production_slot_id.unwrap_or_else(|| named_id::<ProductionSlotId>(&data.vin)),
        plant_id: plant.id,
        week: data.week.clone(),
        planned_start: data.planned_start,
        planned_off: data.planned_off,
        actual_off: data.actual_off,
    };
    let id = slot.id;
    upsert::<production_slot::Entity>(desk.tx, vec![slot], &[production_slot::Column::Id], &[]).await?;
    if before.production_slot_id.is_none() {
        let change = vehicle_unit::ActiveModel { production_slot_id: Set(Some(id)), ..Default::default() };
        let change = vehicle_unit::Entity::update_many().set(change).filter(vehicle_unit::Column::Id.eq(before.id));
        desk.tx.put_one(change);
    }
    Ok(Verdict::DONE)
}
