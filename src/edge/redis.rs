//! Redis for what a request can do without: it waits a moment, and while Redis is away nobody waits at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ErrorKind, RedisError, RedisResult};
use tokio::time::{Instant, timeout};

/// Longest wait for Redis.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long it is left alone after it has failed.
const REST: Duration = Duration::from_secs(1);

/// A Redis that may be away. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<State>);

struct State {
    connection: ConnectionManager,
    zero: Instant,
    /// Until when it is left alone, milliseconds since zero.
    rests_until: AtomicU64,
}

impl Redis {
    /// The one of this address, which may be away now and come later.
    ///
    /// # Errors
    /// When the address is not one of Redis.
    pub fn new(address: &str) -> RedisResult<Self> {
        // Not tried again by the connection itself: meanwhile each process goes on by itself.
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(PATIENCE))
            .set_connection_timeout(Some(PATIENCE))
            .set_number_of_retries(0);
        let connection = Client::open(address)?.get_connection_manager_lazy(config)?;
        Ok(Self(Arc::new(State { connection, zero: Instant::now(), rests_until: AtomicU64::new(0) })))
    }

    /// Asks it something; none while it is away.
    pub async fn ask<T, F>(&self, question: impl FnOnce(ConnectionManager) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        if self.now() < self.0.rests_until.load(Ordering::Relaxed) {
            return None;
        }
        // Whatever it is busy with, a new connection for example.
        let answer = match timeout(PATIENCE, question(self.0.connection.clone())).await {
            Ok(answer) => answer,
            Err(_) => Err((ErrorKind::Io, "no answer in time").into()),
        };
        answer.inspect_err(|error| self.fail(error)).ok()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.zero.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn fail(&self, error: &RedisError) {
        let until = self.now() + u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
        let before = self.0.rests_until.swap(until, Ordering::Relaxed);
        if before < self.now() {
            tracing::warn!(%error, "Redis is away; each process counts budgets and keeps answers by itself");
        }
    }
}
