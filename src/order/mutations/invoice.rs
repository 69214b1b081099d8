//! `invoiceReissue` and `invoiceRed` (C074): what one does with an invoice. As with `invoiceRequest`, what is wanted is written under
//! the key, and then the provider is asked.

use async_graphql::{Context, ID, SimpleObject};
use entity::order::{invoice, milestone};
use entity::{InvoiceCover, InvoiceId, InvoiceState, MilestoneCode, MilestoneState, OrderId};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::{InvoiceRedInput, InvoiceReissueInput};
use super::super::policy;
use super::super::rules::invoice::{INVOICE, InvoiceMove, move_invoice, stands};
use super::super::rules::milestone::descendants;
use super::super::store::{Revision, follow_invoice, invoice_paper, save_invoice, to_be_red};
use super::super::types::{Invoice, Order};
use super::invoice_request::{ask, begin, drawn_up, may_be_invoiced, provider_or_refuse, title_of};
use super::{InvoicedOrder, MAX_NOTE, bad_text, invoice_shown};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::machine;
use crate::values::text;

/// Most characters of a red letter's number.
const MAX_RED_NUMBER: u32 = 40;

/// What came of it.
#[derive(SimpleObject)]
pub struct InvoiceReissuePayload {
    /// The order.
    pub order: Option<Order>,
    /// The invoice that is asked for instead.
    pub invoice: Option<Invoice>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct InvoiceRedPayload {
    /// The order.
    pub order: Option<Order>,
    /// The invoice; `RED_ISSUED` once the provider has made it red.
    pub invoice: Option<Invoice>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What is kept under the key: the new invoice, and the one that the provider is asked about.
#[derive(Serialize, Deserialize)]
struct Reissued {
    order: OrderId,
    invoice: InvoiceId,
    asks: InvoiceId,
}

pub async fn reissue(ctx: &Context<'_>, input: InvoiceReissueInput) -> Result<InvoiceReissuePayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    provider_or_refuse(call)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(again(tx, call, input))).await?;
    if let Ok(outcome) = &written {
        ask(call, outcome.asks).await?;
    }
    let written = written.map(|Reissued { order, invoice, .. }| InvoicedOrder { order, invoice });
    let (order, invoice, user_errors) = invoice_shown(ctx, written).await?;
    Ok(InvoiceReissuePayload { order, invoice, user_errors })
}

pub async fn red(ctx: &Context<'_>, input: InvoiceRedInput) -> Result<InvoiceRedPayload> {
    let call = ctx.call();
    policy::decidable(&call.viewer).or_refuse(&call.viewer)?;
    if input.red_number.is_none() {
        provider_or_refuse(call)?;
    }
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(reverse(tx, call, input))).await?;
    if let Ok(outcome) = &written {
        ask(call, outcome.invoice).await?;
        // What waits for it goes on.
        call.app.ports.wake.all();
    }
    let (order, invoice, user_errors) = invoice_shown(ctx, written).await?;
    Ok(InvoiceRedPayload { order, invoice, user_errors })
}

/// The invoice, read under its order's lock.
async fn locked(tx: &Tx, call: &Call, rows: Condition, id: &ID) -> Result<(Revision, invoice::Model), Refusal> {
    let id: InvoiceId = UserError::parse_id(call, "invoiceId", id)?;
    let unknown = || UserError::not_found(call, "invoiceId");
    let order = invoice::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = invoice::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    Ok((revision, row))
}

/// Asks for another invoice in place of one that failed, or of one that is made red first.
async fn again(tx: &mut Tx, call: &Call, input: InvoiceReissueInput) -> Result<Reissued, Refusal> {
    let reason = input.reason.as_deref().map(|reason| text::note(reason, MAX_NOTE)).transpose();
    let reason = reason.map_err(|invalid| bad_text(call, "reason", invalid, MAX_NOTE))?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let (mut revision, row) = locked(tx, call, rows, &input.invoice_id).await?;
    let issued = row.state == InvoiceState::Issued;
    if !issued && row.state != InvoiceState::Failed {
        return Err(UserError::transition(call, row.state, "REISSUE", machine::allowed(INVOICE, row.state)).into());
    }
    let refused = |code, field: &str, key: &str| UserError::coded(call, code, field, key, &[]);
    if issued && reason.is_none() {
        return Err(refused(UserErrorCode::Required, "reason", "required").into());
    }
    let before = may_be_invoiced(tx, call, &revision.order, "invoiceId").await?;
    if before.iter().any(|other| other.id != row.id && other.covers == row.covers && stands(other.state)) {
        return Err(refused(UserErrorCode::InvalidTransition, "invoiceId", "invoice-stands").into());
    }
    let was = invoice_paper(&call.app.vault, &row)?.title;
    let title = match (&input.profile_id, issued) {
        (None, false) => was.clone(),
        (named, _) => title_of(tx, call, revision.order.customer_id, named.as_ref()).await?,
    };
    let mut next = drawn_up(tx, call, &revision.order, row.kind, title.clone(), "invoiceId").await?;
    let mut asks = next.id;
    if issued {
        if title == was {
            return Err(refused(UserErrorCode::NotEligible, "profileId", "invoice-same-title").into());
        }
        if !policy::decides(&call.viewer) && is_relied_on(tx, &row).await? {
            return Err(refused(UserErrorCode::NotEligible, "invoiceId", "invoice-relied-on").into());
        }
        let now = tx.now();
        let old = to_be_red(row, now, reason);
        revision.invoice_changed(&old, now);
        save_invoice(tx, &old);
        asks = old.id;
        // It waits for the red letter.
        next = invoice::Model { red_of_id: Some(old.id), checked_at: None, ..next };
    }
    let InvoicedOrder { order, invoice } = begin(tx, revision, next);
    Ok(Reissued { order, invoice, asks })
}

/// Whether something was done on the strength of the car's invoice: it is insured, has a plate, or waits for its buyer.
async fn is_relied_on(tx: &Tx, row: &invoice::Model) -> Result<bool, Refusal> {
    if row.covers != InvoiceCover::Car {
        return Ok(false);
    }
    let after = descendants(MilestoneCode::Invoiced, false);
    let done = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(row.order_id))
        .filter(milestone::Column::Code.is_in(after))
        .filter(milestone::Column::State.eq(MilestoneState::Done));
    Ok(done.count(tx.conn()).await? > 0)
}

