//! One submit of a lead form (C001, C021).

use sea_orm::entity::prelude::*;

use crate::ids::{LeadId, LeadTouchpointId};
use crate::vocabulary::Channel;

/// One submit of a lead form (C001, C021).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "lead_touchpoint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LeadTouchpointId,
    pub lead_id: LeadId,
    pub channel: Channel,
    /// Code of the form or page.
    pub touchpoint: String,
    /// utm_campaign.
    pub campaign: Option<String>,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
