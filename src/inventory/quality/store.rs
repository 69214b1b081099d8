//! Where damage to cars is kept, and the car that follows it. The order that has the car is locked first, then the car, then its cases:
//! one order of locks for all.

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, quality_case, quality_event, vehicle_unit};
use entity::order::order;
use entity::{
    AllocationKind, OrderId, QualityDamageCaseId, QualityDamageEventId, QualityDamageState, QualitySwapState, StoreId,
    VehicleEventKind, VehicleUnitId,
};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder,
};

use super::super::rules::status::VehicleAction;
use super::super::store as kept;
use super::events;
use super::rules::case::is_ended;
use super::rules::hold::{Ended, held, released};
use crate::order::Revision;
use crate::store::{Happening, Lock, Tx};
use crate::values::machine::IllegalTransition;

/// A car under a change of its damage: locked, with the order that has it.
pub struct Standing {
    /// The order that has the car, if one does.
    pub order: Option<Revision>,
    /// The car.
    pub car: vehicle_unit::Model,
    /// Its allocation in force.
    pub active: Option<allocation::Model>,
    /// The stores that are told.
    pub stores: Vec<StoreId>,
}

/// Why a car cannot be locked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLocked {
    /// There is none.
    Absent,
    /// It went to another order, or from its own, at this moment.
    Moving(VehicleUnitId),
}

/// Locks the order of a car, and the car, if it fulfils the condition.
///
/// # Errors
/// When the store fails. Why it cannot be is the inner error.
pub async fn lock(
    tx: &Tx,
    actor: String,
    id: VehicleUnitId,
    cars: Condition,
) -> Result<Result<Standing, NotLocked>, DbErr> {
    let order = order_of(kept::active(tx, id).await?.as_ref());
    let order = match order {
        Some(id) => Revision::open(tx, Condition::all(), id, actor).await?,
        None => None,
    };
    let car = Lock::row(vehicle_unit::Entity::find_by_id(id).filter(cars)).take(tx.conn()).await?;
    let Some(car) = car else { return Ok(Err(NotLocked::Absent)) };
    let active = kept::active(tx, id).await?;
    if order_of(active.as_ref()) != order.as_ref().map(|order| order.before().id) {
        return Ok(Err(NotLocked::Moving(id)));
    }
    let stores = events::stores_of(&car, order.as_ref().map(Revision::before));
    Ok(Ok(Standing { order, car, active, stores }))
}

/// Locks many cars with the orders that have them, in the order of all locks: orders before cars, of several of a kind the smaller id first.
/// Whoever locks them again one by one then waits for nobody.
///
/// # Errors
/// When the store fails.
pub async fn lock_all(tx: &Tx, cars: Vec<VehicleUnitId>) -> Result<(), DbErr> {
    let own = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.is_in(cars.iter().copied()))
        .filter(allocation::Column::ReleasedAt.is_null());
    let own = own.all(tx.conn()).await?;
    let orders =
        order::Entity::find().filter(order::Column::Id.is_in(own.iter().filter_map(|own| order_of(Some(own)))));
    Lock::row(orders.order_by_asc(order::Column::Id)).all(tx.conn()).await?;
    let cars = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Id.is_in(cars));
    Lock::row(cars.order_by_asc(vehicle_unit::Column::Id)).all(tx.conn()).await?;
    Ok(())
}

fn order_of(active: Option<&allocation::Model>) -> Option<OrderId> {
    active.filter(|held| held.kind == AllocationKind::Hard)?.order_id
}

/// Locks a case whose car is locked.
///
/// # Errors
/// When the store fails.
pub async fn lock_case(tx: &Tx, id: QualityDamageCaseId) -> Result<Option<quality_case::Model>, DbErr> {
    Lock::row(quality_case::Entity::find_by_id(id)).take(tx.conn()).await
}

/// Locks the other open cases of a car that is locked.
///
/// # Errors
/// When the store fails.
pub async fn lock_others(tx: &Tx, case: &quality_case::Model) -> Result<Vec<quality_case::Model>, DbErr> {
    Lock::row(others(case).order_by_asc(quality_case::Column::Id)).all(tx.conn()).await
}

fn others(case: &quality_case::Model) -> sea_orm::Select<quality_case::Entity> {
    quality_case::Entity::find()
        .filter(quality_case::Column::VehicleId.eq(case.vehicle_id))
        .filter(quality_case::Column::EndedAt.is_null())
        .filter(quality_case::Column::Id.ne(case.id))
}

/// Cars of these that have an open case.
///
/// # Errors
/// When the store fails.
pub async fn with_open_cases(
    conn: &impl ConnectionTrait,
    cars: Vec<VehicleUnitId>,
) -> Result<Vec<VehicleUnitId>, DbErr> {
    use sea_orm::QuerySelect;
    if cars.is_empty() {
        return Ok(Vec::new());
    }
    quality_case::Entity::find()
        .select_only()
        .column(quality_case::Column::VehicleId)
        .distinct()
        .filter(quality_case::Column::VehicleId.is_in(cars))
        .filter(quality_case::Column::EndedAt.is_null())
        .into_tuple()
        .all(conn)
        .await
}

