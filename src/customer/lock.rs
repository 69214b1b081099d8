//! Locking a customer: who changes what hangs on one goes one after the other, whatever the room.

use entity::CustomerId;
use entity::customer::customer;
use sea_orm::{EntityTrait, QuerySelect, QueryTrait};

use crate::store::Lock;

/// The customer's row.
pub fn whole(id: CustomerId) -> Lock<customer::Model> {
    Lock::row(customer::Entity::find_by_id(id))
}

/// The same where only the version is of use.
pub fn version(id: CustomerId) -> Lock<i32> {
    let select = customer::Entity::find_by_id(id).select_only().column(customer::Column::Version).into_query();
    Lock::of(select, |row, at| row.try_get_by(at))
}
