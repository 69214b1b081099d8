//! The log as clients follow it whole: everything that happens on a stream in one shape, pushed or polled.

use std::str::FromStr;

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use entity::{CustomerId, EventKind, LeadId, OrderId, StoreId, VehicleUnitId};
use futures_util::Stream;

use super::call::{Call, CallExt};
use super::connection::page_args;
use super::error::{Error, Result};
use super::live::{Live, News, absent, lost, news, position, stream_message};
use super::node::{Node, node, parse_id};
use super::scalars::Int64;
use crate::access::{Viewer, ViewerKind};
use crate::events::Entry;
use crate::events::feed::{self, ReplayGap, Stamp};
use crate::events::log::stream_of;
use crate::events::oem::OEM;
use crate::events::position::Position;

stream_message! {
    /// Something that happened. What it shows is read when the message is made, and so at least as new as its number.
    pub struct Event {
        /// What happened; null in the state to begin with.
        pub kind: Option<EventKind>,
        /// What it happened to; in the state to begin with, the one whose stream it is. Null only on the stream of
        /// everything, which is nobody's: in its state to begin with, and where what it happened to is not to be had by id.
        pub subject: Option<Node>,
        /// Version of the subject after it; null in the state to begin with.
        pub subject_version: Option<i32>,
    }
}

/// A part of a stream.
#[derive(SimpleObject)]
pub struct EventPage {
    /// What happened, oldest first. What the caller may not see is left out.
    pub events: Vec<Event>,
    /// The place after this part: ask again with it as `after`.
    pub cursor: String,
    /// Whether there is more already.
    pub has_more: bool,
    /// Why the stream does not go on from the position that was given: what lies between is not told, begin anew with what
    /// is. Null where nothing is missing.
    pub replay_gap: Option<ReplayGap>,
    /// The one whose stream it is; null for the stream of everything.
    pub subject: Option<Node>,
}

/// A stream that can be followed whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Customer(CustomerId),
    Store(StoreId),
    Order(OrderId),
    Vehicle(VehicleUnitId),
    Lead(LeadId),
    /// Everything.
    Oem,
}

impl FromStr for Topic {
    type Err = Error;

    /// As in `order:ord_01J…`.
    fn from_str(name: &str) -> Result<Self> {
        let wrong = || Error::argument("stream", "stream-name");
        if name == OEM {
            return Ok(Self::Oem);
        }
        let (kind, id) = name.split_once(':').ok_or_else(wrong)?;
        let topic = match kind {
            "customer" => id.parse().ok().map(Self::Customer),
            "store" => id.parse().ok().map(Self::Store),
            "order" => id.parse().ok().map(Self::Order),
            "vehicle" => id.parse().ok().map(Self::Vehicle),
            "lead" => id.parse().ok().map(Self::Lead),
            _ => None,
        };
        topic.ok_or_else(wrong)
    }
}

impl Topic {
    /// Its kind, and the id of the one whose stream it is; none when it is nobody's.
    fn parts(self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::Customer(id) => ("customer", id.to_string()),
            Self::Store(id) => ("store", id.to_string()),
            Self::Order(id) => ("order", id.to_string()),
            Self::Vehicle(id) => ("vehicle", id.to_string()),
            Self::Lead(id) => ("lead", id.to_string()),
            Self::Oem => return None,
        })
    }

    fn stream(self) -> String {
        self.parts().map_or_else(|| OEM.to_owned(), |(kind, id)| stream_of(kind, id))
    }

    /// The one whose stream it is, if it is anybody's; the error `missing` when they are not there for this caller.
    async fn subject(self, call: &Call, missing: fn() -> Error) -> Result<Option<Node>> {
        match self.parts() {
            Some((_, id)) => node(call, &ID(id)).await?.ok_or_else(missing).map(Some),
            None => Ok(None),
        }
    }

    /// Whether the stream is the viewer's to follow, beside seeing its subject: a customer's is for nobody but them and
    /// operators, a store's for its staff and operators, everything for operators alone.
    fn may_follow(self, viewer: &Viewer) -> bool {
        match self {
            Self::Customer(id) => match viewer.kind {
                ViewerKind::Customer(own) => own == id,
                ViewerKind::Operator(_) => true,
                ViewerKind::Anonymous | ViewerKind::Staff { .. } | ViewerKind::System(_) => false,
            },
            Self::Store(id) => viewer.may_follow(id),
            Self::Order(_) | Self::Vehicle(_) | Self::Lead(_) => viewer.kind != ViewerKind::Anonymous,
            Self::Oem => matches!(viewer.kind, ViewerKind::Operator(_)),
        }
    }

    /// Whether the stream has one subject, so that losing the right to see it ends the stream.
    fn of_one(self) -> bool {
        matches!(self, Self::Order(_) | Self::Vehicle(_) | Self::Lead(_))
    }

    /// Opens it for the caller.
    async fn open(self, call: &Call) -> Result<Option<Node>> {
        self.admit(call)?;
        self.subject(call, absent).await
    }

    fn admit(self, call: &Call) -> Result<()> {
        if self.may_follow(&call.viewer) { Ok(()) } else { Err(call.viewer.refused()) }
    }
}

