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
const PAGE: usize = 100;

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
    /// Head when the place was taken; up to it entries are replayed.
    replay_until: i64,
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
        let head = log::head(app.db.conn(), &stream).await?;
        let snapshot = match after {
            None => Some(None),
            Some(after) if after.epoch.is_some_and(|theirs| theirs != epoch) => Some(Some(ReplayGap::OtherHistory)),
            Some(after) if !(0..=head).contains(&after.sequence) => Some(Some(ReplayGap::AheadOfStream)),
            Some(_) => None,
        };
        let seen = after.filter(|_| snapshot.is_none()).map_or(head, |after| after.sequence);
        let db = app.db.clone();
        Ok(Self { db, reader, epoch, seen, replay_until: head, snapshot, page: VecDeque::new() })
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
                return Ok(Step::Entry { replayed: entry.sequence <= self.replay_until, entry });
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

    /// Reads the next page.
    async fn turn(&mut self) -> Result<Option<ReplayGap>, DbErr> {
        let mut page = self.reader.after(&self.db, self.seen, self.epoch, PAGE).await?;
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
            page = self.reader.after(&self.db, self.seen, self.epoch, PAGE).await?;
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
        (self.seen, self.replay_until) = (head, head);
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
    if feed.seen < head {
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

/// A feed's messages with their stamps, until an error, or until nothing is left of the time that the token counts, which
/// may have been renewed by then. None is left for ever.
pub fn follow<T: Teller>(
    feed: Feed,
    teller: T,
    clock: Clock,
    left: impl Fn() -> Option<Duration> + Send,
) -> impl Stream<Item = Result<(Stamp, T::Message)>> + Send {
    let previous = feed.snapshot.is_none().then_some(feed.seen);
    let end = after(left());
    let follower = Follower {
        feed,
        teller,
        clock,
        left,
        end,
        previous,
        step: None,
        patience: Patience::default(),
        ready: VecDeque::new(),
        over: false,
    };
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
    left: L,
    end: Option<Instant>,
    previous: Option<i64>,
    /// What is to be told next; kept until it could be.
    step: Option<Step>,
    patience: Patience,
    ready: VecDeque<(Stamp, T::Message)>,
    over: bool,
}

impl<T: Teller, L: Fn() -> Option<Duration>> Follower<T, L> {
    async fn next(&mut self) -> Result<(Stamp, T::Message)> {
        loop {
            if self.end.is_some_and(|end| end <= Instant::now()) {
                self.end = match (self.left)() {
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
            match self.turn().await {
                Ok(()) => self.patience = Patience::default(),
                // The place is kept, so whoever follows sees nothing of it but a delay.
                Err(error) if error.is_transient() => match self.patience.wait() {
                    Some(wait) => {
                        tracing::debug!(?error, "a stream waits for the store");
                        tokio::time::sleep(wait).await;
                    }
                    None => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes the messages of the next step; none when the token's time is over before there is one.
    async fn turn(&mut self) -> Result<()> {
        if self.step.is_none() {
            self.step = match self.end {
                Some(end) => match tokio::time::timeout_at(end, self.feed.next()).await {
                    Ok(step) => Some(step?),
                    Err(_) => None,
                },
                None => Some(self.feed.next().await?),
            };
        }
        let Some(step) = &self.step else { return Ok(()) };
        let messages = self.teller.tell(step).await?;
        let (clock, epoch) = (&self.clock, self.feed.epoch);
        self.ready.extend(messages.into_iter().map(|message| (stamp(step, epoch, clock), message)));
        self.step = None;
        Ok(())
    }
}

/// How long a store that fails is tried again before its streams end.
#[derive(Default)]
struct Patience {
    since: Option<Instant>,
    last: Duration,
}

impl Patience {
    /// Longest trouble.
    const MOST: Duration = Duration::from_secs(60);
    const FIRST_WAIT: Duration = Duration::from_millis(100);
    const LONGEST_WAIT: Duration = Duration::from_secs(2);

    /// How long to wait before the next try; none when it took too long already.
    fn wait(&mut self) -> Option<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        self.last = (self.last * 2).clamp(Self::FIRST_WAIT, Self::LONGEST_WAIT);
        (since.elapsed() < Self::MOST).then_some(self.last)
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
