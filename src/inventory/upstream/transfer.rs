//! `cn.milepost.inventory.transfer.v1`: a car goes from one store to another.

use chrono::{DateTime, Utc};
use entity::inventory::{transfer, vehicle_unit};
use entity::place::store;
use entity::{InboundCode, PhysicalStatus, StockTransferState, VehicleEventKind};
use schemars::JsonSchema;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::rules::status::{VehicleAction, move_physical};
use super::super::store::transfer::{arrived, follow};
use super::car;
use super::vehicle::subject;
use crate::graph::Result;
use crate::ingest::keys::{value, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::store::Lock;

data! {
    /// A car in stock is on its way to another store, or has come there (dealer management, logistics).
    pub struct TransferData {
        /// The car.
        pub vin: String,
        /// Code of the store where it goes.
        pub to_store_code: String,
        /// How far it is.
        pub state: TransferState,
        /// When it is expected, once it is on its way.
        pub expected_at: Option<DateTime<Utc>>,
        /// When that happened; the event's `time` when left out.
        pub occurred_at: Option<DateTime<Utc>>,
    }
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransferState {
    /// The car has left.
    Started,
    /// The car has come.
    Received,
}

/// A transfer reported.
pub struct TransferReported;

impl Inbound for TransferReported {
    const TYPE: &'static str = "cn.milepost.inventory.transfer.v1";
    const DOMAIN: &'static str = "inventory";
    type Data = TransferData;

    fn example() -> TransferData {
        TransferData {
            vin: "L00C5D1E7TX900001".into(),
            to_store_code: "YC002".into(),
            state: TransferState::Started,
            expected_at: "2031-11-27T04:00:00Z".parse().ok(),
            occurred_at: "2025-11-24T04:00:00Z".parse().ok(),
        }
    }

    /// The car's own: of a report of the car and one of its transfer the later one counts.
    fn subject(data: &TransferData) -> String {
        subject(&data.vin)
    }

    fn moment(data: &TransferData) -> Option<DateTime<Utc>> {
        data.occurred_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<TransferData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, item).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn one(desk: &mut Desk<'_>, item: &Item<TransferData>) -> Result<Verdict> {
    let data = &item.data;
    let named = store::Entity::find().filter(store::Column::Code.eq(&data.to_store_code));
    let Some(to) = named.one(desk.tx.conn()).await? else {
        return Ok(waits("toStoreCode", format!("store/{}", data.to_store_code)));
    };
    let car = match car::lock(desk, &data.vin).await? {
        Ok(car) => car,
        // Who receives a car may say so, although it was another's until then: once it is on its way there.
        Err(refused @ Verdict::Refused(_)) if desk.sender.reaches(to.organization_id) => {
            let found = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(&data.vin));
            match Lock::row(found).take(desk.tx.conn()).await? {
                Some(car) if car.transfer_to_store_id == Some(to.id) => car,
                Some(car) if car.physical_status == PhysicalStatus::Transferring => return Ok(refused),
                _ => return Ok(waits("vin", subject(&data.vin))),
            }
        }
        Err(verdict) => return Ok(verdict),
    };
    let at = data.occurred_at.or(item.time).unwrap_or(desk.tx.now()).min(desk.tx.now());
    let action = match data.state {
        TransferState::Started => VehicleAction::StartTransfer,
        TransferState::Received => VehicleAction::Receive,
    };
    let Ok(moved) = move_physical(car.physical_status, car.resume_to, action) else {
        if known(desk, &car, &to, data.state, at).await? {
            return Ok(Verdict::DONE);
        }
        let start = data.state == TransferState::Received && car.physical_status == PhysicalStatus::InStock;
        let from = car.physical_status.to_string();
        if start {
            let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-transfer").at("state");
            return Ok(Verdict::Held(reason, subject(&data.vin)));
        }
        let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("state");
        let action = crate::values::machine::code(&action);
        return Ok(reason.with("from", from).with("action", action).into());
    };
    let mut after = vehicle_unit::Model { physical_status: moved.to, resume_to: moved.resume_to, ..car.clone() };
    match data.state {
        TransferState::Started => {
            after.expected_at = data.expected_at;
            after.transfer_to_store_id = Some(to.id);
        }
        TransferState::Received => {
            after = match value("toStoreCode", arrived(after, &to, at)) {
                Ok(after) => after,
                Err(reason) => return Ok(reason.into()),
            };
        }
    }
    let state = match data.state {
        TransferState::Started => StockTransferState::Shipped,
        TransferState::Received => StockTransferState::Received,
    };
    follow(desk.tx, car.id, to.id, state, at).await?;
    car::save(desk, &car, after, VehicleEventKind::StatusChanged);
    Ok(Verdict::DONE)
}

/// Whether this was told already, by who gave the car or got it (`stockTransferShip`, `stockTransferReceive`).
async fn known(
    desk: &Desk<'_>,
    car: &vehicle_unit::Model,
    to: &store::Model,
    said: TransferState,
    at: DateTime<Utc>,
) -> Result<bool> {
    match said {
        TransferState::Started => Ok(car.transfer_to_store_id == Some(to.id)),
        TransferState::Received if car.store_id == Some(to.id) => {
            let come = transfer::Entity::find()
                .filter(transfer::Column::VehicleId.eq(car.id))
                .filter(transfer::Column::ToStoreId.eq(to.id))
                .filter(transfer::Column::State.eq(StockTransferState::Received))
                .filter(transfer::Column::ShippedAt.lte(at));
            Ok(come.one(desk.tx.conn()).await?.is_some())
        }
        TransferState::Received => Ok(false),
    }
}
