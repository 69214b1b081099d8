//! By which templates new orders are given their milestones.

use entity::order::milestone_template;
use entity::{FulfillmentMode, PolicyStatus};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::super::rules::template::{Pattern, in_force, pattern};

/// The pattern for a new order, as operators have published it, or as it is built in.
///
/// # Errors
/// When the store fails.
pub async fn pattern_for(
    conn: &impl ConnectionTrait,
    mode: FulfillmentMode,
    city_code: &str,
) -> Result<Pattern, DbErr> {
    use milestone_template::Column;
    let here = Condition::any().add(Column::CityCode.is_null()).add(Column::CityCode.eq(city_code));
    let found = milestone_template::Entity::find()
        .filter(Column::Status.eq(PolicyStatus::Published))
        .filter(Column::FulfillmentMode.eq(mode))
        .filter(here)
        .all(conn)
        .await?;
    Ok(pattern(in_force(&found, mode, city_code)))
}

/// All templates in force.
///
/// # Errors
/// When the store fails.
pub async fn published_templates(conn: &impl ConnectionTrait) -> Result<Vec<milestone_template::Model>, DbErr> {
    let published = milestone_template::Column::Status.eq(PolicyStatus::Published);
    milestone_template::Entity::find().filter(published).all(conn).await
}
