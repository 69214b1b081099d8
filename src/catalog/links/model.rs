//! Models, and from a model to its trims and its price.

use std::collections::HashMap;

use entity::VehicleModelId;
use entity::catalog::{model, price_entry, trim};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use crate::catalog::types::{Trim, VehicleModel};
use crate::catalog::{policy, store};
use crate::graph::answer::Selected;
use crate::graph::link::Relation;
use crate::graph::relation::{many, one};
use crate::graph::{Call, Result};
use crate::store::rows::among;

one! {
    /// Models by id.
    VehicleModelById: VehicleModelId => model.Id as VehicleModel,
        |call| policy::models(&call.viewer).or_nothing(),
        |_call, row| Some(VehicleModel(row));
}

one! {
    /// Models by the part of their page's address.
    VehicleModelBySlug: String => model.Slug as VehicleModel,
        |call| policy::models(&call.viewer).or_nothing(),
        |_call, row| Some(VehicleModel(row));
}

one! {
    /// Models by id, reached through a trim that the viewer may see: [`policy::trims`] shows none of a hidden model.
    ModelOfTrim: VehicleModelId => model.Id as VehicleModel,
        |_call| Condition::all(),
        |_call, row| Some(VehicleModel(row));
}

many! {
    /// Trims by model, in order.
    TrimsOfModel: VehicleModelId => trim.ModelId as Trim, by [Asc Position, Asc Code],
        |call| policy::trims(&call.viewer).or_nothing(), |_call, row| Some(Trim(row));
}

/// The lowest list price, in fen, among the trims of a model that are on sale.
pub struct StartingPriceOfModel;

impl Relation for StartingPriceOfModel {
    type Key = VehicleModelId;
    type Found = Option<i64>;

    async fn fetch(
        call: &Call,
        keys: &[VehicleModelId],
        _selected: Option<&Selected>,
    ) -> Result<HashMap<VehicleModelId, Self::Found>> {
        let mut select = store::prices_in_force(call.now);
        select
            .clear_selects()
            .column((trim::Entity, trim::Column::ModelId))
            .expr_as(Func::min(Expr::col((price_entry::Entity, price_entry::Column::MsrpMinor))), "starting_minor")
            .inner_join(
                trim::Entity,
                Expr::col((trim::Entity, trim::Column::Id)).equals((price_entry::Entity, price_entry::Column::TrimId)),
            )
            .and_where(among(call.app.db.backend(), trim::Column::ModelId, keys.iter().copied()))
            .and_where(trim::Column::OnSale.eq(true))
            .add_group_by([Expr::col((trim::Entity, trim::Column::ModelId))]);
        let rows = call.db().query_all(&select).await?;
        let found = rows.iter().map(|row| Ok((row.try_get("", "model_id")?, row.try_get("", "starting_minor")?)));
        Ok(found.collect::<Result<_, DbErr>>()?)
    }
}
