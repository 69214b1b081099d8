//! The ground that everything stands on, as master data tells it: cities, organisations, stores, staff.

mod city;
mod organization;
mod staff;
mod store;

use std::collections::HashMap;

use entity::StoreId;
use entity::place::store as table;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::Tx;
use crate::store::rows::ByPlace;

pub use city::CityReported;
pub use organization::OrganizationReported;
pub use staff::StaffReported;
pub use store::StoreReported;

/// Stores by id.
///
/// # Errors
/// When the store fails.
pub async fn stores_by_id(
    tx: &Tx,
    ids: impl IntoIterator<Item = StoreId>,
) -> Result<HashMap<StoreId, table::Model>, DbErr> {
    let mut ids: Vec<StoreId> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = table::Entity::find().filter(table::Column::Id.is_in(ids)).by_place(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
