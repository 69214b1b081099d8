//! Fetching ahead for the engine: the rows that a selection needs, a statement for each relation, before its resolvers
//! ask one by one.

use std::collections::HashMap;

use async_graphql::Context;
use async_graphql::parser::types::SelectionSet;

use super::{Answer, Pass, Planner, Selected, Set};
use crate::graph::call::{Call, CallExt};
use crate::graph::error::Result;

/// What the field of this context selects, as far as the fast way knows it.
pub fn selected<T: Answer>(ctx: &Context<'_>) -> Selected {
    let planner = Planner { fragments: &ctx.query_env.fragments, lenient: true, needs: None };
    T::plan(&planner, &[Set::always(&ctx.item.node.selection_set.node)]).unwrap_or_default()
}

/// Fetches what the document selects on an answer of this field, as `selected` says.
///
/// # Errors
/// When the store fails.
pub async fn ahead<T: Answer>(ctx: &Context<'_>, value: &T, selected: &Selected) -> Result<()> {
    rounds(ctx, ctx.call(), value, selected).await
}

/// The same for an answer that stands in the field `name` below this one, for the rights of `call`.
///
/// # Errors
/// When the store fails.
pub async fn below<T: Answer>(ctx: &Context<'_>, call: &Call, name: &str, value: &T) -> Result<()> {
    let planner = Planner { fragments: &ctx.query_env.fragments, lenient: true, needs: None };
    let sets = planner.below(&ctx.item.node.selection_set.node, name);
    let selected = T::plan(&planner, &sets).unwrap_or_default();
    rounds(ctx, call, value, &selected).await
}

/// What the document selects on the field `name` below this one, and `also` what the caller itself looks at.
pub fn selected_below<T: Answer>(ctx: &Context<'_>, name: &str, also: &[&SelectionSet]) -> Selected {
    let planner = Planner { fragments: &ctx.query_env.fragments, lenient: true, needs: None };
    let mut sets = planner.below(&ctx.item.node.selection_set.node, name);
    sets.extend(also.iter().map(|selection| Set::always(selection)));
    T::plan(&planner, &sets).unwrap_or_default()
}

/// Gathers and fetches until nothing is missing.
async fn rounds<T: Answer>(ctx: &Context<'_>, call: &Call, value: &T, selected: &Selected) -> Result<()> {
    if !selected.deep() {
        return Ok(());
    }
    let operation = &ctx.query_env.operation.node;
    let defaults: HashMap<_, _> = operation
        .variable_definitions
        .iter()
        .filter_map(|variable| {
            let default = variable.node.default_value.as_ref()?;
            Some((variable.node.name.node.clone(), default.node.clone()))
        })
        .collect();
    let pass = Pass::new(call, &ctx.query_env.variables, &defaults);
    loop {
        value.gather(selected, &pass);
        if !call.fetch_missing().await? {
            return Ok(());
        }
    }
}
