//! Those who come to a stream, or come back to it, all at once perhaps: the phones of a city after a tunnel, every socket
//! after a restart. What they ask while two such statements are on their way is put together into the next one, so a
//! crowd costs few of them, and whoever comes alone is asked for at once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{DbBackend, DbErr};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::feed::PAGE;
use super::log::{self, Entry};
use super::oem::OEM;
use crate::store::Db;

/// Most streams of one statement, each of which may bring a page.
const TOGETHER: usize = 50;

/// Statements on their way at a time.
const AT_ONCE: usize = 2;

/// Longest wait for one; then each reads alone.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who asks at the moment. Cheap to clone.
#[derive(Clone, Default)]
pub struct Returns(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    waiting: Vec<Wanted>,
    /// How many read for those who wait.
    at_work: usize,
}

/// Where one stood.
struct Wanted {
    stream: String,
    after: i64,
    tell: oneshot::Sender<(i64, Vec<Entry>)>,
}

impl Returns {
    /// The head of a stream, and its entries after a number, a page at the most, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(&self, db: &Db, stream: &str, after: i64) -> Result<(i64, Vec<Entry>), DbErr> {
        if stream != OEM && db.backend() == DbBackend::Postgres {
            let (tell, told) = oneshot::channel();
            self.ask(db, Wanted { stream: stream.to_owned(), after, tell });
            if let Ok(read) = told.await {
                return Ok(read);
            }
            // It failed for all: each finds out why.
        }
        let head = log::head(db.conn(), stream).await?;
        let entries = if head > after { log::read(db.conn(), stream, after, PAGE).await? } else { Vec::new() };
        Ok((head, entries))
    }

    fn ask(&self, db: &Db, wanted: Wanted) {
        let mut queue = self.0.lock().expect("no panic while held");
        queue.waiting.push(wanted);
        if queue.at_work < AT_ONCE {
            queue.at_work += 1;
            // In a task of its own: it reads for others as well, whatever becomes of the first.
            tokio::spawn(self.clone().work(db.clone()));
        }
    }

    async fn work(self, db: Db) {
        let _guard = AtWork(&self);
        while let Some(part) = self.part() {
            let places: Vec<(&str, i64)> = part.iter().map(|one| (one.stream.as_str(), one.after)).collect();
            match timeout(PATIENCE, log::read_on(db.conn(), &places, PAGE)).await {
                Ok(Ok(read)) => {
                    for (wanted, read) in part.into_iter().zip(read) {
                        // Who is gone does not listen.
                        let _ = wanted.tell.send(read);
                    }
                }
                Ok(Err(error)) => tracing::debug!(%error, "those who came back were not read together"),
                Err(_) => tracing::warn!("those who came back could not be read together in time"),
            }
        }
    }

    /// Nobody reads for those who wait: each goes on alone.
    fn give_up(&self) {
        *self.0.lock().expect("no panic while held") = Queue::default();
    }

    /// The next of those who still wait; none when nobody does, and then one less reads for them.
    fn part(&self) -> Option<Vec<Wanted>> {
        let mut queue = self.0.lock().expect("no panic while held");
        queue.waiting.retain(|one| !one.tell.is_closed());
        let many = queue.waiting.len().min(TOGETHER);
        if many == 0 {
            queue.at_work = queue.at_work.saturating_sub(1);
            return None;
        }
        Some(queue.waiting.drain(..many).collect())
    }
}

/// Whoever waits would wait for ever for one that panicked.
struct AtWork<'r>(&'r Returns);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give_up();
        }
    }
}