/// Whether the viewer is told of such an event at all: follow-ups are the house's own business.
fn told_to(viewer: &Viewer, kind: EventKind) -> bool {
    viewer.customer().is_none() || kind != EventKind::FollowUpCompleted
}

impl News for Topic {
    type Said = (Option<EventKind>, Option<i32>);
    type Thing = Option<Node>;
    const FIELD: &'static str = "subject";

    async fn admit(&self, call: &Call) -> Result<()> {
        self.subject(call, absent).await.map(|_| ())
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(Self::Said, Option<Node>)>> {
        Ok(vec![((None, None), self.subject(call, lost).await?)])
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(Self::Said, Option<Node>)>> {
        let said = (Some(entry.kind), Some(entry.aggregate_version));
        match node(call, &ID(entry.aggregate_id.clone())).await {
            Ok(None) if self.of_one() => Err(lost()),
            Ok(Some(subject)) if told_to(&call.viewer, entry.kind) => Ok(Some((said, Some(subject)))),
            // Who follows everything is told of what has no node, too.
            Ok(None) | Err(Error::Shown(_)) if *self == Self::Oem => Ok(Some((said, None))),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Root fields that follow.
#[derive(Default)]
pub struct EventSubscription;

#[Subscription]
impl EventSubscription {
    /// Everything that happens to the signed-in customer: orders and their milestones, points, consents, leads. For clients
    /// that may hold few sockets.
    ///
    /// It begins with the customer, unless it goes on from a position.
    async fn my_events<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "`cursor` of the last message received: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<Event>>> + 'a> {
        let customer = ctx.call().viewer.customer_or_refuse()?;
        follow(ctx, Topic::Customer(customer), after, after_sequence).await
    }

    /// Everything that happens to a store: its orders, leads and cars.
    ///
    /// It begins with the store, unless it goes on from a position. Each message is judged by the rights of its moment:
    /// what went to another store meanwhile is left out.
    async fn store_events<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this store: staff their own, operators any.")] store_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this store: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<Event>>> + 'a> {
        follow(ctx, Topic::Store(parse_id("storeId", &store_id)?), after, after_sequence).await
    }

    /// Everything that happens, in one order; for operators.
    ///
    /// It begins with a message without subject, which says where the stream stands, unless it goes on from a position. An
    /// event comes once, some milliseconds after it happened, and after all that happened to the same subject before it.
    async fn oem_events<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "`cursor` of the last message received: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<Event>>> + 'a> {
        follow(ctx, Topic::Oem, after, after_sequence).await
    }
}

async fn follow<'a>(
    ctx: &'a Context<'_>,
    topic: Topic,
    after: Option<String>,
    after_sequence: Option<Int64>,
) -> Result<impl Stream<Item = Result<Live<Event>>> + 'a> {
    let call = ctx.call();
    let after = position(call, after.as_deref(), after_sequence)?;
    topic.admit(call)?;
    let message = |stamp, (kind, version), subject| Event::stamped(stamp, kind, subject, version);
    news(ctx, topic.stream(), after, topic, message).await
}

/// Root fields that ask.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// What happened on a stream, for those who cannot hold one open: the same as is pushed, part by part.
    ///
    /// Without a position it answers no events, and the cursor to ask from.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "As in `order:ord_01J…`; also `customer:`, `store:`, `vehicle:`, `lead:`, each with its id; `oem` \
                          for everything."
        )]
        stream: String,
        #[graphql(desc = "`cursor` of the part before, or of a message: where to go on.")] after: Option<String>,
        #[graphql(
            desc = "The same by a message's `sequence` alone. Not with `after`.",
            deprecation = "Since 2026-11-29, until 2027-06-01: give `after`, whose cursor also tells when an older state of \
                           the database was put back."
        )]
        after_sequence: Option<Int64>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
    ) -> Result<EventPage> {
        let call = ctx.call();
        let first = page_args(first, None)?.first as usize;
        let after = position(call, after.as_deref(), after_sequence)?;
        let topic: Topic = stream.parse()?;
        let subject = topic.open(call).await?;
        let page = feed::page(&call.app, topic.stream(), after, first).await?;
        let mut events = Vec::new();
        let mut previous = after.map(|after| after.sequence);
        for entry in &page.entries {
            if let Some(((kind, version), subject)) = topic.entry(call, entry).await? {
                let previous_sequence = previous.replace(entry.sequence);
                let stamp = Stamp { previous_sequence, ..Stamp::of(entry, page.epoch, true) };
                events.push(Event::stamped(stamp, kind, subject, version));
            }
        }
        let cursor = Position::new(page.epoch, page.last).to_string();
        Ok(EventPage { events, cursor, has_more: page.has_more, replay_gap: page.gap, subject })
    }
}
