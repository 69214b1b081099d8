//! `consentGrant` (C017).

use async_graphql::{Context, SimpleObject};
use entity::customer::{consent, customer};
use entity::{ConsentId, CustomerId, EventKind};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::ConsentGrantInput;
use super::super::links::ConsentsOfCustomer;
use super::super::types::Consent;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::Tx;

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

const MAX_DOCUMENT_VERSION: usize = 40;

pub async fn run(ctx: &Context<'_>, input: ConsentGrantInput) -> Result<ConsentGrantPayload> {
    let call = ctx.call();
    let customer = call.viewer.customer().ok_or_else(|| call.viewer.refused())?;
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
    let document_version = input.document_version.trim();
    if document_version.is_empty() || document_version.chars().count() > MAX_DOCUMENT_VERSION {
        let max = [("max", (MAX_DOCUMENT_VERSION as i64).into())];
        return Err(UserError::invalid(call, "documentVersion", "length", &max).into());
    }
    let owner = customer::Entity::find_by_id(customer).one(tx.conn()).await?;
    let owner = owner.ok_or_else(|| Error::shown(crate::graph::Code::NotFound, "not-found"))?;
    let in_force = consent::Entity::find()
        .filter(consent::Column::CustomerId.eq(customer))
        .filter(consent::Column::Purpose.eq(input.purpose))
        .filter(consent::Column::DocumentVersion.eq(document_version))
        .filter(consent::Column::WithdrawnAt.is_null())
        .one(tx.conn())
        .await?;
    if let Some(consent) = in_force {
        return Ok(Outcome { customer, consent: consent.id });
    }
    let row = consent::ActiveModel {
        id: Set(ConsentId::generate()),
        customer_id: Set(Some(customer)),
        lead_id: Set(None),
        purpose: Set(input.purpose),
        document_version: Set(document_version.to_owned()),
        channel: Set(input.channel),
        granted_at: Set(tx.now()),
        withdrawn_at: Set(None),
    };
    let row = row.insert(tx.conn()).await?;
    tx.emit(events::consent_changed(EventKind::ConsentGranted, &owner, &row));
    Ok(Outcome { customer, consent: row.id })
}
