//! A place in a plant's plan (C083).

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::inventory::production_slot;

use crate::graph::answer::To;
use crate::graph::fields;
use crate::place::OrganizationById;

/// A car's place in a plant's plan, as the plant last told it (`cn.milepost.inventory.production.v1`). For staff who are told who has the
/// car, and operators; customers are given expected dates instead (`Order.eta`).
#[derive(Clone, Debug, Description)]
pub struct ProductionSlot(pub production_slot::Model);

#[fields(rows(production_slot::Model))]
impl ProductionSlot {
    /// Type-prefixed ULID, as in `psl_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where the car is built.
    #[link(self.0.plant_id)]
    fn plant(&self) -> To<OrganizationById>;

    /// The ISO week of the plan, as in `2026-W48`.
    fn week(&self) -> &str {
        &self.0.week
    }

    /// When it is to be begun.
    fn planned_start(&self) -> DateTime<Utc> {
        self.0.planned_start
    }

    /// When it is to leave the line.
    fn planned_off(&self) -> DateTime<Utc> {
        self.0.planned_off
    }

    /// When it left the line; null until the plant tells so.
    fn actual_off(&self) -> Option<DateTime<Utc>> {
        self.0.actual_off
    }
}
