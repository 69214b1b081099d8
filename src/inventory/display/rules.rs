//! How the state of a car is shown (C100; domain.md 3.7): by the entry of its state, or by that of the step before where there is none or
//! it is hidden. There is always something to show, and never what is hidden.

use std::sync::LazyLock;

use entity::inventory::status_display;
use entity::vocabulary::{
    CommercialStatus, DisplayAudience, DisplayColor, DisplayIcon, FulfillmentMode, PhysicalStatus, PolicyStatus,
    VehicleStatus,
};
use entity::{Locale, StatusEntry};

use super::super::rules::policy::{Broken, within};
use super::super::rules::status;
use crate::graph::text::text;
use crate::values::text as values;

/// Steps of the way.
pub const STEPS: (i32, i32) = (1, 50);

/// Most characters of a label, and of what it means.
pub const MAX_LABEL: u32 = 40;
pub const MAX_HELP: u32 = 200;

/// A state, and the one that it came from where it does not lie on the way: what is held has been somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub status: VehicleStatus,
    pub before: Option<VehicleStatus>,
}

/// Where a car is.
pub fn place(physical: PhysicalStatus, commercial: CommercialStatus, resume_to: Option<PhysicalStatus>) -> Place {
    let shown = |physical| status::shown(physical, commercial);
    Place { status: shown(physical), before: resume_to.filter(|before| *before != physical).map(shown) }
}

/// The step before a state, which stands for it where it is not shown; none before the first.
pub fn parent(of: VehicleStatus, before: Option<VehicleStatus>) -> Option<VehicleStatus> {
    use VehicleStatus::*;
    match of {
        Planned => None,
        Scheduled => Some(Planned),
        InProduction => Some(Scheduled),
        Built => Some(InProduction),
        Released => Some(Built),
        InTransit => Some(Released),
        InStock => Some(InTransit),
        Reserved | Allocated | Transferring | Pdi | Demo | Returned => Some(InStock),
        Ready => Some(Pdi),
        Delivered => Some(Ready),
        QualityHold => Some(before.filter(|before| !matches!(before, QualityHold | TotalLoss)).unwrap_or(InStock)),
        TotalLoss => Some(QualityHold),
    }
}

/// The entry that shows a state: its own, or that of the nearest step before that has one and is not hidden; none when there is none.
pub fn entry(entries: &[StatusEntry], of: Place) -> Option<&StatusEntry> {
    let mut at = Some(of.status);
    while let Some(status) = at {
        let own = entries.iter().find(|entry| entry.status == status && !entry.hidden);
        if own.is_some() {
            return own;
        }
        at = parent(status, of.before);
    }
    None
}

/// How a state is shown: by what is published, else by what is built in; where all of it is hidden, as a car that is seen to.
pub fn shown(published: Option<&[StatusEntry]>, audience: DisplayAudience, of: Place) -> &StatusEntry {
    entry(published.unwrap_or_else(|| built_in(audience)), of).unwrap_or(&ANYTHING)
}

/// The display in force for an audience and a mode: that of the mode, else that of the audience.
pub fn in_force(
    displays: &[status_display::Model],
    audience: DisplayAudience,
    mode: Option<FulfillmentMode>,
) -> Option<&status_display::Model> {
    let find = |mode: Option<FulfillmentMode>| {
        displays.iter().find(|display| {
            display.status == PolicyStatus::Published
                && display.audience == audience
                && display.fulfillment_mode == mode
        })
    };
    mode.and_then(|mode| find(Some(mode))).or_else(|| find(None))
}

