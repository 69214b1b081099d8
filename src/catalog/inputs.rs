//! What one says to the catalog room.

use async_graphql::{ID, InputObject};

use crate::graph::scalars::CityCode;

/// What to price: a trim with options, or a saved configuration.
#[derive(InputObject, Debug)]
pub struct PriceConfigurationInput {
    /// The trim, as in `trm_01J…`; left out with `configurationId`.
    pub trim_id: Option<ID>,
    /// Codes of the options; what they include and the defaults are added. Left out with `configurationId`.
    pub option_codes: Option<Vec<String>>,
    /// A saved configuration of one's own, as in `cfg_01J…`, instead of trim and options.
    pub configuration_id: Option<ID>,
}

/// What to save.
#[derive(InputObject, Debug)]
pub struct ConfigurationSaveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The configuration to change, as in `cfg_01J…`; left out to save a new one.
    pub configuration_id: Option<ID>,
    /// The version that was read; needed with `configurationId`, and only then.
    pub expected_version: Option<i32>,
    /// The trim, as in `trm_01J…`.
    pub trim_id: ID,
    /// Codes of the options; what they include and the defaults are added.
    pub option_codes: Vec<String>,
    /// Where the car is to be registered.
    pub city_code: CityCode,
}
