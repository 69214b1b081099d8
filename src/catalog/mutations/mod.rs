//! What one may do in the catalog room: a file for each mutation.

mod configuration_save;

use async_graphql::{Context, Object};

use super::inputs::ConfigurationSaveInput;
use crate::graph::Result;

pub use configuration_save::ConfigurationSavePayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "CatalogMutations")]
impl Mutations {
    /// Saves a choice of trim and options, new or over one's own; for customers and staff of stores. It is checked and
    /// priced as it is saved.
    async fn configuration_save(
        &self,
        ctx: &Context<'_>,
        input: ConfigurationSaveInput,
    ) -> Result<ConfigurationSavePayload> {
        configuration_save::run(ctx, input).await
    }
}
