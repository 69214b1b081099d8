//! `cn.milepost.order.eta.v1` (C085).

use chrono::{DateTime, NaiveDate, Utc};
use entity::order::eta_revision;
use entity::{EtaConfidence, EtaReason, EtaRevisionId, OrderStatus};
use sea_orm::ActiveValue::Set;

use super::super::rules::eta::EtaWindow;
use super::super::rules::pause::Kept;
use super::super::store::Revision;
use super::find::{self, open_all};
use crate::graph::{Error, Result};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::calendar;

data! {
    /// When an order's car is expected, as order management or logistics reckons. It is published as it is told; the next
    /// milestone makes the gateway reckon anew. While the order waits for its customer's payment, it moves with the day from then on.
    pub struct EtaData {
        /// Number of the order.
        pub order_number: String,
        /// Not before this day.
        pub earliest: NaiveDate,
        /// Most likely on this day.
        pub likely: NaiveDate,
        /// Hardly after this day.
        pub latest: NaiveDate,
        /// How sure that is.
        pub confidence: EtaConfidence,
        /// Why it changed.
        pub reason: EtaReason,
        /// When it was reckoned; the event's `time` when left out.
        pub reckoned_at: Option<DateTime<Utc>>,
    }
}

/// An expected date reported.
pub struct EtaReported;

impl Inbound for EtaReported {
    const TYPE: &'static str = "cn.milepost.order.eta.v1";
    const DOMAIN: &'static str = "order";
    type Data = EtaData;

    fn example() -> EtaData {
        let day = |day| NaiveDate::from_ymd_opt(2026, 12, day).unwrap_or_default();
        EtaData {
            order_number: "YC2511249001".into(),
            earliest: day(8),
            likely: day(10),
            latest: day(14),
            confidence: EtaConfidence::Medium,
            reason: EtaReason::Logistics,
            reckoned_at: None,
        }
    }

    fn subject(data: &EtaData) -> String {
        format!("{}/eta", find::subject(&data.order_number))
    }

    fn moment(data: &EtaData) -> Option<DateTime<Utc>> {
        data.reckoned_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<EtaData>]) -> Result<Vec<Verdict>> {
        let mut orders = open_all(desk, items.iter().map(|item| item.data.order_number.as_str())).await?;
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let opened = orders.remove(item.data.order_number.as_str());
            verdicts.push(match opened {
                Some(Ok(revision)) => one(desk, revision, &item.data),
                Some(Err(verdict)) => verdict,
                // Of two of one order the run has one.
                None => return Err(Error::hidden("an order came twice")),
            });
            desk.tx.flush_when_large().await?;
        }
        Ok(verdicts)
    }
}

fn one(desk: &mut Desk<'_>, mut revision: Revision, data: &EtaData) -> Verdict {
    if data.likely < data.earliest || data.latest < data.likely {
        return Reason::invalid("latest", "ingest-before").into();
    }
    let over = [
        OrderStatus::Delivered,
        OrderStatus::Completed,
        OrderStatus::Cancelled,
        OrderStatus::Returned,
        OrderStatus::Expired,
    ];
    if over.contains(&revision.order.status) {
        let reason = Reason::new(entity::InboundCode::NotEligible, "order-not-under-way").at("orderNumber");
        return reason.with("status", revision.order.status.to_string()).into();
    }
    let now = desk.tx.now();
    let window = EtaWindow { earliest: data.earliest, likely: data.likely, latest: data.latest };
    // Whoever reckons: while the customer does not pay, each day puts it off.
    let kept = Kept { window, moves_from: revision.order.eta_moves_from.map(|_| calendar::day(now)) };
    let window = kept.on(calendar::day(now), revision.order.deferred_until);
    revision.order.eta_as_of = now;
    revision.publish_eta(&kept, data.confidence, data.reason, now);
    let published = eta_revision::ActiveModel {
        id: Set(EtaRevisionId::generate()),
        order_id: Set(revision.order.id),
        earliest: Set(window.earliest),
        likely: Set(window.likely),
        latest: Set(window.latest),
        confidence: Set(data.confidence),
        reason: Set(data.reason),
        published_at: Set(now),
    };
    desk.tx.insert([published]);
    revision.save(desk.tx);
    Verdict::DONE
}
