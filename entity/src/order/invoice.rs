//! An invoice of an order (C074; domain.md 3.2).

use sea_orm::entity::prelude::*;

use crate::ids::{InvoiceId, OrderId, OrganizationId, VehicleUnitId};
use crate::values::Sealed;
use crate::vocabulary::{InvoiceCover, InvoiceState, InvoiceType};

/// An invoice of an order (C074; domain.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "invoice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceId,
    pub order_id: OrderId,
    pub kind: InvoiceType,
    pub covers: InvoiceCover,
    /// The car that it names.
    pub vehicle_id: Option<VehicleUnitId>,
    pub state: InvoiceState,
    /// Who sells by the sales model.
    pub issuer_id: OrganizationId,
    /// With value-added tax, fen.
    pub amount_minor: i64,
    /// The value-added tax in it, fen.
    pub tax_minor: i64,
    /// What it says: title, lines and sums as they were; JSON, sealed, since it names the buyer.
    pub snapshot: Sealed,
    /// SHA-256 of the snapshot, hexadecimal.
    pub document_hash: String,
    /// The tax office's number, unique; none until it is issued.
    pub number: Option<String>,
    /// The tax office's code, where there is one.
    pub code: Option<String>,
    /// Where it can be had.
    pub download_url: Option<String>,
    /// The provider's code of why it was not issued, or not made red yet.
    pub failure: Option<String>,
    /// The invoice that is made red before this one is asked for.
    pub red_of_id: Option<InvoiceId>,
    /// Why it is made red, in the words of whoever asked; none where the order's end asked for it.
    pub red_reason: Option<String>,
    /// The tax office's number of the red letter.
    pub red_number: Option<String>,
    pub requested_by: String,
    pub created_at: DateTimeUtc,
    pub issued_at: Option<DateTimeUtc>,
    pub red_requested_at: Option<DateTimeUtc>,
    pub red_issued_at: Option<DateTimeUtc>,
    /// When the provider was last asked; none while it is not to be asked.
    pub checked_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
