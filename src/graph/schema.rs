//! The roots of the schema: the sum of the rooms.

use async_graphql::{MergedObject, MergedSubscription};

use super::node::NodeQuery;
use crate::{catalog, customer, inventory, lead, loyalty, order, place};

/// What one may ask.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    place::Queries,
    customer::Queries,
    lead::Queries,
    catalog::Queries,
    inventory::Queries,
    order::Queries,
    loyalty::Queries,
);

/// What one may do.
#[derive(MergedObject, Default)]
pub struct Mutation(
    customer::Mutations,
    lead::Mutations,
    catalog::Mutations,
    inventory::Mutations,
    order::Mutations,
    loyalty::Mutations,
);

/// What one may follow.
#[derive(MergedSubscription, Default)]
pub struct Subscription(order::Subscriptions);

/// The schema's type.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Depth of a document: more than any screen needs, little enough for the engine's stack.
const MAX_DEPTH: usize = 15;

/// Builds it.
pub fn build(introspection: bool) -> Schema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_depth(if introspection { MAX_DEPTH + 5 } else { MAX_DEPTH });
    if introspection {
        builder.finish()
    } else {
        // A suggestion names fields to those who may not read the schema.
        builder.disable_introspection().disable_suggestions().finish()
    }
}

/// The schema definition language, sorted by nothing but the code's own order.
pub fn sdl() -> String {
    let mut sdl = build(true).sdl();
    if !sdl.ends_with('\n') {
        sdl.push('\n');
    }
    sdl
}
