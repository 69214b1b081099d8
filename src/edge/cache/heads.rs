//! The heads of the streams that answers are made of.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use moka::sync::Cache;

use crate::app::App;
use crate::events::hub::Reader;
use crate::events::log;
use crate::events::position::Epoch;

/// How long a stream is listened to that nobody has asked about.
const IDLE: Duration = Duration::from_secs(120);

/// Most streams that are listened to: those of customers are many.
const MOST: u64 = 10_000;

/// What has happened on streams, as far as it is known here. Cheap to clone.
#[derive(Clone)]
pub struct Heads {
    app: App,
    streams: Cache<String, Arc<Stream>>,
}

struct Stream {
    reader: Reader,
    /// The head when it was first asked about, in which epoch of the log: what happens later is told to the reader.
    before: Mutex<Option<(Epoch, i64)>>,
}

impl Heads {
    /// Nothing is listened to yet.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), streams: Cache::builder().max_capacity(MOST).time_to_idle(IDLE).build() }
    }

    /// The log's epoch and the heads of these streams, as a text; none when the store cannot be asked.
    pub async fn now(&self, streams: impl Iterator<Item = String>) -> Option<String> {
        let mut text = String::new();
        for name in streams {
            let stream = self.streams.get_with_by_ref(&name, || {
                let reader = self.app.hub.listen(name.clone());
                Arc::new(Stream { reader, before: Mutex::default() })
            });
            let (epoch, head) = stream.head(&self.app).await?;
            text.push_str(&format!("{}:{head} ", epoch.number()));
        }
        Some(text)
    }
}

impl Stream {
    async fn head(&self, app: &App) -> Option<(Epoch, i64)> {
        let known = *self.before.lock().expect("no panic while held");
        let (epoch, before) = match known {
            // The reader knows of another epoch as soon as the process does.
            Some((epoch, before)) if self.reader.epoch() == Some(epoch) => (epoch, before),
            _ => {
                let db = app.db.aside();
                let epoch = app.hub.epoch(&db, app.clock.now()).await.ok()?;
                let name = self.reader.stream().to_owned();
                let heads = log::heads(db.conn(), &[name]).await.ok()?;
                let before = heads.into_values().next().unwrap_or_default();
                let mut known = self.before.lock().expect("no panic while held");
                // Another may have looked later and been here before.
                let before = known.filter(|(other, _)| *other == epoch).map_or(before, |(_, other)| other.max(before));
                *known = Some((epoch, before));
                (epoch, before)
            }
        };
        Some((epoch, before.max(self.reader.head())))
    }
}
