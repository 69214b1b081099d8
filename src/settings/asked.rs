//! Settings of systems that are asked about what they have; the same for each.

use chrono::TimeDelta;

use super::Mode;
use super::layers::Layers;
use super::port::{self, Names, Remote};

/// A system that is asked about what it has.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it is.
    pub remote: Remote,
    /// After so long it is asked.
    pub check_after: TimeDelta,
}

/// The names of a system's settings, and that of how long it is waited for.
pub struct AskedNames {
    remote: Names,
    check: &'static str,
}

/// The lender.
pub const LENDER: AskedNames = AskedNames {
    remote: Names { url: "finance.lender_url", secret: "finance.lender_secret", timeout: "finance.lender_timeout_ms" },
    check: "finance.check_seconds",
};

/// Who lets contracts be signed.
pub const SIGNING: AskedNames = AskedNames {
    remote: Names {
        url: "contracts.signing_url",
        secret: "contracts.signing_secret",
        timeout: "contracts.signing_timeout_ms",
    },
    check: "contracts.check_seconds",
};

/// Who issues invoices.
pub const INVOICES: AskedNames = AskedNames {
    remote: Names {
        url: "invoices.provider_url",
        secret: "invoices.provider_secret",
        timeout: "invoices.provider_timeout_ms",
    },
    check: "invoices.check_seconds",
};

/// Reads them.
pub fn read(layers: &mut Layers, mode: Option<Mode>, names: &AskedNames) -> Option<Asked> {
    let remote = port::read(layers, mode, &names.remote);
    let check = layers.number(names.check, 1, 86_400).map(TimeDelta::seconds);
    Some(Asked { remote: remote?, check_after: check? })
}
