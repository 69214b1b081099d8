//! Delivers. Every process has one; they share the work, each delivery made by the one that holds its lease.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{PrefixedId, WebhookEndpointId, WebhookFailure, WebhookState};
use sea_orm::DbErr;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::{Client, Message};
use super::fan_out::fan_out;
use super::lease::{Leased, Report, lease, look, settle};
use super::rules::outcome::Heard;
use super::secrets;
use crate::app::App;
use crate::identity::signature::sign;
use crate::store::Db;

/// How often it is looked for work that nobody told of.
const LOOK: Duration = Duration::from_secs(1);

/// Least time between two looks.
const APART: Duration = Duration::from_millis(5);

/// How long what is under way may take when the process ends; what does not is done again by another.
const DRAIN: Duration = Duration::from_secs(3);

struct Worker {
    app: App,
    db: Db,
    client: Arc<Client>,
    jobs: JoinSet<WebhookEndpointId>,
    /// Attempts under way by endpoint.
    busy: HashMap<WebhookEndpointId, usize>,
}

/// Delivers until it is told to stop.
pub async fn work(app: App, client: Client, stop: CancellationToken) {
    let db = app.db.aside();
    let mut worker = Worker { app, db, client: Arc::new(client), jobs: JoinSet::new(), busy: HashMap::new() };
    loop {
        let wait = match worker.turn().await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(%error, "webhooks could not be looked after; the next turn tries again");
                LOOK
            }
        };
        tokio::time::sleep(APART).await;
        let app = worker.app.clone();
        tokio::select! {
            () = stop.cancelled() => break,
            () = app.webhooks.woken() => {}
            Some(done) = worker.jobs.join_next(), if !worker.jobs.is_empty() => worker.done(done.ok()),
            () = tokio::time::sleep(wait.min(LOOK)) => {}
        }
    }
    let under_way = async { while worker.jobs.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, under_way).await.is_err() {
        tracing::info!("webhook deliveries under way are left to another process");
    }
}

impl Worker {
    fn done(&mut self, endpoint: Option<WebhookEndpointId>) {
        match endpoint {
            Some(endpoint) => {
                if let Some(count) = self.busy.get_mut(&endpoint) {
                    *count = count.saturating_sub(1);
                }
            }
            // One broke down, and which is not known: begin to count anew.
            None => self.busy.clear(),
        }
        self.busy.retain(|_, count| *count > 0);
    }

    /// Makes deliveries of new events and begins those that are due; answers how long there is nothing to do, as far as
    /// it is known.
    async fn turn(&mut self) -> Result<Duration, DbErr> {
        while let Some(done) = self.jobs.try_join_next() {
            self.done(done.ok());
        }
        let mut endpoints = look(&self.db).await?;
        self.app.webhooks.expect(!endpoints.is_empty());
        let first = endpoints.iter().map(|endpoint| endpoint.begins_after).min();
        let behind = endpoints.first().zip(first).is_some_and(|(any, first)| any.head > Some(any.made.max(first)));
        if behind {
            while fan_out(&self.db, self.app.clock.now()).await? {}
            endpoints = look(&self.db).await?;
        }
        let now = self.app.clock.now();
        let settings = self.app.webhooks.settings;
        let mut wait = LOOK;
        let mut waiting = Vec::new();
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.state == WebhookState::Active) {
            let Some(due) = endpoint.due else { continue };
            let due = endpoint.not_before.map_or(due, |asked| asked.max(due));
            if due > now {
                wait = wait.min(until(due, now));
                continue;
            }
            waiting.push((self.busy.get(&endpoint.id).copied().unwrap_or_default(), endpoint.id));
        }
        // Who has least under way first, and one place for each of the others: the slow ones are not to take all.
        waiting.sort_unstable();
        for (at, (own, endpoint)) in waiting.iter().enumerate() {
            let free = settings.at_once.saturating_sub(self.jobs.len());
            let others = waiting.len() - at - 1;
            let share = free.saturating_sub(others).max(1).min(free);
            let most = settings.at_once_per_endpoint.saturating_sub(*own).min(share);
            if most == 0 {
                continue;
            }
            for leased in lease(&self.db, *endpoint, most, settings.timeout, now).await? {
                *self.busy.entry(*endpoint).or_default() += 1;
                let (app, db, client) = (self.app.clone(), self.db.clone(), self.client.clone());
                self.jobs.spawn(deliver(app, db, client, leased));
            }
        }
        Ok(wait)
    }
}

fn until(due: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (due - now).to_std().unwrap_or_default()
}

/// Makes one attempt and writes down what came of it.
async fn deliver(app: App, db: Db, client: Arc<Client>, leased: Leased) -> WebhookEndpointId {
    let endpoint = leased.endpoint.id;
    let begun = Instant::now();
    let (heard, answer) = match message(&app, &leased) {
        Some(message) => client.send(&leased.endpoint.url, message, app.clock.now()).await,
        None => (Heard::Nothing(WebhookFailure::Internal), None),
    };
    let report = Report { heard, answer, duration: begun.elapsed(), jitter: jitter() };
    match settle(&db, &app.webhooks.settings.timing, &leased.delivery, &report, app.clock.now()).await {
        Ok(true) => {}
        Ok(false) => tracing::info!(delivery = %leased.delivery.id, "a webhook delivery took longer than its lease"),
        Err(error) => tracing::warn!(%error, delivery = %leased.delivery.id, "a webhook delivery is made again"),
    }
    endpoint
}

fn message(app: &App, leased: &Leased) -> Option<Message> {
    let now = app.clock.now();
    let secrets = secrets::open(&app.vault, &leased.endpoint, now)
        .inspect_err(|error| tracing::error!(%error, endpoint = %leased.endpoint.id, "a webhook cannot be signed"))
        .ok()?;
    let (id, body) = (leased.delivery.event_id.to_string(), leased.delivery.body.clone());
    let timestamp = now.timestamp();
    // One for each secret that counts, so that a receiver that still has the older one finds its own.
    let signatures: Vec<_> = secrets.iter().map(|secret| sign(secret, &id, timestamp, body.as_bytes())).collect();
    let signature = signatures.join(" ");
    Some(Message { id, timestamp, signature, body })
}

/// A number from 0 to 1.
fn jitter() -> f64 {
    let random = entity::WebhookAttemptId::generate().uuid().as_u128() as u32;
    f64::from(random) / f64::from(u32::MAX)
}
