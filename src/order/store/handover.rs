//! Hand-overs: what is taken of a store's day, and what is known of an order's own (C089-C093).

use chrono::{DateTime, Utc};
use entity::order::{delivery, handover_appointment, handover_desk};
use entity::{Codes, HandoverCheck, OrderId, PrefixedId, StoreId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::super::events::HandoverChange;
use super::super::links::standing;
use super::super::rules::handover::{BAYS, Stretch, free};
use super::Revision;
use crate::store::{Lock, Tx, Vault};

/// How many cars a store hands over at a time.
///
/// # Errors
/// When the store fails.
pub async fn bays(conn: &impl ConnectionTrait, store: StoreId) -> Result<i32, DbErr> {
    let desk = handover_desk::Entity::find_by_id(store).one(conn).await?;
    Ok(desk.map_or(BAYS, |desk| desk.bays))
}

/// What is taken of a store's time between two moments; not by this order.
///
/// # Errors
/// When the store fails.
pub async fn taken(
    conn: &impl ConnectionTrait,
    store: StoreId,
    (start, end): Stretch,
    but: Option<OrderId>,
) -> Result<Vec<Stretch>, DbErr> {
    use handover_appointment::Column as Appointment;
    let mut select = handover_appointment::Entity::find()
        .select_only()
        .columns([Appointment::StartsAt, Appointment::EndsAt])
        .filter(Appointment::StoreId.eq(store))
        .filter(Appointment::StartsAt.lt(end))
        // None takes longer than four hours, so that the index ends the look.
        .filter(Appointment::StartsAt.gt(start - chrono::TimeDelta::hours(4)))
        .filter(standing());
    if let Some(order) = but {
        select = select.filter(Appointment::OrderId.ne(order));
    }
    select.into_tuple::<(DateTime<Utc>, DateTime<Utc>)>().all(conn).await
}

/// Whether a place is free at a store; it stays so until the transaction ends, since all who take one wait for each other. The
/// order is locked already: one order of locks for all.
///
/// # Errors
/// When the store fails.
pub async fn has_place(tx: &Tx, store: StoreId, within: Stretch, order: OrderId) -> Result<bool, DbErr> {
    let desk = lock_desk(tx, store).await?;
    let taken = taken(tx.conn(), store, within, Some(order)).await?;
    Ok(free(desk.bays, &taken, within) > 0)
}

/// A store's desk, locked; a store that has none gets one.
///
/// # Errors
/// When the store fails.
pub async fn lock_desk(tx: &Tx, store: StoreId) -> Result<handover_desk::Model, DbErr> {
    let desk = handover_desk::Model { store_id: store, bays: BAYS, updated_at: tx.now() };
    handover_desk::Entity::insert(desk.into_active_model().reset_all())
        .on_conflict(OnConflict::column(handover_desk::Column::StoreId).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
    let found = Lock::row(handover_desk::Entity::find_by_id(store)).take(tx.conn()).await?;
    found.ok_or_else(|| DbErr::RecordNotFound("the desk of a store".into()))
}

/// The appointment that stands; read under its order's lock where something follows from it.
///
/// # Errors
/// When the store fails.
pub async fn appointment_of(
    conn: &impl ConnectionTrait,
    order: OrderId,
) -> Result<Option<handover_appointment::Model>, DbErr> {
    let found = handover_appointment::Entity::find().filter(handover_appointment::Column::OrderId.eq(order));
    found.filter(handover_appointment::Column::CancelledAt.is_null()).one(conn).await
}

/// Calls off the appointment that stands, and tells of it; its milestone is the caller's.
pub fn call_off_appointment(tx: &mut Tx, revision: &mut Revision, row: handover_appointment::Model) {
    let now = tx.now();
    let row = handover_appointment::Model { cancelled_at: Some(now), updated_at: now, ..row };
    revision.handover_changed(&HandoverChange::AppointmentCancelled { appointment: row.id }, now);
    save_appointment(tx, &row);
}

/// Puts off the write of an appointment that is there already.
pub fn save_appointment(tx: &mut Tx, row: &handover_appointment::Model) {
    let change = row.clone().into_active_model().reset_all();
    let own = handover_appointment::Column::Id.eq(row.id);
    tx.put_one(handover_appointment::Entity::update_many().set(change).filter(own));
}

/// What is known of an order's hand-over, read under its lock.
///
/// # Errors
/// When the store fails.
pub async fn delivery_of(tx: &Tx, order: OrderId) -> Result<delivery::Model, DbErr> {
    let known = delivery::Entity::find_by_id(order).one(tx.conn()).await?;
    Ok(known.unwrap_or_else(|| delivery::Model {
        order_id: order,
        code_number: 0,
        wrong_tries: 0,
        checklist: Codes::default(),
        checklist_completed_at: None,
        customer_signature: None,
        store_signature: None,
        odometer_km: None,
        confirmed_by: None,
        confirmed_at: None,
        updated_at: tx.now(),
    }))
}

/// Puts off the write of what is known of a hand-over, whether or not anything was.
pub fn save_delivery(tx: &mut Tx, row: delivery::Model) {
    use delivery::Column as Delivery;
    let known = OnConflict::column(Delivery::OrderId)
        .update_columns([
            Delivery::CodeNumber,
            Delivery::WrongTries,
            Delivery::Checklist,
            Delivery::ChecklistCompletedAt,
            Delivery::CustomerSignature,
            Delivery::StoreSignature,
            Delivery::OdometerKm,
            Delivery::ConfirmedBy,
            Delivery::ConfirmedAt,
            Delivery::UpdatedAt,
        ])
        .to_owned();
    let row = delivery::Model { updated_at: tx.now(), ..row };
    tx.insert_or(known, [row.into_active_model().reset_all()]);
}

/// A hand-over begins anew, since its car is not ready any more or was not handed over after all: what was gone through and signed
/// was another car, or another day, and the code counts no more.
pub fn begin_anew(tx: &mut Tx, order: OrderId) {
    use delivery::Column as Delivery;
    let nothing = delivery::ActiveModel {
        wrong_tries: Set(0),
        checklist: Set(Codes::default()),
        checklist_completed_at: Set(None),
        customer_signature: Set(None),
        store_signature: Set(None),
        odometer_km: Set(None),
        confirmed_by: Set(None),
        confirmed_at: Set(None),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let next = Expr::col(Delivery::CodeNumber).add(1);
    let anew = delivery::Entity::update_many().set(nothing).col_expr(Delivery::CodeNumber, next);
    tx.put(anew.filter(Delivery::OrderId.eq(order)));
}

/// The pickup code of an order's hand-over (C093).
pub fn pickup_code(vault: &Vault, order: OrderId, code_number: i32) -> String {
    let name = [order.uuid().as_bytes().as_slice(), &code_number.to_be_bytes()].concat();
    vault.six_digits(b"pickup-code", &name)
}

/// What of the checklist these codes name.
pub fn checks(codes: &Codes) -> Vec<HandoverCheck> {
    HandoverCheck::ALL.iter().copied().filter(|check| codes.has(check.code())).collect()
}
