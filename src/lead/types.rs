//! What the lead room looks like.

use async_graphql::{ID, Object};
use entity::lead::lead;

/// A person's interest in a model.
#[derive(Clone, Debug)]
pub struct Lead(pub lead::Model);

#[Object]
impl Lead {
    /// Type-prefixed ULID, as in `led_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
}
