//! Wakes the readers of a stream, and reads the log for all of them at once. What wakes is a number, never an event: a
//! reader that was woken, or missed a wake-up, goes on from where it stood.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::bus::Heads;
use super::log::Batch;
use super::oem::OEM;
use super::position::Epoch;
use super::recent::Recent;
use super::returns::Returns;
use super::{Entry, epoch, log};
use crate::app::Clock;
use crate::store::Db;

/// How often the log is looked at for changes that nobody told of.
const POLL: Duration = Duration::from_secs(1);

/// How far that look goes back: longer than a transaction takes, and than clocks of gateways differ.
const LATELY: chrono::Duration = chrono::Duration::seconds(5);

/// How often the heads of all streams with readers are compared, for what came to the log later than that.
const SWEEP: Duration = Duration::from_secs(30);

/// Streams that are compared in one statement.
const PART: usize = 1_000;

/// No epoch is known.
const NONE: i64 = -1;

/// The streams that somebody reads here. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    /// A plain mutex: it is held for a look-up only, never across an await.
    streams: Arc<Mutex<HashMap<Arc<str>, Arc<Channel>>>>,
    /// Where this process's own changes are announced to others; empty without Redis.
    bus: Arc<OnceLock<mpsc::Sender<Heads>>>,
    /// Who comes to a stream at the moment.
    returns: Returns,
    /// Told when this process has written to the log.
    written: Arc<Notify>,
    epoch: Arc<AtomicI64>,
    /// When the epoch was last compared with the database; whoever finds that too long ago does it for all.
    compared: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            streams: Arc::default(),
            bus: Arc::default(),
            returns: Returns::default(),
            written: Arc::default(),
            epoch: Arc::new(AtomicI64::new(NONE)),
            compared: Arc::default(),
        }
    }
}

/// What the readers of a stream share.
struct Channel {
    head: watch::Sender<i64>,
    recent: tokio::sync::Mutex<Recent>,
}

/// A reader of one stream. Dropping it forgets the stream when it was the last one.
#[derive(Clone)]
pub struct Reader {
    hub: Hub,
    stream: Arc<str>,
    channel: Arc<Channel>,
    head: Option<watch::Receiver<i64>>,
}

impl Hub {
    /// Starts to listen to a stream. Do this before reading the log, so that nothing falls between.
    pub fn listen(&self, stream: String) -> Reader {
        let mut streams = self.streams.lock().expect("no panic while held");
        let (stream, channel) = match streams.get_key_value(stream.as_str()) {
            Some((stream, channel)) => (stream.clone(), channel.clone()),
            None => {
                let stream: Arc<str> = stream.into();
                let channel = Arc::new(Channel { head: watch::channel(0).0, recent: Default::default() });
                streams.insert(stream.clone(), channel.clone());
                (stream, channel)
            }
        };
        let head = channel.head.subscribe();
        Reader { hub: self.clone(), stream, channel, head: Some(head) }
    }

    /// Reads for those who come to a stream.
    pub(super) fn returns(&self) -> &Returns {
        &self.returns
    }

    /// Announces the changes of this process to others through a bus. Once; a second bus is ignored.
    pub fn announce_to(&self, bus: mpsc::Sender<Heads>) {
        let _ = self.bus.set(bus);
    }

    /// A change of this process was committed: hands its entries to the readers here, wakes them, and announces it to
    /// others.
    pub fn committed(&self, heads: Heads, events: &Batch<'_>) {
        if heads.is_empty() {
            return;
        }
        if let Some(epoch) = self.known() {
            let streams = self.streams.lock().expect("no panic while held");
            for entry in events.entries(&heads, |stream| streams.contains_key(stream)) {
                // Whoever has the lock reads the log anyway.
                let Some(channel) = streams.get(entry.stream.as_str()) else { continue };
                if let Ok(mut recent) = channel.recent.try_lock() {
                    recent.of(epoch);
                    recent.push(entry, channel.head.receiver_count());
                }
            }
        }
        self.announce(heads);
        self.note_written();
    }

    /// Tells the readers of these streams their new heads, here and in other processes.
    pub fn announce(&self, heads: Heads) {
        self.wake(&heads);
        if let Some(bus) = self.bus.get() {
            // A full queue drops the hint; the others' poll finds the change.
            let _ = bus.try_send(heads);
        }
    }

    /// Waits until this process has written to the log since the last time; for one who waits.
    pub async fn written(&self) {
        self.written.notified().await;
    }

    /// Says that there are entries that have no number on the stream of everything yet.
    pub fn note_written(&self) {
        self.written.notify_one();
    }

    /// Tells the readers of these streams their new heads.
    pub fn wake(&self, heads: &Heads) {
        let streams = self.streams.lock().expect("no panic while held");
        for (stream, head) in heads {
            if let Some(channel) = streams.get(stream.as_str()) {
                channel.head.send_if_modified(|known| {
                    let newer = *head > *known;
                    *known = (*known).max(*head);
                    newer
                });
            }
        }
    }

