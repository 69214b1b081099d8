//! Settings of payments.

use chrono::TimeDelta;

use super::Mode;
use super::layers::Layers;
use super::port::{self, Names, Remote};
use crate::ports::PaymentTerms;

/// Payments.
#[derive(Clone, Debug)]
pub struct PaymentSettings {
    /// The provider.
    pub provider: Remote,
    /// Waits.
    pub terms: PaymentTerms,
}

const PROVIDER: Names =
    Names { url: "payments.provider_url", secret: "payments.provider_secret", timeout: "payments.provider_timeout_ms" };

/// Reads them.
pub fn read(layers: &mut Layers, mode: Option<Mode>) -> Option<PaymentSettings> {
    let provider = port::read(layers, mode, &PROVIDER);
    let check = layers.number("payments.check_seconds", 1, 86_400).map(TimeDelta::seconds);
    let expire = layers.number("payments.expire_minutes", 1, 43_200).map(TimeDelta::minutes);
    Some(PaymentSettings { provider: provider?, terms: PaymentTerms { check_after: check?, expire_after: expire? } })
}
