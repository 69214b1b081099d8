//! A message of a stream, resolved under a call of its own.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, Data, OutputType, Positioned, ServerResult, Value};

use super::call::Call;

/// A value and the call under which it was read. Its fields see that call instead of the stream's first one, so that
/// links remember nothing of earlier messages and every message is judged by the rights of its own moment.
pub struct Live<T> {
    value: T,
    data: Data,
}

impl<T> Live<T> {
    /// A value read under this call.
    pub fn new(call: Call, value: T) -> Self {
        let mut data = Data::default();
        data.insert(call);
        Self { value, data }
    }
}

/// In the schema it is its value.
impl<T: OutputType> OutputType for Live<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let mut ctx = ctx.clone();
        ctx.execute_data = Some(&self.data);
        self.value.resolve(&ctx, field).await
    }
}
