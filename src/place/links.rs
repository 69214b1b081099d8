//! How places are found from other rows. Stores and cities are public; staff are found through what they work on.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::place::{city, staff, store, store_service};
use entity::{StaffId, StoreId, StoreService};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::types::{City, Staff, Store};
use crate::graph::link::{Prefetch, Relation, group};
use crate::graph::{Call, Result};

/// Cities by code.
pub struct CityByCode;

impl Relation for CityByCode {
    type Key = String;
    type Found = Option<City>;

    async fn fetch(call: &Call, keys: &[String]) -> Result<HashMap<String, Self::Found>> {
        let rows = city::Entity::find().filter(city::Column::Code.is_in(keys)).all(call.db()).await?;
        Ok(rows.into_iter().map(|row| (row.code.clone(), Some(City(row)))).collect())
    }
}

/// Stores by id.
pub struct StoreById;

impl Relation for StoreById {
    type Key = StoreId;
    type Found = Option<Store>;

    async fn fetch(call: &Call, keys: &[StoreId]) -> Result<HashMap<StoreId, Self::Found>> {
        let rows = store::Entity::find().filter(store::Column::Id.is_in(keys.iter().copied())).all(call.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(row.into()))).collect())
    }
}

/// Services by store.
pub struct ServicesOfStore;

impl Relation for ServicesOfStore {
    type Key = StoreId;
    type Found = Vec<StoreService>;

    async fn fetch(call: &Call, keys: &[StoreId]) -> Result<HashMap<StoreId, Self::Found>> {
        let rows = store_service::Entity::find()
            .filter(store_service::Column::StoreId.is_in(keys.iter().copied()))
            .order_by_asc(store_service::Column::Service)
            .all(call.db())
            .await?;
        let groups = group(rows, |row| row.store_id);
        Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map(|row| row.service).collect())).collect())
    }
}

/// Staff by id.
pub struct StaffById;

impl Relation for StaffById {
    type Key = StaffId;
    type Found = Option<Staff>;

    async fn fetch(call: &Call, keys: &[StaffId]) -> Result<HashMap<StaffId, Self::Found>> {
        let rows = staff::Entity::find().filter(staff::Column::Id.is_in(keys.iter().copied())).all(call.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Staff(row)))).collect())
    }
}

impl Prefetch for Store {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if look.field("services").exists() {
                call.link::<ServicesOfStore>().many(rows.iter().map(|s| s.row.id)).await?;
            }
            if look.field("city").exists() {
                call.link::<CityByCode>().many(rows.iter().map(|s| s.row.city_code.clone())).await?;
            }
            Ok(())
        })
    }
}
