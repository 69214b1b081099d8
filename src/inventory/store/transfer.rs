//! Where transfers between stores are kept (C103), and the car that arrives with one.

use chrono::{DateTime, Utc};
use entity::inventory::{transfer, vehicle_unit};
use entity::place::store;
use entity::{StockTransferState, StockType, StoreId, VehicleUnitId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, TryInsertResult};

use super::super::rules::matching::is_new;
use crate::store::Tx;
use crate::values::error::Invalid;
use crate::values::geo::Point;

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
pub async fn open(tx: &Tx, row: transfer::Model) -> Result<bool, DbErr> {
    let inserted = transfer::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0))
}

/// Follows a car of which another system says that it is on its way to a store, or has come there: the transfer that was asked for
/// is as far, and one to another store has fallen away. The car is locked.
///
/// # Errors
/// When the store fails.
pub async fn follow(
    tx: &Tx,
    car: VehicleUnitId,
    to: StoreId,
    state: StockTransferState,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let open = |states: &[StockTransferState]| {
        Condition::all()
            .add(transfer::Column::VehicleId.eq(car))
            .add(transfer::Column::State.is_in(states.iter().copied()))
    };
    let (moment, waiting): (_, &[StockTransferState]) = match state {
        StockTransferState::Received => (
            transfer::Column::ReceivedAt,
            &[StockTransferState::Requested, StockTransferState::Approved, StockTransferState::Shipped],
        ),
        _ => (transfer::Column::ShippedAt, &[StockTransferState::Requested, StockTransferState::Approved]),
    };
    let next = || Expr::col(transfer::Column::Version).add(1);
    transfer::Entity::update_many()
        .col_expr(transfer::Column::State, Expr::val(state.code()))
        .col_expr(moment, Expr::val(at))
        .col_expr(transfer::Column::Version, next())
        .filter(open(waiting))
        .filter(transfer::Column::ToStoreId.eq(to))
        .exec(tx.conn())
        .await?;
    transfer::Entity::update_many()
        .col_expr(transfer::Column::State, Expr::val(StockTransferState::Cancelled.code()))
        .col_expr(transfer::Column::Version, next())
        .filter(open(waiting))
        .filter(transfer::Column::ToStoreId.ne(to))
        .exec(tx.conn())
        .await
        .map(drop)
}
