//! `cn.milepost.order.invoice.v1` (C074).

use chrono::{DateTime, Utc};
use entity::order::invoice;
use entity::{InboundCode, InvoiceId, InvoiceState, MilestoneCode, MilestoneState};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rules::invoice::{Said, after_word, in_force};
use super::super::store::{Revision, follow_invoice, kept, page, save_invoice};
use super::find::{self, moment, open};
use super::milestone::{MilestoneData, MilestoneReported};
use crate::graph::Result;
use crate::ingest::keys::optional_line;
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::error::Invalid;

/// Characters of a number, and of a code of a failure.
const MAX_NUMBER: u32 = 40;

data! {
    /// How an invoice of an order is (provider of invoices). One that was asked for here goes on by it; of another it is the milestone
    /// `INVOICED` alone, with the invoice's number as its note.
    pub struct InvoiceData {
        /// Number of the order.
        pub order_number: String,
        /// The gateway's id of the invoice, as in `inv_01J…`; none of one that was not asked for here.
        pub invoice_id: Option<String>,
        /// What became of it; any but `REQUESTED`.
        pub state: InvoiceState,
        /// The tax office's number; needed once it is issued.
        pub number: Option<String>,
        /// The tax office's code, where there is one.
        pub code: Option<String>,
        /// Where it can be had.
        pub download_url: Option<String>,
        /// The tax office's number of the red letter; needed once that is issued.
        pub red_number: Option<String>,
        /// The provider's code of why it was not issued, or is not made red.
        pub failure: Option<String>,
        /// When; the event's `time` when left out.
        pub occurred_at: Option<DateTime<Utc>>,
    }
}

/// An invoice reported.
pub struct InvoiceReported;

impl InvoiceReported {
    /// The milestone of an invoice that was made elsewhere; none where it does not move.
    fn milestone(data: &InvoiceData) -> Option<MilestoneData> {
        Some(MilestoneData {
            order_number: data.order_number.clone(),
            code: MilestoneCode::Invoiced,
            state: match data.state {
                InvoiceState::Issued => MilestoneState::Done,
                InvoiceState::RedIssued => MilestoneState::RolledBack,
                _ => return None,
            },
            occurred_at: data.occurred_at,
            note: data.number.clone(),
            forecast: None,
        })
    }
}

impl Inbound for InvoiceReported {
    const TYPE: &'static str = "cn.milepost.order.invoice.v1";
    const DOMAIN: &'static str = "order";
    type Data = InvoiceData;

    fn example() -> InvoiceData {
        InvoiceData {
            order_number: "YC2511249001".into(),
            invoice_id: None,
            state: InvoiceState::Issuing,
            number: None,
            code: None,
            download_url: None,
            red_number: None,
            failure: None,
            occurred_at: "2025-11-24T05:00:00Z".parse().ok(),
        }
    }

    /// Each state of an invoice is told for itself, since a word that comes late may say what none has said yet.
    fn subject(data: &InvoiceData) -> String {
        match (&data.invoice_id, &data.number) {
            (Some(id), _) => format!("invoice/{id}/{}", data.state),
            (None, Some(number)) => format!("invoice/{number}"),
            (None, None) => format!("invoice/{}", data.order_number),
        }
    }

    fn wakes(data: &InvoiceData) -> Vec<String> {
        vec![find::subject(&data.order_number)]
    }

