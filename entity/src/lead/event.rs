//! Immutable history of a lead (C021).

use sea_orm::entity::prelude::*;

use crate::ids::{LeadEventId, LeadId};
use crate::vocabulary::{LeadEventKind, LeadStage};

/// Immutable history of a lead (C021).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "lead_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LeadEventId,
    pub lead_id: LeadId,
    pub kind: LeadEventKind,
    pub from_stage: Option<LeadStage>,
    pub to_stage: Option<LeadStage>,
    /// Subject of the token, or `anonymous`.
    pub actor: String,
    pub note: Option<String>,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
