//! A stream of the log as a subscriber follows it: snapshot or replay, then live, without hole or double at the seams
//! (guarantees 2.1, 2.2). To add a subscription: implement [`Teller`] for what it makes of each step, and return
//! [`follow`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use entity::EventId;
use futures_util::Stream;
use futures_util::stream;
use sea_orm::DbErr;
use tokio::time::Instant;

use super::hub::Reader;
use super::log::{self, Entry};
use super::position::{Epoch, Position};
use crate::app::{App, Clock};
use crate::graph::{Code, Error, Result};
use crate::store::Db;

/// Entries read at once; a long absence is replayed page by page.
pub const PAGE: u64 = 100;

/// Wait before the log is read again when a wake-up turned out to be for nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// What comes next on a stream.
#[derive(Debug)]
pub enum Step {
    /// The subscriber has no position that the log can go on from: it needs the present state, which is at least as new
    /// as this sequence. What follows has greater numbers.
    Snapshot {
        /// The head of the stream.
        head: i64,
        /// Why the log does not go on from the position that was given; none when none was.
        gap: Option<ReplayGap>,
    },
    /// An entry.
    Entry {
        /// The entry.
        entry: Arc<Entry>,
        /// Whether it was written before the subscription began.
        replayed: bool,
    },
}

/// `REPLAY_GAP`: why the log does not go on from where a client stood, so that a snapshot stands in for what lies between
/// (domain.md 3.8).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayGap {
    /// What comes after the position is no longer kept.
    NoLongerKept,
    /// The position is beyond the end of the stream.
    AheadOfStream,
    /// The position is of another history of the log: it was restored or rebuilt.
    OtherHistory,
}

/// A subscriber's place on a stream.
pub struct Feed {
    db: Db,
    reader: Reader,
    epoch: Epoch,
    /// Last number handed out.
    seen: i64,
    /// Head when the place was taken; up to it the log is read without waiting.
    replay_until: i64,
    /// Head when the subscription began; entries up to it are replayed ones.
    began: i64,
    /// A snapshot is due, for this reason.
    snapshot: Option<Option<ReplayGap>>,
    page: VecDeque<Arc<Entry>>,
}

