//! Messages of streams: what all of them say of their place, and resolving each under a call of its own.

use std::borrow::Cow;
use std::time::Duration;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, Data, OutputType, Positioned, ServerResult, Value};
use futures_util::{Stream, StreamExt};

use super::answer::{Answer, below};
use super::call::{Call, CallExt, CallState};
use super::error::{Code, Error, Result};
use super::node::Node;
use super::scalars::Int64;
use crate::events::Entry;
use crate::events::feed::{Feed, Listener, Place, Stamp, Step, Teller, follow};
use crate::events::hub::Reader;
use crate::events::position::Position;

/// What a subscription makes of a stream: the things that its messages show, each with what is said of it. To add one:
/// implement this, and return [`news`].
pub trait News: Send + Sync {
    /// What is said of a thing.
    type Said: Send + Sync;
    /// What a message shows, as it is when the message is sent.
    type Thing: Shown;
    /// The field of the message that shows it.
    const FIELD: &'static str;

    /// Says what will be shown of the thing, so that it is fetched together with the thing itself ([`Call::expect`]).
    fn expect(_: &Context<'_>, _: &Call) {}

    /// Whether the caller may follow it; [`absent`] when there is nothing for this caller to follow. Whatever `begin` and
    /// `entry` tell has to be judged as strictly: who was told something is not asked again.
    fn admit(&self, call: &Call) -> impl Future<Output = Result<()>> + Send;

    /// The state to begin with, in several messages perhaps; an error ends the stream.
    fn begin(&self, call: &Call) -> impl Future<Output = Result<Vec<(Self::Said, Self::Thing)>>> + Send;

    /// What an entry says; none if it speaks of something else, or of what the caller may not see; an error when the
    /// stream is to end.
    fn entry(
        &self,
        call: &Call,
        entry: &Entry,
    ) -> impl Future<Output = Result<Option<(Self::Said, Self::Thing)>>> + Send;
}

/// What messages can show.
pub trait Shown: Send + Sync + Sized {
    /// Fetches what the document selects on these in the field `name` of the message, all at once.
    fn ahead(ctx: &Context<'_>, call: &Call, name: &str, things: &[Self]) -> impl Future<Output = Result<()>> + Send;
}

impl<T: Answer> Shown for T {
    async fn ahead(ctx: &Context<'_>, call: &Call, name: &str, things: &[Self]) -> Result<()> {
        below(ctx, call, name, &things).await
    }
}

/// Of any type, so the engine asks field by field, and loaders put together what it asks.
impl Shown for Option<Node> {
    async fn ahead(_: &Context<'_>, _: &Call, _: &str, _: &[Self]) -> Result<()> {
        Ok(())
    }
}

/// The news of a stream, from where the subscription stood, or after a position, or with the state to begin with; each
/// message made by `message` of its stamp and what it says. The transport is told where the subscription then stands.
///
/// # Errors
/// When the store fails, or the caller may not follow it.
pub async fn news<'a, N: News + 'a, M: Send + 'a>(
    ctx: &'a Context<'_>,
    stream: String,
    after: Option<Position>,
    news: N,
    message: fn(Stamp, N::Said, N::Thing) -> M,
) -> Result<impl Stream<Item = Result<Live<M>>> + Send + 'a> {
    let call = ctx.call();
    let feed = feed(call, stream, after).await?;
    let mut admitted = call.goes_on().is_some();
    if !admitted && !feed.is_ahead() {
        news.admit(call).await?;
        admitted = true;
    }
    let teller = NewsTeller { ctx, news, admitted };
    Ok(follow(feed, teller, call.app.clock.clone(), call.clone()).map(move |told| {
        let (stamp, (call_of_message, said, thing)) = told?;
        if stamp.whole {
            call.stands_at(stamp.position);
        }
        Ok(Live::new(call_of_message, message(stamp, said, thing)))
    }))
}

/// A subscriber's place on a stream.
async fn feed(call: &Call, stream: String, after: Option<Position>) -> Result<Feed> {
    let stood = call.goes_on().zip(call.take_reader().filter(|reader| reader.stream() == stream));
    match stood.and_then(|(place, reader)| Feed::go_on(&call.app, reader, place)) {
        Some(feed) => Ok(feed),
        None => Ok(Feed::open(&call.app, stream, after).await?),
    }
}

impl Listener for Call {
    fn left(&self) -> Option<Duration> {
        CallState::left(self)
    }

    fn goes_on(&self) -> Option<Place> {
        CallState::goes_on(self)
    }

    fn rests(&self, place: Option<(Place, Reader)>) {
        CallState::rests(self, place);
    }
}

struct NewsTeller<'a, 'c, N> {
    ctx: &'a Context<'c>,
    news: N,
    /// Whether the caller is known to be one who may follow.
    admitted: bool,
}

impl<N: News> Teller for NewsTeller<'_, '_, N> {
    type Message = (Call, N::Said, N::Thing);

    async fn tell(&mut self, step: &Step) -> Result<Vec<Self::Message>> {
        // Nothing that an earlier message has read may decide about this one.
        let call = self.ctx.call().renewed();
        N::expect(self.ctx, &call);
        let told = match step {
            Step::Snapshot { .. } => self.news.begin(&call).await,
            Step::Entry { entry, .. } => self.news.entry(&call, entry).await.map(|told| told.into_iter().collect()),
        };
        let told: Vec<_> = match told {
            // Who never saw it does not learn that it is there.
            Err(Error::Shown(shown)) if !self.admitted && shown.code == Code::Forbidden => {
                self.news.admit(&call).await?;
                return Err(Error::Shown(shown));
            }
            told => told?,
        };
        if !self.admitted {
            // Nothing told is nothing judged.
            if told.is_empty() {
                self.news.admit(&call).await?;
            }
            self.admitted = true;
        }
        let (said, things): (Vec<_>, Vec<_>) = told.into_iter().unzip();
        N::Thing::ahead(self.ctx, &call, N::FIELD, &things).await?;
        Ok(said.into_iter().zip(things).map(|(said, thing)| (call.clone(), said, thing)).collect())
    }
}

/// The error that ends a stream whose subject is no longer the caller's to see.
pub fn lost() -> Error {
    Error::shown(Code::Forbidden, "forbidden")
}

/// The error of a stream whose subject is not there, for this caller.
pub fn absent() -> Error {
    Error::shown(Code::NotFound, "not-found")
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
