//! A published change of the expected date (C085).

use sea_orm::entity::prelude::*;

use crate::ids::{EtaRevisionId, OrderId};
use crate::vocabulary::{EtaConfidence, EtaReason};

/// A published change of the expected date (C085).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "eta_revision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EtaRevisionId,
    pub order_id: OrderId,
    pub earliest: Date,
    pub likely: Date,
    pub latest: Date,
    pub confidence: EtaConfidence,
    pub reason: EtaReason,
    pub published_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