impl Feed {
    /// Takes a place: after the position that the subscriber has seen, or at the head with a snapshot first when there is
    /// none, or none that this log goes on from.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(app: &App, stream: String, after: Option<Position>) -> Result<Self, DbErr> {
        // Listen first: what is written from here on wakes the reader, however long the reading takes.
        let reader = app.hub.listen(stream.clone());
        let epoch = app.hub.epoch(&app.db, app.clock.now()).await?;
        let db = app.db.clone();
        // Who has no place wants nothing of what was.
        let place = after.map(|after| after.sequence).filter(|sequence| *sequence >= 0).unwrap_or(i64::MAX);
        let (head, mut read) = app.hub.returns().read(&db, &stream, place).await?;
        let snapshot = match after {
            None => Some(None),
            Some(after) if after.epoch.is_some_and(|theirs| theirs != epoch) => Some(Some(ReplayGap::OtherHistory)),
            Some(after) if !(0..=head).contains(&after.sequence) => Some(Some(ReplayGap::AheadOfStream)),
            Some(_) => None,
        };
        let seen = after.filter(|_| snapshot.is_none()).map_or(head, |after| after.sequence);
        // Anything else is looked into in turn.
        if snapshot.is_some() || read.first().is_none_or(|first| first.sequence != seen + 1) {
            read.clear();
        }
        let page = read.into_iter().map(Arc::new).collect();
        Ok(Self { db, reader, epoch, seen, replay_until: head, began: head, snapshot, page })
    }

    /// Takes the place of a subscription that stood there, with the reader that has watched over the stream since: nothing
    /// has to be looked up.
    pub fn go_on(app: &App, reader: Reader, place: Place) -> Option<Self> {
        let epoch = place.position.epoch.filter(|epoch| reader.epoch() == Some(*epoch))?;
        let (db, seen) = (app.db.clone(), place.position.sequence);
        Some(Self { db, reader, epoch, seen, replay_until: seen, began: seen, snapshot: None, page: VecDeque::new() })
    }

    /// Whether there is a step to be had at once.
    pub fn is_ahead(&self) -> bool {
        self.snapshot.is_some() || !self.page.is_empty()
    }

    /// Waits for the next step. May be dropped while it waits, and called again.
    ///
    /// # Errors
    /// When the store fails; the place is kept.
    pub async fn next(&mut self) -> Result<Step, DbErr> {
        if let Some(gap) = self.snapshot.take() {
            return Ok(Step::Snapshot { head: self.seen, gap });
        }
        loop {
            if self.reader.epoch() != Some(self.epoch) {
                return self.start_anew(ReplayGap::OtherHistory).await;
            }
            if let Some(entry) = self.page.pop_front() {
                self.seen = entry.sequence;
                return Ok(Step::Entry { replayed: entry.sequence <= self.began, entry });
            }
            if self.seen >= self.replay_until {
                self.reader.news(self.seen, self.epoch).await;
                if self.reader.epoch() != Some(self.epoch) {
                    continue;
                }
            }
            if let Some(gap) = self.turn().await? {
                return self.start_anew(gap).await;
            }
        }
    }

    /// Whether nothing is known that is not handed out yet.
    fn rests(&self) -> bool {
        let caught_up = self.snapshot.is_none() && self.page.is_empty() && self.seen >= self.replay_until;
        caught_up && !self.reader.has_news(self.seen, self.epoch)
    }

    /// Reads the next page.
    async fn turn(&mut self) -> Result<Option<ReplayGap>, DbErr> {
        let mut page = self.reader.after(&self.db, self.seen, self.epoch, PAGE as usize).await?;
        if page.is_empty() {
            let head = log::head(self.db.conn(), self.reader.stream()).await?;
            if head == self.seen {
                tokio::time::sleep(PAUSE).await;
                return Ok(None);
            }
            if head < self.seen {
                return Ok(Some(ReplayGap::AheadOfStream));
            }
            // What the head counts was committed before it was read: now it is there, unless it is no longer kept.
            page = self.reader.after(&self.db, self.seen, self.epoch, PAGE as usize).await?;
        }
        // Numbers have no gaps.
        if page.first().is_none_or(|first| first.sequence != self.seen + 1) {
            return Ok(Some(ReplayGap::NoLongerKept));
        }
        self.page.extend(page);
        Ok(None)
    }

    async fn start_anew(&mut self, gap: ReplayGap) -> Result<Step, DbErr> {
        let head = log::head(self.db.conn(), self.reader.stream()).await?;
        // Once nothing can fail any more, so that a failed store does not hide the gap.
        if let Some(epoch) = self.reader.epoch() {
            self.epoch = epoch;
        }
        self.page.clear();
        (self.seen, self.replay_until, self.began) = (head, head, head);
        Ok(Step::Snapshot { head, gap: Some(gap) })
    }
}

/// A part of a stream.
#[derive(Debug)]
pub struct Page {
    /// Its entries, oldest first.
    pub entries: Vec<Arc<Entry>>,
    /// The log's epoch.
    pub epoch: Epoch,
    /// Number after which it stands.
    pub last: i64,
    /// Whether there is more already.
    pub has_more: bool,
    /// Why there is nothing after the position that was given.
    pub gap: Option<ReplayGap>,
}

/// The part of a stream after a position, `most` entries at the most; without a position only where the stream stands.
///
/// # Errors
/// When the store fails.
pub async fn page(app: &App, stream: String, after: Option<Position>, most: usize) -> Result<Page, DbErr> {
    let mut feed = Feed::open(app, stream, after).await?;
    let head = feed.replay_until;
    let mut gap = feed.snapshot.flatten();
    if feed.seen < head && feed.page.is_empty() {
        gap = feed.turn().await?;
    }
    let entries: Vec<_> = feed.page.into_iter().take(most).collect();
    let last = if gap.is_some() { head } else { entries.last().map_or(feed.seen, |last| last.sequence) };
    Ok(Page { entries, epoch: feed.epoch, last, has_more: last < head, gap })
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The place after it; to go on from there, subscribe again with it.
    pub position: Position,
    /// The number of the message before; the one subscribed with for the first, if any.
    pub previous_sequence: Option<i64>,
    /// The event; a snapshot has an id of its own.
    pub event_id: EventId,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Whether it was written before the subscription began.
    pub replayed: bool,
    /// Of a snapshot, what it stands in for.
    pub gap: Option<ReplayGap>,
    /// Whether no other message of the same step follows. A client that has half a snapshot does not stand after it.
    pub whole: bool,
}

impl Stamp {
    /// Of an entry in a log of this epoch; nothing is known of what was said before.
    pub fn of(entry: &Entry, epoch: Epoch, replayed: bool) -> Self {
        Self {
            position: Position::new(epoch, entry.sequence),
            previous_sequence: None,
            event_id: entry.event_id,
            occurred_at: entry.occurred_at,
            replayed,
            gap: None,
            whole: true,
        }
    }
}

