//! A contract of an order (C071, C072; domain.md 3.2).

use sea_orm::entity::prelude::*;

use crate::ids::{ContractId, ContractTemplateId, OrderId};
use crate::values::Sealed;
use crate::vocabulary::ContractState;

/// A contract of an order (C071, C072; domain.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "contract")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContractId,
    pub order_id: OrderId,
    /// Unique.
    pub number: String,
    /// Of the order's contracts, from one; a later one stands in for those before.
    pub contract_version: i32,
    pub template_id: ContractTemplateId,
    pub state: ContractState,
    /// The order as it was when the contract was drawn up, with what was chosen; JSON, sealed, since it names the buyer.
    pub snapshot: Sealed,
    /// SHA-256 of the document's text, hexadecimal.
    pub document_hash: String,
    /// The provider's number.
    pub provider_reference: Option<String>,
    /// Where the customer signs.
    pub signing_url: Option<String>,
    /// Until when it can be signed.
    pub expires_at: Option<DateTimeUtc>,
    /// Why it ended, in the words of whoever ended it.
    pub end_reason: Option<String>,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    /// When all had signed.
    pub signed_at: Option<DateTimeUtc>,
    /// When it came to an end otherwise.
    pub ended_at: Option<DateTimeUtc>,
    /// When the provider came to what it last said, by its own clock; what it says of before is old.
    pub state_at: Option<DateTimeUtc>,
    /// When the provider was last asked about it; with a draft, that it was to be handed over: the provider may have it.
    pub checked_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
