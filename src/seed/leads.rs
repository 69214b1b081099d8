//! Leads in every stage, with history, touches, tasks and test drives (domain.md 1.3, 3.2, 4.3).

use chrono::{DateTime, TimeDelta, Utc};
use entity::customer::consent;
use entity::lead::{dedupe, event as lead_event, lead, touchpoint};
use entity::{
    ConsentPurpose, EventKind, IntentLevel, LeadEventKind, LeadId, LeadStage, LifecycleStage, LostReason, OrderStatus,
    SalesModel, StaffId, TestDriveId, TestDriveMode,
};
use serde_json::json;

use super::batch::Batch;
use super::customers::{DOCUMENT, Person};
use super::demo_people;
use super::names;
use super::orders::Bought;
use super::streams::{Entry, put};
use super::world::Generator;
use crate::events::log::stream_of;
use crate::lead::rules::dedupe::WINDOW_DAYS;
use crate::lead::rules::score::{Drive, Signals, score};
use crate::lead::rules::stage::is_open;
use crate::store::vault::Personal;

/// What others need to know of a lead.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub created_at: DateTime<Utc>,
    /// A drive that was done.
    pub drive: Option<(TestDriveId, TestDriveMode, DateTime<Utc>)>,
}

/// A lead to be made.
pub(super) struct LeadSpec<'a> {
    pub person: &'a Person,
    /// Whether the person is a customer, or only left a number.
    pub registered: bool,
    pub trim: usize,
    pub stage: LeadStage,
    pub order: Option<&'a Bought>,
    pub owner: Option<StaffId>,
}

/// Stages of leads that no order decides, in turns; each is as frequent as it stands here.
const TURNS: [LeadStage; 20] = {
    use LeadStage::*;
    [
        Assigned,
        Contacted,
        New,
        Qualified,
        TestDriveBooked,
        Lost,
        TestDriven,
        Negotiating,
        Dormant,
        Invalid,
        Contacted,
        Assigned,
        TestDriveBooked,
        Lost,
        Qualified,
        New,
        TestDriven,
        Dormant,
        Contacted,
        Negotiating,
    ]
};

/// Stages from the first to this one with the hours it takes from one to the next.
fn way(stage: LeadStage, drives: bool) -> Vec<(LeadStage, f64, f64)> {
    use LeadStage::*;
    let steps = [
        (New, 0.0, 0.0),
        (Assigned, 0.1, 0.8),
        (Contacted, 0.2, 20.0),
        (Qualified, 1.0, 72.0),
        (TestDriveBooked, 1.0, 48.0),
        (TestDriven, 24.0, 120.0),
        (Negotiating, 2.0, 72.0),
        (Converted, 2.0, 96.0),
    ];
    let end = match stage {
        Invalid => 1,
        Lost | Dormant => 2,
        other => steps.iter().position(|(s, ..)| *s == other).unwrap_or(0),
    };
    let mut way: Vec<_> =
        steps[..=end].iter().filter(|(s, ..)| drives || !matches!(s, TestDriveBooked | TestDriven)).copied().collect();
    match stage {
        Invalid => way.push((stage, 0.5, 30.0)),
        Lost => way.push((stage, 24.0, 300.0)),
        Dormant => way.push((stage, 720.0, 724.0)),
        _ => {}
    }
    way
}

