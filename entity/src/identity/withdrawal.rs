//! Tokens that no longer count: those of one person up to a moment.

use sea_orm::entity::prelude::*;

/// Tokens that no longer count: those of one person up to a moment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "token_withdrawal")]
pub struct Model {
    /// As the tokens' `sub`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Tokens made in this second or earlier do not count.
    pub up_to: DateTimeUtc,
    pub reason: String,
    /// The operator.
    pub actor: String,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
