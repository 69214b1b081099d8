//! What the process knows of webhooks beside the store.

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
}

impl Webhooks {
    /// With these settings.
    pub fn new(settings: WebhookSettings) -> Self {
        Self { settings, wake: Notify::new() }
    }

    /// There may be something to deliver.
    pub fn wake(&self) {
        self.wake.notify_one();
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
