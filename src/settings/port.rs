//! Where a system behind a port is; the same settings for each.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretSlice;

use super::Mode;
use super::layers::Layers;
use crate::identity::signature::of_text;
use crate::ports::http::PortSettings;

/// The names of a system's settings.
pub struct Names {
    /// Its address.
    pub url: &'static str,
    /// With what requests are signed.
    pub secret: &'static str,
    /// Longest wait, milliseconds.
    pub timeout: &'static str,
}

/// A system behind a port.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Where it is; none in development for the sandbox, in production for no such system.
    pub port: Option<PortSettings>,
    /// Longest wait for it.
    pub timeout: Duration,
}

/// Reads them.
pub fn read(layers: &mut Layers, mode: Option<Mode>, names: &Names) -> Option<Remote> {
    let url = layers.read(names.url, "empty, or an http or https address", |text| match text {
        "" => Some(None),
        text => Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(Some),
    });
    let secret = layers.read(names.secret, "empty, or a secret like whsec_…, of 24 bytes or more", |text| match text {
        "" => Some(None),
        text => of_text(text).filter(|secret| secret.len() >= 24).map(|secret| Some(SecretSlice::from(secret))),
    });
    let timeout = layers.number(names.timeout, 100, 60_000).map(Duration::from_millis)?;
    let url = url?;
    let in_clear = url.as_ref().is_some_and(|url: &Url| url.scheme() == "http" && !is_loopback(url));
    if in_clear && mode? == Mode::Production {
        layers.problem(names.url, "an https address in production, unless it is of this machine");
        return None;
    }
    let port = match (url, secret?) {
        (None, _) => None,
        (Some(url), Some(secret)) => Some(PortSettings { url, secret, timeout }),
        (Some(_), None) => {
            layers.problem(names.secret, "set, with which requests to the address beside it are signed");
            return None;
        }
    };
    Some(Remote { port, timeout })
}

/// An address of this machine, which nobody else hears.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
