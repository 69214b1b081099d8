//! Settings of webhooks.

use std::time::Duration;

use super::Mode;
use super::layers::Layers;
use crate::webhook::rules::address::Reach;
use crate::webhook::rules::outcome::Timing;

/// Webhooks.
#[derive(Clone, Copy, Debug)]
pub struct WebhookSettings {
    /// Where deliveries may go.
    pub reach: Reach,
    /// Waits.
    pub timing: Timing,
    /// Longest time of one attempt.
    pub timeout: Duration,
    /// Most attempts of the process at a time.
    pub at_once: usize,
    /// Most of them to one endpoint.
    pub at_once_per_endpoint: usize,
}

/// Reads them.
pub fn read(layers: &mut Layers, mode: Option<Mode>) -> Option<WebhookSettings> {
    let retry_for = layers.number("webhooks.retry_hours", 1, 720).map(Duration::from_hours);
    let first_delay = layers.number("webhooks.first_delay_ms", 1, 3_600_000).map(Duration::from_millis);
    let pause_after = layers.number("webhooks.pause_after_hours", 1, 720).map(Duration::from_hours);
    let timeout = layers.number("webhooks.timeout_ms", 100, 60_000).map(Duration::from_millis);
    let at_once = layers.number("webhooks.at_once", 1, 1_000);
    let at_once_per_endpoint = layers.number("webhooks.at_once_per_endpoint", 1, 1_000);
    let private = layers.read(
        "webhooks.allow_private_networks",
        "true, false, or empty for true in dev mode",
        |text| match text {
            "" => Some(None),
            "true" => Some(Some(true)),
            "false" => Some(Some(false)),
            _ => None,
        },
    );
    let dev = mode? == Mode::Dev;
    Some(WebhookSettings {
        reach: Reach { plain_http: dev, private: private?.unwrap_or(dev) },
        timing: Timing { first_delay: first_delay?, retry_for: retry_for?, pause_after: pause_after? },
        timeout: timeout?,
        at_once: at_once?,
        at_once_per_endpoint: at_once_per_endpoint?,
    })
}
