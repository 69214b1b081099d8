//! Where transfers between stores are kept (C103), and the car that arrives with one.

use chrono::{DateTime, Utc};
use entity::inventory::{transfer, vehicle_unit};
use entity::place::store;
use entity::{StockTransferState, StockType, StoreId, VehicleUnitId};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    TryInsertResult,
};

use super::super::events::transfer_changed;
use super::super::quota::Moved;
use super::super::rules::matching::is_new;
use super::super::rules::transfer::{OPEN, TransferAction, may_still_go, move_transfer, told_of};
use crate::store::rows::among;
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

/// A car that goes to no other store any more, since it is an order's, sold or lost. What asked for it and has not left falls away, and
/// with it the place that it was promised (C099).
pub struct Stays(VehicleUnitId);

impl Stays {
    /// What a change of a car means for whoever asked for it; none where it may still go.
    pub fn of(before: Option<&vehicle_unit::Model>, after: &vehicle_unit::Model) -> Option<Self> {
        let may_go = |car: &vehicle_unit::Model| may_still_go(car.physical_status, car.commercial_status);
        (before.is_some_and(may_go) && !may_go(after)).then_some(Self(after.id))
    }
}

impl Happening for Stays {
    fn follow(tx: &mut Tx, happened: Vec<Self>) -> BoxFuture<'_, Result<(), DbErr>> {
        Box::pin(async move {
            let backend = tx.conn().get_database_backend();
            let waiting = transfer::Entity::find()
                .filter(among(backend, transfer::Column::VehicleId, happened.iter().map(|stays| stays.0)))
                .filter(transfer::Column::State.is_in([StockTransferState::Requested, StockTransferState::Approved]))
                .order_by_asc(transfer::Column::Id);
            for before in Lock::row(waiting).all(tx.conn()).await? {
                let Ok(state) = move_transfer(before.state, TransferAction::Cancel) else { continue };
                let after = transfer::Model { state, version: before.version + 1, ..before.clone() };
                save(tx, &before, &after);
            }
            Ok(())
        })
    }
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
