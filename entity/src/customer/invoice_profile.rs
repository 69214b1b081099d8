//! To whom invoices are made out, as a customer keeps it (C073).

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, InvoiceProfileId};
use crate::values::Sealed;
use crate::vocabulary::InvoiceTitleType;

/// To whom invoices are made out, as a customer keeps it (C073).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "invoice_profile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceProfileId,
    pub customer_id: CustomerId,
    pub title_type: InvoiceTitleType,
    /// Name, tax id, address, phone and bank; JSON, sealed.
    pub title: Sealed,
    /// The one that is taken when none is named; one of a customer's is.
    pub is_default: bool,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
