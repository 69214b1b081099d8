//! What the order room looks like.

use async_graphql::{ID, Object};
use entity::order::order;

/// One order for one car.
#[derive(Clone, Debug)]
pub struct Order(pub order::Model);

#[Object]
impl Order {
    /// Type-prefixed ULID, as in `ord_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
}
