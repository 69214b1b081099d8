//! What one says to the loyalty room.

use async_graphql::{ID, InputObject};

use crate::graph::scalars::Int64;

/// Points to give by hand.
#[derive(InputObject)]
pub struct PointsAwardInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// Who gets them, as in `cus_01J…`.
    pub customer_id: ID,
    /// How many, 1 to 10,000,000.
    pub points: Int64,
    /// What the ledger says, 1 to 200 characters; the customer reads it.
    pub reason: String,
    /// Earning rule (domain.md 4.3), as in `SURVEY`: brings its growth, its waiting time and its daily cap. Without
    /// one the points count as `MANUAL` and bring no growth.
    pub rule_code: Option<String>,
    /// What kind of thing they are for, 1 to 40 characters, as in `ORDER`.
    pub source_type: String,
    /// Which one, 1 to 100 characters. Rule, source type and source id together give once.
    pub source_id: String,
    /// Days before they can be spent, 0 to 365; without it as the rule says.
    pub pending_days: Option<i32>,
}

/// What to have for points: an item, or so many points at a till. Exactly one of the two.
#[derive(InputObject)]
pub struct RedemptionPlaceInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The item, as in `rdi_01J…`.
    pub item_id: Option<ID>,
    /// Points, 1 to 10,000,000.
    pub points: Option<Int64>,
}
