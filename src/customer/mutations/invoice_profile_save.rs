//! `invoiceProfileSave` (C073): to whom a customer's invoices are made out.

use async_graphql::{Context, MaybeUndefined, SimpleObject, types::Json};
use entity::customer::invoice_profile;
use entity::{CustomerId, InvoiceProfileId};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::InvoiceProfileSaveInput;
use super::super::links::InvoiceProfileById;
use super::super::lock;
use super::super::rules::invoice_title::{Title, read};
use super::super::titles;
use super::super::types::InvoiceProfile;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write_on};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// Most profiles of one customer.
const MAX_PROFILES: usize = 10;

/// What came of it.
#[derive(SimpleObject)]
pub struct InvoiceProfileSavePayload {
    /// The profile as it is now; null when nothing was written.
    pub profile: Option<InvoiceProfile>,
    /// What the user can put right; every field at fault.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    profile: InvoiceProfileId,
}

pub async fn run(ctx: &Context<'_>, input: InvoiceProfileSaveInput) -> Result<InvoiceProfileSavePayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    // The engine writes what was left out as null, which is another meaning here.
    let covered = Json((async_graphql::InputType::to_value(&input).to_string(), input.tax_id.is_undefined()));
    let key = Key::new(ctx, &input.idempotency_key, &covered);
    let written = write_on(ctx, key, lock::version(customer), move |tx, call, version| {
        Box::pin(save(tx, call, (customer, version), input))
    });
    Ok(match written.await? {
        Ok(Outcome { profile }) => {
            let profile = call.link::<InvoiceProfileById>().one(profile).await?;
            InvoiceProfileSavePayload { profile, user_errors: Vec::new() }
        }
        Err(user_errors) => InvoiceProfileSavePayload { profile: None, user_errors },
    })
}

async fn save(
    tx: &mut Tx,
    call: &Call,
    (customer, version): (CustomerId, Option<i32>),
    input: InvoiceProfileSaveInput,
) -> Result<Outcome, Refusal> {
    let version = super::there(version)?;
    // Read under the customer's lock, which whoever writes profiles holds.
    let all = profiles_of(tx, customer).await?;
    let known = match &input.id {
        Some(id) => {
            let id: InvoiceProfileId = UserError::parse_id(call, "id", id)?;
            let known = all.iter().find(|row| row.id == id);
            Some(known.ok_or_else(|| UserError::not_found(call, "id"))?)
        }
        None => None,
    };
    if let Some(known) = known {
        let Some(expected) = input.expected_version else {
            return Err(UserError::coded(call, UserErrorCode::Required, "expectedVersion", "required", &[]).into());
        };
        if expected != known.version {
            return Err(UserError::version(call, known.id, known.version).into());
        }
    } else if all.len() >= MAX_PROFILES {
        let (code, max) = (UserErrorCode::LimitReached, [("max", (MAX_PROFILES as i64).into())]);
        return Err(UserError::coded(call, code, "", "invoice-profiles-many", &max).into());
    }
    let tax_id = match (input.tax_id, known) {
        (MaybeUndefined::Undefined, Some(known)) => titles::open(&call.app.vault, &known.title)?.tax_id,
        (given, _) => given.take(),
    };
    let given = Title {
        title_type: input.title_type,
        name: input.name,
        tax_id,
        address: input.address,
        phone: input.phone,
        bank_name: input.bank_name,
        bank_account: input.bank_account,
    };
    let title = read(given).map_err(|broken| {
        let refused = broken.into_iter().map(|(field, invalid)| UserError::refused(call, field, invalid));
        refused.collect::<Vec<_>>()
    })?;
    let (now, was_default) = (tx.now(), known.is_some_and(|row| row.is_default));
    // One of them is the default, so the only way to have another is to name it.
    let is_default = was_default || input.is_default.unwrap_or(false) || all.is_empty();
    let row = invoice_profile::Model {
        id: known.map_or_else(InvoiceProfileId::generate, |row| row.id),
        customer_id: customer,
        title_type: title.title_type,
        title: titles::seal(&call.app.vault, &title),
        is_default,
        version: known.map_or(1, |row| row.version + 1),
        created_at: known.map_or(now, |row| row.created_at),
        updated_at: now,
    };
    if is_default && !was_default {
        let others = invoice_profile::Entity::update_many()
            .col_expr(invoice_profile::Column::IsDefault, false.into())
            .filter(invoice_profile::Column::CustomerId.eq(customer))
            .filter(invoice_profile::Column::IsDefault.eq(true));
        tx.put(others);
        // Before there is a second one.
        tx.flush().await?;
    }
    let profile = row.id;
    let row = row.into_active_model().reset_all();
    match known {
        Some(_) => {
            tx.put_one(invoice_profile::Entity::update_many().set(row).filter(invoice_profile::Column::Id.eq(profile)))
        }
        None => tx.insert([row]),
    }
    tx.emit(events::invoice_profiles_changed((customer, version)));
    Ok(Outcome { profile })
}

/// A customer's profiles, oldest first.
pub async fn profiles_of(tx: &Tx, customer: CustomerId) -> Result<Vec<invoice_profile::Model>, DbErr> {
    invoice_profile::Entity::find()
        .filter(invoice_profile::Column::CustomerId.eq(customer))
        .order_by_asc(invoice_profile::Column::CreatedAt)
        .order_by_asc(invoice_profile::Column::Id)
        .all(tx.conn())
        .await
}
