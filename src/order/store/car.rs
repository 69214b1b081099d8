//! Cars as orders look at them: what is ahead of one, and an order that gets one or loses it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, production_slot, transport_leg, vehicle_unit};
use entity::{OrganizationId, PhysicalStatus, StoreId, VehicleUnitId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::super::rules::car::stands_at;
use super::super::rules::estimate::{Whereabouts, is_built, transport_of};
use super::super::rules::milestone::MilestoneRefusal;
use super::super::rules::status::takes_milestones;
use super::super::rules::took::{Days, Usual};
use super::{Progress, Revision};
use crate::graph::Error;
use crate::inventory::{Obstacle, give, take};
use crate::store::Tx;
use crate::store::rows::{ByPlace, among};

/// What dates are reckoned with of a car.
#[derive(Clone, Debug)]
pub struct CarAhead {
    /// Its physical state.
    pub physical: PhysicalStatus,
    /// The store that has it.
    pub store_id: Option<StoreId>,
    /// The city that it is in.
    pub city_code: String,
    /// Its legs, p50 and p90, and whether each is behind it.
    pub legs: Vec<(i32, i32, bool)>,
    /// The plant that builds it, where it has a place in a plan.
    pub plant_id: Option<OrganizationId>,
    /// When the plant means to be done with it.
    pub planned_off: Option<DateTime<Utc>>,
    /// Where it goes from another store, and when it is expected there.
    pub coming: Option<(StoreId, DateTime<Utc>)>,
}

impl CarAhead {
    /// Of many cars, in two statements.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_all(
        conn: &impl ConnectionTrait,
        ids: impl IntoIterator<Item = VehicleUnitId>,
    ) -> Result<HashMap<VehicleUnitId, Self>, DbErr> {
        let ids: Vec<_> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let backend = conn.get_database_backend();
        let mut legs: HashMap<VehicleUnitId, Vec<(i32, i32, bool)>> = HashMap::new();
        let select = transport_leg::Entity::find()
            .filter(among(backend, transport_leg::Column::VehicleId, ids.iter().copied()))
            .order_by_asc(transport_leg::Column::VehicleId)
            .order_by_asc(transport_leg::Column::Position);
        for leg in select.by_place(conn).await? {
            legs.entry(leg.vehicle_id).or_default().push((leg.p50_days, leg.p90_days, leg.arrived_at.is_some()));
        }
        use vehicle_unit::Column::{
            CityCode, ExpectedAt, Id, PhysicalStatus, ProductionSlotId, StoreId, TransferToStoreId,
        };
        let mut select = Query::select();
        select
            .columns([Id, PhysicalStatus, StoreId, CityCode].map(|column| (vehicle_unit::Entity, column)))
            .column((production_slot::Entity, production_slot::Column::PlannedOff))
            .column((production_slot::Entity, production_slot::Column::PlantId))
            .columns([TransferToStoreId, ExpectedAt].map(|column| (vehicle_unit::Entity, column)))
            .from(vehicle_unit::Entity)
            .left_join(
                production_slot::Entity,
                Expr::col((production_slot::Entity, production_slot::Column::Id))
                    .equals((vehicle_unit::Entity, ProductionSlotId)),
            )
            .and_where(among(backend, Id, ids));
        let mut cars = HashMap::new();
        for row in conn.query_all(&select).await? {
            let id: VehicleUnitId = row.try_get_by(0)?;
            let coming: (Option<entity::StoreId>, Option<DateTime<Utc>>) = (row.try_get_by(6)?, row.try_get_by(7)?);
            let car = Self {
                physical: row.try_get_by(1)?,
                store_id: row.try_get_by(2)?,
                city_code: row.try_get_by(3)?,
                legs: legs.remove(&id).unwrap_or_default(),
                planned_off: row.try_get_by(4)?,
                plant_id: row.try_get_by(5)?,
                coming: coming.0.zip(coming.1),
            };
            cars.insert(id, car);
        }
        Ok(cars)
    }

    /// The transport to a store in a city; `shipped` when it began for this order.
    pub fn transport(&self, usual: Usual<'_>, to: StoreId, city_code: &str, shipped: bool) -> Vec<Days> {
        transport_of(usual, &self.here(self.store_id == Some(to)), city_code, shipped)
    }

    /// The transport to a city where it does not stand.
    pub fn transport_elsewhere(&self, usual: Usual<'_>, city_code: &str) -> Vec<Days> {
        transport_of(usual, &self.here(false), city_code, false)
    }

    fn here(&self, at_store: bool) -> Whereabouts<'_> {
        Whereabouts { physical: self.physical, at_store, city_code: &self.city_code, legs: &self.legs }
    }

    /// Whether it stands at a store, to be handed over there.
    pub fn stands_at(&self, store: StoreId) -> bool {
        stands_at(self.physical, self.store_id, store)
    }

    /// When it is expected at a store where it goes from another.
    pub fn expected_at(&self, store: StoreId) -> Option<DateTime<Utc>> {
        let coming = self.coming.filter(|(to, _)| *to == store && self.physical == PhysicalStatus::Transferring);
        coming.map(|(_, at)| at)
    }

    /// Whether it is built.
    pub fn is_built(&self) -> bool {
        is_built(self.physical)
    }
}

