//! `consentGrant` (C017).

use async_graphql::{Context, SimpleObject};
use entity::customer::consent;
use entity::{ConsentId, ConsentPurpose, CustomerId, EventKind};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::ConsentGrantInput;
use super::super::links::ConsentById;
use super::super::lock;
use super::super::rules::consent::{self as rules, Grant};
use super::super::types::Consent;
use crate::graph::write::{Key, write_on};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::store::rows::ByPlace;
use crate::values::text;

/// What came of it.
#[derive(SimpleObject)]
pub struct ConsentGrantPayload {
    /// The consent in force.
    pub consent: Option<Consent>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    consent: ConsentId,
    /// The row as it was written; read again when an earlier outcome comes back.
    #[serde(skip)]
    written: Option<consent::Model>,
}

/// Most characters of a document's version.
const MAX_DOCUMENT_VERSION: u32 = 40;

pub async fn run(ctx: &Context<'_>, input: ConsentGrantInput) -> Result<ConsentGrantPayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write_on(ctx, key, lock::version(customer), move |tx, call, version| {
        Box::pin(grant(tx, call, (customer, version), input))
    });
    let (consent, user_errors) = match written.await? {
        Ok(Outcome { written: Some(row), .. }) => (Some(Consent(row)), Vec::new()),
        Ok(Outcome { consent, .. }) => (call.link::<ConsentById>().one(consent).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(ConsentGrantPayload { consent, user_errors })
}

async fn grant(
    tx: &mut Tx,
    call: &Call,
    (customer, version): (CustomerId, Option<i32>),
    input: ConsentGrantInput,
) -> Result<Outcome, Refusal> {
    let version = super::there(version)?;
    let document_version = text::line(&input.document_version, MAX_DOCUMENT_VERSION)
        .map_err(|invalid| UserError::refused(call, "documentVersion", invalid))?;
    let rows = in_force(tx, customer, input.purpose).await?;
    match rules::grant(&super::given(&rows), input.purpose, &document_version) {
        Grant::Already(consent) => return Ok(Outcome { consent, written: None }),
        Grant::Replace(_) => super::close(tx, customer, input.purpose),
        Grant::Insert => {}
    }
    let row = consent::Model {
        id: ConsentId::generate(),
        customer_id: Some(customer),
        lead_id: None,
        purpose: input.purpose,
        document_version,
        channel: input.channel,
        granted_at: tx.now(),
        withdrawn_at: None,
    };
    tx.emit(events::consent_changed(EventKind::ConsentGranted, (customer, version), &row));
    tx.insert([consent::ActiveModel::from(row.clone())]);
    Ok(Outcome { consent: row.id, written: Some(row) })
}

/// What the customer has agreed to for the purpose and not withdrawn; of the customer's history no more is asked.
async fn in_force(tx: &Tx, customer: CustomerId, purpose: ConsentPurpose) -> Result<Vec<consent::Model>> {
    let rows = consent::Entity::find()
        .filter(consent::Column::CustomerId.eq(customer))
        .filter(consent::Column::Purpose.eq(purpose))
        .filter(consent::Column::WithdrawnAt.is_null());
    Ok(rows.by_place(tx.conn()).await?)
}
