//! What one says of a hand-over (C088-C093).

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::{HandoverCheck, HandoverMode, HandoverSigner, PreparationCode};

use crate::graph::scalars::Decimal;

/// What was done before a hand-over.
#[derive(InputObject)]
pub struct PreparationTaskCompleteInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What was done: one of the order's tasks of which `byWord` is true.
    pub code: PreparationCode,
}

/// Something that can be had with a ceremony.
#[derive(InputObject)]
pub struct HandoverAddOnInput {
    /// Unique within the ceremony: capital letters, digits, `_` and `-`, at most 40.
    pub code: String,
    /// Name in Chinese, at most 100 characters.
    pub name_zh: String,
    /// The same in English.
    pub name_en: String,
    /// What it costs, yuan.
    pub price: Decimal,
}

/// How a store hands cars over.
#[derive(InputObject)]
pub struct HandoverCeremonySaveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The store.
    pub store_id: ID,
    /// Which of its ceremonies: capital letters, digits, `_` and `-`, at most 40.
    pub code: String,
    /// The version of this code that the client has read; 0 for a new one.
    pub expected_version: i32,
    /// Name in Chinese, at most 100 characters.
    pub name_zh: String,
    /// The same in English.
    pub name_en: String,
    /// What it costs, yuan.
    pub price: Decimal,
    /// How long it takes, minutes, 30 to 240.
    pub duration_minutes: i32,
    /// What can be chosen with it, at most 12.
    #[graphql(default)]
    pub add_ons: Vec<HandoverAddOnInput>,
    /// Whether it can be chosen from now on. Appointments that were made stay.
    #[graphql(default_with = "true")]
    pub active: bool,
}

/// How many cars a store hands over at a time.
#[derive(InputObject)]
pub struct HandoverCapacitySetInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The store.
    pub store_id: ID,
    /// How many, 0 to 50; with 0 nobody can make an appointment. Those that were made stay.
    pub bays: i32,
}

/// When and how the car is to be handed over.
#[derive(InputObject)]
pub struct HandoverAppointmentBookInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order; its car must have arrived.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// When it begins: one of `handoverSlots`.
    pub starts_at: DateTime<Utc>,
    /// Where; `CENTER` where the store is a delivery centre.
    #[graphql(default_with = "HandoverMode::Store")]
    pub mode: HandoverMode,
    /// One of the store's ceremonies; not at the door.
    pub ceremony_id: Option<ID>,
    /// Codes of what is chosen with the ceremony.
    #[graphql(default)]
    pub add_ons: Vec<String>,
    /// Where the car is brought, 1 to 200 characters; for `HOME`, and only then.
    pub address: Option<String>,
}

/// Another time.
#[derive(InputObject)]
pub struct HandoverAppointmentRescheduleInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// When it begins: one of `handoverSlots`.
    pub starts_at: DateTime<Utc>,
}

/// Which appointment to call off.
#[derive(InputObject)]
pub struct HandoverAppointmentCancelInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
}

/// Which order's pickup code to make anew.
#[derive(InputObject)]
pub struct PickupCodeRenewInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
}

/// What a customer has gone through at the door.
#[derive(InputObject)]
pub struct DeliveryChecklistCompleteInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What was gone through; all of it has to be.
    pub checklist: Vec<HandoverCheck>,
    /// SHA-256 of what was signed, 64 hexadecimal digits.
    pub signature: String,
}

/// Who has signed a hand-over.
#[derive(InputObject)]
pub struct HandoverSignatureInput {
    /// Who.
    pub signer: HandoverSigner,
    /// SHA-256 of what was signed, 64 hexadecimal digits.
    pub sha256: String,
}

/// That a car was handed over.
#[derive(InputObject)]
pub struct DeliveryHandoverConfirmInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// The six digits that the customer showed. Each wrong one counts, whatever else is wrong.
    pub pickup_code: String,
    /// What was gone through, beside what the customer has gone through online.
    pub checklist: Vec<HandoverCheck>,
    /// What the odometer says, kilometres.
    pub odometer_km: i32,
    /// Who has signed, beside what the customer has signed online; each once.
    pub signatures: Vec<HandoverSignatureInput>,
}
