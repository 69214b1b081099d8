//! Settings of payments.

use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Url;
use secrecy::SecretSlice;

use super::Mode;
use super::layers::Layers;
use crate::identity::signature::of_text;
use crate::ports::PaymentTerms;
use crate::ports::http::PortSettings;

/// Payments.
#[derive(Clone, Debug)]
pub struct PaymentSettings {
    /// Where the provider is; none in development for the sandbox, in production for no provider.
    pub provider: Option<PortSettings>,
    /// Longest wait for it.
    pub timeout: Duration,
    /// Waits.
    pub terms: PaymentTerms,
}

/// Reads them.
pub fn read(layers: &mut Layers, mode: Option<Mode>) -> Option<PaymentSettings> {
    let url = layers.read("payments.provider_url", "empty, or an http or https address", |text| match text {
        "" => Some(None),
        text => Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(Some),
    });
    let secret =
        layers.read("payments.provider_secret", "empty, or a secret like whsec_…, of 24 bytes or more", |text| {
            match text {
                "" => Some(None),
                text => of_text(text).filter(|secret| secret.len() >= 24).map(|secret| Some(SecretSlice::from(secret))),
            }
        });
    let timeout = layers.number("payments.provider_timeout_ms", 100, 60_000).map(Duration::from_millis);
    let check = layers.number("payments.check_seconds", 1, 86_400).map(TimeDelta::seconds);
    let expire = layers.number("payments.expire_minutes", 1, 43_200).map(TimeDelta::minutes);
    let timeout = timeout?;
    let url = url?;
    let in_clear = url.as_ref().is_some_and(|url: &Url| url.scheme() == "http" && !is_loopback(url));
    if in_clear && mode? == Mode::Production {
        layers.problem("payments.provider_url", "an https address in production, unless it is of this machine");
        return None;
    }
    let provider = match (url, secret?) {
        (None, _) => None,
        (Some(url), Some(secret)) => Some(PortSettings { url, secret, timeout }),
        (Some(_), None) => {
            layers.problem("payments.provider_secret", "set, with which requests to payments.provider_url are signed");
            return None;
        }
    };
    Some(PaymentSettings { provider, timeout, terms: PaymentTerms { check_after: check?, expire_after: expire? } })
}

/// An address of this machine, which nobody else hears.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
