//! How cars and what belongs to them are found from other rows.

use std::collections::HashMap;

use entity::inventory::{allocation, event as vehicle_event, transport_leg, vehicle_unit};
use entity::{Columns, VehicleUnitId};
use sea_orm::sea_query::Condition;
use sea_orm::sea_query::{Expr, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::policy::{self, Sight, SightOfCall};
use super::rules::reservation::{HoldState, allocation_state};
use super::types::{Allocation, CarRow, TransportLeg, VehicleEvent, VehicleUnit};
use crate::graph::link::{Relation, group, one};
use crate::graph::{Call, Result};
use crate::store::rows::{ByPlace, among, fetch, rows};
use crate::values::geo::Point;

/// Cars by id, those on the viewer's orders among them.
pub struct VehicleUnitById;

impl Relation for VehicleUnitById {
    type Key = VehicleUnitId;
    type Found = Option<VehicleUnit>;

    async fn fetch(call: &Call, keys: &[VehicleUnitId]) -> Result<HashMap<VehicleUnitId, Self::Found>> {
        let sight = policy::sight(call).await?;
        let orders = crate::order::policy::readable(&call.viewer).or_nothing();
        let mut select = car_select(Expr::val(0_i64), Expr::case(policy::on_order(orders), 1).finally(0));
        select
            .and_where(among(call.app.db.backend(), vehicle_unit::Column::Id, keys.iter().copied()))
            .cond_where(policy::readable(call, &sight).or_nothing());
        let rows = call.db().query_all(&select).await?;
        rows.iter()
            .map(|row| CarRow::read(row, 0))
            .filter_map(|row| match row {
                Ok(row) => shown(call, &sight, row, None).map(|car| Ok((car.row.id, Some(car)))),
                Err(error) => Some(Err(error.into())),
            })
            .collect()
    }
}

/// Selects cars with what [`CarRow`] needs beside their columns.
fn car_select(nearness: impl Into<SimpleExpr>, on_order: impl Into<SimpleExpr>) -> SelectStatement {
    rows::<vehicle_unit::Model>().expr_as(on_order.into(), "on_order").expr_as(nearness.into(), "nearness").take()
}

/// Selects cars that the policies have to show: no order is looked at.
pub fn listed_select(nearness: impl Into<SimpleExpr>) -> SelectStatement {
    car_select(nearness, Expr::val(0))
}

/// A car as the viewer sees it; none if the reference rules show less than the statement, which a test rules out.
pub fn shown(call: &Call, sight: &Sight, row: CarRow, near: Option<Point>) -> Option<VehicleUnit> {
    let disclosure = sight.disclosure(call, &row.car, row.on_order);
    if disclosure.is_none() {
        tracing::error!(vehicle.id = %row.car.id, "the statement and the visibility rules disagree");
    }
    let place = Point::new(row.car.latitude, row.car.longitude).ok();
    let distance_meters = near.zip(place).map(|(near, place)| (near.distance_km(place) * 1000.0).round() as i32);
    Some(VehicleUnit { shown: disclosure?, row: row.car, distance_meters })
}

one! {
    /// Cars by id, reached through an order that the viewer may see.
    VehicleOfOrder: VehicleUnitId => vehicle_unit.Id as VehicleUnit,
        |_call| Condition::all(),
        |call, car| {
            // Prepared before; a call without a sight still has the order's.
            let sight = call.known().peek::<SightOfCall>(&())?;
            let sight = (*sight).clone().unwrap_or_default();
            shown(call, &sight, CarRow { car, on_order: true, nearness: 0 }, None)
        },
        prepare |call| policy::sight(call).await.map(drop);
}

/// Transport legs by car, in order.
pub struct LegsOfVehicle;

impl Relation for LegsOfVehicle {
    type Key = VehicleUnitId;
    type Found = Vec<TransportLeg>;

    async fn fetch(call: &Call, keys: &[VehicleUnitId]) -> Result<HashMap<VehicleUnitId, Self::Found>> {
        let rows = transport_leg::Entity::find()
            .filter(among(call.app.db.backend(), transport_leg::Column::VehicleId, keys.iter().copied()))
            .order_by_asc(transport_leg::Column::Position)
            .by_place(call.db())
            .await?;
        Ok(group(rows.into_iter().map(TransportLeg), |leg| leg.0.vehicle_id))
    }
}

/// The hold or assignment in force, by car.
pub struct HoldOfVehicle;

impl Relation for HoldOfVehicle {
    type Key = VehicleUnitId;
    type Found = Option<Allocation>;

    async fn fetch(call: &Call, keys: &[VehicleUnitId]) -> Result<HashMap<VehicleUnitId, Self::Found>> {
        let mut select = rows::<allocation::Model>();
        select
            .and_where(among(call.app.db.backend(), allocation::Column::VehicleId, keys.iter().copied()))
            .and_where(allocation::Column::ReleasedAt.is_null());
        let rows: Vec<allocation::Model> = fetch(call.db(), &select).await?;
        let held = rows.into_iter().filter(|row| allocation_state(row, call.now) == HoldState::Held);
        Ok(held.map(|row| (row.vehicle_id, Some(Allocation(row)))).collect())
    }
}

/// History by car, oldest first.
pub struct HistoryOfVehicle;

impl Relation for HistoryOfVehicle {
    type Key = VehicleUnitId;
    type Found = Vec<VehicleEvent>;

    async fn fetch(call: &Call, keys: &[VehicleUnitId]) -> Result<HashMap<VehicleUnitId, Self::Found>> {
        let rows = vehicle_event::Entity::find()
            .filter(among(call.app.db.backend(), vehicle_event::Column::VehicleId, keys.iter().copied()))
            .order_by_asc(vehicle_event::Column::OccurredAt)
            .order_by_asc(vehicle_event::Column::Id)
            .by_place(call.db())
            .await?;
        let groups = group(rows, |row| row.vehicle_id);
        Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map(VehicleEvent::from).collect())).collect())
    }
}
