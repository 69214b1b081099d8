//! Where transfers between stores are kept (C103), and the car that arrives with one.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, transfer, vehicle_unit};
use entity::order::order;
use entity::place::store;
use entity::{AllocationKind, StockTransferState, StockType, StoreId, VehicleUnitId};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    TryInsertResult,
};

use super::super::events::transfer_changed;
use super::super::quota::Moved;
use super::super::rules::matching::is_new;
use super::super::rules::transfer::{Claim, Fate, OPEN, TransferAction, fate, move_transfer, standing, told_of};
use crate::store::rows::{ByPlace, among};
use crate::store::{Happening, Lock, Tx};
use crate::values::error::Invalid;
use crate::values::geo::Point;

/// Transfers that are open. As text, word for word as their indexes have it.
pub const MOVING: &str = r#""stock_transfer"."state" IN ('REQUESTED', 'APPROVED', 'SHIPPED')"#;

/// A car that has come to a store: it stands there, in its stock.
///
/// # Errors
/// When the store's place is none.
pub fn arrived(car: vehicle_unit::Model, to: &store::Model, at: DateTime<Utc>) -> Result<vehicle_unit::Model, Invalid> {
    let point = Point::new(to.latitude, to.longitude)?;
    let [unit_x, unit_y, unit_z] = point.unit_vector();
    Ok(vehicle_unit::Model {
        store_id: Some(to.id),
        city_code: to.city_code.clone(),
        latitude: to.latitude,
        longitude: to.longitude,
        unit_x,
        unit_y,
        unit_z,
        // One that was driven, shown or used before is no new one.
        stock_type: if is_new(car.stock_type) { StockType::StoreStock } else { car.stock_type },
        received_at: Some(at),
        expected_at: None,
        transfer_to_store_id: None,
        ..car
    })
}

/// Writes a new transfer; false when the car goes somewhere already.
///
/// # Errors
/// When the store fails.
pub async fn open(tx: &mut Tx, row: &transfer::Model) -> Result<bool, DbErr> {
    let inserted = transfer::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
    let made = matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0);
    if made {
        tx.emit(transfer_changed(row));
    }
    Ok(made)
}

/// Follows a car of which another system says that it is on its way to a store, or has come there: the transfer that was asked for
/// is as far, and one to another store has fallen away. The car is locked.
///
/// # Errors
/// When the store fails.
pub async fn follow(
    tx: &mut Tx,
    car: VehicleUnitId,
    to: StoreId,
    state: StockTransferState,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    // A car goes to one store at a time.
    let open = transfer::Entity::find()
        .filter(transfer::Column::VehicleId.eq(car))
        .filter(transfer::Column::State.is_in(OPEN.iter().copied()));
    let Some(before) = Lock::row(open).take(tx.conn()).await? else { return Ok(()) };
    let Some(next) = told_of(before.state, before.to_store_id == to, state) else { return Ok(()) };
    let mut after = transfer::Model { state: next, version: before.version + 1, ..before.clone() };
    match next {
        StockTransferState::Shipped => after.shipped_at = Some(at),
        StockTransferState::Received => after.received_at = Some(at),
        _ => {}
    }
    save(tx, &before, &after);
    Ok(())
}

/// A car of which it may have changed whose it is: given to an order or taken from it, sold, handed over or lost, or its order is handed
/// over elsewhere. What becomes of its transfer is seen to at the commit ([`fate`]), and of the place that it was promised (C099).
pub struct Claimed(VehicleUnitId);

impl Claimed {
    /// What a change of a car means for whoever asked for it; none where it is whose it was.
    pub fn of(before: Option<&vehicle_unit::Model>, after: &vehicle_unit::Model) -> Option<Self> {
        let whose = |car: &vehicle_unit::Model| standing(car.physical_status, car.commercial_status);
        before.is_some_and(|before| whose(before) != whose(after)).then_some(Self(after.id))
    }
}

/// Notes that an order's stores have changed, so that what brings its car elsewhere is called off.
pub fn goes_elsewhere(tx: &mut Tx, vehicle: VehicleUnitId) {
    tx.happened(Claimed(vehicle));
}

