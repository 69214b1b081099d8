//! How long a stretch of the way took lately (C085; domain.md 3.3).

use sea_orm::entity::prelude::*;

use crate::ids::{EtaQuantileId, OrganizationId, VehicleModelId};
use crate::vocabulary::{EtaLeg, EtaRoute};

/// How long a stretch of the way took lately (C085; domain.md 3.3). One row for a leg and a scope, which its id is made of.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "eta_quantile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EtaQuantileId,
    pub leg: EtaLeg,
    /// Of cars of this plant; none: of all.
    pub plant_id: Option<OrganizationId>,
    /// Of cars of this model; none: of all.
    pub model_id: Option<VehicleModelId>,
    /// Of ways of this kind; only a last leg of transport has one.
    pub route: Option<EtaRoute>,
    pub sample_size: i32,
    /// Hours.
    pub p10_hours: i32,
    /// Hours.
    pub p50_hours: i32,
    /// Hours.
    pub p90_hours: i32,
    pub computed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
