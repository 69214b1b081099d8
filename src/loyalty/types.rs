//! What the loyalty room looks like.

use async_graphql::{ID, Object};
use entity::loyalty::account;

/// One account a customer.
#[derive(Clone, Debug)]
pub struct LoyaltyAccount(pub account::Model);

#[Object]
impl LoyaltyAccount {
    /// Type-prefixed ULID, as in `pac_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
}
