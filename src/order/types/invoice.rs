//! An invoice of an order (C074).

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::invoice;
use entity::{InvoiceCover, InvoiceState, InvoiceType, PriceLineKind};

use super::super::links::InvoiceBefore;
use super::super::policy;
use super::super::store::invoice_paper;
use crate::access::Disclosure;
use crate::customer::InvoiceTitle;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, Fields, Result, fields};
use crate::place::OrganizationById;

/// An invoice of an order. What it says never changes; another title is another invoice, once this one is made red.
#[derive(Clone, Debug, Description)]
pub struct Invoice(pub invoice::Model);

#[fields(rows(invoice::Model))]
impl Invoice {
    /// Type-prefixed ULID, as in `inv_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Kind of invoice.
    #[graphql(name = "type")]
    fn kind(&self) -> InvoiceType {
        self.0.kind
    }

    /// What of the order it covers.
    fn covers(&self) -> InvoiceCover {
        self.0.covers
    }

    /// How far it is.
    fn state(&self) -> InvoiceState {
        self.0.state
    }

    /// The tax office's number; null until it is issued.
    fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// The tax office's code, where there is one.
    fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// How much it is about, with value-added tax.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// The value-added tax in it.
    fn tax(&self) -> Money {
        Money::fen(self.0.tax_minor)
    }

    /// Who issues it: the car maker, or the dealer where the store sells for itself.
    #[link(self.0.issuer_id)]
    fn issuer(&self) -> To<OrganizationById>;

    /// To whom it is made out.
    #[columns(snapshot)]
    fn title(&self, call: &Call) -> Result<InvoiceTitle> {
        let paper = invoice_paper(&call.app.vault, &self.0)?;
        Ok(paper.title.shown(policy::personal_of_own(&call.viewer)).into())
    }

    /// What it is for, in order.
    #[columns(snapshot)]
    fn lines(&self, call: &Call) -> Result<Vec<InvoiceLine>> {
        let lines = invoice_paper(&call.app.vault, &self.0)?.lines.into_iter();
        Ok(lines
            .map(|line| InvoiceLine {
                kind: line.kind,
                code: line.code,
                label: line.label,
                amount: Money::fen(line.amount_minor),
            })
            .collect())
    }

    /// SHA-256 of what is kept of it, hexadecimal.
    fn document_hash(&self) -> &str {
        &self.0.document_hash
    }

    /// Where it can be had, while it is in force; for its customer and holders of `pii:read`, since it names the buyer.
    fn download_url(&self, call: &Call) -> Option<&str> {
        let theirs = policy::personal_of_own(&call.viewer) == Disclosure::Clear;
        self.0.download_url.as_deref().filter(|_| theirs && self.0.state == InvoiceState::Issued)
    }

    /// The invoice that was in force before, and whose red letter this one waits for.
    #[link(self.0.red_of_id)]
    fn red_of(&self) -> To<InvoiceBefore>;

    /// Its reversal; null unless that was asked for.
    fn red_letter(&self) -> Option<InvoiceRedLetter> {
        let requested_at = self.0.red_requested_at.or(self.0.red_issued_at)?;
        Some(InvoiceRedLetter {
            number: self.0.red_number.clone(),
            reason: self.0.red_reason.clone(),
            requested_at,
            issued_at: self.0.red_issued_at,
        })
    }

    /// The provider's code of why it was not issued, or is not made red yet.
    fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Who asked for it, by id; null for customers.
    fn requested_by(&self, call: &Call) -> Option<&str> {
        Some(self.0.requested_by.as_str()).filter(|_| policy::sees_actors(&call.viewer))
    }

    /// When it was asked for.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was issued.
    fn issued_at(&self) -> Option<DateTime<Utc>> {
        self.0.issued_at
    }
}

/// A line of an invoice.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct InvoiceLine {
    /// What kind of line of the price it is.
    pub kind: PriceLineKind,
    /// Code of the trim, option or fee.
    pub code: String,
    /// What it is, in the words of the invoice.
    pub label: String,
    /// Its amount with value-added tax; negative where it lowers the price.
    pub amount: Money,
}

/// The reversal of an invoice.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct InvoiceRedLetter {
    /// The tax office's number; null until it is issued.
    pub number: Option<String>,
    /// Why, in the words of whoever asked; null where the order was called off.
    pub reason: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it was issued.
    pub issued_at: Option<DateTime<Utc>>,
}
