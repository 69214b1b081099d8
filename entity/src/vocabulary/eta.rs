//! Words of what the stretches of an order's way took.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list eta_vocabularies $;

    /// A stretch of an order's way of which is measured how long it took (domain.md 3.3).
    enum EtaLeg {
        /// From the firm order until the first shop has it.
        Queue,
        /// From the first shop until it is off the line, less what the order's options add.
        Build,
        /// From off the line until quality lets it go.
        Release,
        /// A leg of transport after which another follows.
        ToHub,
        /// The last leg of transport.
        ToCity,
        /// From the arrival until the inspection is done: the wait in the yard and the inspection, between which nobody notes a
        /// moment.
        Inspection,
        /// From the inspection, or from the payment of the balance if that came later, until the car is ready.
        Paperwork,
    }

    /// What kind of way a last leg is; the same for every way between two cities.
    enum EtaRoute {
        /// Within a region of the country.
        SameRegion,
        /// From one region to another.
        CrossRegion,
        /// To or from a city that everything takes long to.
        Far,
    }
}
