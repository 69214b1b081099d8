//! In whose stock a car counts (C099; domain.md 3.7): cars on their way to a store are of its stock already.

use entity::ids::{StoreId, TrimId, VehicleModelId};
use entity::inventory::{quota, vehicle_unit};
use entity::vocabulary::{CommercialStatus, PhysicalStatus, StockQuotaScope};

use super::super::super::rules::matching::is_new;

/// Where a car counts, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The store.
    pub store: StoreId,
    /// What it is.
    pub trim: TrimId,
}

/// Where a car counts: where it goes, or else where it stands, from when it has left the plant until it is sold, as long as it is sold
/// as new. None elsewhere.
pub fn place(car: &vehicle_unit::Model) -> Option<Place> {
    use PhysicalStatus::{InStock, InTransit, Pdi, QualityHold, Ready, Transferring};
    let there = matches!(car.physical_status, InTransit | InStock | Transferring | Pdi | Ready | QualityHold);
    let counts = there && car.commercial_status != CommercialStatus::Sold && is_new(car.stock_type);
    let store = car.transfer_to_store_id.or(car.store_id).filter(|_| counts)?;
    Some(Place { store, trim: car.trim_id })
}

/// Whether a quota is about cars of a trim, which is of this model.
pub fn covers(quota: &quota::Model, trim: TrimId, model: Option<VehicleModelId>) -> bool {
    match quota.scope {
        StockQuotaScope::All => true,
        StockQuotaScope::Model => quota.model_id.is_some() && quota.model_id == model,
        StockQuotaScope::Trim => quota.trim_id == Some(trim),
    }
}
