//! How cars and what belongs to them are found from other rows.

use std::collections::HashMap;

use entity::inventory::{
    alert, alert_rule, allocation, event as vehicle_event, production_slot, sort_rule, transfer, transport_leg,
    vehicle_unit, visibility_policy,
};
use entity::{
    Columns, OrderId, ProductionSlotId, SortRuleId, StockAlertId, StockAlertRuleId, StockTransferId, VehicleUnitId,
    VisibilityPolicyId,
};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Condition, Expr, SimpleExpr};

use super::policy::{self, Sight, SightOfCall};
use super::rules::reservation::{HoldState, allocation_state};
use super::store::transfer::MOVING;
use super::types::{
    Allocation, InventorySortRule, InventoryVisibilityPolicy, ProductionSlot, StockAlert, StockAlertRule,
    StockTransfer, TransportLeg, VehicleEvent, VehicleUnit,
};
use crate::access::Access;
use crate::graph::answer::Selected;
use crate::graph::link::Relation;
use crate::graph::relation::{fetch_one, many, one};
use crate::graph::{Call, Result};
use crate::store::rows::{among, rows};
use crate::values::geo::Point;

/// Cars by id, those on the viewer's orders and on their way to the viewer's store among them.
pub struct VehicleUnitById;

impl Relation for VehicleUnitById {
    type Key = VehicleUnitId;
    type Found = Option<VehicleUnit>;

    async fn fetch(
        call: &Call,
        keys: &[VehicleUnitId],
        _selected: Option<&Selected>,
    ) -> Result<HashMap<VehicleUnitId, Self::Found>> {
        let these = among(call.app.db.backend(), vehicle_unit::Column::Id, keys.iter().copied());
        Ok(cars(call, these).await?.into_iter().map(|car| (car.row.id, Some(car))).collect())
    }
}

/// Of these cars those that the viewer may see, in one statement.
async fn cars(call: &Call, these: SimpleExpr) -> Result<Vec<VehicleUnit>> {
    let sight = policy::sight(call).await?;
    let mut select = rows::<vehicle_unit::Model>();
    select
        .expr(Expr::case(policy::opened(call).or_nothing(), 1).finally(0))
        .and_where(these)
        .cond_where(policy::readable(call, &sight).or_nothing());
    let mut cars = Vec::new();
    for row in &call.db().query_all(&select).await? {
        let car = vehicle_unit::Model::read(row, 0)?;
        let opened = row.try_get_by::<i32, usize>(vehicle_unit::Model::COUNT)? != 0;
        cars.extend(shown(call, &sight, car, opened, None));
    }
    Ok(cars)
}

/// The columns that [`shown`] looks at.
pub const JUDGED: &[&str] = &[
    "id",
    "store_id",
    "city_code",
    "latitude",
    "longitude",
    "stock_type",
    "physical_status",
    "commercial_status",
    "sales_model",
    "trim_id",
    "stock_since",
];

/// The same, and what the order of a sort rule looks at.
pub const JUDGED_AND_RANKED: &[&str] = &[
    "id",
    "store_id",
    "city_code",
    "latitude",
    "longitude",
    "stock_type",
    "physical_status",
    "commercial_status",
    "sales_model",
    "trim_id",
    "stock_since",
    "expected_at",
    "price_minor",
];

/// A car as the viewer sees it, `opened` when something beside the policies opens it; none if the reference rules show less than the
/// statement, which a test rules out.
pub fn shown(
    call: &Call,
    sight: &Sight,
    car: vehicle_unit::Model,
    opened: bool,
    near: Option<Point>,
) -> Option<VehicleUnit> {
    let disclosure = sight.disclosure(call, &car, opened);
    if disclosure.is_none() {
        tracing::error!(vehicle.id = %car.id, "the statement and the visibility rules disagree");
    }
    let place = Point::new(car.latitude, car.longitude).ok();
    let distance_meters = near.zip(place).map(|(near, place)| (near.distance_km(place) * 1000.0).round() as i32);
    Some(VehicleUnit { shown: disclosure?, row: car, distance_meters })
}

one! {
    /// Cars by id, reached through an order that the viewer may see.
    VehicleOfOrder: VehicleUnitId => vehicle_unit.Id as VehicleUnit,
        |_call| Condition::all(),
        |call, car| {
            // Prepared before; a call without a sight still has the order's.
            let sight = call.known().peek::<SightOfCall>(&())?;
            let sight = (*sight).clone().unwrap_or_default();
            shown(call, &sight, car, true, None)
        },
        looks_at JUDGED, prepare |call| policy::sight(call).await.map(drop);
}

