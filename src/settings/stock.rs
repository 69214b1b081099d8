//! Settings of the stock.

use chrono::TimeDelta;

use super::layers::Layers;

/// The stock.
#[derive(Clone, Copy, Debug)]
pub struct StockSettings {
    /// After so long the stock of a rule of alerts is looked at again.
    pub check_after: TimeDelta,
}

/// Reads them.
pub fn read(layers: &mut Layers) -> Option<StockSettings> {
    let check = layers.number("stock.check_seconds", 1, 864_000).map(TimeDelta::seconds);
    Some(StockSettings { check_after: check? })
}
