//! One attempt over HTTP. Where it goes is checked on the address that is dialled, each time (guarantees 7.2): a name is
//! looked up once, here, and what is not allowed is left out of the answer that the connector dials; an address in figures
//! is checked as it stands. There are no redirects and no proxy, so nothing else is dialled.

use std::error::Error;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::WebhookFailure;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;

use super::rules::address::{Reach, is_public, literal, read};
use super::rules::message::excerpt;
use super::rules::outcome::{Heard, retry_after};

/// Longest part of an answer that is read, bytes.
const MAX_ANSWER: usize = 1_024;

/// Sends messages.
pub struct Client {
    http: reqwest::Client,
    reach: Reach,
}

/// A message, signed.
#[derive(Clone, Debug)]
pub struct Message {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, seconds since 1970.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// JSON.
    pub body: String,
}

/// The name leads to no address that may be dialled.
#[derive(Debug, thiserror::Error)]
#[error("no address of the open internet")]
struct Refused;

struct Guard {
    private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|address| private || is_public(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Box::new(Refused) as Box<dyn Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Client {
    /// One that goes so far and waits so long.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(reach: Reach, timeout: Duration) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .dns_resolver(std::sync::Arc::new(Guard { private: reach.private }))
            .redirect(Policy::none())
            .no_proxy()
            .timeout(timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("milepost/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, reach })
    }

    /// Sends a message; answers what came of it, and of a failure's answer the beginning.
    pub async fn send(&self, url: &str, message: Message, now: DateTime<Utc>) -> (Heard, Option<String>) {
        // Read again: settings may have changed since the endpoint was registered.
        let url = match read(url, self.reach) {
            Ok(url) => url,
            Err(_) => return (Heard::Nothing(WebhookFailure::AddressRefused), None),
        };
        let named = literal(&url).is_none();
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", message.signature)
            .body(message.body);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return (Heard::Nothing(failure(&error, named)), None),
        };
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, now));
        let heard = Heard::Answer { status: response.status().as_u16(), retry_after: asked };
        let mut answer = Vec::new();
        while answer.len() < MAX_ANSWER {
            match response.chunk().await {
                Ok(Some(chunk)) => answer.extend_from_slice(&chunk),
                // The status was heard; what of the answer is missing does not count.
                Ok(None) | Err(_) => break,
            }
        }
        answer.truncate(MAX_ANSWER);
        (heard, if heard.is_success() { None } else { excerpt(&answer) })
    }
}

fn failure(error: &reqwest::Error, named: bool) -> WebhookFailure {
    if error.is_timeout() {
        return WebhookFailure::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if named && error.is::<Refused>() {
            return WebhookFailure::AddressRefused;
        }
        cause = error.source();
    }
    WebhookFailure::NotReached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message { id: "evt_1".into(), timestamp: 1, signature: "v1,x".into(), body: "{}".into() }
    }

    async fn sent(url: &str, private: bool) -> Heard {
        let client = Client::new(Reach { plain_http: true, private }, Duration::from_secs(5)).unwrap();
        client.send(url, message(), DateTime::default()).await.0
    }

    /// A listener that must not be reached tells whether it was.
    #[tokio::test]
    async fn nothing_private_is_dialled() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "LOCALHOST", "127.1"] {
            let url = format!("http://{host}:{port}/");
            assert_eq!(sent(&url, false).await, Heard::Nothing(WebhookFailure::AddressRefused), "{url}");
        }
        let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "somebody has dialled");
        // The listener can be reached: with the setting a connection comes, and ends without an answer.
        let url = format!("http://localhost:{port}/");
        let dialled = tokio::join!(sent(&url, true), async {
            drop(listener.accept().await.unwrap());
        });
        assert_eq!(dialled.0, Heard::Nothing(WebhookFailure::NotReached));
    }
}
