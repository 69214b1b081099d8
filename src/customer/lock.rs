//! Locking a customer: who changes what hangs on one goes one after the other, whatever the room.

use entity::CustomerId;
use entity::customer::customer;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::store::Lock;
use crate::store::rows::among;

/// The customer's row.
pub fn whole(id: CustomerId) -> Lock<customer::Model> {
    Lock::row(customer::Entity::find_by_id(id))
}

/// Locks those of these customers who are there, and says who they are.
///
/// # Errors
/// As [`Lock::all`].
pub async fn present(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = CustomerId>,
) -> Result<Vec<CustomerId>, DbErr> {
    let select = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(among(conn.get_database_backend(), customer::Column::Id, ids))
        .order_by_asc(customer::Column::Id);
    Lock::of(select.into_query(), |row, at| row.try_get_by(at)).all(conn).await
}

/// The same where only the version is of use.
pub fn version(id: CustomerId) -> Lock<i32> {
    let select = customer::Entity::find_by_id(id).select_only().column(customer::Column::Version).into_query();
    Lock::of(select, |row, at| row.try_get_by(at))
}
