//! Option groups, options and rules. They are as visible as their model.

use std::collections::HashMap;

use entity::catalog::{model, option, option_group, option_rule, trim};
use entity::{OptionGroupId, OptionId, TrimId, VehicleModelId};
use sea_orm::sea_query::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryOrder, QueryTrait};

use crate::access::Viewer;
use crate::catalog::policy;
use crate::catalog::types::{CarOption, OptionGroup, OptionRule};
use crate::graph::answer::Selected;
use crate::graph::link::{Relation, group};
use crate::graph::relation::{many, one};
use crate::graph::{Call, Result};
use crate::store::rows::among;

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

many! {
    /// Option groups by model, in order.
    OptionGroupsOfModel: VehicleModelId => option_group.ModelId as OptionGroup, by [Asc Position, Asc Code],
        |_call| Condition::all(), |_call, row| Some(OptionGroup(row));

    /// Rules by model, by code.
    OptionRulesOfModel: VehicleModelId => option_rule.ModelId as OptionRule, by [Asc Code],
        |_call| Condition::all(), |_call, row| Some(OptionRule(row));

    /// Options by group, in order.
    OptionsOfGroup: OptionGroupId => option.GroupId as CarOption, by [Asc Position, Asc Code],
        |_call| Condition::all(), |_call, row| Some(CarOption(row));
}

/// All options of a trim's model, in order of groups; what the codes of a configuration are looked up in.
pub struct OptionsOfTrim;

impl Relation for OptionsOfTrim {
    type Key = TrimId;
    type Found = Vec<CarOption>;

    async fn fetch(call: &Call, keys: &[TrimId], _selected: Option<&Selected>) -> Result<HashMap<TrimId, Self::Found>> {
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
