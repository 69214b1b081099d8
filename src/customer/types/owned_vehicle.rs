//! A car that somebody has (C090).

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::customer::owned_vehicle;

use super::super::policy;
use super::super::rules::warranty::{REPAIR, REPLACE, last_day};
use crate::catalog::TrimOfOrder;
use crate::graph::answer::To;
use crate::graph::scalars::{Date, Vin};
use crate::graph::{Call, Fields, Result, fields};
use crate::order::OrderById;
use crate::store::vault::Personal;

/// A car that was handed over to a customer.
#[derive(Clone, Debug, Description)]
pub struct OwnedVehicle(pub owned_vehicle::Model);

#[fields(rows(owned_vehicle::Model))]
impl OwnedVehicle {
    /// Type-prefixed ULID, as in `own_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Vehicle identification number; masked except for the owner and holders of `pii:read`.
    #[columns(customer_id, vin)]
    fn vin(&self, call: &Call) -> Result<Vin> {
        call.show(Personal::Vin, &self.0.vin, policy::personal_of(&call.viewer, self.0.customer_id)).map(Vin)
    }

    /// The trim it is built as.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimOfOrder>;

    /// The order with which it was bought.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// When it was handed over.
    fn handed_over_at(&self) -> DateTime<Utc> {
        self.0.handed_over_at
    }

    /// Since when it is the customer's no more, since it was given back, or was not handed over after all; null while it is.
    fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// What its odometer said then, kilometres; 0 where nobody has read it.
    fn odometer_km(&self) -> i32 {
        self.0.odometer_km
    }

    /// The warranty that the law gives.
    #[columns(warranty_start_at)]
    fn warranty(&self) -> Warranty {
        let start = self.0.warranty_start_at;
        Warranty {
            start_at: start,
            replace_until: Date(last_day(start, REPLACE.0)),
            replace_km: REPLACE.1,
            repair_until: Date(last_day(start, REPAIR.0)),
            repair_km: REPAIR.1,
        }
    }
}

/// How long a car's warranty counts; of days and kilometres whichever comes first ends it.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct Warranty {
    /// From when.
    pub start_at: DateTime<Utc>,
    /// The last day on which the car is replaced or taken back.
    pub replace_until: Date,
    /// Up to how many kilometres.
    pub replace_km: i32,
    /// The last day on which it is repaired.
    pub repair_until: Date,
    /// Up to how many kilometres.
    pub repair_km: i32,
}