/// Why an order does not get a car, or does not lose it; nothing was written.
#[derive(Debug)]
pub enum NotMoved {
    /// Something stands in the car's way.
    Obstacle(Obstacle),
    /// The delivery graph has no such step.
    Graph(MilestoneRefusal),
}

/// Gives a locked car to an order that was locked before it, and brings its milestones and dates along. Whether the order is in
/// a state for it is the caller's to ask, and so are saving the progress and the revision. The car as it will be.
///
/// # Errors
/// When the store fails. Why it cannot be is the inner error.
pub async fn assign(
    tx: &mut Tx,
    (revision, progress): (&mut Revision, &mut Progress),
    car: &vehicle_unit::Model,
    active: Option<allocation::Model>,
) -> Result<Result<vehicle_unit::Model, NotMoved>, Error> {
    let now = tx.now();
    let Some(ahead) = CarAhead::of_all(tx.conn(), [car.id]).await?.remove(&car.id) else {
        return Err(Error::hidden("a car that was locked is gone"));
    };
    let changes = match progress.when_got(&ahead) {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(NotMoved::Graph(refusal))),
    };
    let given = match give(tx, revision, car, active, now).await? {
        Ok(given) => given,
        Err(obstacle) => return Ok(Err(NotMoved::Obstacle(obstacle))),
    };
    progress.got_car(tx, revision, ahead, &changes);
    Ok(Ok(given))
}

/// Takes a locked car back from its order, which was locked before it; its way falls, and ALLOCATED with it unless it is
/// `replaced` by another. `own` is the allocation. As [`assign`].
///
/// # Errors
/// What is reached and stands on it, or that its state has no such step.
pub fn unassign(
    tx: &mut Tx,
    (revision, progress): (&mut Revision, &mut Progress),
    (car, own): (&vehicle_unit::Model, &allocation::Model),
    reason: &str,
    replaced: bool,
) -> Result<vehicle_unit::Model, NotMoved> {
    let changes = progress.when_lost(&revision.order, replaced).map_err(NotMoved::Graph)?;
    let at = tx.now();
    let freed = take(tx, revision, car, own, (at, Some(reason.to_owned())));
    let freed = freed.ok_or(NotMoved::Obstacle(Obstacle::NotForSale))?;
    progress.lost_car(tx, revision, &changes, replaced);
    Ok(freed)
}

/// A step of the way between two stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The car has left for the store that hands over.
    Left,
    /// It has come there.
    Came,
}

/// An order's car has left for the store that hands over, or has come there, and is written already: the order's milestones and dates
/// follow (C082). The order was locked before the car; one that takes no milestones now is left as it is. Saving the revision is the
/// caller's.
///
/// # Errors
/// When the store fails. A step that the graph does not have is the inner error: the car may not leave yet.
pub async fn travelled(
    tx: &mut Tx,
    revision: &mut Revision,
    step: Step,
) -> Result<Result<(), MilestoneRefusal>, Error> {
    if !takes_milestones(revision.order.status) {
        return Ok(Ok(()));
    }
    // Where the car is now may be among what was put off.
    tx.flush().await?;
    let mut progress = Progress::of(tx.conn(), &revision.order).await?;
    let changes = match step {
        Step::Left => progress.when_sent(),
        Step::Came => Ok(progress.when_come()),
    };
    let changes = match changes {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    progress.car_moved(tx, revision, &changes);
    progress.save(tx);
    Ok(Ok(()))
}
