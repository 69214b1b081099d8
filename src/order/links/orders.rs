//! Orders, and what a selection on them fetches ahead.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::OrderId;
use entity::order::order;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::policy;
use super::super::types::Order;
use super::{EventsOfOrder, MilestonesOfOrder, PaymentsOfOrder, PriceLinesOfOrder, RevisionsOfOrder};
use crate::catalog::{ConfigurationById, TrimById};
use crate::customer::CustomerById;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};
use crate::inventory::VehicleUnitById;
use crate::place::{CityByCode, StaffById, Store, StoreById};

/// Orders by id.
pub struct OrderById;

impl Relation for OrderById {
    type Key = OrderId;
    type Found = Option<Order>;

    async fn fetch(call: &Call, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Found>> {
        let rows = policy::find(&call.viewer, keys.iter().copied()).all(call.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Order(row)))).collect())
    }
}

/// Orders by their human number.
pub struct OrderByNumber;

impl Relation for OrderByNumber {
    type Key = String;
    type Found = Option<Order>;

    async fn fetch(call: &Call, keys: &[String]) -> Result<HashMap<String, Self::Found>> {
        let rows = order::Entity::find()
            .filter(order::Column::Number.is_in(keys))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.number.clone(), Some(Order(row)))).collect())
    }
}

impl Prefetch for Order {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            own(call, &look, &rows).await?;
            customers(call, &look, &rows).await?;
            places(call, &look, &rows).await?;
            cars(call, &look, &rows).await
        })
    }
}

/// What belongs to the orders.
async fn own(call: &Call, look: &Lookahead<'_>, rows: &[Order]) -> Result<()> {
    let ids = || rows.iter().map(|order| order.0.id);
    if look.field("milestones").exists() || needs_graph(look) {
        call.link::<MilestonesOfOrder>().many(ids()).await?;
    }
    if look.field("timeline").exists() {
        call.link::<EventsOfOrder>().many(ids()).await?;
    }
    if look.field("payments").exists() {
        call.link::<PaymentsOfOrder>().many(ids()).await?;
    }
    if look.field("priceBreakdown").exists() {
        call.link::<PriceLinesOfOrder>().many(ids()).await?;
    }
    if look.field("eta").field("revisions").exists() {
        call.link::<RevisionsOfOrder>().many(ids()).await?;
    }
    Ok(())
}

/// Whether a field is computed from the delivery graph, which depends on the delivery store too.
fn needs_graph(look: &Lookahead<'_>) -> bool {
    look.field("currentOwnerParty").exists() || look.field("eta").field("pausedBy").exists()
}

async fn customers(call: &Call, look: &Lookahead<'_>, rows: &[Order]) -> Result<()> {
    let customer = look.field("customer");
    if customer.exists() {
        let found = call.link::<CustomerById>().many(rows.iter().map(|order| order.0.customer_id)).await?;
        Prefetch::prefetch(call, customer, found.into_iter().flatten().collect()).await?;
    }
    if look.field("consultant").exists() {
        call.link::<StaffById>().many(rows.iter().filter_map(|order| order.0.consultant_id)).await?;
    }
    Ok(())
}

/// Both stores of all orders come in one statement, and so does what hangs on them, so that the number of statements
/// does not depend on whether the two differ.
async fn places(call: &Call, look: &Lookahead<'_>, rows: &[Order]) -> Result<()> {
    let (selling, delivering, city) = (look.field("store"), look.field("deliveryStore"), look.field("city"));
    let mut ids = Vec::new();
    if selling.exists() {
        ids.extend(rows.iter().map(|order| order.0.store_id));
    }
    if delivering.exists() || needs_graph(look) {
        ids.extend(rows.iter().map(|order| order.0.delivery_store_id));
    }
    let stores: Vec<Store> = call.link::<StoreById>().many(ids).await?.into_iter().flatten().collect();
    let mut cities = Vec::new();
    if city.exists() {
        cities.extend(rows.iter().map(|order| order.0.city_code.clone()));
    }
    if selling.field("city").exists() || delivering.field("city").exists() {
        cities.extend(stores.iter().map(|store| store.row.city_code.clone()));
    }
    call.link::<CityByCode>().many(cities).await?;
    for look in [selling, delivering].into_iter().filter(Lookahead::exists) {
        Prefetch::prefetch(call, look, stores.clone()).await?;
    }
    Ok(())
}

async fn cars(call: &Call, look: &Lookahead<'_>, rows: &[Order]) -> Result<()> {
    let trim = look.field("trim");
    if trim.exists() {
        let found = call.link::<TrimById>().many(rows.iter().map(|order| order.0.trim_id)).await?;
        Prefetch::prefetch(call, trim, found.into_iter().flatten().collect()).await?;
    }
    let configuration = look.field("configuration");
    if configuration.exists() {
        let found = call.link::<ConfigurationById>().many(rows.iter().map(|order| order.0.configuration_id)).await?;
        Prefetch::prefetch(call, configuration, found.into_iter().flatten().collect()).await?;
    }
    let vehicle = look.field("vehicle");
    if vehicle.exists() {
        let found = call.link::<VehicleUnitById>().many(rows.iter().filter_map(|order| order.0.vehicle_id)).await?;
        Prefetch::prefetch(call, vehicle, found.into_iter().flatten().collect()).await?;
    }
    Ok(())
}
