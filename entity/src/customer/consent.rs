//! A consent given, and perhaps withdrawn (C017; PIPL 14-16, 23, 29).

use sea_orm::entity::prelude::*;

use crate::ids::{ConsentId, CustomerId, LeadId};
use crate::vocabulary::{Channel, ConsentPurpose};

/// A consent given, and perhaps withdrawn (C017; PIPL 14-16, 23, 29).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsentId,
    pub customer_id: Option<CustomerId>,
    /// For an anonymous lead.
    pub lead_id: Option<LeadId>,
    pub purpose: ConsentPurpose,
    pub document_version: String,
    pub channel: Channel,
    pub granted_at: DateTimeUtc,
    pub withdrawn_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