/// What a subscription makes of the steps of a feed.
pub trait Teller: Send {
    /// What it says.
    type Message: Send;

    /// The messages of a step, under the rights of now: none when it concerns the subscriber in nothing, an error when
    /// the stream is to end.
    fn tell(&mut self, step: &Step) -> impl Future<Output = Result<Vec<Self::Message>>> + Send;
}

/// Where a subscription stands between two messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it has seen, told or not.
    pub position: Position,
    /// The number of the last message.
    pub previous: Option<i64>,
}

/// For whom a feed is followed.
pub trait Listener: Send {
    /// How long the token still counts, which may have been renewed meanwhile; none for ever.
    fn left(&self) -> Option<Duration>;

    /// Where the subscription stood when it was begun earlier, and goes on as if it had never ended.
    fn goes_on(&self) -> Option<Place>;

    /// The subscription stands here, with this reader, and nothing is to be told for now; none as soon as there is.
    fn rests(&self, place: Option<(Place, Reader)>);
}

/// A feed's messages with their stamps, until an error, or until the token no longer counts.
pub fn follow<T: Teller, L: Listener>(
    mut feed: Feed,
    teller: T,
    clock: Clock,
    listener: L,
) -> impl Stream<Item = Result<(Stamp, T::Message)>> + Send {
    let previous = match listener.goes_on() {
        _ if feed.snapshot.is_some() => None,
        Some(place) => {
            feed.began = feed.seen;
            place.previous
        }
        None => Some(feed.seen),
    };
    let end = after(listener.left());
    let follower = Follower { feed, teller, clock, listener, end, previous, ready: VecDeque::new(), over: false };
    stream::unfold(follower, |mut follower| async move {
        if follower.over {
            return None;
        }
        let told = follower.next().await;
        follower.over = told.is_err();
        Some((told, follower))
    })
}

/// By the monotonic clock, whatever the wall clock does meanwhile.
fn after(left: Option<Duration>) -> Option<Instant> {
    left.map(|left| Instant::now() + left)
}

struct Follower<T: Teller, L> {
    feed: Feed,
    teller: T,
    clock: Clock,
    listener: L,
    end: Option<Instant>,
    previous: Option<i64>,
    ready: VecDeque<(Stamp, T::Message)>,
    over: bool,
}

impl<T: Teller, L: Listener> Follower<T, L> {
    async fn next(&mut self) -> Result<(Stamp, T::Message)> {
        loop {
            if self.end.is_some_and(|end| end <= Instant::now()) {
                self.end = match self.listener.left() {
                    Some(left) if left.is_zero() => return Err(Error::shown(Code::Unauthenticated, "sign-in")),
                    left => after(left),
                };
            }
            if let Some((mut stamp, message)) = self.ready.pop_front() {
                let before = self.previous.replace(stamp.position.sequence);
                // What stands in for a gap goes on from nothing.
                stamp.previous_sequence = before.filter(|_| stamp.gap.is_none());
                stamp.whole = self.ready.is_empty();
                return Ok((stamp, message));
            }
            let step = match self.end {
                Some(end) => match tokio::time::timeout_at(end, self.step()).await {
                    Ok(step) => step?,
                    Err(_) => continue,
                },
                None => self.step().await?,
            };
            let messages = self.teller.tell(&step).await?;
            let (clock, epoch) = (&self.clock, self.feed.epoch);
            self.ready.extend(messages.into_iter().map(|message| (stamp(&step, epoch, clock), message)));
        }
    }

    /// Waits for the next step.
    async fn step(&mut self) -> Result<Step> {
        if self.feed.rests() {
            let position = Position::new(self.feed.epoch, self.feed.seen);
            let place = Place { position, previous: self.previous };
            self.listener.rests(Some((place, self.feed.reader.clone())));
        }
        let step = self.feed.next().await?;
        self.listener.rests(None);
        Ok(step)
    }
}

fn stamp(step: &Step, epoch: Epoch, clock: &Clock) -> Stamp {
    match step {
        Step::Snapshot { head, gap } => Stamp {
            position: Position::new(epoch, *head),
            previous_sequence: None,
            event_id: EventId::generate(),
            occurred_at: clock.now(),
            replayed: false,
            gap: *gap,
            whole: true,
        },
        Step::Entry { entry, replayed } => Stamp::of(entry, epoch, *replayed),
    }
}
