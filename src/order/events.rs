//! What the order room tells the world: ids, codes and days, on the streams of the order, its stores and its customer.

use chrono::{DateTime, NaiveDate, Utc};
use entity::inventory::quality_case;
use entity::order::{change_request, contract, finance_application, invoice, message, order, payment};
use entity::{EtaReason, EventKind, HandoverAppointmentId, HandoverMode, OrderStatus, OwnedVehicleId, PreparationCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rules::milestone::Change;
use super::rules::pause::expected_on;
use crate::events::Draft;
use crate::events::log::stream_of;

fn draft(kind: EventKind, order: &order::Model, payload: serde_json::Value) -> Draft {
    let mut streams = vec![
        stream_of("order", order.id),
        stream_of("store", order.store_id),
        stream_of("customer", order.customer_id),
    ];
    if order.delivery_store_id != order.store_id {
        streams.push(stream_of("store", order.delivery_store_id));
    }
    Draft { kind, aggregate: order.id.to_string(), version: order.version, streams, payload }
}

/// An order was made.
pub fn placed(order: &order::Model) -> Draft {
    draft(EventKind::OrderPlaced, order, json!({ "number": order.number, "status": order.status }))
}

/// Its state changed.
pub fn status_changed(order: &order::Model, from: OrderStatus) -> Draft {
    draft(EventKind::OrderStatusChanged, order, json!({ "from": from, "to": order.status }))
}

/// What the log says of a changed milestone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MilestoneChanged {
    /// Which one.
    pub code: entity::MilestoneCode,
    /// Its state before.
    pub from: entity::MilestoneState,
    /// Its state after.
    pub to: entity::MilestoneState,
}

/// A milestone changed.
pub fn milestone_changed(order: &order::Model, change: &Change) -> Draft {
    let said = MilestoneChanged { code: change.code, from: change.from, to: change.to };
    draft(EventKind::MilestoneChanged, order, json!(said))
}

/// An expected date was published.
pub fn eta_changed(order: &order::Model, reason: EtaReason, today: NaiveDate) -> Draft {
    let shown = expected_on(order, || today);
    let payload = json!({
        "earliest": shown.map(|window| window.earliest),
        "likely": shown.map(|window| window.likely),
        "latest": shown.map(|window| window.latest),
        "confidence": order.eta_confidence,
        "reason": reason,
    });
    draft(EventKind::EtaChanged, order, payload)
}

/// A payment changed.
pub fn payment_changed(order: &order::Model, payment: &payment::Model) -> Draft {
    let payload = json!({
        "payment": payment.id,
        "purpose": payment.purpose,
        "state": payment.state,
        "amountMinor": payment.amount_minor,
        "refundedMinor": payment.refunded_minor,
        "paymentStatus": order.payment_status,
    });
    draft(EventKind::PaymentChanged, order, payload)
}

/// An application for a loan changed.
pub fn finance_changed(order: &order::Model, application: &finance_application::Model) -> Draft {
    let payload = json!({ "application": application.id, "state": application.state });
    draft(EventKind::FinanceApplicationChanged, order, payload)
}

/// A contract changed.
pub fn contract_changed(order: &order::Model, contract: &contract::Model) -> Draft {
    let payload = json!({ "contract": contract.id, "number": contract.number, "state": contract.state });
    draft(EventKind::ContractChanged, order, payload)
}

/// A request to change the order changed.
pub fn request_changed(order: &order::Model, request: &change_request::Model) -> Draft {
    let payload = json!({ "request": request.id, "kind": request.kind, "state": request.state });
    draft(EventKind::ChangeRequestChanged, order, payload)
}

/// An invoice changed.
pub fn invoice_changed(order: &order::Model, invoice: &invoice::Model) -> Draft {
    let payload =
        json!({ "invoice": invoice.id, "type": invoice.kind, "number": invoice.number, "state": invoice.state });
    draft(EventKind::InvoiceChanged, order, payload)
}

/// A damage to the order's car was found, or is further on.
pub fn quality_case_changed(order: &order::Model, case: &quality_case::Model) -> Draft {
    let payload = json!({ "case": case.id, "state": case.state, "swapState": case.swap_state });
    draft(EventKind::QualityCaseChanged, order, payload)
}

/// What changed of a hand-over.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "change", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum HandoverChange {
    /// Something was done before it, by somebody's word.
    TaskCompleted {
        /// What.
        task: PreparationCode,
    },
    /// There is an appointment.
    Booked {
        /// Which.
        appointment: HandoverAppointmentId,
        /// When it begins.
        starts_at: DateTime<Utc>,
        /// Where.
        mode: HandoverMode,
    },
    /// It begins at another time.
    Rescheduled {
        /// Which.
        appointment: HandoverAppointmentId,
        /// When it begins.
        starts_at: DateTime<Utc>,
    },
    /// It was called off.
    AppointmentCancelled {
        /// Which.
        appointment: HandoverAppointmentId,
    },
    /// There is another pickup code.
    PickupCodeRenewed,
    /// The pickup code opens nothing any more.
    PickupCodeLocked,
    /// The customer went through the checklist online.
    ChecklistCompleted,
    /// The car was handed over.
    Confirmed {
        /// The car, as the customer has it.
        owned_vehicle: OwnedVehicleId,
    },
    /// It was not handed over after all, and is not its customer's.
    TakenBack {
        /// The car, as the customer had it.
        owned_vehicle: OwnedVehicleId,
    },
}

/// Something of the hand-over changed.
pub fn handover_changed(order: &order::Model, change: &HandoverChange) -> Draft {
    draft(EventKind::HandoverChanged, order, json!(change))
}

/// Money went to the customer on top of what was paid.
pub fn refund_made(order: &order::Model, refund: entity::RefundId, amount_minor: i64) -> Draft {
    let payload = json!({ "refund": refund, "amountMinor": amount_minor, "paymentStatus": order.payment_status });
    draft(EventKind::PaymentChanged, order, payload)
}

/// A message was sent on it, or taken back.
pub fn message_told(order: &order::Model, message: &message::Model) -> Draft {
    let payload = json!({
        "conversation": message.conversation_id,
        "message": message.id,
        "number": message.number,
        "side": message.side,
        "recalled": message.recalled_at.is_some(),
    });
    draft(EventKind::MessageSent, order, payload)
}
