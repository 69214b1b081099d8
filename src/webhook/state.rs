//! What the process knows of webhooks beside the store.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::rules::address::Reach;
use super::rules::outcome::Timing;
use crate::settings::WebhookSettings;

/// Settings, and how the worker is woken.
pub struct Webhooks {
    /// The settings.
    pub settings: WebhookSettings,
    wake: Notify,
    /// Whether there are endpoints.
    expected: AtomicBool,
}

impl Webhooks {
    /// With these settings.
    pub fn new(settings: WebhookSettings) -> Self {
        Self { settings, wake: Notify::new(), expected: AtomicBool::new(true) }
    }

    /// There may be something to deliver.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Whether there were endpoints at the last look, as far as it is known.
    pub fn expected(&self) -> bool {
        self.expected.load(Ordering::Relaxed)
    }

    /// Notes whether there are.
    pub(super) fn expect(&self, some: bool) {
        self.expected.store(some, Ordering::Relaxed);
    }

    /// Waits for that; for the one worker.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

/// As in development mode, for processes without a worker.
impl Default for Webhooks {
    fn default() -> Self {
        Self::new(WebhookSettings {
            reach: Reach { plain_http: true, private: true },
            timing: Timing {
                first_delay: Duration::from_secs(5),
                retry_for: Duration::from_hours(72),
                pause_after: Duration::from_hours(24),
            },
            timeout: Duration::from_secs(10),
            at_once: 32,
            at_once_per_endpoint: 8,
        })
    }
}
