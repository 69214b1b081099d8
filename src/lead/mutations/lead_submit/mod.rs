//! `leadSubmit` (C018): anybody leaves a number.
//!
//! What a stranger learns: nothing. The answer, its errors included, hangs on the input alone and not on whether the
//! number, a lead or a customer was there before (guarantees 5.2). Hence the reference is that of this form, new each
//! time, and not the lead's number, which would come back for a number that is known; hence also only a signed-in
//! customer's own number is linked to what they said before.

mod check;
mod join;
mod open;

use async_graphql::{Context, ID, SimpleObject};
use entity::customer::customer;
use entity::lead::{dedupe, touchpoint};
use entity::{Blind, LeadId, LeadTouchpointId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::consents::Voice;
use super::super::inputs::LeadSubmitInput;
use super::super::record;
use super::super::rules::dedupe::{Known, Submit, decide};
use super::super::types::Lead;
use super::reread;
use crate::access::ViewerKind;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::store::vault::Personal;
use crate::values::phone::Phone;
use check::{Form, Read};

/// What came of it.
#[derive(SimpleObject)]
pub struct LeadSubmitPayload {
    /// Proof that the form arrived.
    pub receipt: Option<LeadReceipt>,
    /// The lead, for callers who may see it: staff of its store, operators, and the customer whose own number it is.
    /// Always null without a login.
    pub lead: Option<Lead>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// Proof that a form arrived. Says nothing about whether the number was known.
#[derive(SimpleObject)]
pub struct LeadReceipt {
    /// Reference of this form, as in `tpt_01J…`, to be named when asking about it. New for each form.
    pub reference: ID,
    /// Whether the form was taken.
    pub accepted: bool,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    lead: LeadId,
    touchpoint: LeadTouchpointId,
}

pub async fn run(ctx: &Context<'_>, input: LeadSubmitInput) -> Result<LeadSubmitPayload> {
    let call = ctx.call();
    let read = Read::of(call, &input);
    if read.has_errors() {
        // Refused in any case: looked up without the writer being held, to name all errors at once.
        return Ok(match read.look_up(call.db(), call).await? {
            Ok(_) => LeadSubmitPayload { receipt: None, lead: None, user_errors: Vec::new() },
            Err(user_errors) => LeadSubmitPayload { receipt: None, lead: None, user_errors },
        });
    }
    let key = key(ctx, call, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(submit(tx, call, read))).await?;
    Ok(match written {
        Ok(outcome) => LeadSubmitPayload {
            receipt: Some(LeadReceipt { reference: ID(outcome.touchpoint.to_string()), accepted: true }),
            lead: reread(ctx, outcome.lead).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => LeadSubmitPayload { receipt: None, lead: None, user_errors },
    })
}

/// Callers without a name of their own are parted by the number they give: two strangers who happen on one key do
/// not meet, and who knows key, number and all the rest of the input has sent it.
fn key(ctx: &Context<'_>, call: &Call, input: &LeadSubmitInput) -> Key {
    let key = Key::new(ctx, &input.idempotency_key, input);
    match call.viewer.kind {
        ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::Operator(_) => key,
        ViewerKind::Anonymous | ViewerKind::System(_) => {
            let phone = Phone::parse(&input.phone.0).map_or_else(|_| input.phone.0.clone(), |p| p.e164().to_owned());
            let hash = call.app.vault.blind(Personal::Phone, &phone);
            key.scoped(hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    }
}

/// A form that a platform passes on, by the same rules.
///
/// # Errors
/// What is wrong with it, or when the store fails; nothing is written then.
pub(in crate::lead) async fn pass_on(tx: &mut Tx, call: &Call, input: LeadSubmitInput) -> Result<(), Refusal> {
    submit(tx, call, Read::of(call, &input)).await.map(drop)
}

async fn submit(tx: &mut Tx, call: &Call, read: Read) -> Result<Outcome, Refusal> {
    let form = read.look_up(tx.conn(), call).await??;
    let phone_hash = call.app.vault.blind(Personal::Phone, form.phone.e164());
    let owner = customer_of(tx, &phone_hash).await?;
    let voice = match &owner {
        Some(owner) if call.viewer.customer() == Some(owner.id) => Voice::Customer(owner),
        _ => Voice::Form,
    };
    let customer_id = owner.as_ref().map(|owner| owner.id);

    let fresh = LeadId::generate();
    let held = hold(tx, &phone_hash, &form, fresh).await?;
    let now = tx.now();
    if held.lead_id == fresh {
        return open::open(tx, call, fresh, form, phone_hash, customer_id, voice).await;
    }
    let before = record::lock_any(tx, held.lead_id).await?;
    let known = Known { lead_id: held.lead_id, stage: before.stage, window_until: held.window_until };
    match decide(Some(known), now) {
        Submit::Join { reopen, .. } => join::join(tx, call, before, form, customer_id, voice, reopen).await,
        Submit::Open { window_until } => {
            let next =
                dedupe::ActiveModel { lead_id: Set(fresh), window_until: Set(window_until), ..Default::default() };
            let held = dedupe::Entity::update_many()
                .set(next)
                .filter(dedupe::Column::PhoneHash.eq(phone_hash.clone()))
                .filter(dedupe::Column::ModelId.eq(form.model_id));
            tx.put_one(held);
            open::open(tx, call, fresh, form, phone_hash, customer_id, voice).await
        }
    }
}

/// Takes the row of this number and model, making it when there is none, and keeps it locked until the commit: all
/// submits of the same pass here one by one.
async fn hold(tx: &Tx, phone_hash: &Blind, form: &Form, fresh: LeadId) -> Result<dedupe::Model, DbErr> {
    let window_until = match decide(None, tx.now()) {
        Submit::Open { window_until } => window_until,
        Submit::Join { .. } => tx.now(),
    };
    let row = dedupe::ActiveModel {
        phone_hash: Set(phone_hash.clone()),
        model_id: Set(form.model_id),
        lead_id: Set(fresh),
        window_until: Set(window_until),
    };
    dedupe::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([dedupe::Column::PhoneHash, dedupe::Column::ModelId])
                .value(dedupe::Column::LeadId, Expr::col((dedupe::Entity, dedupe::Column::LeadId)))
                .to_owned(),
        )
        .exec_with_returning(tx.conn())
        .await
}

async fn customer_of(tx: &Tx, phone_hash: &Blind) -> Result<Option<customer::Model>, DbErr> {
    customer::Entity::find().filter(customer::Column::PhoneHash.eq(phone_hash.clone())).one(tx.conn()).await
}

/// Notes the form on its lead.
fn touch(tx: &mut Tx, lead: LeadId, form: &Form) -> LeadTouchpointId {
    let id = LeadTouchpointId::generate();
    let row = touchpoint::ActiveModel {
        id: Set(id),
        lead_id: Set(lead),
        channel: Set(form.channel),
        touchpoint: Set(form.touchpoint.clone()),
        campaign: Set(form.campaign.clone()),
        occurred_at: Set(tx.now()),
    };
    tx.insert([row]);
    id
}
