//! The history of an order, and the same as events of the log.

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{eta_revision, event as order_event, order, payment};
use entity::{EventKind, MilestoneCode, MilestoneState, OrderEventKind, OrderStatus, PaymentState};
use serde_json::{Value, json};

use super::batch::Batch;
use super::delivery::Delivery;
use super::streams::{Entry, put};
use super::world::Generator;
use crate::events::log::stream_of;

/// What is told.
pub(super) struct Tale<'a> {
    pub order: &'a order::Model,
    /// That sells, and that hands over.
    pub shops: [usize; 2],
    pub intention_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub delivery: &'a Delivery,
}

/// One line of the history, and what the log says of it.
struct Line {
    at: DateTime<Utc>,
    kind: OrderEventKind,
    from: Option<OrderStatus>,
    to: Option<OrderStatus>,
    milestone: Option<MilestoneCode>,
    event: Option<(EventKind, Value)>,
}

impl Tale<'_> {
    /// States that the order went through, with their moments, oldest first.
    fn states(&self) -> Vec<(OrderStatus, DateTime<Utc>)> {
        let at = |code| self.delivery.at(code);
        let last = self.delivery.last_at;
        let began = at(MilestoneCode::Allocated)
            .into_iter()
            .chain(at(MilestoneCode::PartsPreparing))
            .chain(at(MilestoneCode::Scheduled))
            .min()
            .or_else(|| (self.order.status == OrderStatus::InFulfillment).then_some(last));
        let mut states = vec![(OrderStatus::Draft, self.order.created_at)];
        let mut reach = |status, moment: Option<DateTime<Utc>>| {
            states.extend(moment.map(|moment| (status, moment)));
        };
        reach(OrderStatus::Intention, self.intention_at);
        reach(OrderStatus::Placed, self.order.placed_at);
        reach(OrderStatus::Locked, at(MilestoneCode::ConfigLocked));
        let contracted = at(MilestoneCode::ContractSigned);
        reach(OrderStatus::Contracted, contracted);
        reach(OrderStatus::InFulfillment, began.map(|at| at.max(contracted.unwrap_or(at))));
        reach(OrderStatus::ReadyForDelivery, at(MilestoneCode::Ready));
        reach(OrderStatus::Delivered, at(MilestoneCode::HandedOver));
        // Registered, and seven days over (domain.md 3.2).
        reach(OrderStatus::Completed, (self.order.status == OrderStatus::Completed).then(|| last + TimeDelta::days(7)));
        if let Some(ended) = self.ended_at {
            let asked = ended - TimeDelta::hours(1);
            match self.order.status {
                OrderStatus::Cancelled => reach(OrderStatus::CancellationRequested, Some(asked)),
                OrderStatus::Returned => reach(OrderStatus::ReturnRequested, Some(asked)),
                _ => {}
            }
            reach(self.order.status, Some(ended));
        }
        states
    }
}

impl Generator<'_> {
    /// Writes the history and the order's stream; answers version and last change of the order.
    pub(super) fn tell(
        &mut self,
        tale: &Tale<'_>,
        payments: &[payment::Model],
        revisions: &[eta_revision::Model],
        batch: &mut Batch,
    ) -> (i32, DateTime<Utc>) {
        let order = tale.order;
        let mut lines = lines(tale, payments, revisions);
        lines.sort_by_key(|line| line.at);
        let customer = order.customer_id.to_string();
        let mut entries = Vec::new();
        let mut updated_at = order.created_at;
        for line in lines {
            updated_at = updated_at.max(line.at);
            let by_customer = matches!(
                line.kind,
                OrderEventKind::Placed | OrderEventKind::PaymentChanged | OrderEventKind::CancellationRequested
            );
            batch.order_events.push(order_event::Model {
                id: self.dice.id(),
                order_id: order.id,
                kind: line.kind,
                from_status: line.from,
                to_status: line.to,
                milestone: line.milestone,
                actor: if by_customer { customer.clone() } else { "system".into() },
                note: None,
                hidden: false,
                occurred_at: line.at,
            });
            let Some((kind, payload)) = line.event else { continue };
            let entry = Entry {
                at: line.at,
                event_id: self.dice.id(),
                kind,
                aggregate: order.id.to_string(),
                version: i32::try_from(entries.len() + 1).unwrap_or(i32::MAX),
                payload,
            };
            let [sells, hands_over] = tale.shops;
            self.tell_store(sells, &entry);
            if hands_over != sells {
                self.tell_store(hands_over, &entry);
            }
            if self.is_recent(entry.at) {
                self.customer_entries.push(entry.clone());
            }
            entries.push(entry);
        }
        let version = i32::try_from(entries.len()).unwrap_or(i32::MAX).max(1);
        put(&stream_of("order", order.id), entries, batch);
        (version, updated_at)
    }
}

fn lines(tale: &Tale<'_>, payments: &[payment::Model], revisions: &[eta_revision::Model]) -> Vec<Line> {
    let order = tale.order;
    let mut lines = Vec::new();
    let mut say = |at, kind, from, to, milestone, event| lines.push(Line { at, kind, from, to, milestone, event });
    say(
        order.created_at,
        OrderEventKind::Placed,
        None,
        Some(OrderStatus::Draft),
        None,
        Some((EventKind::OrderPlaced, json!({ "number": order.number, "status": OrderStatus::Draft }))),
    );
    let states = tale.states();
    for pair in states.windows(2) {
        let (from, (to, at)) = (pair[0].0, pair[1]);
        let kind = if to == OrderStatus::CancellationRequested {
            OrderEventKind::CancellationRequested
        } else {
            OrderEventKind::StatusChanged
        };
        let payload = json!({ "from": from, "to": to });
        say(at, kind, Some(from), Some(to), None, Some((EventKind::OrderStatusChanged, payload)));
    }
    for mark in &tale.delivery.marks {
        let Some(at) = mark.at else { continue };
        let payload = json!({ "code": mark.code, "from": MilestoneState::Pending, "to": MilestoneState::Done });
        say(
            at,
            OrderEventKind::MilestoneChanged,
            None,
            None,
            Some(mark.code),
            Some((EventKind::MilestoneChanged, payload)),
        );
        if mark.code == MilestoneCode::Allocated {
            say(at, OrderEventKind::VehicleChanged, None, None, None, None);
        }
    }
    for payment in payments {
        if let Some(at) = payment.captured_at {
            say(at, OrderEventKind::PaymentChanged, None, None, None, None);
        }
        if matches!(payment.state, PaymentState::Refunded | PaymentState::PartiallyRefunded) {
            let at = tale.ended_at.unwrap_or(order.created_at);
            say(at, OrderEventKind::PaymentChanged, None, None, None, None);
        }
    }
    for revision in revisions {
        let payload = json!({
            "earliest": revision.earliest, "likely": revision.likely, "latest": revision.latest,
            "confidence": revision.confidence, "reason": revision.reason,
        });
        let event = Some((EventKind::EtaChanged, payload));
        say(revision.published_at, OrderEventKind::EtaChanged, None, None, None, event);
    }
    lines
}