    fn moment(data: &InvoiceData) -> Option<DateTime<Utc>> {
        data.occurred_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<InvoiceData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(heard(desk, item).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn heard(desk: &mut Desk<'_>, item: &Item<InvoiceData>) -> Result<Verdict> {
    let data = &item.data;
    let Some(id) = &data.invoice_id else {
        let Some(milestone) = InvoiceReported::milestone(data) else { return Ok(Verdict::DONE) };
        let as_milestone = Item { data: milestone, time: item.time };
        return Ok(MilestoneReported::apply(desk, &[as_milestone]).await?.remove(0));
    };
    let mut revision = match open(desk, &data.order_number).await? {
        Ok(revision) => revision,
        Err(verdict) => return Ok(verdict),
    };
    let unknown = || Reason::invalid("invoiceId", "not-found");
    let Ok(id) = id.parse::<InvoiceId>() else { return Ok(unknown().into()) };
    // Read under the order's lock: whoever writes invoices holds it.
    let row = invoice::Entity::find_by_id(id).one(desk.tx.conn()).await?;
    let Some(row) = row.filter(|row| row.order_id == revision.order.id) else { return Ok(unknown().into()) };
    let said = match said(desk, &revision, &row, item) {
        Ok(said) => said,
        Err(reason) => return Ok(reason.into()),
    };
    let next = after_word(&row, &said);
    if next == row {
        return Ok(Verdict::DONE);
    }
    if let Some(reason) = doubled(desk, &row, &next).await? {
        return Ok(reason.into());
    }
    let next = follow_invoice(desk.tx, &mut revision, row.state, next, said.at).await?;
    if next.state != row.state {
        // What waited for it, and money that did.
        desk.app.ports.wake.all();
    }
    save_invoice(desk.tx, &next);
    revision.save(desk.tx);
    Ok(Verdict::DONE)
}

/// What is said, if it can be.
fn said(
    desk: &Desk<'_>,
    revision: &Revision,
    row: &invoice::Model,
    item: &Item<InvoiceData>,
) -> std::result::Result<Said, Reason> {
    let data = &item.data;
    let at = moment(desk, "occurredAt", data.occurred_at.or(item.time), revision.order.created_at)?;
    let said = Said {
        state: data.state,
        // By another's clock.
        at: kept(at).max(row.created_at),
        number: optional_line("number", data.number.as_deref(), MAX_NUMBER)?,
        code: optional_line("code", data.code.as_deref(), MAX_NUMBER)?,
        download_url: page(data.download_url.clone()),
        red_number: optional_line("redNumber", data.red_number.as_deref(), MAX_NUMBER)?,
        failure: optional_line("failure", data.failure.as_deref(), MAX_NUMBER)?,
    };
    let missing = match said.state {
        InvoiceState::Requested => return Err(Reason::invalid("state", "invoice-requested")),
        InvoiceState::Issued if said.number.is_none() => "number",
        InvoiceState::RedIssued if said.red_number.is_none() => "redNumber",
        _ => return Ok(said),
    };
    Err(Reason::value(missing, Invalid::REQUIRED))
}

/// Why it cannot be so: the number is another's, or what the order is for is invoiced already, which is the provider's to put right.
async fn doubled(desk: &Desk<'_>, row: &invoice::Model, next: &invoice::Model) -> Result<Option<Reason>> {
    use invoice::Column::{Covers, Id, Number, OrderId, State};
    let conn = desk.tx.conn();
    if next.number != row.number {
        let used = invoice::Entity::find().filter(Number.eq(next.number.as_deref())).one(conn).await?;
        if used.is_some() {
            return Ok(Some(Reason::new(InboundCode::Duplicate, "invoice-number-used").at("number")));
        }
    }
    if in_force(next.state) && !in_force(row.state) {
        let others = invoice::Entity::find().filter(OrderId.eq(row.order_id)).filter(Covers.eq(row.covers));
        let others = others.filter(Id.ne(row.id)).filter(State.is_in(FORCE)).one(conn).await?;
        if others.is_some() {
            tracing::warn!(invoice = %row.id, "two invoices of one order are said to be in force");
            return Ok(Some(Reason::new(InboundCode::Duplicate, "invoice-doubled").at("state")));
        }
    }
    Ok(None)
}

/// See [`in_force`].
const FORCE: [InvoiceState; 3] = [InvoiceState::Issuing, InvoiceState::Issued, InvoiceState::RedRequested];
