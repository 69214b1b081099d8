//! Whom a dealer deals with: of others it may say nothing, else it would read their profiles through what it said.

use std::collections::{HashMap, HashSet};

use entity::customer::customer;
use entity::lead::lead;
use entity::order::order;
use entity::{CustomerId, StoreId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::ingest::Sender;
use crate::place::upstream::stores_by_id;
use crate::store::Tx;
use crate::store::rows::among;

/// Those of these customers who prefer a store of the sender, or have a lead or an order there.
///
/// # Errors
/// When the store fails.
pub async fn customers_of<'c>(
    tx: &Tx,
    sender: &Sender,
    customers: impl Iterator<Item = &'c customer::Model>,
) -> Result<HashSet<CustomerId>, DbErr> {
    let (conn, backend) = (tx.conn(), tx.conn().get_database_backend());
    let mut dealings: Vec<(CustomerId, StoreId)> = Vec::new();
    let mut ids = Vec::new();
    for row in customers {
        ids.push(row.id);
        dealings.extend(row.preferred_store_id.map(|store| (row.id, store)));
    }
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let leads: Vec<(Option<CustomerId>, Option<StoreId>)> = lead::Entity::find()
        .select_only()
        .columns([lead::Column::CustomerId, lead::Column::StoreId])
        .distinct()
        .filter(among(backend, lead::Column::CustomerId, ids.iter().copied()))
        .filter(lead::Column::StoreId.is_not_null())
        .into_tuple()
        .all(conn)
        .await?;
    dealings.extend(leads.into_iter().filter_map(|(customer, store)| customer.zip(store)));
    let orders: Vec<(CustomerId, StoreId)> = order::Entity::find()
        .select_only()
        .columns([order::Column::CustomerId, order::Column::StoreId])
        .distinct()
        .filter(among(backend, order::Column::CustomerId, ids))
        .into_tuple()
        .all(conn)
        .await?;
    dealings.extend(orders);
    let stores: HashMap<StoreId, _> = stores_by_id(tx, dealings.iter().map(|(_, store)| *store)).await?;
    let reached = |id: &StoreId| stores.get(id).is_some_and(|store| sender.reaches(store.organization_id));
    Ok(dealings.into_iter().filter(|(_, store)| reached(store)).map(|(customer, _)| customer).collect())
}
