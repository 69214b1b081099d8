//! The HTTP that all adapters speak: JSON, with a signature of the body after Standard Webhooks, which the other side checks
//! as the gateway checks what comes in.

use std::time::Duration;

use entity::EventId;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, Url};
use secrecy::{ExposeSecret, SecretSlice};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::app::Clock;
use crate::identity::signature::sign;

/// Where a system is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct PortSettings {
    /// What paths are below.
    pub url: Url,
    /// Signs requests.
    pub secret: SecretSlice<u8>,
    /// Longest wait for an answer.
    pub timeout: Duration,
}

/// Speaks to one system.
pub struct Caller {
    http: Client,
    settings: PortSettings,
    clock: Clock,
}

/// What a system says when it says no.
#[derive(Deserialize)]
struct No {
    code: String,
}

/// The body of a request that has none.
pub const NOTHING: Option<&()> = None;

/// Longest code that is kept, characters.
const MAX_CODE: usize = 64;

/// Longest answer, bytes.
const MAX_ANSWER: usize = 65_536;

/// What a signature names beside the body: an id of its own, what is asked, and of what: a path below the address, without a slash in
/// front. One for another request does not count.
fn request_id(method: &Method, path: &str) -> String {
    format!("{}:{method}:{path}", EventId::generate())
}

/// Whether an id that was signed is of this request; for the other side.
pub fn is_for(id: &str, method: &str, path: &str) -> bool {
    id.split_once(':').is_some_and(|(_, rest)| rest == format!("{method}:{path}"))
}

impl Caller {
    /// One for these settings.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: PortSettings, clock: Clock) -> reqwest::Result<Self> {
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(settings.timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("milepost/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, settings, clock })
    }

    /// Asks; none when what was asked about is not there.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<Option<T>, PortError> {
        let unclear = |error: &dyn std::fmt::Display| PortError::Unclear(error.to_string());
        // Without the address, which may hold what nobody should read in a log.
        let unreachable = |error: reqwest::Error| PortError::Unreachable(error.without_url().to_string());
        let body = match body {
            Some(body) => serde_json::to_vec(body).map_err(|error| unclear(&error))?,
            None => Vec::new(),
        };
        let url = format!("{}/{path}", self.settings.url.as_str().trim_end_matches('/'));
        let (id, at) = (request_id(&method, path), self.clock.now().timestamp());
        let signature = sign(self.settings.secret.expose_secret(), &id, at, &body);
        let request = self.http.request(method, url).header(CONTENT_TYPE, "application/json");
        let request = request
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature)
            .body(body);
        let mut answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > MAX_ANSWER {
                return Err(PortError::Unclear("an answer of many bytes".into()));
            }
            bytes.extend_from_slice(&chunk);
        }
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => serde_json::from_slice(&bytes).map(Some).map_err(|error| unclear(&error)),
            StatusCode::PAYMENT_REQUIRED | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
                let No { code } = serde_json::from_slice(&bytes).map_err(|error| unclear(&error))?;
                Err(PortError::Declined(code.chars().filter(|c| !c.is_control()).take(MAX_CODE).collect()))
            }
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(PortError::Unreachable(format!("status {status}"))),
            status => Err(PortError::Unclear(format!("status {status}"))),
        }
    }
}
