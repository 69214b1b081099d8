//! `consentGrant` (C017).

use async_graphql::{Context, SimpleObject};
use entity::customer::consent;
use entity::{ConsentId, CustomerId, EventKind};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::ConsentGrantInput;
use super::super::links::ConsentsOfCustomer;
use super::super::rules::consent::{self as rules, Grant};
use super::super::types::Consent;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
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
    customer: CustomerId,
    consent: ConsentId,
}

/// Most characters of a document's version.
const MAX_DOCUMENT_VERSION: u32 = 40;

pub async fn run(ctx: &Context<'_>, input: ConsentGrantInput) -> Result<ConsentGrantPayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(grant(tx, call, customer, input))).await?;
    let (consent, user_errors) = match written {
        Ok(outcome) => {
            let consents = call.link::<ConsentsOfCustomer>().one(outcome.customer).await?;
            (consents.into_iter().find(|c| c.0.id == outcome.consent), Vec::new())
        }
        Err(errors) => (None, errors),
    };
    Ok(ConsentGrantPayload { consent, user_errors })
}

async fn grant(tx: &mut Tx, call: &Call, customer: CustomerId, input: ConsentGrantInput) -> Result<Outcome, Refusal> {
    let document_version = text::line(&input.document_version, MAX_DOCUMENT_VERSION)
        .map_err(|invalid| UserError::refused(call, "documentVersion", invalid))?;
    let owner = super::lock(tx, customer).await?;
    let rows = super::consents_of(tx, customer).await?;
    match rules::grant(&super::given(&rows), input.purpose, &document_version) {
        Grant::Already(consent) => return Ok(Outcome { customer, consent }),
        Grant::Replace(_) => super::close(tx, customer, input.purpose).await?,
        Grant::Insert => {}
    }
    let row = consent::ActiveModel {
        id: Set(ConsentId::generate()),
        customer_id: Set(Some(customer)),
        lead_id: Set(None),
        purpose: Set(input.purpose),
        document_version: Set(document_version),
        channel: Set(input.channel),
        granted_at: Set(tx.now()),
        withdrawn_at: Set(None),
    };
    let row = row.insert(tx.conn()).await?;
    tx.emit(events::consent_changed(EventKind::ConsentGranted, &owner, &row));
    Ok(Outcome { customer, consent: row.id })
}
