//! What the inventory room looks like.

use async_graphql::{ID, Object};
use entity::inventory::vehicle_unit;

/// One car, built or planned.
#[derive(Clone, Debug)]
pub struct VehicleUnit(pub vehicle_unit::Model);

#[Object]
impl VehicleUnit {
    /// Type-prefixed ULID, as in `veh_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
}