one! {
    /// Visibility policies by id.
    VisibilityPolicyById: VisibilityPolicyId => visibility_policy.Id as InventoryVisibilityPolicy,
        |call| policy::rules(&call.viewer).or_nothing(),
        |_call, row| Some(InventoryVisibilityPolicy(row));
}

one! {
    /// Sort rules by id.
    SortRuleById: SortRuleId => sort_rule.Id as InventorySortRule,
        |call| policy::rules(&call.viewer).or_nothing(),
        |_call, row| Some(InventorySortRule(row));
}

one! {
    /// Rules of alerts by id. What raised an alert is told to who sees the alert.
    StockAlertRuleById: StockAlertRuleId => alert_rule.Id as StockAlertRule,
        |call| if call.viewer.staff().is_some() { Condition::all() } else { Access::Closed.or_nothing() },
        |_call, row| Some(StockAlertRule(row));
}

one! {
    /// Rules of alerts by id, for whoever asks by it alone: operators, and staff those that have raised an alert of their store's stock.
    StockAlertRuleAsked: StockAlertRuleId => alert_rule.Id as StockAlertRule,
        |call| policy::alert_rules(&call.viewer).or_nothing(),
        |_call, row| Some(StockAlertRule(row));
}

one! {
    /// Alerts by id.
    StockAlertById: StockAlertId => alert.Id as StockAlert,
        |call| policy::alerts(&call.viewer).or_nothing(),
        |_call, row| Some(StockAlert(row));
}

one! {
    /// Transfers by id.
    StockTransferById: StockTransferId => transfer.Id as StockTransfer,
        |call| policy::transfers(&call.viewer).or_nothing(),
        |_call, row| Some(StockTransfer(row));
}

one! {
    /// The transfer by which a car goes, or is to go, to another store.
    TransferOfVehicle: VehicleUnitId => transfer.VehicleId as StockTransfer,
        |call| moving(call),
        |_call, row| Some(StockTransfer(row));
}

one! {
    /// The transfer that brings an order's car to the store that hands it over.
    TransferOfOrder: OrderId => transfer.OrderId as StockTransfer,
        |call| moving(call),
        |_call, row| Some(StockTransfer(row));
}

/// Open transfers that the viewer may see.
fn moving(call: &Call) -> Condition {
    Condition::all().add(policy::transfers(&call.viewer).or_nothing()).add(Expr::cust(MOVING))
}

one! {
    /// Places in plants' plans by id, reached through a car of which the viewer sees the holder.
    SlotOfVehicle: ProductionSlotId => production_slot.Id as ProductionSlot,
        |_call| Condition::all(), |_call, row| Some(ProductionSlot(row));
}

/// Places in plants' plans by id, for whoever asks by it alone: those who see the holder of its car.
pub struct ProductionSlotById;

impl Relation for ProductionSlotById {
    type Key = ProductionSlotId;
    type Found = Option<ProductionSlot>;

    async fn fetch(
        call: &Call,
        keys: &[ProductionSlotId],
        selected: Option<&Selected>,
    ) -> Result<HashMap<ProductionSlotId, Self::Found>> {
        if call.viewer.staff().is_none() {
            return Ok(HashMap::new());
        }
        let column = vehicle_unit::Column::ProductionSlotId;
        let cars = cars(call, among(call.app.db.backend(), column, keys.iter().copied())).await?;
        let seen = cars.iter().filter(|car| car.sees_business(call)).filter_map(|car| car.row.production_slot_id);
        fetch_one::<SlotOfVehicle>(call, &seen.collect::<Vec<_>>(), selected).await
    }
}

many! {
    /// Transport legs by car, in order.
    LegsOfVehicle: VehicleUnitId => transport_leg.VehicleId as TransportLeg, by [Asc Position],
        |_call| Condition::all(), |_call, row| Some(TransportLeg(row));

    /// History by car, oldest first.
    HistoryOfVehicle: VehicleUnitId => vehicle_event.VehicleId as VehicleEvent, by [Asc OccurredAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(row.into());
}

one! {
    /// The hold or assignment in force, by car.
    HoldOfVehicle: VehicleUnitId => allocation.VehicleId until ReleasedAt as Allocation,
        |_call| Condition::all(),
        |call, row| (allocation_state(&row, call.now) == HoldState::Held).then_some(Allocation(row)),
        looks_at &["kind", "store_id", "expires_at", "released_at"];
}
