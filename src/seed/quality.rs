//! Damage to cars (domain.md 4.3), and how the states of cars are shown to customers. The numbers of what was made give the rows, so that
//! what the dice gave before stays as it is.

use chrono::{DateTime, TimeDelta, Utc};
use entity::inventory::{quality_case, quality_event, status_display};
use entity::{
    Codes, DisplayAudience, PhysicalStatus, PolicyStatus, QualityDamageCaseId, QualityDamageEventId, QualityDamageKind,
    QualityDamageLiability, QualityDamageNode, QualityDamagePosition, QualityDamageSeverity, QualityDamageState,
    StatusDisplayId, StatusEntries, StatusEntry, VehicleStatus, VehicleUnitId,
};

use super::batch::Batch;
use super::world::Generator;
use crate::inventory::display::rules::built_in;

/// States on the way, in their order.
const WAY: [QualityDamageState; 6] = {
    use QualityDamageState::{Assessed, Closed, LiabilityConfirmed, Reinspected, Repairing, Reported};
    [Reported, Assessed, LiabilityConfirmed, Repairing, Reinspected, Closed]
};

/// Node, severity, position, kind, words, who answers for it.
type Found = (
    QualityDamageNode,
    QualityDamageSeverity,
    QualityDamagePosition,
    QualityDamageKind,
    &'static str,
    QualityDamageLiability,
);

const FOUND: &[Found] = {
    use QualityDamageKind::{Crack, Dent, Malfunction, Scratch};
    use QualityDamageLiability as Of;
    use QualityDamageNode::{Carrier, Pdi, Plant, Store};
    use QualityDamagePosition::{Front, Glass, LeftSide, Powertrain};
    use QualityDamageSeverity::{Major, Minor, Moderate};
    &[
        (Carrier, Minor, LeftSide, Scratch, "左后门下沿划痕，长约 8 厘米，未见底漆。", Of::Carrier),
        (Pdi, Moderate, Front, Dent, "前保险杠右侧凹陷，需更换。", Of::Unknown),
        (Store, Moderate, Glass, Crack, "前风挡玻璃有裂纹，移车时被碎石击中。", Of::Store),
        (Plant, Major, Powertrain, Malfunction, "电驱自检报警，需返厂检查。", Of::Supplier),
    ]
};

impl Generator<'_> {
    /// A car without an order: one that is held has damage that is open, one that is written off was damaged, and of those that drive
    /// one was repaired, and one is sold as it is.
    pub(super) fn damaged(&mut self, vehicle_id: VehicleUnitId, physical: PhysicalStatus, batch: &mut Batch) {
        let state = match physical {
            PhysicalStatus::QualityHold => {
                self.held_made += 1;
                WAY[(self.held_made - 1) % 5]
            }
            PhysicalStatus::TotalLoss => QualityDamageState::Scrapped,
            PhysicalStatus::Demo if self.demo_made < 2 => {
                self.demo_made += 1;
                if self.demo_made == 1 { QualityDamageState::Downgraded } else { QualityDamageState::Closed }
            }
            _ => return,
        };
        self.damage_made += 1;
        let number = self.damage_made;
        let (node, severity, position, kind, description, liability) = FOUND[number % FOUND.len()];
        let cost_minor = [120_000, 80_000, 350_000, 1_200_000][number % FOUND.len()];
        let begun = self.today - TimeDelta::hours(60 + i64::try_from(number % 12).unwrap_or_default());
        let last = WAY.iter().position(|step| *step == state);
        // What is not on the way leaves it after the assessment.
        let steps: Vec<_> = match last {
            Some(last) => WAY[..=last].to_vec(),
            None => vec![WAY[0], WAY[1], state],
        };
        let reached = |step| steps.contains(&step);
        let at = |place: usize| begun + TimeDelta::hours(10 * i64::try_from(place).unwrap_or_default());
        let ended =
            matches!(state, QualityDamageState::Closed | QualityDamageState::Downgraded | QualityDamageState::Scrapped);
        let id = QualityDamageCaseId::from_parts(begun.timestamp_millis().unsigned_abs(), number as u128);
        for (place, step) in steps.iter().enumerate() {
            let moment = at(place).timestamp_millis().unsigned_abs();
            batch.quality_events.push(quality_event::Model {
                id: QualityDamageEventId::from_parts(moment, (number * 10 + place) as u128),
                case_id: id,
                from_state: place.checked_sub(1).map(|before| steps[before]),
                to_state: *step,
                swap_state: None,
                actor: "system".into(),
                note: None,
                occurred_at: at(place),
            });
        }
        let end = at(steps.len() - 1);
        batch.quality_cases.push(quality_case::Model {
            id,
            vehicle_id,
            order_id: None,
            state,
            node,
            carrier: (node == QualityDamageNode::Carrier).then(|| "远山物流".into()),
            severity,
            position,
            kind,
            description: description.into(),
            photos: Codes::default(),
            liability: reached(QualityDamageState::LiabilityConfirmed).then_some(liability),
            liable_party: None,
            cost_minor: reached(QualityDamageState::Assessed).then_some(cost_minor),
            repair_note: reached(QualityDamageState::Repairing).then(|| "钣喷修复。".into()),
            disclosure: (state == QualityDamageState::Downgraded)
                .then(|| "试驾期间左侧轻微划痕，未修复，按现状销售。".into()),
            expected_at: None,
            reported_by: "system".into(),
            number: None,
            found_at: begun,
            reported_at: begun,
            ended_at: ended.then_some(end),
            swap_state: None,
            swap_answer: None,
            swap_requested_at: None,
            version: i32::try_from(steps.len()).unwrap_or(1),
            updated_at: end,
        });
    }
}

/// Name, state, audience, what of the built-in entries is hidden besides.
const DISPLAYS: &[(&str, PolicyStatus, DisplayAudience, &[VehicleStatus])] = {
    use DisplayAudience::{Customer, Dealer};
    use PolicyStatus::{Draft, Published};
    use VehicleStatus::{Built, Released, Scheduled};
    &[
        ("Customers: the way in few steps", Published, Customer, &[Scheduled, Built, Released]),
        ("Stores: draft", Draft, Dealer, &[]),
    ]
};

/// How states are shown.
pub(super) fn displays(today: DateTime<Utc>, batch: &mut Batch) {
    let changed_at = today - TimeDelta::days(60);
    for (place, (name, status, audience, hidden)) in DISPLAYS.iter().enumerate() {
        let entries = built_in(*audience).iter();
        let entries = entries
            .map(|entry| StatusEntry { hidden: entry.hidden || hidden.contains(&entry.status), ..entry.clone() });
        batch.status_displays.push(status_display::Model {
            id: StatusDisplayId::from_parts(changed_at.timestamp_millis().unsigned_abs(), place as u128),
            name: (*name).to_owned(),
            status: *status,
            audience: *audience,
            fulfillment_mode: None,
            entries: StatusEntries(entries.collect()),
            changed_by: "system".into(),
            changed_at,
            version: 1,
        });
    }
}
