//! Trims, and from a trim to its price.

use std::collections::HashMap;

use entity::TrimId;
use entity::catalog::{price_entry, trim};
use sea_orm::sea_query::Condition;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::policy;
use crate::catalog::store::{self, PriceInForce};
use crate::catalog::types::Trim;
use crate::graph::answer::Selected;
use crate::graph::link::Relation;
use crate::graph::relation::one;
use crate::graph::{Call, Result};
use crate::store::rows::among;

one! {
    /// Trims by id.
    TrimById: TrimId => trim.Id as Trim,
        |call| policy::trims(&call.viewer).or_nothing(),
        |_call, row| Some(Trim(row));
}

one! {
    /// Trims by id, reached through an order that the viewer may see: it opens them, as [`policy::trims`] says.
    TrimOfOrder: TrimId => trim.Id as Trim,
        |_call| Condition::all(),
        |_call, row| Some(Trim(row));
}

/// The price of a trim in the book that is in force at the call's moment.
pub struct PriceOfTrim;

impl Relation for PriceOfTrim {
    type Key = TrimId;
    type Found = Option<PriceInForce>;

    async fn fetch(call: &Call, keys: &[TrimId], _selected: Option<&Selected>) -> Result<HashMap<TrimId, Self::Found>> {
        let mut select = store::prices_in_force(call.now);
        select.and_where(among(call.app.db.backend(), price_entry::Column::TrimId, keys.iter().copied()));
        let rows = call.db().query_all(&select).await?;
        let found = rows.iter().map(|row| {
            let price = PriceInForce::from_query_result(row, "")?;
            Ok((price.trim_id, Some(price)))
        });
        Ok(found.collect::<Result<_, DbErr>>()?)
    }
}
