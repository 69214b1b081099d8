//! What the generator knows and where it stands. Rows come in batches, so that memory stays bounded.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::OrderStatus;
use entity::catalog::finance_plan;
use entity::loyalty::tier;
use entity::order::{settlement_line, settlement_rule};

use super::batch::Batch;
use super::catalog::{self, Catalog};
use super::dice::Dice;
use super::loyalty::{self, Item};
use super::places::{self, Places};
use super::plan::Plan;
use super::streams::Entry;
use super::{
    Volume, benefits, board, contracts, deals, finance, handover, insurance, policies, quality, settlement,
    stock_rules, upstream,
};
use crate::store::Vault;
use crate::values::calendar;

/// Customers of one batch.
const CUSTOMERS: usize = 250;
/// Leads without a customer, or cars without an order, of one batch.
const OTHERS: usize = 200;

/// Makes batch after batch.
pub(super) struct Generator<'a> {
    pub vault: &'a Vault,
    /// The first moment of the day of `now`, in Shanghai; nothing that has happened is later.
    pub today: DateTime<Utc>,
    pub dice: Dice,
    pub places: Places,
    pub catalog: Catalog,
    pub finance_plans: Vec<finance_plan::Model>,
    pub settlement_rules: Vec<settlement_rule::Model>,
    /// Lines with the demo's own store, until its statements are made at the end.
    pub settled: Vec<settlement_line::Model>,
    pub offers: Vec<handover::Offer>,
    pub tiers: Vec<tier::Model>,
    pub items: Vec<Item>,
    pub plan: Plan,
    pub vins: u32,
    pub customers_made: usize,
    pub leads_made: u32,
    pub walk_ins_made: u32,
    pub configurations: u32,
    /// Order numbers given out, by day.
    pub order_numbers: HashMap<NaiveDate, u32>,
    /// Orders made, by state; what comes in turns goes by it.
    pub turns: HashMap<OrderStatus, usize>,
    /// Test drives made, by what they were for.
    pub drives: [usize; 2],
    /// Cars of orders made.
    pub order_cars: usize,
    pub stock_made: usize,
    pub transfers_made: usize,
    pub damage_made: usize,
    pub held_made: usize,
    pub demo_made: usize,
    pub stock_wanted: usize,
    pub cpo_wanted: usize,
    /// What stores' streams carry of the last days; written at the end, in order of time.
    pub store_entries: BTreeMap<usize, Vec<Entry>>,
    /// The same of the customer at hand.
    pub customer_entries: Vec<Entry>,
    reported: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Customers,
    Leads,
    Stock,
    Streams,
    Done,
}

impl<'a> Generator<'a> {
    /// A generator, and the rows that everything else refers to.
    pub(super) fn new(volume: &Volume, vault: &'a Vault, now: DateTime<Utc>) -> (Self, Batch) {
        let today = calendar::start_of_day(calendar::day(now));
        let mut dice = Dice::new(volume.seed);
        let mut batch = Batch::default();
        let places = places::build(volume, today, vault, &mut dice, &mut batch);
        let catalog = catalog::build(today, &mut dice, &mut batch);
        finance::build(volume.seed, today, &mut batch);
        benefits::build(volume.seed, today, &mut batch);
        insurance::build(today, &mut batch);
        contracts::build(volume.seed, today, &mut batch);
        settlement::build(volume.seed, today, &mut batch);
        handover::ceremonies(volume.seed, today, &mut batch);
        policies::build(today, &places, &mut dice, &mut batch);
        stock_rules::build(volume.seed, today, &mut batch);
        quality::displays(today, &mut batch);
        stock_rules::quotas(volume.seed, today, &places, &catalog, &mut batch);
        deals::build(volume.seed, today, (&places, &catalog), &mut batch);
        board::build(today, &mut batch);
        upstream::build(today, &places, vault, &mut batch);
        let (tiers, items) = loyalty::programme(&mut dice, &mut batch);
        let generator = Self {
            vault,
            today,
            dice,
            places,
            catalog,
            finance_plans: batch.finance_plans.clone(),
            settlement_rules: batch.settlement_rules.clone(),
            settled: Vec::new(),
            offers: handover::offers(&batch),
            tiers,
            items,
            plan: Plan::of(volume),
            vins: 0,
            customers_made: 0,
            leads_made: 0,
            walk_ins_made: 0,
            configurations: 0,
            order_numbers: HashMap::new(),
            turns: HashMap::new(),
            drives: [0; 2],
            order_cars: 0,
            stock_made: 0,
            transfers_made: 0,
            damage_made: 0,
            held_made: 0,
            demo_made: 0,
            stock_wanted: 0,
            cpo_wanted: (volume.vehicles as usize).div_ceil(24),
            store_entries: BTreeMap::new(),
            customer_entries: Vec::new(),
            reported: 0,
            stage: Stage::Customers,
        };
        (generator, batch)
    }

    /// The next rows, none at the end. Everything a batch refers to is in it or in the first one.
    pub(super) fn next(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        match self.stage {
            Stage::Customers => {
                let until = (self.customers_made + CUSTOMERS).min(self.plan.customers);
                while self.customers_made < until {
                    self.customer(&mut batch);
                }
                if self.customers_made == self.plan.customers {
                    self.stage = Stage::Leads;
                }
            }
            Stage::Leads => {
                if !self.walk_ins(OTHERS, &mut batch) {
                    self.stage = Stage::Stock;
                    // At least a quarter of what was asked for, however many cars the orders have taken.
                    let wanted = self.plan.vehicles.saturating_sub(self.order_cars).max(self.plan.vehicles / 4);
                    self.stock_wanted = wanted + self.cpo_wanted;
                }
            }
            Stage::Stock => {
                if !self.stock(OTHERS, &mut batch) {
                    self.stage = Stage::Streams;
                }
            }
            Stage::Streams => {
                self.store_streams(&mut batch);
                self.stage = Stage::Done;
            }
            Stage::Done => return None,
        }
        Some(batch)
    }

    /// What refers to rows of many batches; to be written once all are.
    pub(super) fn last(&mut self) -> Batch {
        let mut batch = Batch::default();
        self.statements(&mut batch);
        batch
    }

    /// Customers, leads and cars to be made, roughly.
    pub(super) fn steps(&self) -> u64 {
        (self.plan.customers + self.plan.vehicles) as u64
    }

    /// How many of them were made since this was last asked.
    pub(super) fn advanced(&mut self) -> u64 {
        let made = (self.customers_made + self.stock_made) as u64;
        made - std::mem::replace(&mut self.reported, made)
    }

    /// Which turn of its kind this order has, from zero.
    pub(super) fn turn(&mut self, status: OrderStatus) -> usize {
        let turn = self.turns.entry(status).or_default();
        *turn += 1;
        *turn - 1
    }
}
