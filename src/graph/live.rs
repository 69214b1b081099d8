//! Messages of streams: what all of them say of their place, and resolving each under a call of its own.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, Data, OutputType, Positioned, ServerResult, Value};
use futures_util::{Stream, StreamExt};

use super::call::Call;
use super::error::{Error, Result};
use super::scalars::Int64;
use crate::events::feed::{Feed, Stamp, Teller, follow};
use crate::events::position::Position;

/// A feed's messages, each with its stamp; the transport is told where the subscription then stands.
pub fn messages<T: Teller>(
    call: &Call,
    feed: Feed,
    teller: T,
) -> impl Stream<Item = Result<(Stamp, T::Message)>> + Send + use<T> {
    let call = call.clone();
    follow(feed, teller, call.app.clock.clone(), call.viewer.expires_at).inspect(move |told| {
        if let Ok((stamp, _)) = told
            && stamp.whole
        {
            call.stands_at(stamp.position);
        }
    })
}

/// The position that a client gives: a message's `cursor` as `after`, or its number alone as `afterSequence`; or as the
/// transport has it.
///
/// # Errors
/// When both are given, or `after` is no cursor of a stream.
pub fn position(call: &Call, after: Option<&str>, after_sequence: Option<Int64>) -> Result<Option<Position>> {
    if let Some(place) = call.resumed() {
        return Ok(Some(place));
    }
    match (after, after_sequence) {
        (None, sequence) => Ok(sequence.map(|sequence| sequence.0.into())),
        (Some(cursor), None) => cursor.parse().map(Some).map_err(|_| Error::argument("after", "stream-cursor")),
        (Some(_), Some(_)) => Err(Error::argument("after", "stream-one-position")),
    }
}

/// A message of a stream: an object with what all messages say of their place, made with `stamped`.
macro_rules! stream_message {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* pub $field:ident: $of:ty,)* }) => {
        $(#[$doc])*
        #[derive(::async_graphql::SimpleObject)]
        pub struct $name {
            /// Number in the stream.
            pub sequence: $crate::graph::scalars::Int64,
            /// Number of the message before on this subscription; null for the first, unless it went on from a position, and
            /// where `replayGap` is not null.
            pub previous_sequence: ::std::option::Option<$crate::graph::scalars::Int64>,
            /// The place after this message: to go on from there, subscribe again with it as `after`. Null while more
            /// messages of the same snapshot follow.
            pub cursor: ::std::option::Option<::std::string::String>,
            /// The event, the same on every stream that it is on; a snapshot has an id of its own.
            pub event_id: ::async_graphql::ID,
            /// When it happened.
            pub occurred_at: ::chrono::DateTime<::chrono::Utc>,
            /// Whether it happened before this subscription began.
            pub replayed: bool,
            /// Of a snapshot, why the stream does not go on from the position that was given: what lies between is not
            /// told, forget what you knew. Null where nothing is missing.
            pub replay_gap: ::std::option::Option<$crate::events::feed::ReplayGap>,
            $($(#[$field_doc])* pub $field: $of,)*
        }

        impl $name {
            /// The message at a place.
            fn stamped(stamp: $crate::events::feed::Stamp, $($field: $of),*) -> Self {
                Self {
                    sequence: $crate::graph::scalars::Int64(stamp.position.sequence),
                    previous_sequence: stamp.previous_sequence.map($crate::graph::scalars::Int64),
                    cursor: stamp.whole.then(|| stamp.position.to_string()),
                    event_id: ::async_graphql::ID(stamp.event_id.to_string()),
                    occurred_at: stamp.occurred_at,
                    replayed: stamp.replayed,
                    replay_gap: stamp.gap,
                    $($field),*
                }
            }
        }
    };
}
pub(crate) use stream_message;

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
