//! How displays are found.

use std::collections::HashMap;

use entity::inventory::status_display;
use entity::{PolicyStatus, StatusDisplayId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::policy;
use super::types::{VehicleStatusDisplay, audience};
use crate::graph::answer::Selected;
use crate::graph::link::Relation;
use crate::graph::relation::one;
use crate::graph::{Call, Result};
use crate::store::rows::ByPlace;

one! {
    /// Displays by id.
    StatusDisplayById: StatusDisplayId => status_display.Id as VehicleStatusDisplay,
        |call| policy::rules(&call.viewer).or_nothing(),
        |_call, row| Some(VehicleStatusDisplay(row));
}

/// What is published for the viewer's kind of people: four at most. One statement, once a request; its one key is the unit.
pub struct DisplaysInForce;

impl Relation for DisplaysInForce {
    type Key = ();
    type Found = Vec<status_display::Model>;

    async fn fetch(call: &Call, _keys: &[()], _selected: Option<&Selected>) -> Result<HashMap<(), Self::Found>> {
        let published = status_display::Entity::find()
            .filter(status_display::Column::Audience.eq(audience(&call.viewer)))
            .filter(status_display::Column::Status.eq(PolicyStatus::Published));
        Ok(HashMap::from([((), published.by_place(call.db()).await?)]))
    }
}
