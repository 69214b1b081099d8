//! What the stretches of a way took (C085): measured by one process once in a while, and taken in by each.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Watch;
use crate::graph::Result;
use crate::order::quantile::{known_since, measure, read};

/// Longest time until a process knows what another has measured.
const LOOK: Duration = Duration::from_secs(10);

impl Watch<'_> {
    /// Measures when it is due, unless this process leaves that to others, and takes in what is new.
    pub(super) async fn expecting(&self, after: Option<TimeDelta>) {
        let pause = after.and_then(|after| after.to_std().ok()).unwrap_or(LOOK).min(LOOK);
        let mut known = None;
        loop {
            match self.quantiles(after, known).await {
                Ok(since) => known = since,
                Err(error) => super::told(Err(error), "what the stretches of a way took"),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Looks once; since when what this process knows is so.
    async fn quantiles(&self, after: Option<TimeDelta>, known: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>> {
        if let Some(after) = after {
            measure(&self.db, after, self.app.clock.now()).await?;
        }
        let since = known_since(self.db.conn()).await?;
        if since != known {
            self.db.learn(read(self.db.conn()).await?);
        }
        Ok(since)
    }
}
