//! How far an order has come: its milestones with their times, and what was said about the date (domain.md 3.2, 3.3).

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{eta_revision, milestone};
use entity::{EtaConfidence, EtaReason, FulfillmentMode, MilestoneCode, MilestoneState, OrderId, OrderStatus};

use super::batch::Batch;
use super::board;
use super::cars::{TO_HUB, day};
use super::world::Generator;
use crate::order::rules::eta::{self, EtaWindow, Leg, LegKind};
use crate::order::rules::milestone::{self as graph, NODES};
use crate::order::rules::pause::awaits_payment;

/// Hours from one milestone to the next, in order of [`NODES`].
const HOURS: [(f64, f64); 24] = [
    (0.0, 0.0),
    (2.0, 72.0),
    (4.0, 72.0),
    (12.0, 72.0),
    (12.0, 48.0),
    (12.0, 96.0),
    // The queue for the slot, ten to thirty-five days (domain.md 4.3).
    (240.0, 840.0),
    (8.0, 20.0),
    (8.0, 24.0),
    (12.0, 30.0),
    (24.0, 72.0),
    (1.0, 12.0),
    (4.0, 96.0),
    (12.0, 48.0),
    (6.0, 30.0),
    (48.0, 200.0),
    (6.0, 48.0),
    (2.0, 20.0),
    (1.0, 20.0),
    (12.0, 72.0),
    (2.0, 12.0),
    (2.0, 24.0),
    (12.0, 96.0),
    (1.0, 48.0),
];

pub(super) const FINANCE: usize = 3;
const PARTS: usize = 4;
const SCHEDULED: usize = 5;
const BODY: usize = 6;
const OFF_LINE: usize = 9;
const RELEASED: usize = 10;
const ALLOCATED: usize = 11;
pub(super) const BALANCE: usize = 12;
const SHIPPED: usize = 13;
const ARRIVED: usize = 15;
const PDI: usize = 16;
const INVOICED: usize = 17;

/// How far orders in fulfilment have come, in turns: every place between contract and papers, those first that show a
/// state of their own.
pub(super) const FULFILLMENT: [usize; 17] = [16, 10, 14, 12, 4, 20, 6, 13, 15, 8, 17, 11, 5, 19, 7, 9, 18];

/// What the delivery of an order depends on.
pub(super) struct Terms {
    pub status: OrderStatus,
    /// How many orders of this state came before.
    pub turn: usize,
    pub demo: bool,
    pub mode: FulfillmentMode,
    /// Where it is handed over.
    pub shop: usize,
    pub loan: bool,
    pub lead_time_days: i32,
}

/// One milestone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub code: MilestoneCode,
    pub state: MilestoneState,
    /// When it was reached; for a DONE one only.
    pub at: Option<DateTime<Utc>>,
}

/// How far an order has come.
#[derive(Debug)]
pub(super) struct Delivery {
    pub marks: Vec<Mark>,
    /// Firm order; none before.
    pub placed_at: Option<DateTime<Utc>>,
    /// When the last thing happened.
    pub last_at: DateTime<Utc>,
    mode: FulfillmentMode,
    shop: usize,
    lead_time_days: i32,
}

impl Delivery {
    pub(super) fn at(&self, code: MilestoneCode) -> Option<DateTime<Utc>> {
        self.marks.iter().find(|mark| mark.code == code).and_then(|mark| mark.at)
    }

    pub(super) fn is_done(&self, code: MilestoneCode) -> bool {
        self.at(code).is_some()
    }

    pub(super) fn states(&self) -> Vec<(MilestoneCode, MilestoneState)> {
        self.marks.iter().map(|mark| (mark.code, mark.state)).collect()
    }
}