/// Whether a car of a statement is sold with a damage, so that nobody gets it who was not told.
pub fn is_downgraded() -> SimpleExpr {
    let cases = Query::select()
        .expr(Expr::val(1))
        .from(quality_case::Entity)
        .and_where(
            Expr::col((quality_case::Entity, quality_case::Column::VehicleId))
                .equals((vehicle_unit::Entity, vehicle_unit::Column::Id)),
        )
        .and_where(quality_case::Column::State.eq(QualityDamageState::Downgraded))
        .take();
    Expr::exists(cases)
}

/// Whether a car is sold with a damage.
///
/// # Errors
/// When the store fails.
pub async fn has_disclosure(conn: &impl ConnectionTrait, car: VehicleUnitId) -> Result<bool, DbErr> {
    let found = quality_case::Entity::find()
        .filter(quality_case::Column::VehicleId.eq(car))
        .filter(quality_case::Column::State.eq(QualityDamageState::Downgraded));
    Ok(found.count(conn).await? > 0)
}

/// Who does something, and what they say with it.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    /// Who.
    pub actor: &'a str,
    /// What they say.
    pub note: Option<String>,
}

/// Puts off the write of a new case, with its history and its event. The order that has the car is told by its revision.
pub fn open(tx: &mut Tx, standing: &mut Standing, case: quality_case::Model, actor: &str) {
    tell(tx, standing, &case);
    note(tx, None, &case, Word { actor, note: None });
    tx.insert([case.into_active_model().reset_all()]);
}

/// Puts off the write of a locked case that has changed, under its next version, with its history and its event. As it will be.
pub fn save(
    tx: &mut Tx,
    standing: &mut Standing,
    before: &quality_case::Model,
    after: quality_case::Model,
    word: Word<'_>,
) -> quality_case::Model {
    let after = put(tx, before, after, word);
    tell(tx, standing, &after);
    after
}

fn put(tx: &mut Tx, before: &quality_case::Model, after: quality_case::Model, word: Word<'_>) -> quality_case::Model {
    let now = tx.now();
    let ended_at = is_ended(after.state).then(|| before.ended_at.unwrap_or(now));
    let after = quality_case::Model { ended_at, version: before.version + 1, updated_at: now, ..after };
    let change = quality_case::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(quality_case::Column::Id.eq(before.id))
        .filter(quality_case::Column::Version.eq(before.version));
    tx.put_one(change);
    note(tx, Some(before), &after, word);
    after
}

fn note(tx: &mut Tx, before: Option<&quality_case::Model>, after: &quality_case::Model, word: Word<'_>) {
    let swapped = after.swap_state.filter(|_| before.is_some_and(|before| before.swap_state != after.swap_state));
    let entry = quality_event::ActiveModel {
        id: Set(QualityDamageEventId::generate()),
        case_id: Set(after.id),
        from_state: Set(before.map(|before| before.state)),
        to_state: Set(after.state),
        swap_state: Set(swapped),
        actor: Set(word.actor.to_owned()),
        note: Set(word.note),
        occurred_at: Set(tx.now()),
    };
    tx.insert([entry]);
}

/// Tells the stores, and the order, if the case is of its car.
fn tell(tx: &mut Tx, standing: &mut Standing, case: &quality_case::Model) {
    tx.emit(events::changed(case, &standing.stores));
    if let Some(order) = &mut standing.order
        && case.order_id == Some(order.before().id)
    {
        order.quality_case_changed(case, tx.now());
    }
}

/// Holds a locked car for a damage. The car as it will be.
///
/// # Errors
/// [`IllegalTransition`] of one that cannot be damaged; nothing is written then.
pub fn hold(
    tx: &mut Tx,
    actor: &str,
    car: &vehicle_unit::Model,
) -> Result<vehicle_unit::Model, IllegalTransition<entity::PhysicalStatus, VehicleAction>> {
    let moved = held(car.physical_status, car.resume_to)?;
    if moved.to == car.physical_status {
        return Ok(car.clone());
    }
    let after = vehicle_unit::Model { physical_status: moved.to, resume_to: moved.resume_to, ..car.clone() };
    Ok(kept::save(tx, actor, car, after, VehicleEventKind::StatusChanged))
}

/// Lets a locked car go on, if this was its last open case and its system of record does not hold it. Whether it was the last one.
///
/// # Errors
/// When the store fails.
pub async fn release(
    tx: &mut Tx,
    actor: &str,
    car: &vehicle_unit::Model,
    ended: &quality_case::Model,
) -> Result<bool, DbErr> {
    let open = others(ended).count(tx.conn()).await?;
    let reasons = open + u64::from(car.held_upstream);
    if let Some(moved) = released(car.physical_status, car.resume_to, Ended::Well, reasons) {
        let after = vehicle_unit::Model { physical_status: moved.to, resume_to: moved.resume_to, ..car.clone() };
        kept::save(tx, actor, car, after, VehicleEventKind::StatusChanged);
    }
    Ok(open == 0)
}

