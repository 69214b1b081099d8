//! Wakes the readers of a stream. It carries numbers, never events: a reader that was woken, or missed a wake-up,
//! reads the log from where it stood.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::bus::Heads;
use super::log;
use crate::store::Db;

/// How often streams with readers are compared with the log, for changes made by other processes.
const POLL: Duration = Duration::from_secs(1);

/// The streams that somebody reads here. Cheap to clone.
#[derive(Clone, Default)]
pub struct Hub {
    /// A plain mutex: it is held for a look-up only, never across an await.
    streams: Arc<Mutex<HashMap<String, watch::Sender<i64>>>>,
    /// Where this process's own changes are announced to others; empty without Redis.
    bus: Arc<OnceLock<mpsc::Sender<Heads>>>,
}

/// Waits for news of one stream. Dropping it forgets the stream when it was the last reader.
pub struct Reader {
    hub: Hub,
    stream: String,
    heads: Option<watch::Receiver<i64>>,
}

impl Hub {
    /// Starts to listen to a stream. Do this before reading the log, so that nothing falls between.
    pub fn listen(&self, stream: String) -> Reader {
        let mut streams = self.streams.lock().expect("no panic while held");
        let heads = streams.entry(stream.clone()).or_insert_with(|| watch::channel(0).0).subscribe();
        Reader { hub: self.clone(), stream, heads: Some(heads) }
    }

    /// Announces the changes of this process to others through a bus. Once; a second bus is ignored.
    pub fn announce_to(&self, bus: mpsc::Sender<Heads>) {
        let _ = self.bus.set(bus);
    }

    /// A change of this process was committed: wakes the readers here and announces it to others.
    pub fn committed(&self, heads: Heads) {
        if heads.is_empty() {
            return;
        }
        self.wake(&heads);
        if let Some(bus) = self.bus.get() {
            // A full queue drops the hint; the others' poll finds the change.
            let _ = bus.try_send(heads);
        }
    }

    /// Tells the readers of these streams their new heads.
    pub fn wake(&self, heads: &Heads) {
        let streams = self.streams.lock().expect("no panic while held");
        for (stream, head) in heads {
            if let Some(sender) = streams.get(stream) {
                sender.send_if_modified(|known| {
                    let newer = *head > *known;
                    *known = (*known).max(*head);
                    newer
                });
            }
        }
    }

    /// Compares streams that have readers with the log, in one statement a second; none when nobody reads.
    pub async fn poll(self, db: Db, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(POLL) => {}
            }
            let watched: Vec<String> = self.streams.lock().expect("no panic while held").keys().cloned().collect();
            if watched.is_empty() {
                continue;
            }
            match log::heads(db.conn(), &watched).await {
                Ok(heads) => self.wake(&heads),
                Err(error) => tracing::warn!(%error, "the log could not be polled"),
            }
        }
    }

    /// Streams that somebody reads; for tests and metrics.
    pub fn listened(&self) -> usize {
        self.streams.lock().expect("no panic while held").len()
    }
}

impl Reader {
    /// Waits until the stream's head may be past `seen`.
    pub async fn news(&mut self, seen: i64) {
        if let Some(heads) = &mut self.heads {
            // An error means that the sender is gone, which the map's entry rules out while this reader lives.
            let _ = heads.wait_for(|head| *head > seen).await;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut streams = self.hub.streams.lock().expect("no panic while held");
        self.heads = None;
        if streams.get(&self.stream).is_some_and(|sender| sender.receiver_count() == 0) {
            streams.remove(&self.stream);
        }
    }
}
