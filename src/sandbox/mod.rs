//! Stand-ins for the systems behind the ports: they speak the same HTTP, keep state, and send signed events, late, twice or
//! not at all. In development the gateway starts them beside itself; `milepost sandbox` runs them alone. `POST /outage` with
//! `seconds` lets all of them be away, with `of` (an id) for what is asked about that alone.

mod invoice;
mod lender;
mod payment;
mod signing;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;
use secrecy::SecretSlice;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::Clock;
use crate::identity::signature::{Signed, sign, verify};
use crate::ports::http::{PortSettings, is_for};

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
    /// Until when nothing answers; of this id, or of all.
    away_until: Arc<Mutex<HashMap<Option<String>, DateTime<Utc>>>>,
    /// Events sent, so that each has an id of its own.
    told: Arc<Mutex<u64>>,
}

/// How the gateway hears of what somebody does.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    #[default]
    Once,
    /// Two events, each with an id of its own.
    Twice,
    /// After some seconds.
    Late,
    /// Not at all; the gateway has to ask.
    Never,
}

/// How far clocks may differ.
const WINDOW: TimeDelta = TimeDelta::minutes(5);

/// How late a late event is.
const LATE: Duration = Duration::from_secs(3);

/// Why the gateway is not answered.
struct Refused(StatusCode, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "code": self.1 }))).into_response()
    }
}

/// Text as it may stand in a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Outside {
    /// Lets in what the gateway has signed, while there is no outage.
    fn check(&self, asked: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
        let now = self.clock.now();
        let named = |of: &Option<String>| of.as_ref().is_none_or(|of| asked.split(['/', ' ']).any(|step| step == of));
        let away =
            self.away_until.lock().expect("no panic while held").iter().any(|(of, until)| now < *until && named(of));
        if away {
            return Err(Refused(StatusCode::SERVICE_UNAVAILABLE, "OUTAGE"));
        }
        let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed = Signed {
            id: given("webhook-id"),
            timestamp: given("webhook-timestamp"),
            signatures: given("webhook-signature"),
        };
        let (method, path) = asked.split_once(' ').unwrap_or_default();
        if !is_for(signed.id, method, path) || verify(&[SECRET.to_vec()], signed, body, now, WINDOW).is_err() {
            return Err(Refused(StatusCode::UNAUTHORIZED, "SIGNATURE"));
        }
        Ok(())
    }

    /// Tells the gateway something of a thing of this id, in the way that was asked for.
    fn say(&self, kind: &str, id: &str, data: &Value, told: Told) {
        let (times, after) = match told {
            Told::Once => (1, Duration::ZERO),
            Told::Twice => (2, Duration::ZERO),
            Told::Late => (1, LATE),
            Told::Never => (0, Duration::ZERO),
        };
        for _ in 0..times {
            let serial = {
                let mut told = self.told.lock().expect("no panic while held");
                *told += 1;
                *told
            };
            let event = json!({
                "specversion": "1.0",
                "id": format!("{id}-{serial}"),
                "source": SOURCE,
                "type": kind,
                "data": data,
            });
            self.tell(event, after);
        }
    }

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
        away_until: Arc::default(),
        told: Arc::default(),
    };
    let router = Router::new().route("/outage", post(outage)).with_state(outside.clone());
    let router = router
        .merge(payment::router(outside.clone()))
        .merge(lender::router(outside.clone()))
        .merge(signing::router(outside.clone()))
        .merge(invoice::router(outside));
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::warn!(%error, "the sandbox ended");
        }
    });
    Ok(Sandbox { url: own })
}

#[derive(Deserialize)]
struct Outage {
    seconds: u16,
    of: Option<String>,
}

/// Lets all stand-ins be away for a while, or whoever is asked about one thing.
async fn outage(State(outside): State<Outside>, Form(Outage { seconds, of }): Form<Outage>) -> StatusCode {
    let until = outside.clock.now() + TimeDelta::seconds(seconds.into());
    outside.away_until.lock().expect("no panic while held").insert(of, until);
    StatusCode::NO_CONTENT
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
