//! Settings of contracts.

use chrono::TimeDelta;

use super::Mode;
use super::layers::Layers;
use super::port::{self, Names, Remote};

/// Contracts.
#[derive(Clone, Debug)]
pub struct ContractSettings {
    /// Who lets them be signed.
    pub signing: Remote,
    /// After so long it is asked about a contract that it has.
    pub check_after: TimeDelta,
}

const SIGNING: Names =
    Names { url: "contracts.signing_url", secret: "contracts.signing_secret", timeout: "contracts.signing_timeout_ms" };

/// Reads them.
pub fn read(layers: &mut Layers, mode: Option<Mode>) -> Option<ContractSettings> {
    let signing = port::read(layers, mode, &SIGNING);
    let check = layers.number("contracts.check_seconds", 1, 86_400).map(TimeDelta::seconds);
    Some(ContractSettings { signing: signing?, check_after: check? })
}
