//! Demo data (domain.md 4): a whole invented brand with its places, cars, customers, leads, orders and points.
//!
//! The same seed gives the same rows, except for the bytes of sealed values and for times, which are counted from the
//! day of `now` so that demo data never looks old.

mod batch;
mod benefits;
mod board;
mod cars;
mod catalog;
mod catalog_tables;
mod contracts;
mod conversations;
mod customers;
mod deals;
mod delivery;
mod dice;
mod finance;
mod handover;
mod insurance;
mod invoices;
mod leads;
mod loans;
mod loyalty;
mod money;
mod names;
mod orders;
mod place_tables;
mod places;
mod plan;
mod policies;
mod quality;
mod quotes;
mod settlement;
mod stock;
mod stock_rules;
mod streams;
mod tales;
mod tasks;
#[cfg(test)]
mod tests;
pub mod upstream;
mod world;
mod writer;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use entity::log::idempotency;
use entity::place::store;
use entity::{CustomerId, OrderId, Role, StaffId, StoreId, UpstreamSystemId};
use sea_orm::{DbErr, EntityTrait, IntoActiveModel, ModelTrait, QuerySelect};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use batch::Batch;
use world::Generator;
use writer::Sink;

use crate::access::ViewerKind;
use crate::events::{Hub, oem};
use crate::store::{Db, Vault};

/// How much to make. Every kind and every state appears whatever the figures, as long as there are at least
/// [`Volume::small`] of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Start of the random numbers.
    pub seed: u64,
    /// Orders, over all states.
    pub orders: u32,
    /// Customers, over all life-cycle stages.
    pub customers: u32,
    /// Stores, at least 30.
    pub stores: u32,
    /// New cars; certified pre-owned ones come on top (25 for 600).
    pub vehicles: u32,
}

impl Volume {
    /// What an empty database gets in development (domain.md 4.3).
    pub fn demo() -> Self {
        Self { seed: 20_261_124, orders: 320, customers: 2000, stores: 30, vehicles: 600 }
    }

    /// The same with so many orders; past the demo's figures customers and cars grow with them.
    pub fn with_orders(self, orders: u32) -> Self {
        let grown = orders / 5 * 3;
        Self { orders, customers: self.customers.max(grown), vehicles: self.vehicles.max(grown), ..self }
    }

    /// The least that shows everything; for tests.
    pub fn small() -> Self {
        Self { seed: 1, orders: 60, customers: 200, stores: 30, vehicles: 150 }
    }
}

/// How many rows were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows by table, in order of writing.
    pub tables: Vec<(&'static str, u64)>,
}

