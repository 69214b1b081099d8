//! The roots of the schema: the sum of the rooms.

use std::sync::{Arc, LazyLock};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{MergedObject, MergedSubscription, Response, SDLExportOptions, SchemaBuilder, ValidationMode};

use super::answer::Root;
use super::call::Call;
use super::event::{EventQuery, EventSubscription};
use super::federation::FederationQuery;
use super::freshness;
use super::node::NodeQuery;
use crate::{catalog, customer, inventory, lead, loyalty, order, place, session, upstream, webhook};

/// What one may ask of orders and of what goes with them. A part of its own, since each root object of a list is a type within the type
/// of the next, and the compiler goes only so deep.
#[derive(MergedObject, Default)]
pub struct OrderRoomQueries(
    order::Queries,
    order::board::Queries,
    order::change::Queries,
    order::settlement::Queries,
    order::conversation::Queries,
    order::deals::Queries,
    order::quote::Queries,
    order::quantile::Queries,
    order::parity::Queries,
);

/// What one may do with orders and with what goes with them.
#[derive(MergedObject, Default)]
pub struct OrderRoomMutations(
    order::Mutations,
    order::board::Mutations,
    order::change::Mutations,
    order::settlement::Mutations,
    order::conversation::Mutations,
    order::deals::Mutations,
    order::quote::Mutations,
);

/// What one may ask.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    FederationQuery,
    EventQuery,
    place::Queries,
    customer::Queries,
    lead::Queries,
    catalog::Queries,
    inventory::Queries,
    inventory::display::Queries,
    inventory::quality::Queries,
    inventory::quota::Queries,
    OrderRoomQueries,
    loyalty::Queries,
    upstream::Queries,
    webhook::Queries,
);

/// What one may do.
#[derive(MergedObject, Default)]
pub struct Mutation(
    session::Mutations,
    customer::Mutations,
    lead::Mutations,
    catalog::Mutations,
    inventory::Mutations,
    inventory::display::Mutations,
    inventory::quality::Mutations,
    inventory::quota::Mutations,
    OrderRoomMutations,
    loyalty::Mutations,
    upstream::Mutations,
    webhook::Mutations,
);

/// What one may follow.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    EventSubscription,
    catalog::Subscriptions,
    lead::Subscriptions,
    inventory::Subscriptions,
    inventory::quality::Subscriptions,
    order::Subscriptions,
    order::board::Subscriptions,
    order::conversation::Subscriptions,
    loyalty::Subscriptions,
);

/// The schema's type.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Depth of a document: more than any screen needs, little enough for the engine's stack.
const MAX_DEPTH: usize = 15;

/// The root fields of the fast way.
pub fn roots() -> &'static [&'static Root] {
    static ROOTS: LazyLock<Vec<&'static Root>> = LazyLock::new(|| {
        [
            place::Queries::ROOTS,
            customer::Queries::ROOTS,
            lead::Queries::ROOTS,
            catalog::Queries::ROOTS,
            inventory::Queries::ROOTS,
            inventory::display::Queries::ROOTS,
            inventory::quality::Queries::ROOTS,
            inventory::quota::Queries::ROOTS,
            order::Queries::ROOTS,
            order::board::Queries::ROOTS,
            order::change::Queries::ROOTS,
            order::settlement::Queries::ROOTS,
            order::conversation::Queries::ROOTS,
            order::deals::Queries::ROOTS,
            order::quote::Queries::ROOTS,
            order::quantile::Queries::ROOTS,
            order::parity::Queries::ROOTS,
            loyalty::Queries::ROOTS,
            upstream::Queries::ROOTS,
            webhook::Queries::ROOTS,
        ]
        .into_iter()
        .flatten()
        .collect()
    });
    &ROOTS
}

/// Selections within selections, those of fragments among them: the engine's usual bound.
pub const NESTED: usize = 32;

/// Most levels of a document.
pub fn depth(introspection: bool) -> usize {
    if introspection { MAX_DEPTH + 5 } else { MAX_DEPTH }
}

fn builder(introspection: bool) -> SchemaBuilder<Query, Mutation, Subscription> {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_depth(depth(introspection))
        .limit_recursive_depth(NESTED);
    // A suggestion names fields to those who may not read the schema.
    if introspection { builder } else { builder.disable_introspection().disable_suggestions() }
}

/// Builds it, to run what is known to keep the rules: it looks at how deep a document is, and no more.
pub fn build(introspection: bool) -> Schema {
    builder(introspection).validation_mode(ValidationMode::Fast).finish()
}

/// The same schema, which checks all rules before it runs anything, and runs nothing that has no call. (Not the one that
/// answers, as a rule: there every extension costs every field.)
pub fn checker(introspection: bool) -> Schema {
    builder(introspection).extension(Check).finish()
}

struct Check;

impl ExtensionFactory for Check {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Check)
    }
}

#[async_trait::async_trait]
impl Extension for Check {
    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        if ctx.data_opt::<Call>().is_some() { next.run(ctx, name).await } else { Response::default() }
    }
}

/// The schema definition language, sorted by nothing but the code's own order.
pub fn sdl() -> String {
    freshness::written(&build(true).sdl())
}

/// The same of a subgraph of a federation, without what its router asks by.
pub fn subgraph() -> String {
    builder(true).enable_subscription_in_federation().finish().sdl_with_options(SDLExportOptions::new().federation())
}
