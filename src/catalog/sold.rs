//! What a customer may order: a configuration of theirs whose car is still sold. Works on the pool and inside a transaction
//! alike, for this room and for the order room.

use entity::catalog::{configuration, model, trim};
use entity::{ConfigurationId, CustomerId, TrimId};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

/// A configuration of a customer: their own, or one that was saved without signing in. Another's is as absent.
///
/// # Errors
/// When the store fails.
pub async fn own_configuration(
    conn: &impl ConnectionTrait,
    customer: CustomerId,
    id: ConfigurationId,
) -> Result<Option<configuration::Model>, DbErr> {
    let found = configuration::Entity::find_by_id(id).one(conn).await?;
    Ok(found.filter(|found| found.customer_id.is_none_or(|owner| owner == customer)))
}

/// A trim that is on sale, as its model is.
///
/// # Errors
/// When the store fails.
pub async fn sold_trim(conn: &impl ConnectionTrait, id: TrimId) -> Result<Option<trim::Model>, DbErr> {
    let Some(trim) = trim::Entity::find_by_id(id).one(conn).await?.filter(|trim| trim.on_sale) else {
        return Ok(None);
    };
    let model = model::Entity::find_by_id(trim.model_id).one(conn).await?;
    Ok(model.is_some_and(|model| model.on_sale).then_some(trim))
}
