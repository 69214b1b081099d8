//! Settings of the stock.

use chrono::TimeDelta;

use super::layers::Layers;

/// The stock.
#[derive(Clone, Copy, Debug)]
pub struct StockSettings {
    /// After so long the stock of a rule of alerts is looked at again.
    pub check_after: TimeDelta,
    /// After so long orders that wait for a car are given those that are there; none where that is left to other processes, or to people.
    pub auto_match_after: Option<TimeDelta>,
}

/// Reads them.
pub fn read(layers: &mut Layers) -> Option<StockSettings> {
    let check = layers.number("stock.check_seconds", 1, 864_000).map(TimeDelta::seconds);
    let auto_match = layers.number("stock.auto_match_seconds", 0, 864_000);
    let auto_match_after = auto_match.map(|seconds| (seconds > 0).then(|| TimeDelta::seconds(seconds)));
    Some(StockSettings { check_after: check?, auto_match_after: auto_match_after? })
}
