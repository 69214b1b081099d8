//! Those who come to a stream, or come back to it, all at once perhaps: the phones of a city after a tunnel, every socket
//! after a restart. What they ask is put together while the statement before is on its way, so a crowd costs a statement
//! for each hundred, and whoever comes alone waits for nobody.

use std::sync::{Arc, Mutex};

use sea_orm::{DbBackend, DbErr};
use tokio::sync::oneshot;

use super::log::{self, Entry};
use super::oem::OEM;
use crate::store::Db;

/// Most streams of one statement.
const TOGETHER: usize = 100;

/// Who asks at the moment. Cheap to clone.
#[derive(Clone, Default)]
pub struct Returns(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    waiting: Vec<Wanted>,
    /// Whether somebody reads for those who wait.
    at_work: bool,
}

/// Where one stood.
struct Wanted {
    stream: String,
    after: i64,
    most: u64,
    tell: oneshot::Sender<(i64, Vec<Entry>)>,
}

impl Returns {
    /// The head of a stream, and its entries after a number, at most so many, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(&self, db: &Db, stream: &str, after: i64, most: u64) -> Result<(i64, Vec<Entry>), DbErr> {
        if stream != OEM && db.backend() == DbBackend::Postgres {
            let (tell, told) = oneshot::channel();
            self.ask(db, Wanted { stream: stream.to_owned(), after, most, tell });
            if let Ok(read) = told.await {
                return Ok(read);
            }
            // It failed for all: each finds out why.
        }
        let head = log::head(db.conn(), stream).await?;
        let entries = if head > after { log::read(db.conn(), stream, after, most).await? } else { Vec::new() };
        Ok((head, entries))
    }

    fn ask(&self, db: &Db, wanted: Wanted) {
        let mut queue = self.0.lock().expect("no panic while held");
        queue.waiting.push(wanted);
        if !std::mem::replace(&mut queue.at_work, true) {
            // In a task of its own: it reads for others as well, whatever becomes of the first.
            tokio::spawn(self.clone().work(db.clone()));
        }
    }

    async fn work(self, db: Db) {
        let _guard = AtWork(&self);
        while let Some(part) = self.part() {
            let places: Vec<(&str, i64)> = part.iter().map(|one| (one.stream.as_str(), one.after)).collect();
            let most = part.iter().map(|one| one.most).max().unwrap_or_default();
            match log::read_on(db.conn(), &places, most).await {
                Ok(read) => {
                    for (wanted, read) in part.into_iter().zip(read) {
                        // Who is gone does not listen.
                        let _ = wanted.tell.send(read);
                    }
                }
                Err(error) => tracing::debug!(%error, "those who came back were not read together"),
            }
        }
    }

    /// Nobody reads for those who wait: each goes on alone.
    fn give_up(&self) {
        *self.0.lock().expect("no panic while held") = Queue::default();
    }

    /// The next of those who wait; none when nobody does, and then nobody reads for them.
    fn part(&self) -> Option<Vec<Wanted>> {
        let mut queue = self.0.lock().expect("no panic while held");
        let many = queue.waiting.len().min(TOGETHER);
        queue.at_work = many > 0;
        (many > 0).then(|| queue.waiting.drain(..many).collect())
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