    /// The log's epoch, compared with the database within the last second.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn epoch(&self, db: &Db, now: DateTime<Utc>) -> Result<Epoch, DbErr> {
        let mut compared = match (self.known(), self.compared.try_lock()) {
            (_, Ok(compared)) => compared,
            // Somebody is at it, perhaps for as long as a database that is away takes to fail. Another epoch is told to all
            // who follow by then.
            (Some(epoch), Err(_)) => return Ok(epoch),
            (None, Err(_)) => self.compared.lock().await,
        };
        if let Some(epoch) = self.known().filter(|_| compared.is_some_and(|at| at.elapsed() < POLL)) {
            return Ok(epoch);
        }
        let epoch = epoch::settle(db, now).await?;
        *compared = Some(Instant::now());
        if self.epoch.swap(epoch.number(), Ordering::AcqRel) != epoch.number() {
            let streams = self.streams.lock().expect("no panic while held");
            for channel in streams.values() {
                // Heads of another history say nothing here; whoever waits looks up.
                channel.head.send_modify(|head| *head = 0);
            }
        }
        Ok(epoch)
    }

    fn known(&self) -> Option<Epoch> {
        Epoch::of_number(self.epoch.load(Ordering::Acquire))
    }

    /// Looks once a second at what was written lately, whoever wrote it, and now and then at the head of every stream that
    /// has readers. What that costs does not grow with the number of streams, and is nothing when nobody reads.
    pub async fn poll(self, db: Db, clock: Clock, stop: CancellationToken) {
        let mut swept = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(POLL) => {}
            }
            let sweep = swept.elapsed() >= SWEEP;
            match self.look(&db, clock.now(), sweep).await {
                Ok(()) if sweep => swept = Instant::now(),
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(%error, "the log could not be polled");
                    // How long that has been is not known.
                    swept = Instant::now().checked_sub(SWEEP).unwrap_or(swept);
                }
            }
        }
    }

    async fn look(&self, db: &Db, now: DateTime<Utc>, sweep: bool) -> Result<(), DbErr> {
        if self.listened() == 0 {
            return Ok(());
        }
        self.epoch(db, now).await?;
        self.wake(&log::recent_heads(db.conn(), now - LATELY).await?);
        // Numbered after its entries were written, however long after.
        if self.has_readers(OEM) {
            self.wake(&log::heads(db.conn(), &[OEM.to_owned()]).await?);
        }
        if sweep { self.compare(db).await } else { Ok(()) }
    }

    /// Compares every stream that has readers with the log.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn compare(&self, db: &Db) -> Result<(), DbErr> {
        let watched: Vec<String> =
            self.streams.lock().expect("no panic while held").keys().map(ToString::to_string).collect();
        for part in watched.chunks(PART) {
            self.wake(&log::heads(db.conn(), part).await?);
        }
        Ok(())
    }

    /// Whether somebody reads a stream here.
    pub fn has_readers(&self, stream: &str) -> bool {
        self.streams.lock().expect("no panic while held").contains_key(stream)
    }

    /// Streams that somebody reads; for tests and metrics.
    pub fn listened(&self) -> usize {
        self.streams.lock().expect("no panic while held").len()
    }
}

impl Reader {
    /// Waits until the stream's head may be past `seen`, or the log may have another epoch than this.
    pub async fn news(&mut self, seen: i64, epoch: Epoch) {
        let hub = &self.hub;
        if let Some(head) = &mut self.head {
            // An error means that the sender is gone, which the channel held here rules out.
            let _ = head.wait_for(|head| *head > seen || hub.known() != Some(epoch)).await;
        }
    }

    /// Whether that is so already.
    pub fn has_news(&self, seen: i64, epoch: Epoch) -> bool {
        self.hub.known() != Some(epoch) || self.head.as_ref().is_some_and(|head| *head.borrow() > seen)
    }

    /// The stream's head as far as it was told since listening began; nothing was is 0.
    pub fn head(&self) -> i64 {
        self.head.as_ref().map_or(0, |head| *head.borrow())
    }

    /// The stream's name.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// The log's epoch as this process knows it.
    pub fn epoch(&self) -> Option<Epoch> {
        self.hub.known()
    }

    /// Entries after a number, oldest first, `most` at the most: from memory where readers of the stream have just read
    /// them. Of several that ask at once one reads the log for all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn after(&self, db: &Db, seen: i64, epoch: Epoch, most: usize) -> Result<Vec<Arc<Entry>>, DbErr> {
        let mut recent = self.channel.recent.lock().await;
        recent.of(epoch);
        if let Some(entries) = recent.after(seen, most) {
            return Ok(entries);
        }
        // Who is far behind is nobody else's business, and holds up nobody.
        let goes_on = recent.goes_on_at(seen);
        let recent = goes_on.then_some(recent);
        let read = log::read(db.conn(), &self.stream, seen, most as u64).await?;
        let read: Vec<_> = read.into_iter().map(Arc::new).collect();
        if let Some(mut recent) = recent {
            recent.keep(seen, &read, self.channel.head.receiver_count());
        }
        Ok(read)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut streams = self.hub.streams.lock().expect("no panic while held");
        self.head = None;
        if self.channel.head.receiver_count() == 0 {
            // Under the lock nobody begins to listen to this channel.
            if streams.get(&self.stream).is_some_and(|there| Arc::ptr_eq(there, &self.channel)) {
                streams.remove(&self.stream);
            }
        }
    }
}
