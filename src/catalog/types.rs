//! What the catalog room looks like.

use async_graphql::{ID, Object};
use entity::catalog::{configuration, model, trim};

/// A model as it is advertised.
#[derive(Clone, Debug)]
pub struct VehicleModel(pub model::Model);

#[Object]
impl VehicleModel {
    /// Type-prefixed ULID, as in `mdl_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
}

/// A version of a model that can be ordered.
#[derive(Clone, Debug)]
pub struct Trim(pub trim::Model);

#[Object]
impl Trim {
    /// Type-prefixed ULID, as in `trm_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
}

/// A saved choice of trim and options.
#[derive(Clone, Debug)]
pub struct Configuration(pub configuration::Model);

#[Object]
impl Configuration {
    /// Type-prefixed ULID, as in `cfg_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }
}
