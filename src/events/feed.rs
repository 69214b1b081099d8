//! A stream of the log as a subscriber follows it: snapshot or replay, then live, without hole or double at the seams
//! (guarantees 2.1, 2.2). To add a subscription: implement [`Teller`] for what it makes of each step, and return
//! [`follow`].

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::EventId;
use futures_util::Stream;
use futures_util::stream;
use sea_orm::DbErr;

use super::hub::{Hub, Reader};
use super::log::{self, Entry};
use crate::app::Clock;
use crate::graph::{Code, Error, Result};
use crate::store::Db;

/// Entries read at once; a long absence is replayed page by page.
const PAGE: u64 = 100;

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
    },
    /// An entry.
    Entry {
        /// The entry.
        entry: Entry,
        /// Whether it was written before the subscription began.
        replayed: bool,
    },
}

/// A subscriber's place on a stream.
pub struct Feed {
    db: Db,
    reader: Reader,
    stream: String,
    /// Last number handed out.
    seen: i64,
    /// Head when the place was taken; up to it entries are replayed.
    replay_until: i64,
    snapshot_due: bool,
    page: VecDeque<Entry>,
}

impl Feed {
    /// Takes a place: after the number that the subscriber has seen, or at the head with a snapshot first when there is
    /// none, or none that this log could have given.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(db: &Db, hub: &Hub, stream: String, after: Option<i64>) -> Result<Self, DbErr> {
        // Listen first: what is written from here on wakes the reader, however long the reading takes.
        let reader = hub.listen(stream.clone());
        let head = log::head(db.conn(), &stream).await?;
        let resumed = after.filter(|after| (0..=head).contains(after));
        Ok(Self {
            db: db.clone(),
            reader,
            stream,
            seen: resumed.unwrap_or(head),
            replay_until: head,
            snapshot_due: resumed.is_none(),
            page: VecDeque::new(),
        })
    }

    /// Waits for the next step. May be dropped while it waits, and called again.
    ///
    /// # Errors
    /// When the store fails; the place is kept.
    pub async fn next(&mut self) -> Result<Step, DbErr> {
        if std::mem::take(&mut self.snapshot_due) {
            return Ok(Step::Snapshot { head: self.seen });
        }
        loop {
            if let Some(entry) = self.page.pop_front() {
                self.seen = entry.sequence;
                return Ok(Step::Entry { replayed: entry.sequence <= self.replay_until, entry });
            }
            if self.seen >= self.replay_until {
                self.reader.news(self.seen).await;
            }
            let page = log::read(self.db.conn(), &self.stream, self.seen, PAGE).await?;
            // Numbers have no gaps: another first one means that the log no longer keeps what comes after the place.
            let goes_on = page.first().map(|first| first.sequence == self.seen + 1);
            match goes_on {
                Some(true) => self.page.extend(page),
                Some(false) => return self.start_anew().await,
                None if log::head(self.db.conn(), &self.stream).await? != self.seen => return self.start_anew().await,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn start_anew(&mut self) -> Result<Step, DbErr> {
        let head = log::head(self.db.conn(), &self.stream).await?;
        (self.seen, self.replay_until) = (head, head);
        Ok(Step::Snapshot { head })
    }
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Number in the stream; to go on after it, subscribe again with it.
    pub sequence: i64,
    /// The number of the message before; the one subscribed with for the first, if any.
    pub previous_sequence: Option<i64>,
    /// The event; a snapshot has an id of its own.
    pub event_id: EventId,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Whether it was written before the subscription began.
    pub replayed: bool,
}

/// What a subscription makes of the steps of a feed.
pub trait Teller: Send {
    /// What it says.
    type Message: Send;

    /// The messages of a step, under the rights of now: none when it concerns the subscriber in nothing, an error when
    /// the stream is to end.
    fn tell(&mut self, step: &Step) -> impl Future<Output = Result<Vec<Self::Message>>> + Send;
}

/// A feed's messages with their stamps, until an error, or until the token runs out.
pub fn follow<T: Teller>(
    feed: Feed,
    teller: T,
    clock: Clock,
    expires_at: Option<DateTime<Utc>>,
) -> impl Stream<Item = Result<(Stamp, T::Message)>> + Send {
    let previous = (!feed.snapshot_due).then_some(feed.seen);
    let left = expires_at.map(|end| (end - clock.now()).to_std().unwrap_or_default());
    // The monotonic clock from here on, whatever the wall clock does.
    let end = left.map(|left| tokio::time::Instant::now() + left);
    let follower = Follower { feed, teller, clock, end, previous, ready: VecDeque::new(), over: false };
    stream::unfold(follower, |mut follower| async move {
        if follower.over {
            return None;
        }
        let told = follower.next().await;
        follower.over = told.is_err();
        Some((told, follower))
    })
}

struct Follower<T: Teller> {
    feed: Feed,
    teller: T,
    clock: Clock,
    end: Option<tokio::time::Instant>,
    previous: Option<i64>,
    ready: VecDeque<(Stamp, T::Message)>,
    over: bool,
}

impl<T: Teller> Follower<T> {
    async fn next(&mut self) -> Result<(Stamp, T::Message)> {
        loop {
            if self.end.is_some_and(|end| end <= tokio::time::Instant::now()) {
                return Err(Error::shown(Code::Unauthenticated, "sign-in"));
            }
            if let Some((mut stamp, message)) = self.ready.pop_front() {
                stamp.previous_sequence = self.previous.replace(stamp.sequence);
                return Ok((stamp, message));
            }
            let step = match self.end {
                Some(end) => match tokio::time::timeout_at(end, self.feed.next()).await {
                    Ok(step) => step?,
                    Err(_) => continue,
                },
                None => self.feed.next().await?,
            };
            let messages = self.teller.tell(&step).await?;
            let clock = &self.clock;
            self.ready.extend(messages.into_iter().map(|message| (stamp(&step, clock), message)));
        }
    }
}

fn stamp(step: &Step, clock: &Clock) -> Stamp {
    match step {
        Step::Snapshot { head } => Stamp {
            sequence: *head,
            previous_sequence: None,
            event_id: EventId::generate(),
            occurred_at: clock.now(),
            replayed: false,
        },
        Step::Entry { entry, replayed } => Stamp {
            sequence: entry.sequence,
            previous_sequence: None,
            event_id: entry.event_id,
            occurred_at: entry.occurred_at,
            replayed: *replayed,
        },
    }
}
