//! Settings of loans.

use chrono::TimeDelta;

use super::Mode;
use super::layers::Layers;
use super::port::{self, Names, Remote};

/// Loans.
#[derive(Clone, Debug)]
pub struct FinanceSettings {
    /// The lender.
    pub lender: Remote,
    /// After so long it is asked about an application that it has.
    pub check_after: TimeDelta,
}

const LENDER: Names =
    Names { url: "finance.lender_url", secret: "finance.lender_secret", timeout: "finance.lender_timeout_ms" };

/// Reads them.
pub fn read(layers: &mut Layers, mode: Option<Mode>) -> Option<FinanceSettings> {
    let lender = port::read(layers, mode, &LENDER);
    let check = layers.number("finance.check_seconds", 1, 86_400).map(TimeDelta::seconds);
    Some(FinanceSettings { lender: lender?, check_after: check? })
}