/// The customer's wish for another car in place of a damaged one is over, whatever way.
pub struct WishOver {
    car: VehicleUnitId,
    order: OrderId,
    stores: Vec<StoreId>,
    actor: String,
    end: QualitySwapState,
}

impl WishOver {
    /// Of an order that is being changed: it has lost the car, so the wish has come true.
    pub fn lost(car: &vehicle_unit::Model, order: &order::Model, actor: &str) -> Self {
        let stores = events::stores_of(car, Some(order));
        Self { car: car.id, order: order.id, stores, actor: actor.to_owned(), end: QualitySwapState::Done }
    }

    /// The car was handed over, and is the customer's.
    pub fn handed_over(car: &vehicle_unit::Model, order: OrderId, actor: &str) -> Self {
        let stores = events::stores_of(car, None);
        Self { car: car.id, order, stores, actor: actor.to_owned(), end: QualitySwapState::Declined }
    }
}

impl Happening for WishOver {
    fn follow(tx: &mut Tx, happened: Vec<Self>) -> BoxFuture<'_, Result<(), DbErr>> {
        Box::pin(remember(tx, happened))
    }
}

async fn remember(tx: &mut Tx, happened: Vec<WishOver>) -> Result<(), DbErr> {
    use quality_case::Column as Case;
    let each = happened.iter().fold(Condition::any(), |any, over| {
        any.add(Condition::all().add(Case::VehicleId.eq(over.car)).add(Case::OrderId.eq(over.order)))
    });
    let waiting = quality_case::Entity::find()
        .filter(Case::SwapState.eq(QualitySwapState::Requested))
        .filter(each)
        .order_by_asc(Case::Id);
    for case in Lock::row(waiting).all(tx.conn()).await? {
        let Some(over) = happened.iter().find(|over| over.car == case.vehicle_id) else { continue };
        let after = quality_case::Model { swap_state: Some(over.end), ..case.clone() };
        let after = put(tx, &case, after, Word { actor: &over.actor, note: None });
        tx.emit(events::changed(&after, &over.stores));
    }
    Ok(())
}

/// The case that a system has reported under this number.
///
/// # Errors
/// When the store fails.
pub async fn of_number(
    conn: &impl ConnectionTrait,
    reported_by: &str,
    number: &str,
) -> Result<Option<quality_case::Model>, DbErr> {
    quality_case::Entity::find()
        .filter(quality_case::Column::ReportedBy.eq(reported_by))
        .filter(quality_case::Column::Number.eq(number))
        .one(conn)
        .await
}

/// What is said when a damage is found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where.
    pub node: entity::QualityDamageNode,
    /// Who carried the car.
    pub carrier: Option<String>,
    /// How bad it looks.
    pub severity: entity::QualityDamageSeverity,
    /// Which part.
    pub position: entity::QualityDamagePosition,
    /// What kind.
    pub kind: entity::QualityDamageKind,
    /// In words.
    pub description: String,
    /// Addresses.
    pub photos: Vec<String>,
    /// When.
    pub found_at: DateTime<Utc>,
    /// The number of the system that reports.
    pub number: Option<String>,
}

impl Finding {
    /// The case of it.
    pub fn case(self, standing: &Standing, actor: &str, now: DateTime<Utc>) -> quality_case::Model {
        quality_case::Model {
            id: QualityDamageCaseId::generate(),
            vehicle_id: standing.car.id,
            order_id: standing.order.as_ref().map(|order| order.before().id),
            state: QualityDamageState::Reported,
            node: self.node,
            carrier: self.carrier,
            severity: self.severity,
            position: self.position,
            kind: self.kind,
            description: self.description,
            photos: entity::Codes(self.photos),
            liability: None,
            liable_party: None,
            cost_minor: None,
            repair_note: None,
            disclosure: None,
            expected_at: None,
            reported_by: actor.to_owned(),
            number: self.number,
            found_at: self.found_at,
            reported_at: now,
            ended_at: None,
            swap_state: None,
            swap_answer: None,
            swap_requested_at: None,
            version: 1,
            updated_at: now,
        }
    }
}

/// Reports a damage of a locked car: it is held, the stores and its order are told. The case, and whether the order's revision is saved
/// is the caller's.
///
/// # Errors
/// [`IllegalTransition`] of a car that cannot be damaged; nothing is written then.
pub fn report(
    tx: &mut Tx,
    standing: &mut Standing,
    finding: Finding,
    actor: &str,
) -> Result<QualityDamageCaseId, IllegalTransition<entity::PhysicalStatus, VehicleAction>> {
    let car = standing.car.clone();
    hold(tx, actor, &car)?;
    let case = finding.case(standing, actor, tx.now());
    let id = case.id;
    open(tx, standing, case, actor);
    Ok(id)
}