/// Has an invoice made red; with a number it was, by hand.
async fn reverse(tx: &mut Tx, call: &Call, input: InvoiceRedInput) -> Result<InvoicedOrder, Refusal> {
    let reason = text::note(&input.reason, MAX_NOTE).map_err(|e| bad_text(call, "reason", e, MAX_NOTE));
    let number = input.red_number.as_deref().map(|number| text::line(number, MAX_RED_NUMBER)).transpose();
    let number = number.map_err(|e| bad_text(call, "redNumber", e, MAX_RED_NUMBER));
    let (reason, number) = match (reason, number) {
        (Ok(reason), Ok(number)) => (reason, number),
        (reason, number) => return Err([reason.err(), number.err()].into_iter().flatten().collect::<Vec<_>>().into()),
    };
    let rows = policy::decidable(&call.viewer).or_nothing();
    let (mut revision, row) = locked(tx, call, rows, &input.invoice_id).await?;
    let (now, was) = (tx.now(), row.state);
    let outcome = InvoicedOrder { order: row.order_id, invoice: row.id };
    // One that the provider does not make red is made so by hand.
    let asked = number.is_some() && was == InvoiceState::RedRequested;
    if !asked {
        move_invoice(was, InvoiceMove::RequestRed)
            .map_err(|illegal| UserError::transition(call, illegal.from, illegal.action, illegal.allowed))?;
    }
    let row = if asked { row } else { to_be_red(row, now, Some(reason)) };
    let row = match number {
        Some(number) => invoice::Model {
            state: InvoiceState::RedIssued,
            red_number: Some(number),
            red_issued_at: Some(now),
            failure: None,
            ..row
        },
        None => row,
    };
    let row = follow_invoice(tx, &mut revision, was, row, now).await?;
    save_invoice(tx, &row);
    revision.save(tx);
    Ok(outcome)
}
