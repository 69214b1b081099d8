//! What one says when one asks what the stretches took.

use async_graphql::{ID, InputObject};
use entity::order::eta_quantile;
use entity::{EtaLeg, EtaRoute, OrganizationId, PrefixedId, VehicleModelId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way};

use crate::graph::Result;
use crate::graph::node::parse_id;
use crate::store::page::{SortKey, Sorting};

/// Which quantiles.
#[derive(InputObject, Default)]
pub struct EtaQuantileWhereInput {
    /// Only of this stretch.
    pub leg: Option<EtaLeg>,
    /// Only of cars from this plant, as in `org_01J…`.
    pub plant_id: Option<ID>,
    /// Only of cars of this model, as in `mdl_01J…`.
    pub model_id: Option<ID>,
    /// Only of ways of this kind.
    pub route: Option<EtaRoute>,
}

impl EtaQuantileWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self) -> Result<Condition> {
        use eta_quantile::Column as Quantile;
        let mut all = Condition::all();
        if let Some(leg) = self.leg {
            all = all.add(Quantile::Leg.eq(leg));
        }
        if let Some(id) = self.plant_id {
            all = all.add(Quantile::PlantId.eq(parse_id::<OrganizationId>("where.plantId", &id)?));
        }
        if let Some(id) = self.model_id {
            all = all.add(Quantile::ModelId.eq(parse_id::<VehicleModelId>("where.modelId", &id)?));
        }
        if let Some(route) = self.route {
            all = all.add(Quantile::Route.eq(route));
        }
        Ok(all)
    }
}

/// What most is known of first.
pub fn largest_first() -> Sorting<eta_quantile::Model> {
    let column = |column| Expr::col((eta_quantile::Entity, column));
    let size = column(eta_quantile::Column::SampleSize);
    let key = SortKey::new(size, Way::Desc, |row: &eta_quantile::Model| i64::from(row.sample_size).into());
    Sorting::new("etaQuantile", "largest", key, column(eta_quantile::Column::Id), |row| row.id.uuid())
}
