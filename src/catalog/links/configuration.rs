//! Saved configurations.

use entity::ConfigurationId;
use entity::catalog::configuration;

use crate::catalog::policy;
use crate::catalog::types::Configuration;
use crate::graph::link::one;

one! {
    /// Saved configurations by id.
    ConfigurationById: ConfigurationId => configuration.Id as Configuration,
        |call| policy::configurations(&call.viewer).or_nothing(),
        |_call, row| Some(Configuration(row));
}
