//! An event that came in, and what became of it (guarantees 7.1). Unique by source and reference.

use sea_orm::entity::prelude::*;

use crate::ids::{InboundEventId, UpstreamSystemId};
use crate::values::{Codes, Sealed};
use crate::vocabulary::{InboundCode, InboundState};

/// An event that came in, and what became of it (guarantees 7.1). Unique by source and reference.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "inbound_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InboundEventId,
    /// The event's `source`.
    pub source: String,
    /// The event's `id`.
    pub reference: String,
    /// Who sent it; none when it was imported.
    pub system_id: Option<UpstreamSystemId>,
    /// The event's `type`.
    pub kind: String,
    /// What it is about, as in `order/YC2611240001`; none when its data could not be read.
    pub subject: Option<String>,
    pub sequence: Option<i64>,
    pub occurred_at: Option<DateTimeUtc>,
    /// SHA-256 of its content.
    pub hash: Vec<u8>,
    pub state: InboundState,
    pub code: Option<InboundCode>,
    /// Key of the text that says why.
    pub text_key: Option<String>,
    /// What the text speaks of; codes and numbers, nothing personal.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub text_args: Option<Json>,
    /// The value at fault, a path from `data` on.
    pub field: Option<String>,
    /// What was filled in besides.
    pub implied: Codes,
    /// The subject that it waits for.
    pub waits_for: Option<String>,
    /// The event as it came, sealed; while it may be tried again.
    pub body: Option<Sealed>,
    pub attempts: i32,
    pub received_at: DateTimeUtc,
    pub settled_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
