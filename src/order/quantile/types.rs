//! What the stretches took, as it is shown.

use async_graphql::Description;
use chrono::{DateTime, Utc};
use entity::order::eta_quantile;
use entity::{EtaLeg, EtaRoute};

use crate::catalog::VehicleModelById;
use crate::graph::answer::To;
use crate::graph::fields;
use crate::order::rules::took::falls_back;
use crate::place::OrganizationById;

/// How long a stretch of orders' ways took in the last 90 days (C085), for a plant, a model and a kind of route, or more widely. An
/// expected date takes the narrowest of which at least 20 were measured: plant and model, then model, then all; of a last leg of
/// transport, always the same kind of route. Where there is none, it takes what is usual at home.
#[derive(Clone, Debug, Description)]
pub struct EtaQuantile(pub eta_quantile::Model);

#[fields(rows(eta_quantile::Model))]
impl EtaQuantile {
    /// Which stretch.
    fn leg(&self) -> EtaLeg {
        self.0.leg
    }

    /// Only of cars from this plant; null: of all.
    #[link(self.0.plant_id)]
    fn plant(&self) -> To<OrganizationById>;

    /// Only of cars of this model; null: of all.
    #[link(self.0.model_id)]
    fn model(&self) -> To<VehicleModelById>;

    /// Only on ways of this kind; null for every stretch but the last leg of transport.
    fn route(&self) -> Option<EtaRoute> {
        self.0.route
    }

    /// How many were measured.
    fn sample_size(&self) -> i32 {
        self.0.sample_size
    }

    /// Whether these are too few to say something, fewer than 20, so that the next wider one, or what is usual at home, is taken.
    fn falls_back(&self) -> bool {
        falls_back(self.0.sample_size.unsigned_abs())
    }

    /// Days by which one of ten was over.
    fn p10_days(&self) -> f64 {
        days(self.0.p10_hours)
    }

    /// Days by which half were over.
    fn p50_days(&self) -> f64 {
        days(self.0.p50_hours)
    }

    /// Days by which nine of ten were over.
    fn p90_days(&self) -> f64 {
        days(self.0.p90_hours)
    }

    /// When it was measured; what was finished in the 90 days before counts.
    fn computed_at(&self) -> DateTime<Utc> {
        self.0.computed_at
    }
}

fn days(hours: i32) -> f64 {
    f64::from(hours) / 24.0
}
