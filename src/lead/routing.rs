//! Which store a lead is offered to: the candidates that `rules::assign` chooses from.

use std::collections::HashMap;

use entity::lead::lead;
use entity::place::{city, store, store_service};
use entity::{LeadStage, StoreId, StoreService};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::rules::assign::{self, Candidate, Wish};
use super::rules::stage;
use crate::values::city_code::CityCode;
use crate::values::geo::Point;

/// Stores that sell.
pub fn selling() -> Condition {
    let sells = Query::select()
        .column(store_service::Column::StoreId)
        .from(store_service::Entity)
        .and_where(store_service::Column::Service.eq(StoreService::Sales))
        .to_owned();
    Condition::all().add(store::Column::Id.in_subquery(sells))
}

/// The store for a lead of this city; none when no store may have it. Looks in the city first, beyond it only when
/// nothing is found there, which the rule's order allows.
pub async fn find(
    conn: &impl ConnectionTrait,
    city: &city::Model,
    preferred: Option<StoreId>,
    shares_with_dealer: bool,
) -> Result<Option<store::Model>, DbErr> {
    let (Ok(code), Ok(from)) = (CityCode::parse(&city.code), Point::new(city.latitude, city.longitude)) else {
        return Ok(None);
    };
    let wish = Wish { city: code, from, preferred, shares_with_dealer };
    let mut here = Condition::any().add(store::Column::CityCode.eq(&city.code));
    if let Some(id) = preferred {
        here = here.add(store::Column::Id.eq(id));
    }
    if let Some(found) = best(conn, here, &wish).await? {
        return Ok(Some(found));
    }
    best(conn, Condition::all().add(store::Column::CityCode.ne(&city.code)), &wish).await
}

async fn best(conn: &impl ConnectionTrait, which: Condition, wish: &Wish) -> Result<Option<store::Model>, DbErr> {
    let stores = store::Entity::find().filter(selling()).filter(which).all(conn).await?;
    if stores.is_empty() {
        return Ok(None);
    }
    let load: HashMap<StoreId, i64> = lead::Entity::find()
        .select_only()
        .column(lead::Column::StoreId)
        .column_as(lead::Column::Id.count(), "open_leads")
        .filter(lead::Column::StoreId.is_in(stores.iter().map(|store| store.id)))
        .filter(lead::Column::Stage.is_in(open_stages()))
        .group_by(lead::Column::StoreId)
        .into_tuple::<(StoreId, i64)>()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let candidates: Vec<Candidate> = stores
        .iter()
        .filter_map(|store| {
            Some(Candidate {
                store_id: store.id,
                sales_model: store.sales_model,
                city: CityCode::parse(&store.city_code).ok()?,
                location: Point::new(store.latitude, store.longitude).ok()?,
                open_leads: load.get(&store.id).map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX)),
            })
        })
        .collect();
    let chosen = assign::route(&candidates, wish).ok();
    Ok(stores.into_iter().find(|store| Some(store.id) == chosen))
}

fn open_stages() -> impl Iterator<Item = LeadStage> {
    LeadStage::ALL.iter().copied().filter(|stage| stage::is_open(*stage))
}
