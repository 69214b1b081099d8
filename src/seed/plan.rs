//! How many of each kind.

use entity::{LifecycleStage, OrderStatus};

use super::Volume;

/// Shares of the states among 320 orders (domain.md 4.3: at least three of each).
const SHARES: &[(OrderStatus, usize)] = &[
    (OrderStatus::InFulfillment, 112),
    (OrderStatus::ReadyForDelivery, 26),
    (OrderStatus::Cancelled, 30),
    (OrderStatus::Placed, 22),
    (OrderStatus::Contracted, 22),
    (OrderStatus::Locked, 20),
    (OrderStatus::Intention, 20),
    (OrderStatus::Delivered, 14),
    (OrderStatus::Completed, 14),
    (OrderStatus::Expired, 12),
    (OrderStatus::Draft, 10),
    (OrderStatus::CancellationRequested, 10),
    (OrderStatus::ReturnRequested, 4),
    (OrderStatus::Returned, 4),
];

/// Numbers of everything, and who has which orders.
#[derive(Debug)]
pub(super) struct Plan {
    pub customers: usize,
    pub vehicles: usize,
    /// Leads, over customers and others.
    pub leads: u32,
    /// Orders of people who have their car.
    owned: Vec<OrderStatus>,
    /// All other orders.
    wanted: Vec<OrderStatus>,
    owners: usize,
    advocates: usize,
    prospects: usize,
    fans: usize,
}

impl Plan {
    pub(super) fn of(volume: &Volume) -> Self {
        let orders = volume.orders as usize;
        let all: usize = SHARES.iter().map(|(_, share)| share).sum();
        let least = if orders >= 3 * SHARES.len() { 3 } else { 0 };
        let (mut owned, mut wanted) = (Vec::new(), Vec::new());
        // The demo order is one of those on the way.
        let mut left = orders.saturating_sub(1);
        // The first of the list, the largest, takes what the others leave.
        for (status, share) in SHARES.iter().rev() {
            let count = if *status == SHARES[0].0 { left } else { (orders * share / all).max(least).min(left) };
            left -= count;
            let has_car =
                matches!(status, OrderStatus::Delivered | OrderStatus::Completed | OrderStatus::ReturnRequested);
            if has_car { &mut owned } else { &mut wanted }.extend(vec![*status; count]);
        }
        // So that neighbours among the customers differ.
        let shuffled = |list: Vec<OrderStatus>| -> Vec<OrderStatus> {
            let step = (list.len() * 61 / 100..).find(|step| *step > 0 && coprime(*step, list.len())).unwrap_or(1);
            (0..list.len()).map(|at| list[at * step % list.len()]).collect()
        };
        let (owned, wanted) = (shuffled(owned), shuffled(wanted));
        let customers = volume.customers.max(10) as usize;
        let advocates = (customers * 15 / 1000).max(1);
        let owners = (customers * 11 / 100).max(owned.len().min(customers / 4)).max(1);
        let prospects = (customers * 225 / 1000).max(wanted.len().min(customers / 2)).max(1);
        Self {
            customers,
            vehicles: volume.vehicles as usize,
            leads: (volume.customers * 9 / 10).max(150),
            fans: customers / 5,
            owned,
            wanted,
            owners,
            advocates,
            prospects,
        }
    }

    /// Stage of customer `serial`; the first is the demo customer, a prospect.
    pub(super) fn stage(&self, serial: usize) -> LifecycleStage {
        let Some(place) = serial.checked_sub(1) else { return LifecycleStage::Prospect };
        if place < self.advocates {
            LifecycleStage::Advocate
        } else if place < self.advocates + self.owners {
            LifecycleStage::Owner
        } else if place < self.advocates + self.owners + self.prospects {
            LifecycleStage::Prospect
        } else if place < self.advocates + self.owners + self.prospects + self.fans {
            LifecycleStage::Fan
        } else {
            LifecycleStage::Follower
        }
    }

    /// States of the orders of customer `serial`, apart from the demo order.
    pub(super) fn orders_of(&self, serial: usize) -> Vec<OrderStatus> {
        let with_car = self.advocates + self.owners;
        let Some(place) = serial.checked_sub(1) else { return Vec::new() };
        let (list, place, people) = if place < with_car {
            (&self.owned, place, with_car)
        } else if place < with_car + self.prospects {
            (&self.wanted, place - with_car, self.prospects)
        } else {
            return Vec::new();
        };
        (place..list.len()).step_by(people).map(|at| list[at]).collect()
    }
}

fn coprime(mut a: usize, mut b: usize) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}
