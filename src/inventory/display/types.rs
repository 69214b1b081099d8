//! What displays look like, and a state as they show it.

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::inventory::{status_display, vehicle_unit};
use entity::{
    DisplayAudience, DisplayColor, DisplayIcon, FulfillmentMode, Locale, PolicyStatus, StatusEntry, VehicleStatus,
};

use super::links::DisplaysInForce;
use super::rules;
use crate::access::{Viewer, ViewerKind};
use crate::graph::{Call, Fields, Result, fields};

/// The state of a car as it is shown.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct VehicleDisplayStatus {
    /// What it is called, in the language of the request.
    pub label: String,
    /// Which step of the way it is, from 1; several states may be one step.
    pub step: i32,
    /// Its colour.
    pub color: DisplayColor,
    /// Its picture.
    pub icon: DisplayIcon,
    /// What it means, in the language of the request.
    pub help: Option<String>,
}

impl VehicleDisplayStatus {
    /// An entry in a language.
    pub fn of(entry: &StatusEntry, locale: Locale) -> Self {
        let (label, help) = match locale {
            Locale::ZhCn => (&entry.label_zh, &entry.help_zh),
            Locale::En => (&entry.label_en, &entry.help_en),
        };
        Self { label: label.clone(), step: entry.step, color: entry.color, icon: entry.icon, help: help.clone() }
    }
}

/// For whom the viewer's screens are.
pub fn audience(viewer: &Viewer) -> DisplayAudience {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => DisplayAudience::Customer,
        ViewerKind::Staff { .. } => DisplayAudience::Dealer,
        ViewerKind::Operator(_) => DisplayAudience::Oem,
    }
}

/// The state of a car as the caller is shown it. What is published is read once for a request, however many cars there are.
///
/// # Errors
/// While it is not read yet.
pub fn shown_of_car(
    call: &Call,
    car: &vehicle_unit::Model,
    mode: Option<FulfillmentMode>,
) -> Result<VehicleDisplayStatus> {
    let audience = audience(&call.viewer);
    let displays = call.found::<DisplaysInForce>(&())?;
    let published = rules::in_force(&displays, audience, mode).map(|display| &display.entries.0[..]);
    let place = rules::place(car.physical_status, car.commercial_status, car.resume_to);
    Ok(VehicleDisplayStatus::of(rules::shown(published, audience, place), call.locale))
}

/// How the states of cars are shown to whom (C100). One that is published is not changed: its successor takes its place.
#[derive(Clone, Debug, Description)]
pub struct VehicleStatusDisplay(pub status_display::Model);

#[fields(rows(status_display::Model))]
impl VehicleStatusDisplay {
    /// Type-prefixed ULID, as in `vsd_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Name, unique.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// State; published ones count, one for an audience and a mode.
    fn status(&self) -> PolicyStatus {
        self.0.status
    }

    /// To whom.
    fn audience(&self) -> DisplayAudience {
        self.0.audience
    }

    /// Only for cars of orders that are fulfilled so; null for all others.
    fn fulfillment_mode(&self) -> Option<FulfillmentMode> {
        self.0.fulfillment_mode
    }

    /// How each state is shown; those that are not here are shown by the step before.
    #[columns(entries)]
    fn entries(&self) -> Vec<VehicleStatusEntry> {
        self.0.entries.0.iter().cloned().map(VehicleStatusEntry::from).collect()
    }

    /// Who changed it last.
    fn changed_by(&self) -> &str {
        &self.0.changed_by
    }

    /// When it last changed.
    fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// How one state is shown.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct VehicleStatusEntry {
    /// The state.
    pub status: VehicleStatus,
    /// What it is called in Chinese.
    pub label_zh: String,
    /// The same in English.
    pub label_en: String,
    /// Which step of the way it is.
    pub step: i32,
    /// Its colour.
    pub color: DisplayColor,
    /// Its picture.
    pub icon: DisplayIcon,
    /// Whether the step before is shown in its place.
    pub hidden: bool,
    /// What it means, in Chinese.
    pub help_zh: Option<String>,
    /// The same in English.
    pub help_en: Option<String>,
}

impl From<StatusEntry> for VehicleStatusEntry {
    fn from(of: StatusEntry) -> Self {
        let StatusEntry { status, label_zh, label_en, step, color, icon, hidden, help_zh, help_en } = of;
        Self { status, label_zh, label_en, step, color, icon, hidden, help_zh, help_en }
    }
}

/// A state, and how somebody else would be shown it.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct VehicleStatusPreview {
    /// The state.
    pub status: VehicleStatus,
    /// As it would be shown.
    pub display: VehicleDisplayStatus,
    /// Whether another state stands for it, since it is hidden or has no entry.
    pub is_fallback: bool,
}