impl Happening for Claimed {
    fn follow(tx: &mut Tx, happened: Vec<Self>) -> BoxFuture<'_, Result<(), DbErr>> {
        Box::pin(async move {
            let backend = tx.conn().get_database_backend();
            let ids: BTreeSet<_> = happened.iter().map(|claimed| claimed.0).collect();
            let open = transfer::Entity::find()
                .filter(among(backend, transfer::Column::VehicleId, ids.iter().copied()))
                .filter(Expr::cust(MOVING))
                .order_by_asc(transfer::Column::Id);
            let open = Lock::row(open).all(tx.conn()).await?;
            if open.is_empty() {
                return Ok(());
            }
            // Who has the cars may be among what was put off.
            tx.flush().await?;
            let cars = vehicle_unit::Entity::find()
                .filter(among(backend, vehicle_unit::Column::Id, open.iter().map(|row| row.vehicle_id)))
                .by_place(tx.conn())
                .await?;
            let claims = claims(tx.conn(), open.iter().map(|row| row.vehicle_id).collect()).await?;
            for before in open {
                let Some(car) = cars.iter().find(|car| car.id == before.vehicle_id) else { continue };
                let after = follow_claim(&before, car, claims.get(&car.id));
                if let Some(after) = after {
                    save(tx, &before, &after);
                }
            }
            Ok(())
        })
    }
}

/// A transfer after its car went to another, or to nobody; none where it goes on as it did.
fn follow_claim(before: &transfer::Model, car: &vehicle_unit::Model, claim: Option<&Claim>) -> Option<transfer::Model> {
    let asked = (before.state, before.to_store_id, before.order_id.is_some());
    let version = before.version + 1;
    match fate(asked, (car.physical_status, car.commercial_status), claim) {
        Fate::GoesOn { for_order } => {
            let after = meant_for(before.clone(), claim.filter(|_| for_order));
            (after != *before).then_some(transfer::Model { version, ..after })
        }
        Fate::FallsAway => {
            let state = move_transfer(before.state, TransferAction::Cancel).ok()?;
            Some(transfer::Model { state, version, ..before.clone() })
        }
    }
}

/// A transfer with the order that it brings the car for, if that has the car.
pub fn meant_for(row: transfer::Model, claim: Option<&Claim>) -> transfer::Model {
    let (order_id, order_store_id) =
        claim.filter(|claim| claim.is_firm).map(|claim| (claim.order, claim.seller)).unzip();
    transfer::Model { order_id, order_store_id, ..row }
}

/// The orders that cars are meant for, by their allocations in force; those that are held for none are left out.
///
/// # Errors
/// When the store fails.
pub async fn claims(
    conn: &impl ConnectionTrait,
    cars: Vec<VehicleUnitId>,
) -> Result<HashMap<VehicleUnitId, Claim>, DbErr> {
    use allocation::Column::{Kind, OrderId, ReleasedAt, VehicleId};
    use order::Column::{DeliveryStoreId, Id, StoreId};
    let backend = conn.get_database_backend();
    let select = Query::select()
        .columns([VehicleId, Kind].map(|column| (allocation::Entity, column)))
        .columns([Id, StoreId, DeliveryStoreId].map(|column| (order::Entity, column)))
        .from(allocation::Entity)
        .inner_join(order::Entity, Expr::col((order::Entity, Id)).equals((allocation::Entity, OrderId)))
        .and_where(among(backend, VehicleId, cars))
        .and_where(ReleasedAt.is_null())
        .take();
    let mut claims = HashMap::new();
    for row in conn.query_all(&select).await? {
        let kind: AllocationKind = row.try_get_by(1)?;
        let claim = Claim {
            order: row.try_get_by(2)?,
            seller: row.try_get_by(3)?,
            hands_over: row.try_get_by(4)?,
            is_firm: kind == AllocationKind::Hard,
        };
        claims.insert(row.try_get_by(0)?, claim);
    }
    Ok(claims)
}

/// Writes a locked transfer that has changed, and tells of it.
pub fn save(tx: &mut Tx, before: &transfer::Model, after: &transfer::Model) {
    let change = transfer::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(transfer::Column::Id.eq(after.id))
        .filter(transfer::Column::Version.eq(before.version));
    tx.put_one(change);
    if before.state != StockTransferState::Requested && after.state == StockTransferState::Cancelled {
        tx.happened(Moved::CalledOff { transfer: after.id, store: after.to_store_id });
    }
    tx.emit(transfer_changed(after));
}
