//! Cars that no order has: for stock, on the way, held by stores, demo cars, and certified pre-owned ones.

use chrono::TimeDelta;
use entity::inventory::allocation;
use entity::{AllocationKind, CommercialStatus, PhysicalStatus, StockType};

use super::batch::Batch;
use super::cars::CarSpec;
use super::world::Generator;

/// States of cars without an order, in a round of a hundred, so that every state is there from a hundred cars on. With
/// the cars of the orders this gives the shares of domain.md 4.3.
const ROUND: &[(PhysicalStatus, usize)] = &[
    (PhysicalStatus::InStock, 65),
    (PhysicalStatus::InTransit, 9),
    (PhysicalStatus::Planned, 6),
    (PhysicalStatus::Scheduled, 6),
    (PhysicalStatus::InProduction, 6),
    (PhysicalStatus::QualityHold, 2),
    (PhysicalStatus::Demo, 2),
    (PhysicalStatus::Built, 1),
    (PhysicalStatus::Released, 1),
    (PhysicalStatus::Transferring, 1),
    (PhysicalStatus::TotalLoss, 1),
];

/// One in so many cars that may be held is.
const HELD: usize = 5;

impl Generator<'_> {
    /// The next cars without an order; false when there are enough.
    pub(super) fn stock(&mut self, most: usize, batch: &mut Batch) -> bool {
        for _ in 0..most {
            if self.stock_made >= self.stock_wanted {
                return false;
            }
            let serial = self.stock_made;
            self.stock_made += 1;
            if serial >= self.stock_wanted - self.cpo_wanted {
                self.pre_owned(batch);
            } else {
                self.new_car(serial, batch);
            }
        }
        true
    }

    fn new_car(&mut self, serial: usize, batch: &mut Batch) {
        // A step that has no divisor in common with a hundred visits every place of the round.
        let mut place = serial * 37 % 100;
        let mut physical = PhysicalStatus::InStock;
        for (status, share) in ROUND {
            if place < *share {
                physical = *status;
                break;
            }
            place -= share;
        }
        let trim = self.any_trim();
        let choice = self.catalog.choose(trim, &mut self.dice);
        // The demo store has a dozen cars of its own in any case.
        let shop = if serial.is_multiple_of(25) { 0 } else { self.dice.below(self.places.shops.len()) };
        let at_hub = physical == PhysicalStatus::InStock && shop != 0 && self.dice.percent(12);
        let held = matches!(physical, PhysicalStatus::InStock | PhysicalStatus::InTransit)
            && !at_hub
            && serial % HELD == HELD - 1;
        let display = physical == PhysicalStatus::InStock && !at_hub && !held && serial % 23 == 5;
        let age = match physical {
            PhysicalStatus::InStock | PhysicalStatus::Demo => self.dice.days(38.0),
            PhysicalStatus::InTransit => self.dice.between(0, 6),
            _ => self.dice.between(0, 20),
        };
        let since = self.today - TimeDelta::days(age) - self.dice.hours(1.0, 23.0);
        let spec = CarSpec {
            choice,
            physical,
            commercial: if held { CommercialStatus::Reserved } else { CommercialStatus::Free },
            shop,
            at_hub,
            stock_type: display.then_some(StockType::Display),
            since,
            known: Vec::new(),
        };
        let free = spec.commercial == CommercialStatus::Free && physical == PhysicalStatus::InStock;
        let vehicle_id = self.car(spec, batch);
        self.damaged(vehicle_id, physical, batch);
        if free && shop == 0 && !display {
            self.asked_for(vehicle_id, batch);
        }
        if held {
            let store = self.places.shops[shop].clone();
            let created_at = self.today - self.dice.hours(0.5, 12.0);
            let actor = self.dice.pick(&store.consultants).to_string();
            batch.allocations.push(allocation::Model {
                id: self.dice.id(),
                vehicle_id,
                order_id: None,
                store_id: Some(store.id),
                kind: AllocationKind::Soft,
                actor,
                // Counted from the end of the day, so that a hold of the demo still stands when it is looked at.
                expires_at: Some(self.today + TimeDelta::days(1) + self.dice.hours(1.0, 48.0)),
                released_at: None,
                created_at,
            });
        }
    }

    fn pre_owned(&mut self, batch: &mut Batch) {
        let trim = self.any_trim();
        let mut choice = self.catalog.choose(trim, &mut self.dice);
        choice.list_minor = choice.list_minor * self.dice.between(55, 78) / 100 / 10_000 * 10_000;
        let since = self.today - TimeDelta::days(self.dice.days(30.0)) - self.dice.hours(1.0, 23.0);
        let shop = self.dice.below(self.places.shops.len());
        let built = since - TimeDelta::days(self.dice.between(200, 420));
        self.car(
            CarSpec {
                choice,
                physical: PhysicalStatus::InStock,
                commercial: CommercialStatus::Free,
                shop,
                at_hub: false,
                stock_type: Some(StockType::Cpo),
                since,
                known: vec![(PhysicalStatus::Built, built)],
            },
            batch,
        );
    }

    /// A trim; the middle of the range sells best.
    pub(super) fn any_trim(&mut self) -> usize {
        self.dice.weighted(&[
            (0, 8),
            (1, 10),
            (2, 15),
            (3, 20),
            (4, 8),
            (5, 10),
            (6, 9),
            (7, 5),
            (8, 7),
            (9, 5),
            (10, 3),
        ])
    }
}
