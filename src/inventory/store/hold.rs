//! Holds that ran out (C102): their cars are set free.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::VehicleUnitId;
use entity::inventory::{allocation, vehicle_unit};
use sea_orm::sea_query::{Expr, LockBehavior, LockType, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

use super::super::rules::reservation::{HoldState, allocation_state};
use super::release;
use crate::store::Tx;
use crate::store::rows::{ByPlace, among, fetch};

/// Holds that have not ended. As text, word for word as the index has it that finds those which ran out.
const STANDING: &str = r#""allocation"."kind" = 'SOFT' AND "allocation"."released_at" IS NULL"#;

/// Holds that have run out, the earliest first.
pub fn expired(now: DateTime<Utc>) -> Select<allocation::Entity> {
    allocation::Entity::find()
        .filter(Expr::cust(STANDING))
        .filter(allocation::Column::ExpiresAt.lte(now))
        .order_by_asc(allocation::Column::ExpiresAt)
}

/// Sets cars free whose hold has run out, at most so many, in three statements and the writes; who changes a car at this moment is
/// not waited for. How many there were to look at, and how many of them were set free.
///
/// # Errors
/// When the store fails.
pub async fn free_expired(tx: &mut Tx, actor: &str, most: u64) -> Result<(usize, usize), DbErr> {
    let found: Vec<VehicleUnitId> = expired(tx.now())
        .select_only()
        .column(allocation::Column::VehicleId)
        .limit(most)
        .into_tuple()
        .all(tx.conn())
        .await?;
    if found.is_empty() {
        return Ok((0, 0));
    }
    let backend = tx.conn().get_database_backend();
    let cars: Vec<vehicle_unit::Model> = fetch(tx.conn(), &unlocked(backend, &found)).await?;
    // What is said under the lock counts: a hold may have ended, and another begun.
    let held = allocation::Entity::find()
        .filter(among(backend, allocation::Column::VehicleId, cars.iter().map(|car| car.id)))
        .filter(allocation::Column::ReleasedAt.is_null());
    let held = held.by_place(tx.conn()).await?;
    let mut held: HashMap<VehicleUnitId, allocation::Model> =
        held.into_iter().map(|held| (held.vehicle_id, held)).collect();
    let mut freed = 0;
    for car in cars {
        let over = held.remove(&car.id).filter(|held| allocation_state(held, tx.now()) == HoldState::Expired);
        if let Some(over) = over
            && release(tx, actor, car, over).is_ok()
        {
            freed += 1;
        }
    }
    Ok((found.len(), freed))
}

/// Locks those of these cars that nobody else is at, in the order of their ids.
fn unlocked(backend: DbBackend, cars: &[VehicleUnitId]) -> SelectStatement {
    let select = vehicle_unit::Entity::find()
        .filter(among(backend, vehicle_unit::Column::Id, cars.iter().copied()))
        .order_by_asc(vehicle_unit::Column::Id);
    let select = match backend {
        DbBackend::Postgres => select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        _ => select,
    };
    select.into_query()
}