/// How many milestones, in order of display, are behind an order.
fn reach(terms: &Terms) -> usize {
    let turn = terms.turn;
    match terms.status {
        _ if terms.demo => SHIPPED + 1,
        OrderStatus::Draft | OrderStatus::Intention | OrderStatus::Expired => 0,
        OrderStatus::Placed => 1,
        OrderStatus::Locked => 2,
        OrderStatus::Contracted => 3 + turn % 2,
        OrderStatus::InFulfillment => FULFILLMENT[turn % FULFILLMENT.len()],
        OrderStatus::ReadyForDelivery => 21 + turn % 2,
        OrderStatus::Delivered => 23 + turn % 2,
        OrderStatus::Completed | OrderStatus::ReturnRequested | OrderStatus::Returned => 24,
        OrderStatus::CancellationRequested => [1, 2, 4, 6][turn % 4],
        OrderStatus::Cancelled => [1, 0, 2, 4][turn % 4],
    }
}

/// Whether the car, built for the order, is off the line and its inspection was taken back: one in two of those there.
pub(super) fn repeats_inspection(status: OrderStatus, turn: usize) -> bool {
    let [round, place] = [turn / FULFILLMENT.len(), turn % FULFILLMENT.len()];
    status == OrderStatus::InFulfillment && FULFILLMENT[place] == RELEASED && round.is_multiple_of(2)
}

