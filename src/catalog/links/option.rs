//! Option groups, options and rules. They are as visible as their model.

use std::collections::HashMap;

use entity::catalog::{model, option, option_group, option_rule, trim};
use entity::{OptionGroupId, OptionId, TrimId, VehicleModelId};
use sea_orm::sea_query::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QueryTrait};

use crate::access::Viewer;
use crate::catalog::policy;
use crate::catalog::types::{CarOption, OptionGroup, OptionRule};
use crate::graph::link::{Relation, group, one};
use crate::graph::{Call, Result};
use crate::store::rows::{ByPlace, among};

/// Ids of the models that the viewer may see.
fn visible_models(viewer: &Viewer) -> SelectStatement {
    Query::select()
        .column((model::Entity, model::Column::Id))
        .from(model::Entity)
        .cond_where(policy::models(viewer).or_nothing())
        .to_owned()
}

/// Groups of the models that the viewer may see.
fn visible_groups(viewer: &Viewer) -> SelectStatement {
    Query::select()
        .column((option_group::Entity, option_group::Column::Id))
        .from(option_group::Entity)
        .and_where(option_group::Column::ModelId.in_subquery(visible_models(viewer)))
        .to_owned()
}

one! {
    /// Option groups by id.
    OptionGroupById: OptionGroupId => option_group.Id as OptionGroup,
        |call| Condition::all().add(option_group::Column::ModelId.in_subquery(visible_models(&call.viewer))),
        |_call, row| Some(OptionGroup(row));
}

one! {
    /// Options by id.
    OptionById: OptionId => option.Id as CarOption,
        |call| Condition::all().add(option::Column::GroupId.in_subquery(visible_groups(&call.viewer))),
        |_call, row| Some(CarOption(row));
}

/// Option groups by model, in order.
pub struct OptionGroupsOfModel;

impl Relation for OptionGroupsOfModel {
    type Key = VehicleModelId;
    type Found = Vec<OptionGroup>;

    async fn fetch(call: &Call, keys: &[VehicleModelId]) -> Result<HashMap<VehicleModelId, Self::Found>> {
        let rows = option_group::Entity::find()
            .filter(among(call.app.db.backend(), option_group::Column::ModelId, keys.iter().copied()))
            .order_by_asc(option_group::Column::Position)
            .order_by_asc(option_group::Column::Code)
            .by_place(call.db())
            .await?;
        Ok(group(rows.into_iter().map(OptionGroup), |group| group.0.model_id))
    }
}

/// Rules by model, by code.
pub struct OptionRulesOfModel;

impl Relation for OptionRulesOfModel {
    type Key = VehicleModelId;
    type Found = Vec<OptionRule>;

    async fn fetch(call: &Call, keys: &[VehicleModelId]) -> Result<HashMap<VehicleModelId, Self::Found>> {
        let rows = option_rule::Entity::find()
            .filter(among(call.app.db.backend(), option_rule::Column::ModelId, keys.iter().copied()))
            .order_by_asc(option_rule::Column::Code)
            .by_place(call.db())
            .await?;
        Ok(group(rows.into_iter().map(OptionRule), |rule| rule.0.model_id))
    }
}

/// Options by group, in order.
pub struct OptionsOfGroup;

impl Relation for OptionsOfGroup {
    type Key = OptionGroupId;
    type Found = Vec<CarOption>;

    async fn fetch(call: &Call, keys: &[OptionGroupId]) -> Result<HashMap<OptionGroupId, Self::Found>> {
        let rows = option::Entity::find()
            .filter(among(call.app.db.backend(), option::Column::GroupId, keys.iter().copied()))
            .order_by_asc(option::Column::Position)
            .order_by_asc(option::Column::Code)
            .by_place(call.db())
            .await?;
        Ok(group(rows.into_iter().map(CarOption), |option| option.0.group_id))
    }
}

/// All options of a trim's model, in order of groups; what the codes of a configuration are looked up in.
pub struct OptionsOfTrim;

impl Relation for OptionsOfTrim {
    type Key = TrimId;
    type Found = Vec<CarOption>;

    async fn fetch(call: &Call, keys: &[TrimId]) -> Result<HashMap<TrimId, Self::Found>> {
        let mut select = option::Entity::find()
            .order_by_asc(option_group::Column::Position)
            .order_by_asc(option_group::Column::Code)
            .order_by_asc(option::Column::Position)
            .order_by_asc(option::Column::Code)
            .into_query();
        select
            .expr_as(Expr::col((trim::Entity, trim::Column::Id)), "of_trim")
            .inner_join(
                option_group::Entity,
                Expr::col((option_group::Entity, option_group::Column::Id))
                    .equals((option::Entity, option::Column::GroupId)),
            )
            .inner_join(
                trim::Entity,
                Expr::col((trim::Entity, trim::Column::ModelId))
                    .equals((option_group::Entity, option_group::Column::ModelId)),
            )
            .and_where(among(call.app.db.backend(), trim::Column::Id, keys.iter().copied()));
        let rows = call.db().query_all(&select).await?;
        let found = rows.iter().map(|row| {
            Ok((row.try_get::<TrimId>("", "of_trim")?, CarOption(option::Model::from_query_result(row, "")?)))
        });
        let groups = group(found.collect::<Result<Vec<_>, DbErr>>()?, |(trim, _)| *trim);
        Ok(groups
            .into_iter()
            .map(|(trim, options)| (trim, options.into_iter().map(|(_, option)| option).collect()))
            .collect())
    }
}
