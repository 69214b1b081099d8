//! `invoiceRequest` (C074): an order is invoiced, made out to one of its customer's profiles. That it is wanted is written under the
//! key; then the provider is asked, as whoever looks after invoices does, and what it says goes in as an event.

use async_graphql::{Context, ID, SimpleObject};
use entity::customer::invoice_profile;
use entity::order::{invoice, order};
use entity::{CustomerId, InvoiceCover, InvoiceId, InvoiceProfileId, InvoiceState, InvoiceType, OrderId};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::inputs::InvoiceRequestInput;
use super::super::policy;
use super::super::rules::invoice::{cover_of, stands, suits, takes_invoice};
use super::super::store::{Revision, draw_up_invoice, invoiced, invoices_of, money_of, named_elsewhere, seal_invoice};
use super::super::types::{Invoice, Order};
use super::super::watch::pursue;
use super::{InvoicedOrder, invoice_shown};
use crate::customer::rules::invoice_title::Title;
use crate::customer::titles;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError};
use crate::store::Tx;

/// Most invoices of one order: what its page is reckoned with.
const MAX_INVOICES: usize = 20;

/// What came of it.
#[derive(SimpleObject)]
pub struct InvoiceRequestPayload {
    /// The order.
    pub order: Option<Order>,
    /// The invoice; how it ends is told later.
    pub invoice: Option<Invoice>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: InvoiceRequestInput) -> Result<InvoiceRequestPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    provider_or_refuse(call)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(request(tx, call, input))).await?;
    if let Ok(outcome) = &written {
        ask(call, outcome.invoice).await?;
    }
    let (order, invoice, user_errors) = invoice_shown(ctx, written).await?;
    Ok(InvoiceRequestPayload { order, invoice, user_errors })
}

/// Refuses what nobody is there to do.
pub(super) fn provider_or_refuse(call: &Call) -> Result<()> {
    match call.app.ports.invoices {
        Some(_) => Ok(()),
        None => Err(Error::shown(Code::Unavailable, "invoice-no-provider")),
    }
}

/// Asks the provider for what an invoice waits for. One that does not answer is asked again by whoever looks after it.
pub(super) async fn ask(call: &Call, id: InvoiceId) -> Result<()> {
    if let Some(provider) = &call.app.ports.invoices
        && let Err(error) = pursue(&call.app, call.app.db.conn(), &**provider, id).await?
    {
        tracing::warn!(%error, invoice = %id, "the provider of invoices was not asked; it is asked again");
    }
    // What it said is written by now.
    call.forget();
    Ok(())
}

async fn request(tx: &mut Tx, call: &Call, input: InvoiceRequestInput) -> Result<InvoicedOrder, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let unknown = || UserError::not_found(call, "orderId");
    let revision = Revision::open(tx, rows, id, call.viewer.actor()).await?.ok_or_else(unknown)?;
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    let before = may_be_invoiced(tx, call, &revision.order, "orderId").await?;
    let covers = cover_of(input.kind);
    let refused = |code, key: &str| UserError::coded(call, code, "orderId", key, &[]);
    if before.iter().any(|row| row.covers == covers && stands(row.state)) {
        return Err(refused(UserErrorCode::InvalidTransition, "invoice-stands").into());
    }
    if covers == InvoiceCover::Car && invoiced(tx.conn(), id).await?.elsewhere {
        return Err(refused(UserErrorCode::NotEligible, "invoice-elsewhere").into());
    }
    let title = title_of(tx, call, revision.order.customer_id, input.profile_id.as_ref()).await?;
    let row = drawn_up(tx, call, &revision.order, input.kind, title, "orderId").await?;
    Ok(begin(tx, revision, row))
}

/// Whether an order can be invoiced now; its invoices, oldest first. `field` is what the input names it by.
pub(super) async fn may_be_invoiced(
    tx: &Tx,
    call: &Call,
    order: &order::Model,
    field: &str,
) -> Result<Vec<invoice::Model>, Refusal> {
    let refused = |code, key: &str| UserError::coded(call, code, field, key, &[]);
    if !takes_invoice(order.status) {
        return Err(refused(UserErrorCode::NotEligible, "invoice-order-state").into());
    }
    if !money_of(tx, order).await?.is_settled() {
        return Err(refused(UserErrorCode::NotEligible, "invoice-not-paid").into());
    }
    let before = invoices_of(tx.conn(), order.id).await?;
    if before.len() >= MAX_INVOICES {
        return Err(refused(UserErrorCode::LimitReached, "invoice-many").into());
    }
    Ok(before)
}

/// The title of a profile of the order's customer; of the default one when none is named. Staff need not know which there are.
pub(super) async fn title_of(
    tx: &Tx,
    call: &Call,
    customer: CustomerId,
    profile: Option<&ID>,
) -> Result<Title, Refusal> {
    use invoice_profile::Column::{CustomerId, Id, IsDefault};
    let own = invoice_profile::Entity::find().filter(CustomerId.eq(customer));
    let found =
        match profile {
            Some(id) => {
                let id: InvoiceProfileId = UserError::parse_id(call, "profileId", id)?;
                own.filter(Id.eq(id)).one(tx.conn()).await?.ok_or_else(|| UserError::not_found(call, "profileId"))?
            }
            None => own.filter(IsDefault.eq(true)).one(tx.conn()).await?.ok_or_else(|| {
                UserError::coded(call, UserErrorCode::Required, "profileId", "invoice-no-profile", &[])
            })?,
        };
    Ok(titles::open(&call.app.vault, &found.title)?)
}

/// An invoice of an order that is asked for next, made out to a title. `field` is what the input names the order by.
pub async fn drawn_up(
    tx: &Tx,
    call: &Call,
    order: &order::Model,
    kind: InvoiceType,
    title: Title,
    field: &str,
) -> Result<invoice::Model, Refusal> {
    let refused = |field: &str, key| UserError::coded(call, UserErrorCode::NotEligible, field, key, &[]);
    suits(kind, &title).map_err(|key| refused("profileId", key))?;
    let drawn = draw_up_invoice(tx, order, kind, title).await?;
    let (paper, issuer) = drawn.map_err(|key| refused(field, key))?;
    let covers = cover_of(kind);
    let vehicle_id = order.vehicle_id.filter(|_| covers == InvoiceCover::Car);
    if let Some(car) = vehicle_id
        && named_elsewhere(tx.conn(), car, order.id).await?
    {
        return Err(refused(field, "invoice-car-invoiced").into());
    }
    let (snapshot, document_hash) = seal_invoice(&call.app.vault, &paper);
    let now = tx.now();
    Ok(invoice::Model {
        id: InvoiceId::generate(),
        order_id: order.id,
        kind,
        covers,
        vehicle_id,
        state: InvoiceState::Requested,
        issuer_id: issuer.id,
        amount_minor: paper.amount_minor,
        tax_minor: paper.tax_minor,
        snapshot,
        document_hash,
        number: None,
        code: None,
        download_url: None,
        failure: None,
        red_of_id: None,
        red_reason: None,
        red_number: None,
        requested_by: call.viewer.actor(),
        created_at: now,
        issued_at: None,
        red_requested_at: None,
        red_issued_at: None,
        checked_at: Some(now),
        updated_at: now,
    })
}

/// Writes an invoice that is asked for.
pub(super) fn begin(tx: &mut Tx, mut revision: Revision, row: invoice::Model) -> InvoicedOrder {
    revision.invoice_changed(&row, tx.now());
    let outcome = InvoicedOrder { order: row.order_id, invoice: row.id };
    tx.insert([row.into_active_model().reset_all()]);
    revision.save(tx);
    outcome
}
