//! `cn.milepost.customer.consent.v1` (C017).

use chrono::{DateTime, Utc};
use entity::customer::{consent, customer};
use entity::{Channel, ConsentId, ConsentPurpose, EventKind, InboundCode};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::mutations::{close, consents_of, given, has_open_order};
use super::super::rules::consent::{self as rules, Grant, Obligations, Withdrawal};
use super::super::{events, lock};
use crate::graph::Result;
use crate::ingest::keys::{line, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// A customer has agreed to a purpose, or withdrawn it. A withdrawal that comes before what it withdraws waits for it.
    pub struct ConsentData {
        /// Number of the customer.
        pub customer_number: String,
        /// What it is for.
        pub purpose: ConsentPurpose,
        /// Whether it is given or withdrawn.
        pub granted: bool,
        /// Version of the text that was agreed to; needed when it is given.
        pub document_version: Option<String>,
        /// Where it was said.
        pub channel: Channel,
        /// When; the event's `time` when left out.
        pub occurred_at: Option<DateTime<Utc>>,
    }
}

/// A consent reported.
pub struct ConsentReported;

/// Most characters of a document's version.
const MAX_DOCUMENT_VERSION: u32 = 40;

impl Inbound for ConsentReported {
    const TYPE: &'static str = "cn.milepost.customer.consent.v1";
    const DOMAIN: &'static str = "customer";
    type Data = ConsentData;

    fn example() -> ConsentData {
        ConsentData {
            customer_number: "C00000001".into(),
            purpose: ConsentPurpose::Marketing,
            granted: true,
            document_version: Some("2026-02".into()),
            channel: Channel::MiniProgram,
            occurred_at: None,
        }
    }

    fn subject(data: &ConsentData) -> String {
        format!("{}/consent/{}", super::subject(&data.customer_number), data.purpose)
    }

    fn moment(data: &ConsentData) -> Option<DateTime<Utc>> {
        data.occurred_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<ConsentData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, item).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

/// Whether the other was said later, whoever it was told to: withdrawn after this grant, or granted after this withdrawal.
fn said_since(rows: &[consent::Model], data: &ConsentData, at: DateTime<Utc>) -> bool {
    rows.iter().filter(|row| row.purpose == data.purpose).any(|row| match row.withdrawn_at {
        Some(withdrawn) => data.granted && withdrawn > at,
        None => !data.granted && row.granted_at > at,
    })
}

async fn one(desk: &mut Desk<'_>, item: &Item<ConsentData>) -> Result<Verdict> {
    let data = &item.data;
    // What customers agree to is the car maker's to know.
    if let Err(reason) = desk.sender.check_all("customerNumber") {
        return Ok(reason.into());
    }
    let named = customer::Entity::find().filter(customer::Column::Number.eq(&data.customer_number));
    let Some(owner) = named.one(desk.tx.conn()).await? else {
        return Ok(waits("customerNumber", super::subject(&data.customer_number)));
    };
    let Some(version) = lock::version(owner.id).take(desk.tx.conn()).await? else {
        return Ok(waits("customerNumber", super::subject(&data.customer_number)));
    };
    let rows = consents_of(desk.tx, owner.id).await?;
    let at = data.occurred_at.or(item.time).unwrap_or(desk.tx.now()).min(desk.tx.now());
    // What the customer has said since then counts.
    if said_since(&rows, data, at) {
        return Ok(Verdict::Outdated);
    }
    if !data.granted {
        let obligations = Obligations {
            open_order: rules::is_necessary(data.purpose) && has_open_order(desk.tx, owner.id).await?,
            ..Default::default()
        };
        return Ok(match rules::withdraw(&given(&rows), data.purpose, obligations) {
            Err(_) => Reason::new(InboundCode::NotEligible, "account-open-order").at("purpose").into(),
            Ok(Withdrawal::Already) if rows.iter().all(|row| row.purpose != data.purpose) => {
                let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-consent").at("purpose");
                Verdict::Held(reason, ConsentReported::subject(data))
            }
            Ok(Withdrawal::Already) => Verdict::DONE,
            Ok(Withdrawal::Close(_)) => {
                close(desk.tx, owner.id, data.purpose);
                for row in rows.iter().filter(|row| row.purpose == data.purpose && row.withdrawn_at.is_none()) {
                    desk.tx.emit(events::consent_changed(EventKind::ConsentWithdrawn, (owner.id, version), row));
                }
                Verdict::DONE
            }
        });
    }
    let document = data.document_version.as_deref().unwrap_or_default();
    let document_version = match line("documentVersion", document, MAX_DOCUMENT_VERSION) {
        Ok(document_version) => document_version,
        Err(reason) => return Ok(reason.into()),
    };
    match rules::grant(&given(&rows), data.purpose, &document_version) {
        Grant::Already(_) => return Ok(Verdict::DONE),
        Grant::Replace(_) => {
            close(desk.tx, owner.id, data.purpose);
            desk.tx.flush().await?;
        }
        Grant::Insert => {}
    }
    let row = consent::Model {
        id: ConsentId::generate(),
        customer_id: Some(owner.id),
        lead_id: None,
        purpose: data.purpose,
        document_version,
        channel: data.channel,
        granted_at: at,
        withdrawn_at: None,
    };
    desk.tx.emit(events::consent_changed(EventKind::ConsentGranted, (owner.id, version), &row));
    desk.tx.insert([consent::ActiveModel::from(row)]);
    Ok(Verdict::DONE)
}
