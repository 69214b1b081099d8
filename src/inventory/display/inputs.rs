//! What operators say of how states are shown.

use async_graphql::{ID, InputObject};
use entity::{DisplayAudience, DisplayColor, DisplayIcon, FulfillmentMode, StatusEntry, VehicleStatus};

/// How one state is to be shown.
#[derive(InputObject, Clone)]
pub struct VehicleStatusEntryInput {
    /// The state.
    pub status: VehicleStatus,
    /// What it is called in Chinese, 1 to 40 characters.
    pub label_zh: String,
    /// The same in English.
    pub label_en: String,
    /// Which step of the way it is, 1 to 50.
    pub step: i32,
    /// Its colour.
    pub color: DisplayColor,
    /// Its picture.
    pub icon: DisplayIcon,
    /// Whether the step before is shown in its place; not when left out.
    pub hidden: Option<bool>,
    /// What it means, in Chinese, 1 to 200 characters.
    pub help_zh: Option<String>,
    /// The same in English.
    pub help_en: Option<String>,
}

impl From<VehicleStatusEntryInput> for StatusEntry {
    fn from(of: VehicleStatusEntryInput) -> Self {
        let VehicleStatusEntryInput { status, label_zh, label_en, step, color, icon, hidden, help_zh, help_en } = of;
        Self { status, label_zh, label_en, step, color, icon, hidden: hidden.unwrap_or_default(), help_zh, help_en }
    }
}

/// A display as it is to be.
#[derive(InputObject)]
pub struct VehicleStatusDisplayUpsertInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft to change; a new one when left out.
    pub display_id: Option<ID>,
    /// Version of it that the client read.
    pub expected_version: Option<i32>,
    /// Name, unique, at most 120 characters; it stays.
    pub name: String,
    /// To whom.
    pub audience: DisplayAudience,
    /// Only for cars of orders that are fulfilled so; all when left out.
    pub fulfillment_mode: Option<FulfillmentMode>,
    /// How states are shown, each once; those that are left out are shown by the step before.
    pub entries: Vec<VehicleStatusEntryInput>,
}

/// Which display to put in force.
#[derive(InputObject)]
pub struct VehicleStatusDisplayPublishInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft. The one that is in force for its audience and mode is archived in the same moment.
    pub display_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}

/// Which display to take out of use.
#[derive(InputObject)]
pub struct VehicleStatusDisplayArchiveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The display, a draft or published.
    pub display_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}

/// Which display to go back to.
#[derive(InputObject)]
pub struct VehicleStatusDisplayRollbackInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The archived display.
    pub display_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
    /// Name of the new one, unique, at most 120 characters.
    pub name: String,
}