impl Generator<'_> {
    pub(super) fn delivery(&mut self, terms: &Terms) -> Delivery {
        let reach = reach(terms);
        let at_store = terms.mode == FulfillmentMode::BuildToStock;
        let waits_for_money = !terms.demo
            && (BALANCE + 1..=INVOICED).contains(&reach)
            && self.places.shops[terms.shop].delivery_center
            && terms.turn.is_multiple_of(2);
        let early_car = terms.mode == FulfillmentMode::BuildToOrder
            && (BODY..=ALLOCATED).contains(&reach)
            && terms.turn.is_multiple_of(3)
            && terms.status == OrderStatus::InFulfillment;
        let money = reach > BALANCE && !waits_for_money;
        let mut marks: Vec<Mark> = graph::plan(terms.mode, false)
            .into_iter()
            .enumerate()
            .map(|(place, planned)| {
                // A car that stands in the store is not shipped to it.
                let on_site = at_store && reach > BALANCE && (SHIPPED..=ARRIVED).contains(&place);
                let overtaken = graph::OVERTAKES.iter().any(|(by, detail)| {
                    *detail == planned.code && position(*by) < reach && (*by != MilestoneCode::BalancePaid || money)
                });
                let state = if planned.state == MilestoneState::Skipped || on_site {
                    MilestoneState::Skipped
                } else if place == FINANCE && !terms.loan {
                    if overtaken { MilestoneState::Skipped } else { MilestoneState::Pending }
                } else if place == BALANCE && !money {
                    MilestoneState::Pending
                } else if place < reach {
                    let silent = overtaken && place != FINANCE && self.dice.percent(12);
                    if silent { MilestoneState::Skipped } else { MilestoneState::Done }
                } else if place == ALLOCATED && early_car {
                    MilestoneState::Done
                } else {
                    MilestoneState::Pending
                };
                Mark { code: planned.code, state, at: None }
            })
            .collect();

        let mut elapsed = TimeDelta::zero();
        let mut since = [TimeDelta::zero(); 24];
        for (place, mark) in marks.iter().enumerate() {
            if mark.state == MilestoneState::Done {
                let (low, high) = HOURS[place];
                if place == ALLOCATED && early_car {
                    since[place] = since[SCHEDULED] + self.dice.hours(1.0, 20.0);
                    elapsed = elapsed.max(since[place]);
                    continue;
                }
                elapsed += self.dice.hours(low, high);
                if place == BODY {
                    elapsed += TimeDelta::days(i64::from(terms.lead_time_days));
                }
                since[place] = elapsed;
            }
        }
        let rest = match terms.status {
            _ if terms.demo => TimeDelta::hours(14),
            OrderStatus::Draft | OrderStatus::Intention => self.dice.hours(1.0, 160.0),
            // Its days of grace run, whatever the hour of the day at which the demo is looked at.
            OrderStatus::Delivered => self.dice.hours(2.0, 140.0),
            OrderStatus::Completed => TimeDelta::days(self.dice.between(9, 300)),
            OrderStatus::ReturnRequested => TimeDelta::days(self.dice.between(4, 20)),
            OrderStatus::Expired | OrderStatus::Cancelled | OrderStatus::Returned => {
                TimeDelta::days(self.dice.between(15, 240))
            }
            _ => self.dice.hours(1.0, 96.0),
        };
        let last_at = self.today - rest;
        let start = last_at - elapsed;
        for (place, mark) in marks.iter_mut().enumerate() {
            mark.at = (mark.state == MilestoneState::Done).then(|| start + since[place]);
        }
        self.next_mark(terms, &mut marks);
        Delivery {
            marks,
            placed_at: (reach > 0).then_some(start),
            last_at,
            mode: terms.mode,
            shop: terms.shop,
            lead_time_days: terms.lead_time_days,
        }
    }

    /// What comes next on an order under way: mostly begun, sometimes late, once taken back.
    fn next_mark(&mut self, terms: &Terms, marks: &mut [Mark]) {
        let under_way = matches!(
            terms.status,
            OrderStatus::Placed
                | OrderStatus::Locked
                | OrderStatus::Contracted
                | OrderStatus::InFulfillment
                | OrderStatus::ReadyForDelivery
                | OrderStatus::Delivered
        );
        // Nobody waits for a loan that was not asked for.
        let waits = |place: usize| marks[place].state == MilestoneState::Pending && (place != FINANCE || terms.loan);
        let Some(next) = (0..marks.len()).find(|place| under_way && waits(*place)) else { return };
        marks[next].state = if terms.demo {
            MilestoneState::Active
        } else if repeats_inspection(terms.status, terms.turn) {
            MilestoneState::RolledBack
        } else if next == PDI {
            MilestoneState::Active
        } else if terms.turn % 9 == 4 {
            MilestoneState::Delayed
        } else if self.dice.percent(70) {
            MilestoneState::Active
        } else {
            MilestoneState::Pending
        };
    }

    /// Writes the milestones.
    pub(super) fn milestones(&mut self, order_id: OrderId, (delivery, paused): (&Delivery, bool), batch: &mut Batch) {
        let mut planned = delivery.placed_at;
        let mut p50 = delivery.last_at.max(self.today);
        let mut p90 = p50;
        for (place, mark) in delivery.marks.iter().enumerate() {
            let skipped = mark.state == MilestoneState::Skipped;
            let (low, high) = HOURS[place];
            if !skipped {
                let extra =
                    if place == BODY { TimeDelta::days(i64::from(delivery.lead_time_days)) } else { TimeDelta::zero() };
                planned = planned.map(|at| at + hours((low + high) / 2.0) + extra);
                if mark.at.is_none() {
                    p50 += hours((low + high) / 2.0) + extra;
                    p90 += hours(high) + extra;
                }
            }
            let open = delivery.placed_at.is_some() && mark.at.is_none() && !skipped;
            let note = match mark.state {
                MilestoneState::Delayed => Some("delayed"),
                MilestoneState::RolledBack => Some("inspection repeated"),
                _ => None,
            };
            batch.milestones.push(milestone::Model {
                id: self.dice.id(),
                order_id,
                code: mark.code,
                position: i32::try_from(place + 1).unwrap_or(i32::MAX),
                state: mark.state,
                planned_at: planned.filter(|_| !skipped),
                forecast_p50: open.then_some(p50),
                forecast_p90: open.then_some(p90),
                forecast_moves_from: (open && paused).then(|| day(self.today)),
                actual_at: mark.at,
                note: note.map(Into::into),
                delay_case_id: None,
                delay_before_p50: None,
                delay_before_p90: None,
                hidden: false,
                sla_hours: board::sla_hours(mark.code),
                party: None,
                open_since: None,
                due_at: None,
                updated_at: mark.at.unwrap_or(delivery.placed_at.unwrap_or(delivery.last_at)),
            });
        }
    }

    /// The stretches of the way to the store.
    fn way_to(&self, delivery: &Delivery) -> Vec<Leg> {
        let leg = |kind, (p50, p90): (i32, i32)| Leg { kind, p10: None, p50: f64::from(p50), p90: f64::from(p90) };
        vec![
            leg(LegKind::Queue, (22 + delivery.lead_time_days, 35 + delivery.lead_time_days)),
            leg(LegKind::Build, (2, 3)),
            leg(LegKind::Release, (1, 3)),
            leg(LegKind::Transport, TO_HUB),
            leg(LegKind::Transport, self.last_leg(delivery.shop)),
            leg(LegKind::YardDwell, (1, 3)),
            leg(LegKind::Pdi, (1, 2)),
            leg(LegKind::Paperwork, (2, 4)),
        ]
    }

    /// What was published about the date, oldest first: a first estimate, then news at each turn of the way that moved
    /// it enough, and now and then a delay.
    pub(super) fn expected(&mut self, order_id: OrderId, delivery: &Delivery) -> Vec<eta_revision::Model> {
        let Some(placed_at) = delivery.placed_at else { return Vec::new() };
        let legs = self.way_to(delivery);
        let plan: Vec<_> =
            graph::plan(delivery.mode, false).into_iter().map(|planned| (planned.code, planned.state)).collect();
        let mut revisions: Vec<eta_revision::Model> = Vec::new();
        let mut publish = |window: EtaWindow, confidence, reason, published_at: DateTime<Utc>, id| {
            let before = revisions.last().map(|revision: &eta_revision::Model| revision.likely);
            if eta::should_publish(before, window.likely, day(published_at)) {
                revisions.push(eta_revision::Model {
                    id,
                    order_id,
                    earliest: window.earliest,
                    likely: window.likely,
                    latest: window.latest,
                    confidence,
                    reason,
                    published_at,
                });
            }
        };
        let first = day(placed_at);
        let left = eta::remaining_legs(&legs, &plan);
        publish(eta::window(first, first, &left), EtaConfidence::Low, EtaReason::Initial, placed_at, self.dice.id());
        let mut states = plan;
        for (place, mark) in delivery.marks.iter().enumerate() {
            if graph::is_finished(mark.state) {
                states[place].1 = mark.state;
            }
            let Some(at) = mark.at else { continue };
            if ![SCHEDULED, OFF_LINE, SHIPPED, ARRIVED, PDI].contains(&place) {
                continue;
            }
            let anchor = day(at);
            let left = eta::remaining_legs(&legs, &states);
            let mut window = eta::window(anchor, anchor, &left);
            let mut reason = EtaReason::Progress;
            if place < ARRIVED && self.dice.percent(12) {
                let late = TimeDelta::days(self.dice.between(3, 9));
                window = EtaWindow {
                    earliest: window.earliest + late,
                    likely: window.likely + late,
                    latest: window.latest + late,
                };
                reason = if place >= SHIPPED {
                    *self.dice.pick(&[EtaReason::Logistics, EtaReason::Weather])
                } else {
                    *self.dice.pick(&[EtaReason::Parts, EtaReason::Capacity, EtaReason::QualityHold])
                };
            } else if place == PDI && awaits_payment(&delivery.states(), false) {
                reason = EtaReason::PaymentPending;
            }
            publish(window, eta::confidence(&states), reason, at, self.dice.id());
        }
        revisions
    }
}

/// Place of a milestone in order of display, from zero.
pub(super) fn position(code: MilestoneCode) -> usize {
    NODES.iter().position(|node| node.code == code).unwrap_or(PARTS)
}

fn hours(hours: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred hours")]
    TimeDelta::minutes((hours * 60.0) as i64)
}