/// Everything that entries break: each state once, at least one that is shown, labels in both languages.
pub fn check(entries: &[StatusEntry]) -> Vec<Broken> {
    let mut broken = Vec::new();
    if !entries.iter().any(|entry| !entry.hidden) {
        broken.push(Broken::at("entries", "display-none"));
    }
    for (place, entry) in entries.iter().enumerate() {
        let field = |name: &str| format!("entries.{place}.{name}");
        if entries[..place].iter().any(|earlier| earlier.status == entry.status) {
            broken.push(Broken::at(field("status"), "display-status-twice"));
        }
        broken.extend(within(&field("step"), Some(entry.step), STEPS));
        for (name, label) in [("labelZh", &entry.label_zh), ("labelEn", &entry.label_en)] {
            if values::line(label, MAX_LABEL).as_deref() != Ok(label.as_str()) {
                broken.push(Broken::at(field(name), "display-label"));
            }
        }
        for (name, help) in [("helpZh", &entry.help_zh), ("helpEn", &entry.help_en)] {
            if help.as_ref().is_some_and(|help| values::line(help, MAX_HELP).as_deref() != Ok(help.as_str())) {
                broken.push(Broken::at(field(name), "display-help"));
            }
        }
    }
    broken
}

/// Key of a state's label.
fn label_key(status: VehicleStatus) -> String {
    format!("vehicle-status-{}", status.code().to_lowercase().replace('_', "-"))
}

/// What is not a customer's business while nothing is published.
const HOUSE: &[VehicleStatus] = {
    use VehicleStatus::{Demo, Reserved, Returned, TotalLoss, Transferring};
    &[Reserved, Transferring, Demo, Returned, TotalLoss]
};

/// Step, colour and picture of a state while nothing is published.
fn look(status: VehicleStatus) -> (i32, DisplayColor, DisplayIcon) {
    use DisplayColor::{Danger, Info, Neutral, Success, Warning};
    use DisplayIcon::{Alert, Calendar, Car, Factory, Key, Lock, Store, Truck, Wrench};
    match status {
        VehicleStatus::Planned => (1, Neutral, Calendar),
        VehicleStatus::Scheduled => (2, Neutral, Calendar),
        VehicleStatus::InProduction => (3, Info, Factory),
        VehicleStatus::Built => (4, Info, Factory),
        VehicleStatus::Released => (5, Info, Factory),
        VehicleStatus::InTransit => (6, Info, Truck),
        VehicleStatus::InStock => (7, Success, Store),
        VehicleStatus::Transferring => (7, Info, Truck),
        VehicleStatus::Demo => (7, Neutral, Car),
        VehicleStatus::Returned => (7, Neutral, Car),
        VehicleStatus::Reserved => (8, Warning, Lock),
        VehicleStatus::Allocated => (8, Success, Lock),
        VehicleStatus::Pdi => (9, Info, Wrench),
        VehicleStatus::Ready => (10, Success, Key),
        VehicleStatus::Delivered => (11, Success, Key),
        VehicleStatus::QualityHold => (7, Warning, Alert),
        VehicleStatus::TotalLoss => (7, Danger, Alert),
    }
}

fn made(status: VehicleStatus, key: &str, hidden: bool) -> StatusEntry {
    let (step, color, icon) = look(status);
    let label = |locale| text(locale, key, &[]);
    StatusEntry {
        status,
        label_zh: label(Locale::ZhCn),
        label_en: label(Locale::En),
        step,
        color,
        icon,
        hidden,
        help_zh: None,
        help_en: None,
    }
}

/// What is shown while nothing is published.
pub fn built_in(audience: DisplayAudience) -> &'static [StatusEntry] {
    static ALL: LazyLock<Vec<StatusEntry>> =
        LazyLock::new(|| VehicleStatus::ALL.iter().map(|status| made(*status, &label_key(*status), false)).collect());
    static OPEN: LazyLock<Vec<StatusEntry>> = LazyLock::new(|| {
        let hidden = |entry: &StatusEntry| HOUSE.contains(&entry.status);
        ALL.iter().map(|entry| StatusEntry { hidden: hidden(entry), ..entry.clone() }).collect()
    });
    match audience {
        DisplayAudience::Customer => &OPEN,
        DisplayAudience::Dealer | DisplayAudience::Oem => &ALL,
    }
}

