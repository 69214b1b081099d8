//! Carries wake-ups between processes over one Redis stream. Nothing depends on it: a hint that Redis loses, doubles or
//! reorders is made good by [`Hub::poll`], which compares heads with the log.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::aio::ConnectionManagerConfig;
use redis::streams::{StreamMaxlen, StreamReadOptions, StreamReadReply};
use redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisResult};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Hub;

/// The one Redis stream of wake-ups.
const KEY: &str = "milepost:wake";
/// Hints kept: more than a second's worth at any load we know; older ones are of no use.
const KEPT: usize = 10_000;
/// Hints waiting to be sent; past it they are dropped, and the poll finds the change.
const WAITING: usize = 1_024;
/// Least time between two messages to Redis. A hint that comes later waits and goes with others: one that is milliseconds
/// late harms nobody, while a message for each commit takes as long as a statement of it.
const APART: Duration = Duration::from_millis(3);
/// How long a reader waits in Redis, and before it tries a lost Redis again.
const BLOCK: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

/// Heads of streams that were just written.
pub type Heads = BTreeMap<String, i64>;

/// Connects the hub to Redis. Returns at once: Redis may be away now and come later.
///
/// # Errors
/// When the address is not one of Redis.
pub fn connect(address: &str, hub: &Hub, tasks: &TaskTracker, stop: &CancellationToken) -> RedisResult<()> {
    let client = Client::open(address)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    hub.announce_to(sender);
    tasks.spawn(send(client.clone(), receiver, stop.clone()));
    tasks.spawn(receive(client, hub.clone(), stop.clone()));
    Ok(())
}

async fn send(client: Client, mut heads: mpsc::Receiver<Heads>, stop: CancellationToken) {
    let config = ConnectionManagerConfig::new().set_response_timeout(Some(RETRY)).set_connection_timeout(Some(RETRY));
    let mut connection = match client.get_connection_manager_lazy(config) {
        Ok(connection) => connection,
        Err(error) => return tracing::error!(%error, "no connection to Redis can be made"),
    };
    loop {
        let next = tokio::select! {
            () = stop.cancelled() => return,
            next = heads.recv() => next,
        };
        let Some(mut next) = next else { return };
        while let Ok(more) = heads.try_recv() {
            merge(&mut next, more);
        }
        let fields: Vec<(String, i64)> = next.into_iter().collect();
        let sent: RedisResult<()> = connection.xadd_maxlen(KEY, StreamMaxlen::Approx(KEPT), "*", &fields).await;
        if let Err(error) = sent {
            tracing::warn!(%error, "a wake-up did not reach Redis; other processes poll");
        }
        tokio::time::sleep(APART).await;
    }
}

/// Of each stream the newest head counts.
fn merge(heads: &mut Heads, more: Heads) {
    for (stream, head) in more {
        let known = heads.entry(stream).or_default();
        *known = head.max(*known);
    }
}

async fn receive(client: Client, hub: Hub, stop: CancellationToken) {
    loop {
        let lost = tokio::select! {
            () = stop.cancelled() => return,
            lost = follow(&client, &hub) => lost,
        };
        if let Err(error) = lost {
            tracing::warn!(%error, "Redis is away; changes of other processes are polled");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

/// Reads hints until Redis fails. A connection of its own: a blocking read holds up all that share one.
async fn follow(client: &Client, hub: &Hub) -> RedisResult<()> {
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(RETRY)).set_response_timeout(Some(BLOCK + RETRY));
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    let options = StreamReadOptions::default().block(BLOCK.as_millis() as usize).count(1_000);
    // From now on: whatever was missed is found by the poll.
    let mut after = "$".to_owned();
    loop {
        let reply: Option<StreamReadReply> = connection.xread_options(&[KEY], &[&after], &options).await?;
        for entry in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids) {
            let heads = entry
                .map
                .iter()
                .filter_map(|(stream, head)| Some((stream.clone(), redis::from_redis_value_ref(head).ok()?)))
                .collect();
            hub.wake(&heads);
            after = entry.id;
        }
    }
}
