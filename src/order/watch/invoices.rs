//! Invoices that the provider is to issue, has, or is to make red (C074).

use chrono::{DateTime, Utc};
use entity::order::{invoice, order};
use entity::{InvoiceId, InvoiceState, OrderStatus};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use super::{AGAIN, MOST, Run, Watch, go_in, goes_on};
use crate::app::App;
use crate::graph::Result;
use crate::ingest::{Inbound, Sender};
use crate::order::rules::invoice::{Said, after_word};
use crate::order::rules::status::is_ended;
use crate::order::store::{ORDER_ENDED, invoice_paper, kept, page};
use crate::order::upstream::InvoiceReported;
use crate::ports::invoice::{Draft, DraftLine, RedLetter, Standing};
use crate::ports::{InvoiceProvider, PortError};

/// The condition of the index by which they are found.
const WAITING: &str = "state IN ('REQUESTED', 'ISSUING', 'RED_REQUESTED')";

/// What the events name as their source.
const SOURCE: &str = "urn:milepost:invoice-provider";

/// Who issues, in the histories.
const ACTOR: &str = "invoice-provider";

impl Watch<'_> {
    /// Asks for invoices and red letters that are wanted, and about those that the provider has.
    pub(super) async fn invoices(&self, provider: &dyn InvoiceProvider) -> Result<()> {
        loop {
            let now = self.app.clock.now();
            let columns = (invoice::Column::Id, invoice::Column::CheckedAt);
            let due: Vec<InvoiceId> =
                self.unasked::<invoice::Entity, _>(columns, WAITING, now, self.app.ports.invoices_check_after).await?;
            let mut run = Run::default();
            for (at, id) in due.iter().enumerate() {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                let looked = pursue(self.app, self.db.conn(), provider, *id).await;
                let looked = looked.map(|answered| answered.map_or_else(|error| goes_on(&error, id), |()| true));
                if !run.goes_on(id, looked) {
                    return Ok(self.left_over::<invoice::Entity, _>(columns, &due[at + 1..]).await?);
                }
            }
            if (due.len() as u64) < MOST {
                return Ok(());
            }
        }
    }
}

/// Asks the provider for what an invoice waits for, and takes in what it says. Asked again it is the same to the provider, so that who
/// asks for an invoice and who looks after it do the same. The inner error is that the provider did not answer.
pub async fn pursue(
    app: &App,
    conn: &impl ConnectionTrait,
    provider: &dyn InvoiceProvider,
    id: InvoiceId,
) -> Result<std::result::Result<(), PortError>> {
    let Some(row) = invoice::Entity::find_by_id(id).one(conn).await? else { return Ok(Ok(())) };
    let Some(order) = order::Entity::find_by_id(row.order_id).one(conn).await? else { return Ok(Ok(())) };
    if row.checked_at.is_none() {
        return Ok(Ok(()));
    }
    // While somebody asks to call the order off, nothing more is handed over.
    if row.state == InvoiceState::Requested && order.status == OrderStatus::CancellationRequested {
        return Ok(Ok(()));
    }
    let now = app.clock.now();
    let over = is_ended(order.status);
    let answer = match row.state {
        // Nobody hands over what is called off; it may have it all the same.
        InvoiceState::Requested if !over => match draft_of(app, &row) {
            Ok(draft) => provider.submit(id, &draft).await.map(Some),
            Err(error) => return Err(error),
        },
        InvoiceState::RedRequested => provider.red(id, &RedLetter { reason: row.red_reason.clone() }).await,
        InvoiceState::Requested | InvoiceState::Issuing => provider.find(id).await,
        InvoiceState::Failed | InvoiceState::Issued | InvoiceState::RedIssued => return Ok(Ok(())),
    };
    let failed = |state, code: &str| Standing { failure: Some(code.to_owned()), ..Standing::state(state, Some(now)) };
    let standing = match (answer, row.state) {
        (Ok(Some(standing)), _) => standing,
        (Ok(None), InvoiceState::Requested) => failed(InvoiceState::Failed, ORDER_ENDED),
        (Err(PortError::Declined(code)), InvoiceState::Requested) => failed(InvoiceState::Failed, &code),
        (Ok(None), InvoiceState::RedRequested) => failed(InvoiceState::RedRequested, "NOT_FOUND"),
        (Err(PortError::Declined(code)), InvoiceState::RedRequested) => failed(InvoiceState::RedRequested, &code),
        (Ok(None), _) => {
            tracing::warn!(invoice = %id, "the provider of invoices does not know one that it has");
            return Ok(Ok(()));
        }
        (Err(error), _) => return Ok(Err(error)),
    };
    if row.state == InvoiceState::RedRequested && standing.failure.is_some() {
        tracing::warn!(invoice = %id, code = standing.failure, "an invoice is not made red; money of its order waits");
    }
    if after_word(&row, &said(&row, &standing, now)) != row {
        let event = event(&order.number, &row, &standing, now);
        go_in(app, &Sender::asked(ACTOR), event).await?;
    }
    Ok(Ok(()))
}

/// What is said, as the event will be read.
fn said(row: &invoice::Model, standing: &Standing, now: DateTime<Utc>) -> Said {
    Said {
        state: standing.state,
        at: kept(standing.occurred_at.unwrap_or(now)).max(row.created_at),
        number: standing.number.clone(),
        code: standing.code.clone(),
        download_url: page(standing.download_url.clone()),
        red_number: standing.red_number.clone(),
        failure: standing.failure.clone(),
    }
}

fn draft_of(app: &App, row: &invoice::Model) -> Result<Draft> {
    let paper = invoice_paper(&app.vault, row)?;
    let lines = paper.lines.into_iter().map(|line| DraftLine { label: line.label, amount_minor: line.amount_minor });
    Ok(Draft {
        order_number: paper.order_number,
        kind: paper.kind,
        issuer_code: paper.issuer_code,
        title: paper.title,
        vin: paper.vin,
        model: paper.model,
        lines: lines.collect(),
        amount_minor: paper.amount_minor,
        tax_minor: paper.tax_minor,
        document_hash: row.document_hash.clone(),
    })
}

/// One of an id that is the same whenever the same is found, for a while.
fn event(order_number: &str, row: &invoice::Model, standing: &Standing, now: DateTime<Utc>) -> Value {
    let again = now.timestamp() / AGAIN.num_seconds();
    json!({
        "specversion": "1.0",
        "id": format!("{}-{}-{}-{again}", row.id, standing.state, row.updated_at.timestamp_micros()),
        "source": SOURCE,
        "type": InvoiceReported::TYPE,
        "data": {
            "orderNumber": order_number,
            "invoiceId": row.id,
            "state": standing.state,
            "number": standing.number,
            "code": standing.code,
            "downloadUrl": standing.download_url,
            "redNumber": standing.red_number,
            "failure": standing.failure,
            "occurredAt": standing.occurred_at,
        },
    })
}
