//! What one may do in the customer room: a file for each mutation.

mod consent_grant;

use async_graphql::{Context, Object};

use super::inputs::ConsentGrantInput;
use crate::graph::Result;

pub use consent_grant::ConsentGrantPayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "CustomerMutations")]
impl Mutations {
    /// Agrees to a purpose for the signed-in customer. A consent in force for the same text is kept as it is.
    async fn consent_grant(&self, ctx: &Context<'_>, input: ConsentGrantInput) -> Result<ConsentGrantPayload> {
        consent_grant::run(ctx, input).await
    }
}