impl Summary {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

/// Told how far the work has come.
pub trait Progress: Send + Sync {
    /// A stage begins: its name, and how many steps it has.
    fn begin(&self, stage: &'static str, steps: u64);
    /// So many more steps of it are done.
    fn advance(&self, steps: u64);
    /// All is done.
    fn finish(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

/// People and things that are there after every run, under the same ids; for the pages, examples and tests of
/// development.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoPeople {
    /// A customer with an order under way, consents, and points in several lots.
    pub customer: CustomerId,
    /// That order: the car is shipped, what comes next can be recorded.
    pub order: OrderId,
    /// The store that sells and hands over that order.
    pub store: StoreId,
    /// A consultant of the store, with leads and open follow-ups.
    pub consultant: StaffId,
    /// The store's manager.
    pub manager: StaffId,
    /// An operator of the car maker.
    pub operator: StaffId,
    /// The car maker's order management, which sends events.
    pub system: UpstreamSystemId,
    /// The stand-ins for what lies behind the gateway.
    pub sandbox: UpstreamSystemId,
}

impl DemoPeople {
    /// The one of a role; nobody without one.
    pub fn of_role(self, role: Option<Role>) -> ViewerKind {
        let staff = |id, manager| ViewerKind::Staff { id, store: self.store, manager };
        match role {
            None => ViewerKind::Anonymous,
            Some(Role::Customer) => ViewerKind::Customer(self.customer),
            Some(Role::Consultant) => staff(self.consultant, false),
            Some(Role::StoreManager) => staff(self.manager, true),
            Some(Role::Operator) => ViewerKind::Operator(self.operator),
            Some(Role::PartnerSystem) => ViewerKind::System(self.system),
        }
    }
}

/// See [`DemoPeople`].
pub fn demo_people() -> DemoPeople {
    // A moment of its own, so that no generated id can meet these.
    const AT: u64 = 1_735_689_600_000;
    DemoPeople {
        customer: CustomerId::from_parts(AT, 1),
        order: OrderId::from_parts(AT, 2),
        store: StoreId::from_parts(AT, 3),
        consultant: StaffId::from_parts(AT, 4),
        manager: StaffId::from_parts(AT, 5),
        operator: StaffId::from_parts(AT, 6),
        system: UpstreamSystemId::from_parts(AT, 7),
        sandbox: UpstreamSystemId::from_parts(AT, 8),
    }
}

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// Nothing.
    Empty,
    /// A run that was cut off.
    Partial,
    /// Data.
    Full,
}

/// What is said of [`Filling::Partial`].
pub const CUT_OFF: &str = "an earlier run was cut off; `milepost migrate fresh` empties the database";

/// The mark of a run that has not come to its end, kept as the record of its idempotency key.
const MARK: (&str, &str, &str) = ("milepost", "seed", "demo");

/// Looks what is there.
///
/// # Errors
/// When the store fails.
pub async fn filling(db: &Db) -> Result<Filling, DbErr> {
    let (caller, mutation, key) = MARK;
    let mark = (caller.to_owned(), mutation.to_owned(), key.to_owned());
    if idempotency::Entity::find_by_id(mark).one(db.conn()).await?.is_some() {
        return Ok(Filling::Partial);
    }
    let store = store::Entity::find().limit(1).one(db.conn()).await?;
    Ok(if store.is_some() { Filling::Full } else { Filling::Empty })
}

/// Batches that one writer puts into one transaction; a load of the demo's size is one alone.
const BATCHES: usize = 100;

/// Writes the data into empty tables.
///
/// # Errors
/// When the store fails; what a failed run has written stays until the database is made anew, and [`filling`] tells.
pub async fn run(
    db: &Db,
    vault: &Vault,
    now: DateTime<Utc>,
    volume: &Volume,
    progress: &dyn Progress,
) -> Result<Summary> {
    let (mut generator, first) = Generator::new(volume, vault, now);
    let mut counts = first.counts();
    progress.begin("places and catalogue", 1);
    let (caller, mutation, key) = MARK;
    let mark = idempotency::Model {
        caller: caller.into(),
        mutation: mutation.into(),
        key: key.into(),
        input_hash: Vec::new(),
        outcome: None,
        created_at: now,
    };
    idempotency::Entity::insert(mark.clone().into_active_model()).exec_without_returning(db.conn()).await?;
    let mut sink = Sink::open(db, now).await?;
    first.write(&mut sink).await?;
    sink.commit().await?;
    progress.advance(1);

    progress.begin("customers, leads, orders and cars", generator.steps());
    let writers = writer::writers(db);
    let mut tasks = JoinSet::new();
    let mut queues = Vec::new();
    for _ in 0..writers {
        // One batch waits while one is written: enough to keep both sides busy, and memory bounded.
        let (queue, batches) = mpsc::channel(1);
        tasks.spawn(write(db.clone(), now, batches));
        queues.push(queue);
    }
    let mut next = 0;
    while let Some(batch) = generator.next() {
        for (sum, count) in counts.iter_mut().zip(batch.counts()) {
            *sum += count;
        }
        if queues[next].send(batch).await.is_err() {
            // The writer has failed and says why below.
            break;
        }
        next = (next + 1) % writers;
        progress.advance(generator.advanced());
    }
    drop(queues);
    while let Some(done) = tasks.join_next().await {
        done.context("a writer of demo data broke down")??;
    }
    let last = generator.last();
    for (sum, count) in counts.iter_mut().zip(last.counts()) {
        *sum += count;
    }
    let mut sink = Sink::open(db, now).await?;
    last.write(&mut sink).await?;
    sink.commit().await?;
    oem::number_all(db, &Hub::default(), now).await?;
    mark.delete(db.conn()).await?;
    progress.finish();
    Ok(Summary { tables: Batch::tables().into_iter().zip(counts).collect() })
}

/// Writes what comes until nothing more does.
async fn write(db: Db, now: DateTime<Utc>, mut batches: mpsc::Receiver<Batch>) -> Result<()> {
    while let Some(batch) = batches.recv().await {
        let mut sink = Sink::open(&db, now).await?;
        batch.write(&mut sink).await?;
        for _ in 1..BATCHES {
            let Some(batch) = batches.recv().await else { break };
            batch.write(&mut sink).await?;
        }
        sink.commit().await?;
    }
    Ok(())
}
