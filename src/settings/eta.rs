//! Settings of expected dates.

use chrono::TimeDelta;

use super::layers::Layers;

/// Expected dates.
#[derive(Clone, Copy, Debug)]
pub struct EtaSettings {
    /// After so long it is measured again what the stretches of orders' ways took; none where that is left to other processes.
    pub measure_after: Option<TimeDelta>,
}

/// Reads them.
pub fn read(layers: &mut Layers) -> Option<EtaSettings> {
    let measure = layers.number("eta.measure_seconds", 0, 864_000)?;
    Some(EtaSettings { measure_after: (measure > 0).then(|| TimeDelta::seconds(measure)) })
}