impl Generator<'_> {
    /// The leads of a customer: those that became the orders, and others by how close the person is.
    pub(super) fn leads_of(&mut self, person: &Person, orders: &[Bought], batch: &mut Batch) -> Vec<Asked> {
        let mut made = Vec::new();
        let mut models: Vec<usize> = Vec::new();
        for order in orders {
            let model = self.catalog.model_of(order.trim);
            let led = order.status != OrderStatus::Draft && (person.serial == 0 || self.dice.percent(70));
            if led && !models.contains(&model) {
                models.push(model);
                let spec = LeadSpec {
                    person,
                    registered: true,
                    trim: order.trim,
                    stage: LeadStage::Converted,
                    order: Some(order),
                    owner: None,
                };
                made.push(self.lead(&spec, batch));
            }
        }
        let chance = match person.stage {
            _ if person.serial == 0 => 0,
            LifecycleStage::Prospect if orders.is_empty() => 90,
            LifecycleStage::Fan => 55,
            LifecycleStage::Follower => 14,
            LifecycleStage::Prospect | LifecycleStage::Owner | LifecycleStage::Advocate => 15,
        };
        for chance in [chance, chance / 5] {
            let trim = self.any_trim();
            let model = self.catalog.model_of(trim);
            if self.dice.percent(chance) && !models.contains(&model) {
                models.push(model);
                let stage = TURNS[self.leads_made as usize % TURNS.len()];
                let spec = LeadSpec { person, registered: true, trim, stage, order: None, owner: None };
                made.push(self.lead(&spec, batch));
            }
        }
        made
    }

    /// Leads of people who are no customers yet; false when there are enough. The first twenty are the demo
    /// consultant's, and a few in a hundred after them.
    pub(super) fn walk_ins(&mut self, most: usize, batch: &mut Batch) -> bool {
        for _ in 0..most {
            if self.leads_made >= self.plan.leads && self.walk_ins_made >= 40 {
                return false;
            }
            let serial = self.plan.customers + self.walk_ins_made as usize;
            let mine = self.walk_ins_made < 20 || self.walk_ins_made.is_multiple_of(40);
            let stage = TURNS[self.walk_ins_made as usize % TURNS.len()];
            self.walk_ins_made += 1;
            let shop = if mine { 0 } else { self.dice.below(self.places.shops.len()) };
            let person = Person {
                id: demo_people().customer,
                serial,
                name: names::person(&mut self.dice),
                phone: names::phone(serial as u64),
                stage: LifecycleStage::Follower,
                city: self.places.shops[shop].city,
                shop,
            };
            let trim = self.any_trim();
            let owner = mine.then(|| demo_people().consultant);
            self.lead(&LeadSpec { person: &person, registered: false, trim, stage, order: None, owner }, batch);
        }
        true
    }

    fn lead(&mut self, spec: &LeadSpec<'_>, batch: &mut Batch) -> Asked {
        let id: LeadId = self.dice.id();
        self.leads_made += 1;
        let shop = self.places.shops[spec.person.shop].clone();
        let drives = match spec.stage {
            LeadStage::Converted => spec.person.serial == 0 || self.dice.percent(45),
            LeadStage::Negotiating => self.dice.percent(50),
            _ => true,
        };
        let mut steps: Vec<(LeadStage, DateTime<Utc>)> = Vec::new();
        let mut elapsed = TimeDelta::zero();
        for (stage, low, high) in way(spec.stage, drives) {
            elapsed += self.dice.hours(low, high);
            steps.push((stage, self.today + elapsed));
        }
        let rest = match spec.stage {
            LeadStage::New => self.dice.hours(0.2, 40.0),
            LeadStage::Assigned => self.dice.hours(0.1, 60.0),
            LeadStage::Lost | LeadStage::Invalid | LeadStage::Dormant => self.dice.hours(1.0, 3600.0),
            _ => self.dice.hours(0.5, 500.0),
        };
        let end = spec.order.map_or(self.today - rest, |order| order.created_at);
        for step in &mut steps {
            step.1 += end - (self.today + elapsed);
        }
        let created_at = steps[0].1;
        let given = steps.len() > 1;
        let contacted = steps.iter().filter(|(s, _)| *s >= LeadStage::Contacted && *s != LeadStage::Dormant);
        let last_contact_at = contacted.map(|(_, at)| *at).next_back().filter(|_| spec.stage != LeadStage::Invalid);
        let owner = spec.owner.unwrap_or_else(|| *self.dice.pick(&shop.consultants));
        let touches = 1 + usize::from(self.dice.percent(30)) + usize::from(self.dice.percent(10));
        let channel = self.touches(id, created_at, end, touches, batch);
        let drive = self.drives_of(id, spec, &shop, &steps, batch);
        let intent_level = self.dice.weighted(&[
            (IntentLevel::H, 15),
            (IntentLevel::A, 30),
            (IntentLevel::B, 35),
            (IntentLevel::C, 20),
        ]);
        let signals = Signals {
            intent: intent_level,
            channel,
            touchpoints: u32::try_from(touches).unwrap_or(1),
            drive: match (drive, spec.stage) {
                (Some(_), _) => Drive::Done,
                (None, LeadStage::TestDriveBooked) => Drive::Booked,
                (None, _) => Drive::None,
            },
            last_activity: last_contact_at.unwrap_or(created_at),
        };
        let next_follow_up_at = self.tasks(id, spec, &shop, owner, &steps, batch);
        let hash = self.vault.blind(Personal::Phone, &spec.person.phone);
        let lost = matches!(spec.stage, LeadStage::Lost | LeadStage::Invalid);
        let lost_reason = lost.then(|| match spec.stage {
            LeadStage::Invalid => *self.dice.pick(&[LostReason::NotGenuine, LostReason::Duplicate]),
            _ => *self.dice.pick(&[
                LostReason::Competitor,
                LostReason::Price,
                LostReason::NoNeed,
                LostReason::Unreachable,
                LostReason::Other,
            ]),
        });
        let model_id = self.catalog.trims[spec.trim].model_id;
        let row = lead::Model {
            id,
            number: format!("YL{:08}", self.leads_made),
            customer_id: spec.registered.then_some(spec.person.id),
            name: (spec.registered || self.dice.percent(80))
                .then(|| self.vault.seal(Personal::Name, &spec.person.name)),
            phone: self.vault.seal(Personal::Phone, &spec.person.phone),
            phone_hash: hash.clone(),
            model_id,
            trim_id: self.dice.percent(60).then(|| self.catalog.trims[spec.trim].id),
            city_code: self.places.cities[spec.person.city].code.into(),
            store_id: given.then_some(shop.id),
            owner_id: (given && (spec.owner.is_some() || spec.stage != LeadStage::Assigned || self.dice.percent(60)))
                .then_some(owner),
            stage: spec.stage,
            intent_level,
            score: i32::from(score(&signals, self.today)),
            channel,
            touchpoint_count: i32::try_from(touches).unwrap_or(1),
            next_follow_up_at,
            last_contact_at,
            lost_reason,
            converted_order_id: spec.order.map(|order| order.id),
            version: i32::try_from(steps.len()).unwrap_or(1),
            created_at,
            updated_at: end,
        };
        batch.dedupes.push(dedupe::Model {
            phone_hash: hash,
            model_id,
            lead_id: id,
            window_until: created_at + TimeDelta::days(WINDOW_DAYS),
        });
        // A dealer is another controller: the person has agreed with the lead (PIPL 23).
        if !spec.registered && given && shop.model != SalesModel::Direct {
            batch.consents.push(consent::Model {
                id: self.dice.id(),
                customer_id: None,
                lead_id: Some(id),
                purpose: ConsentPurpose::ShareWithDealer,
                document_version: DOCUMENT.into(),
                channel,
                granted_at: created_at,
                withdrawn_at: None,
            });
        }
        self.lead_history(&row, spec, owner, &steps, batch);
        batch.leads.push(row);
        Asked { created_at, drive }
    }

    /// The submits of forms; answers the channel of the first.
    fn touches(
        &mut self,
        lead_id: LeadId,
        created_at: DateTime<Utc>,
        end: DateTime<Utc>,
        count: usize,
        batch: &mut Batch,
    ) -> entity::Channel {
        let first = self.channel();
        for number in 0..count {
            let channel = if number == 0 { first } else { self.channel() };
            let later = (end - created_at).min(TimeDelta::days(WINDOW_DAYS - 1));
            let occurred_at = created_at + later * i32::try_from(number).unwrap_or(0) / 4;
            let touchpoint =
                *self.dice.pick(&["model-page", "configurator", "test-drive-form", "showroom", "price-page"]);
            let campaign =
                self.dice.percent(35).then(|| *self.dice.pick(&["autumn", "motor-show", "c5-launch", "referral"]));
            batch.touchpoints.push(touchpoint::Model {
                id: self.dice.id(),
                lead_id,
                channel,
                touchpoint: touchpoint.into(),
                campaign: campaign.map(Into::into),
                occurred_at,
            });
        }
        first
    }

    /// The history, and the same on the streams.
    fn lead_history(
        &mut self,
        row: &lead::Model,
        spec: &LeadSpec<'_>,
        owner: StaffId,
        steps: &[(LeadStage, DateTime<Utc>)],
        batch: &mut Batch,
    ) {
        let mut entries = Vec::new();
        for (place, (stage, at)) in steps.iter().enumerate() {
            let from = place.checked_sub(1).map(|before| steps[before].0);
            let (kind, event, payload) = match stage {
                LeadStage::New => (
                    LeadEventKind::Submitted,
                    EventKind::LeadSubmitted,
                    json!({ "leadId": row.id, "touchpointCount": row.touchpoint_count, "stage": stage }),
                ),
                LeadStage::Assigned => (
                    LeadEventKind::Assigned,
                    EventKind::LeadAssigned,
                    json!({ "leadId": row.id, "storeId": row.store_id, "ownerId": row.owner_id }),
                ),
                other => {
                    let kind = match other {
                        LeadStage::Qualified => LeadEventKind::Qualified,
                        LeadStage::TestDriveBooked => LeadEventKind::TestDriveBooked,
                        LeadStage::TestDriven => LeadEventKind::TestDriveCompleted,
                        LeadStage::Converted => LeadEventKind::Converted,
                        LeadStage::Invalid | LeadStage::Lost | LeadStage::Dormant => LeadEventKind::Closed,
                        _ => LeadEventKind::FollowUpCompleted,
                    };
                    let payload = json!({ "leadId": row.id, "from": from, "to": stage });
                    (kind, EventKind::LeadStageChanged, payload)
                }
            };
            let actor = match stage {
                LeadStage::New if spec.registered => spec.person.id.to_string(),
                LeadStage::New => "anonymous".into(),
                LeadStage::Assigned | LeadStage::Converted | LeadStage::Dormant => "system".into(),
                _ => owner.to_string(),
            };
            batch.lead_events.push(lead_event::Model {
                id: self.dice.id(),
                lead_id: row.id,
                kind,
                from_stage: from,
                to_stage: Some(*stage),
                actor,
                note: None,
                occurred_at: *at,
            });
            let entry = Entry {
                at: *at,
                event_id: self.dice.id(),
                kind: event,
                aggregate: row.id.to_string(),
                version: i32::try_from(place + 1).unwrap_or(1),
                payload,
            };
            if row.store_id.is_some() && *stage != LeadStage::New {
                self.tell_store(spec.person.shop, &entry);
            }
            if spec.registered && self.is_recent(entry.at) {
                self.customer_entries.push(entry.clone());
            }
            if self.is_recent(entry.at) {
                entries.push(entry);
            }
        }
        put(&stream_of("lead", row.id), entries, batch);
    }
}

/// Whether work on a lead goes on.
pub(super) fn goes_on(stage: LeadStage) -> bool {
    is_open(stage) && stage != LeadStage::New
}
