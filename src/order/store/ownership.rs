//! What follows when a car is handed over, whoever says that it was (C090): it is its customer's and sold, its warranty begins, points
//! are earned. And what follows when it was not handed over after all.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::customer::owned_vehicle;
use entity::order::{milestone, price_line};
use entity::{MilestoneCode, MilestoneState, OrderId, OwnedVehicleId, PriceLineKind};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};
use sea_orm::{QueryFilter, QuerySelect};

use super::super::events::HandoverChange;
use super::super::rules::handover::{Ownership, ownership};
use super::Revision;
use crate::customer::rules::warranty;
use crate::graph::Error;
use crate::loyalty::Bought;
use crate::store::rows::{ByPlace, among};
use crate::store::vault::Personal;
use crate::store::{Tx, Vault};
use crate::values::money::Money;
use crate::{inventory, loyalty};

/// Sees to what follows from hand-overs of these orders, which are locked and not saved yet: one way for whatever says that a car was
/// handed over, a store by its confirmation, an operator or a system. Settlement follows from the order's step by itself
/// ([`Revision::save`]). `odometer_km` is what somebody read; nobody reads it of what is only reported. The statements are as many however
/// many orders there are.
///
/// # Errors
/// When the store fails.
pub async fn follow_handovers(
    tx: &mut Tx,
    vault: &Vault,
    revisions: &mut [&mut Revision],
    odometer_km: Option<i32>,
) -> Result<(), Error> {
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for revision in revisions.iter_mut() {
        match ownership(revision.before(), &revision.order) {
            Some(Ownership::Begins) => begun.push(&mut **revision),
            Some(Ownership::Ends) => ended.push(&mut **revision),
            None => {}
        }
    }
    take_back(tx, &mut ended).await?;
    give(tx, vault, &mut begun, odometer_km).await
}

/// Cars become their customers'.
async fn give(
    tx: &mut Tx,
    vault: &Vault,
    revisions: &mut [&mut Revision],
    odometer_km: Option<i32>,
) -> Result<(), Error> {
    let Some(actor) = revisions.first().map(|revision| revision.actor().to_owned()) else { return Ok(()) };
    let orders: Vec<OrderId> = revisions.iter().map(|revision| revision.order.id).collect();
    let cars: Vec<_> = revisions.iter().filter_map(|of| Some((of.order.id, of.order.vehicle_id?))).collect();
    let cars = inventory::hand_over(tx, &actor, &cars).await?;
    let facts = Facts::of(tx.conn(), &orders).await?;
    let (mut owned, mut bought) = (Vec::new(), Vec::new());
    let now = tx.now();
    for revision in revisions.iter_mut() {
        let order = &revision.order;
        let at = order.delivered_at.unwrap_or(now);
        let invoice = facts.invoiced.get(&order.id).copied().unwrap_or_default();
        bought.push(Bought {
            customer: order.customer_id,
            order: order.id,
            invoice: Money::from_minor(invoice),
            at: at.min(now),
        });
        let Some((car, vin)) = cars.get(&order.id).and_then(|car| Some((car, car.vin.as_deref()?))) else { continue };
        let row = owned_vehicle::Model {
            // One that was handed over, taken back and handed over again stays the same.
            id: facts.owned.get(&order.id).map_or_else(OwnedVehicleId::generate, |before| before.id),
            customer_id: order.customer_id,
            order_id: order.id,
            vehicle_id: car.id,
            trim_id: car.trim_id,
            vin: vault.seal(Personal::Vin, vin),
            handed_over_at: at,
            warranty_start_at: warranty::start(facts.invoiced_at.get(&order.id).copied().flatten(), at),
            odometer_km: odometer_km.unwrap_or_default(),
            created_at: now,
            ended_at: None,
        };
        revision.handover_changed(&HandoverChange::Confirmed { owned_vehicle: row.id }, at);
        owned.push(row);
    }
    use owned_vehicle::Column as Owned;
    let known = OnConflict::column(Owned::Id)
        .update_columns([
            Owned::VehicleId,
            Owned::TrimId,
            Owned::Vin,
            Owned::HandedOverAt,
            Owned::WarrantyStartAt,
            Owned::OdometerKm,
            Owned::EndedAt,
        ])
        .to_owned();
    if !owned.is_empty() {
        tx.insert_or(known, owned.into_iter().map(|row| row.into_active_model().reset_all()));
    }
    Ok(loyalty::orders_delivered(tx, &bought).await?)
}

