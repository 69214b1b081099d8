//! What one says to the operators' room for systems.

use async_graphql::{ID, InputObject};

/// A system to be registered.
#[derive(InputObject)]
pub struct UpstreamSystemRegisterInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// Short code, unique; what it names itself by when it signs.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// Code of the organisation that it speaks for, and for all below it; the car maker's own for all.
    pub organization_code: Option<String>,
    /// The `source` of its events, unique.
    pub source: String,
    /// Types that it may send; one that ends in `.*` stands for all that begin so, `*` for all.
    pub event_types: Vec<String>,
}

/// A change of a system.
#[derive(InputObject)]
pub struct UpstreamSystemUpdateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The system, as in `sys_01J…`.
    pub system_id: ID,
    /// Refuse if it has another version by now.
    pub expected_version: i32,
    /// Types that it may send from now on; as before when left out.
    pub event_types: Option<Vec<String>>,
    /// Whether it may send; as before when left out.
    pub active: Option<bool>,
}

/// A system that gets a new secret.
#[derive(InputObject)]
pub struct UpstreamSystemRotateSecretInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The system, as in `sys_01J…`.
    pub system_id: ID,
    /// Refuse if it has another version by now.
    pub expected_version: i32,
    /// For how many hours the secret of until now counts too, 0 to 720.
    #[graphql(default = 24)]
    pub overlap_hours: i32,
}

/// Events to be tried once more.
#[derive(InputObject)]
pub struct InboundEventReplayInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// Held or refused events, as in `iev_01J…`, at most 100.
    pub ids: Vec<ID>,
}
