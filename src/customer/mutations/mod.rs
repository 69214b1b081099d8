//! What one may do in the customer room: a file for each mutation.

mod consent_grant;
mod consent_withdraw;
mod customer_profile_update;
mod invoice_profile_delete;
mod invoice_profile_save;

use async_graphql::{Context, Object};
use entity::customer::consent;
use entity::{ConsentPurpose, CustomerId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::inputs::{
    ConsentGrantInput, ConsentWithdrawInput, CustomerProfileUpdateInput, InvoiceProfileDeleteInput,
    InvoiceProfileSaveInput,
};
use super::rules::consent::Given;
use crate::graph::{Code, Error, Result};
use crate::store::Tx;

pub use consent_grant::ConsentGrantPayload;
pub use consent_withdraw::ConsentWithdrawPayload;
pub(super) use consent_withdraw::has_open_order;
pub use customer_profile_update::CustomerProfileUpdatePayload;
pub use invoice_profile_delete::InvoiceProfileDeletePayload;
pub use invoice_profile_save::InvoiceProfileSavePayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "CustomerMutations")]
impl Mutations {
    /// Agrees to a purpose for the signed-in customer; nobody agrees for another. A consent in force for the same
    /// text is kept as it is, one for another text is closed.
    async fn consent_grant(&self, ctx: &Context<'_>, input: ConsentGrantInput) -> Result<ConsentGrantPayload> {
        consent_grant::run(ctx, input).await
    }
    /// Withdraws a consent of the signed-in customer, as easily as it was given (PIPL 15). What is not in force
    /// stays so. `ACCOUNT` cannot be withdrawn while an order is under way: `NOT_ELIGIBLE`.
    async fn consent_withdraw(&self, ctx: &Context<'_>, input: ConsentWithdrawInput) -> Result<ConsentWithdrawPayload> {
        consent_withdraw::run(ctx, input).await
    }

    /// Changes the signed-in customer's profile (C008). All fields are checked before anything is written. The first
    /// time that nothing is missing earns the points of `PROFILE_COMPLETED`.
    async fn customer_profile_update(
        &self,
        ctx: &Context<'_>,
        input: CustomerProfileUpdateInput,
    ) -> Result<CustomerProfileUpdatePayload> {
        customer_profile_update::run(ctx, input).await
    }

    /// Keeps to whom the signed-in customer's invoices are made out, a new one or, with `id`, one that is there (C073). The first
    /// one is the default; there are at most ten.
    async fn invoice_profile_save(
        &self,
        ctx: &Context<'_>,
        input: InvoiceProfileSaveInput,
    ) -> Result<InvoiceProfileSavePayload> {
        invoice_profile_save::run(ctx, input).await
    }

    /// Deletes one of the signed-in customer's invoice profiles. Invoices that were made out to it stay what they are; where it was
    /// the default, the newest of the others is.
    async fn invoice_profile_delete(
        &self,
        ctx: &Context<'_>,
        input: InvoiceProfileDeleteInput,
    ) -> Result<InvoiceProfileDeletePayload> {
        invoice_profile_delete::run(ctx, input).await
    }
}

/// The locked row, or the error that there is none.
fn there<T>(row: Option<T>) -> Result<T> {
    row.ok_or_else(|| Error::shown(Code::NotFound, "not-found"))
}

/// All consents of a customer.
pub(super) async fn consents_of(tx: &Tx, customer: CustomerId) -> Result<Vec<consent::Model>> {
    Ok(consent::Entity::find().filter(consent::Column::CustomerId.eq(customer)).all(tx.conn()).await?)
}

/// As the rules see them.
pub(super) fn given(rows: &[consent::Model]) -> Vec<Given<'_>> {
    rows.iter()
        .map(|row| Given {
            id: row.id,
            purpose: row.purpose,
            document_version: &row.document_version,
            withdrawn: row.withdrawn_at.is_some(),
        })
        .collect()
}

/// Closes what is in force for a purpose. A lead may have brought a consent of its own, so there can be several.
pub(super) fn close(tx: &mut Tx, customer: CustomerId, purpose: ConsentPurpose) {
    let standing = consent::Entity::update_many()
        .col_expr(consent::Column::WithdrawnAt, Some(tx.now()).into())
        .filter(consent::Column::CustomerId.eq(customer))
        .filter(consent::Column::Purpose.eq(purpose))
        .filter(consent::Column::WithdrawnAt.is_null());
    tx.put(standing);
}
