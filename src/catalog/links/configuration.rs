//! Saved configurations.

use entity::ConfigurationId;
use entity::catalog::configuration;
use sea_orm::sea_query::Condition;

use crate::catalog::policy;
use crate::catalog::types::Configuration;
use crate::graph::relation::one;

one! {
    /// Saved configurations by id.
    ConfigurationById: ConfigurationId => configuration.Id as Configuration,
        |call| policy::configurations(&call.viewer).or_nothing(),
        |_call, row| Some(Configuration(row));
}

one! {
    /// Saved configurations by id, reached through an order that the viewer may see: it opens them, as
    /// [`policy::configurations`] says.
    ConfigurationOfOrder: ConfigurationId => configuration.Id as Configuration,
        |_call| Condition::all(),
        |_call, row| Some(Configuration(row));
}