/// Cars were not handed over after all: they are ready again and their orders', and what was earned is taken back.
async fn take_back(tx: &mut Tx, revisions: &mut [&mut Revision]) -> Result<(), Error> {
    let Some(actor) = revisions.first().map(|revision| revision.actor().to_owned()) else { return Ok(()) };
    let cars: Vec<_> = revisions.iter().filter_map(|of| Some((of.order.id, of.order.vehicle_id?))).collect();
    inventory::undo_hand_over(tx, &actor, &cars).await?;
    let orders: Vec<_> = revisions.iter().map(|of| (of.order.customer_id, of.order.id)).collect();
    let owned = end_ownership(tx, orders.iter().map(|(_, order)| *order)).await?;
    let now = tx.now();
    for revision in revisions.iter_mut() {
        if let Some(row) = owned.get(&revision.order.id) {
            revision.handover_changed(&HandoverChange::TakenBack { owned_vehicle: row.id }, now);
        }
    }
    Ok(loyalty::orders_taken_back(tx, &orders, false).await?)
}

/// The cars of these orders are their customers' no more; what is known of them stays. Those that were, by order.
///
/// # Errors
/// When the store fails.
pub async fn end_ownership(
    tx: &mut Tx,
    orders: impl IntoIterator<Item = OrderId>,
) -> Result<HashMap<OrderId, owned_vehicle::Model>, DbErr> {
    let mut standing = owned(tx.conn(), orders).await?;
    standing.retain(|_, row| row.ended_at.is_none());
    if !standing.is_empty() {
        let ids = standing.values().map(|row| row.id);
        let ended = owned_vehicle::ActiveModel { ended_at: Set(Some(tx.now())), ..Default::default() };
        let those = among(tx.conn().get_database_backend(), owned_vehicle::Column::Id, ids);
        tx.put(owned_vehicle::Entity::update_many().set(ended).filter(those));
    }
    Ok(standing)
}

/// The cars that customers have or had by these orders.
///
/// # Errors
/// When the store fails.
pub async fn owned(
    conn: &impl ConnectionTrait,
    orders: impl IntoIterator<Item = OrderId>,
) -> Result<HashMap<OrderId, owned_vehicle::Model>, DbErr> {
    let of = among(conn.get_database_backend(), owned_vehicle::Column::OrderId, orders);
    let rows = owned_vehicle::Entity::find().filter(of).by_place(conn).await?;
    Ok(rows.into_iter().map(|row| (row.order_id, row)).collect())
}

/// What is looked at of orders whose cars are handed over.
struct Facts {
    /// When the car was invoiced.
    invoiced_at: HashMap<OrderId, Option<DateTime<Utc>>>,
    /// What its invoice is about, fen: the car with its options, less the brand's discount (domain.md 3.3).
    invoiced: HashMap<OrderId, i64>,
    /// What the customer had of it before.
    owned: HashMap<OrderId, owned_vehicle::Model>,
}

impl Facts {
    async fn of(conn: &impl ConnectionTrait, orders: &[OrderId]) -> Result<Self, DbErr> {
        let backend = conn.get_database_backend();
        let all = || orders.iter().copied();
        let reached: Vec<(OrderId, Option<DateTime<Utc>>)> = milestone::Entity::find()
            .select_only()
            .columns([milestone::Column::OrderId, milestone::Column::ActualAt])
            .filter(among(backend, milestone::Column::OrderId, all()))
            .filter(milestone::Column::Code.eq(MilestoneCode::Invoiced))
            .filter(milestone::Column::State.eq(MilestoneState::Done))
            .into_tuple()
            .all(conn)
            .await?;
        let lines: Vec<(OrderId, i64)> = price_line::Entity::find()
            .select_only()
            .columns([price_line::Column::OrderId, price_line::Column::AmountMinor])
            .filter(among(backend, price_line::Column::OrderId, all()))
            .filter(price_line::Column::Kind.is_in([
                PriceLineKind::Msrp,
                PriceLineKind::Option,
                PriceLineKind::Discount,
            ]))
            .into_tuple()
            .all(conn)
            .await?;
        let mut invoiced: HashMap<OrderId, i64> = HashMap::new();
        for (order, amount) in lines {
            *invoiced.entry(order).or_default() += amount;
        }
        Ok(Self { invoiced_at: reached.into_iter().collect(), invoiced, owned: owned(conn, all()).await? })
    }
}
