//! How places are found from other rows. Stores and cities are public; staff are found through what they work on.

use std::collections::HashMap;

use entity::place::{city, organization, staff, store, store_service};
use entity::{OrganizationId, StaffId, StoreId, StoreService};
use sea_orm::sea_query::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::types::{City, Organization, Staff, Store};
use crate::graph::answer::Selected;
use crate::graph::link::{Relation, group};
use crate::graph::relation::{many, one};
use crate::graph::{Call, Result};
use crate::store::rows::among;

one! {
    /// Cities by code.
    CityByCode: String => city.Code as City,
        |_call| Condition::all(),
        |_call, row| Some(City(row));
}

/// Number of stores by city code.
pub struct StoreCountOfCity;

impl Relation for StoreCountOfCity {
    type Key = String;
    type Found = i32;

    async fn fetch(call: &Call, keys: &[String], _selected: Option<&Selected>) -> Result<HashMap<String, Self::Found>> {
        let select = Query::select()
            .column(store::Column::CityCode)
            .expr_as(Func::count(Expr::col(store::Column::Id)), "stores")
            .from(store::Entity)
            .and_where(among(call.app.db.backend(), store::Column::CityCode, keys.iter().cloned()))
            .group_by_col(store::Column::CityCode)
            .to_owned();
        let rows = call.db().query_all(&select).await?;
        let found = rows.iter().map(|row| {
            let stores: i64 = row.try_get("", "stores")?;
            Ok((row.try_get("", "city_code")?, i32::try_from(stores).unwrap_or(i32::MAX)))
        });
        Ok(found.collect::<Result<_, DbErr>>()?)
    }
}

/// Services of a city's stores by city code.
pub struct ServicesOfCity;

impl Relation for ServicesOfCity {
    type Key = String;
    type Found = Vec<StoreService>;

    async fn fetch(call: &Call, keys: &[String], _selected: Option<&Selected>) -> Result<HashMap<String, Self::Found>> {
        let select = Query::select()
            .distinct()
            .column((store::Entity, store::Column::CityCode))
            .column((store_service::Entity, store_service::Column::Service))
            .from(store::Entity)
            .inner_join(
                store_service::Entity,
                Expr::col((store_service::Entity, store_service::Column::StoreId))
                    .equals((store::Entity, store::Column::Id)),
            )
            .and_where(among(call.app.db.backend(), store::Column::CityCode, keys.iter().cloned()))
            .to_owned();
        let rows = call.db().query_all(&select).await?;
        let found = rows.iter().map(|row| Ok((row.try_get("", "city_code")?, row.try_get("", "service")?)));
        let pairs = found.collect::<Result<Vec<(String, StoreService)>, DbErr>>()?;
        let groups = group(pairs, |(code, _)| code.clone());
        Ok(groups
            .into_iter()
            .map(|(code, pairs)| {
                let mut services: Vec<_> = pairs.into_iter().map(|(_, service)| service).collect();
                services.sort();
                (code, services)
            })
            .collect())
    }
}

one! {
    /// Stores by id.
    StoreById: StoreId => store.Id as Store,
        |_call| Condition::all(),
        |_call, row| Some(row.into());
}

many! {
    /// Services by store.
    ServicesOfStore: StoreId => store_service.StoreId as StoreService, by [Asc Service],
        |_call| Condition::all(), |_call, row| Some(row.service);
}

one! {
    /// Staff by id.
    StaffById: StaffId => staff.Id as Staff,
        |_call| Condition::all(),
        |_call, row| Some(Staff(row));
}

one! {
    /// Organisations by id; found through what they do.
    OrganizationById: OrganizationId => organization.Id as Organization,
        |_call| Condition::all(),
        |_call, row| Some(Organization(row));
}