/// What is shown where nothing else may be.
static ANYTHING: LazyLock<StatusEntry> = LazyLock::new(|| made(VehicleStatus::Planned, "vehicle-status-any", false));

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn some_status() -> impl Strategy<Value = VehicleStatus> {
        proptest::sample::select(VehicleStatus::ALL.to_vec())
    }

    fn written(status: VehicleStatus, hidden: bool) -> StatusEntry {
        StatusEntry { label_zh: format!("中 {status}"), label_en: status.to_string(), ..made(status, "x", hidden) }
    }

    proptest! {
        /// Whatever operators leave out or hide: there is a label, it is that of a state that is not hidden, and a state that has an
        /// entry which is shown has that one.
        #[test]
        fn there_is_always_a_label_and_never_a_hidden_one(
            given in proptest::collection::btree_map(some_status(), any::<bool>(), 0..17),
            status in some_status(),
            before in proptest::option::of(some_status()),
        ) {
            let entries: Vec<_> = given.iter().map(|(status, hidden)| written(*status, *hidden)).collect();
            for audience in DisplayAudience::ALL {
                let of = Place { status, before };
                let found = shown(Some(&entries), *audience, of);
                prop_assert!(!found.label_zh.is_empty() && !found.label_en.is_empty() && !found.hidden);
                let is_anything = std::ptr::eq(found, &raw const *ANYTHING);
                prop_assert!(is_anything || given.get(&found.status) == Some(&false));
                if given.get(&status) == Some(&false) {
                    prop_assert_eq!(found.status, status);
                }
                prop_assert!(!shown(None, *audience, of).hidden);
            }
        }
    }

    #[test]
    fn what_is_held_is_shown_where_it_was_and_what_is_hidden_by_the_step_before() {
        use VehicleStatus::*;
        let all = |hidden: &[VehicleStatus]| -> Vec<StatusEntry> {
            VehicleStatus::ALL.iter().map(|status| written(*status, hidden.contains(status))).collect()
        };
        let on_the_way =
            place(PhysicalStatus::QualityHold, CommercialStatus::Allocated, Some(PhysicalStatus::InTransit));
        assert_eq!(on_the_way, Place { status: QualityHold, before: Some(InTransit) });
        let of = |status| Place { status, before: None };
        assert_eq!(entry(&all(&[QualityHold]), on_the_way).unwrap().status, InTransit);
        assert_eq!(entry(&all(&[TotalLoss, QualityHold]), of(TotalLoss)).unwrap().status, InStock);
        assert_eq!(entry(&all(&[Reserved]), of(Reserved)).unwrap().status, InStock);
        assert_eq!(entry(&all(&[Ready, Pdi]), of(Delivered)).unwrap().status, Delivered);
        assert_eq!(entry(&all(&[Delivered, Ready, Pdi]), of(Delivered)).unwrap().status, InStock);
        assert_eq!(entry(&all(VehicleStatus::ALL), of(Ready)), None);
    }

    #[test]
    fn every_state_is_named_in_both_languages() {
        for entry in built_in(DisplayAudience::Oem) {
            let key = label_key(entry.status);
            assert!(entry.label_zh != key && entry.label_en != key && entry.label_zh != entry.label_en, "{key}");
        }
        assert_ne!(ANYTHING.label_zh, ANYTHING.label_en);
        assert_eq!(check(built_in(DisplayAudience::Customer)), []);
    }

    #[test]
    fn entries_name_each_state_once_and_show_something() {
        let good = written(VehicleStatus::InStock, false);
        assert_eq!(check(&[]), [Broken::at("entries", "display-none")]);
        assert_eq!(check(&[StatusEntry { hidden: true, ..good.clone() }]), [Broken::at("entries", "display-none")]);
        let bad = StatusEntry { label_en: " x".into(), step: 0, help_zh: Some(String::new()), ..good.clone() };
        let fields: Vec<_> = check(&[good, bad]).into_iter().map(|broken| broken.field).collect();
        assert_eq!(fields, ["entries.1.status", "entries.1.step", "entries.1.labelEn", "entries.1.helpZh"]);
    }
}
