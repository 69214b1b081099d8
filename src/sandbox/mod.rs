//! Stand-ins for the systems behind the ports: they speak the same HTTP, keep state, and send signed events, late, twice or
//! not at all. In development the gateway starts them beside itself; `milepost sandbox` runs them alone.

mod payment;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use reqwest::Url;
use secrecy::SecretSlice;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::Clock;
use crate::identity::signature::sign;
use crate::ports::http::PortSettings;

/// Code of the system as which the sandbox sends events; demo data has it.
pub const SYSTEM: &str = "sandbox";

/// What its events name as their source.
pub const SOURCE: &str = "urn:milepost:sandbox";

/// What it and the gateway sign with. Worth nothing, on purpose.
pub const SECRET: &[u8; 32] = b"milepost sandbox of development!";

/// A sandbox that answers.
pub struct Sandbox {
    /// Where.
    pub url: Url,
}

/// What all stand-ins share. Cheap to clone.
#[derive(Clone)]
struct Outside {
    http: reqwest::Client,
    /// Where events go.
    events: Url,
    /// Where the sandbox is.
    own: Url,
    clock: Clock,
    tasks: TaskTracker,
}

impl Outside {
    /// Sends an event after a while, and again until somebody takes it, a minute at the most.
    fn tell(&self, event: Value, after: Duration) {
        let this = self.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(after).await;
            let mut wait = Duration::from_millis(100);
            while wait < Duration::from_mins(1) {
                match this.send(&event).await {
                    Ok(()) => return,
                    Err(error) => tracing::debug!(%error, "the sandbox's event was not taken; it is sent again"),
                }
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            tracing::warn!("the sandbox's event was not taken");
        });
    }

    async fn send(&self, event: &Value) -> Result<()> {
        let (body, at) = (event.to_string(), self.clock.now().timestamp());
        let id = event["id"].as_str().unwrap_or_default();
        let request = self
            .http
            .post(self.events.clone())
            .header("content-type", "application/cloudevents+json")
            .header("milepost-system", SYSTEM)
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", sign(SECRET, id, at, body.as_bytes()))
            .body(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }
}

/// Starts a sandbox that sends its events to a gateway; it ends with `stop`.
///
/// # Errors
/// When the address cannot be had.
pub async fn start(listen: SocketAddr, gateway: &Url, clock: Clock, stop: CancellationToken) -> Result<Sandbox> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("the sandbox cannot listen on {listen}"))?;
    let own = address(listener.local_addr()?)?;
    let outside = Outside {
        http: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?,
        events: gateway.join("/ingest/events").context("the gateway's address")?,
        own: own.clone(),
        clock,
        tasks: TaskTracker::new(),
    };
    let router = Router::new().merge(payment::router(outside));
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::warn!(%error, "the sandbox ended");
        }
    });
    Ok(Sandbox { url: own })
}

/// The address of a listener, as one dials it.
///
/// # Errors
/// Never, of an address.
pub fn address(listener: SocketAddr) -> Result<Url> {
    let ip = match listener.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    Url::parse(&format!("http://{}", SocketAddr::new(ip, listener.port()))).context("an address")
}

impl Sandbox {
    /// How the gateway speaks to it.
    pub fn settings(&self, timeout: Duration) -> PortSettings {
        PortSettings { url: self.url.clone(), secret: SecretSlice::from(SECRET.to_vec()), timeout }
    }
}
