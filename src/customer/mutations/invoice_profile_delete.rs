//! `invoiceProfileDelete` (C073). Invoices that were made out to it stay what they are.

use async_graphql::{Context, ID, SimpleObject};
use entity::customer::invoice_profile;
use entity::{CustomerId, InvoiceProfileId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::InvoiceProfileDeleteInput;
use super::super::links::CustomerById;
use super::super::lock;
use super::super::types::Customer;
use super::invoice_profile_save::profiles_of;
use crate::graph::answer::below;
use crate::graph::write::{Key, write_on};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct InvoiceProfileDeletePayload {
    /// The customer, with the profiles that are left.
    pub customer: Option<Customer>,
    /// Id of the one that is gone; null when nothing was deleted.
    pub deleted_id: Option<ID>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    profile: InvoiceProfileId,
}

pub async fn run(ctx: &Context<'_>, input: InvoiceProfileDeleteInput) -> Result<InvoiceProfileDeletePayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write_on(ctx, key, lock::version(customer), move |tx, call, version| {
        Box::pin(delete(tx, call, (customer, version), input))
    });
    let deleted = match written.await? {
        Ok(Outcome { profile }) => profile,
        Err(user_errors) => {
            return Ok(InvoiceProfileDeletePayload { customer: None, deleted_id: None, user_errors });
        }
    };
    let customer = call.link::<CustomerById>().one(customer).await?;
    if let Some(customer) = &customer {
        below(ctx, call, "customer", customer).await?;
    }
    let deleted_id = Some(ID(deleted.to_string()));
    Ok(InvoiceProfileDeletePayload { customer, deleted_id, user_errors: Vec::new() })
}

async fn delete(
    tx: &mut Tx,
    call: &Call,
    (customer, version): (CustomerId, Option<i32>),
    input: InvoiceProfileDeleteInput,
) -> Result<Outcome, Refusal> {
    let version = super::there(version)?;
    let id: InvoiceProfileId = UserError::parse_id(call, "id", &input.id)?;
    // Read under the customer's lock, which whoever writes profiles holds.
    let all = profiles_of(tx, customer).await?;
    let known = all.iter().find(|row| row.id == id).ok_or_else(|| UserError::not_found(call, "id"))?;
    if input.expected_version != known.version {
        return Err(UserError::version(call, id, known.version).into());
    }
    tx.put_one(invoice_profile::Entity::delete_many().filter(invoice_profile::Column::Id.eq(id)));
    let next = all.iter().rev().find(|row| row.id != id).filter(|_| known.is_default);
    if let Some(next) = next {
        // Once the one before is gone.
        tx.flush().await?;
        let change = invoice_profile::ActiveModel { is_default: Set(true), ..Default::default() };
        tx.put_one(invoice_profile::Entity::update_many().set(change).filter(invoice_profile::Column::Id.eq(next.id)));
    }
    tx.emit(events::invoice_profiles_changed((customer, version)));
    Ok(Outcome { profile: id })
}
