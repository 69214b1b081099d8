//! What one may ask about places.

use async_graphql::Object;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[Object]
impl Queries {
    /// Version of this API's schema, for support.
    async fn api_version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
