//! Two hundred at once on one order: what the payment provider says, cars given, swapped and taken back, its configuration locked, and
//! cancellations that are asked for and decided. It is in a legal state after it, and each has exactly one effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use entity::inventory::allocation;
use entity::order::{change_request, order, payment, payment_attempt};
use entity::*;
use futures_util::future::join_all;
use milepost::events::log;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{cool_off, ordered_as, refunds};
use super::handover::recorded::{car, settled};
use super::model::{act, is_whole};
use super::provider::{INITIATE, asked, deed, watchful};
use super::returned::give_all_back;
use super::walk::{Walk, Way};
use super::{key, order_row};
use crate::harness::{Server, until};
use crate::ingest::{event, send, words};

const PAYMENT: &str = "cn.milepost.order.payment.v1";

/// How far the order is when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
    /// The deposit is paid a moment ago: a cancellation needs nobody's leave.
    Cooling,
    /// A while ago.
    Placed,
    /// The configuration is locked.
    Locked,
    /// The contract is signed, and a car is given.
    Allocated,
}

impl Beginning {
    /// Whether no car can be given: the configuration is open.
    fn has_no_car_yet(self) -> bool {
        matches!(self, Self::Cooling | Self::Placed)
    }
}

/// One of the two hundred.
#[derive(Clone, Debug)]
enum Deed {
    /// Somebody is at the provider's page, which tells the gateway of it, twice perhaps.
    AtThePage(&'static str),
    /// A word about money that came by bank, of which there are two.
    Bank(usize),
    Allocate(usize),
    Swap(usize),
    Deallocate,
    Lock,
    /// Asked for twice, under one key.
    Cancel,
    Decide(&'static str),
}

/// What came of one.
type Came = (Deed, String);

struct Round {
    server: Server,
    id: OrderId,
    cars: Vec<VehicleUnitId>,
    /// The balance that waits at the provider.
    pending: Value,
    /// What was done with cars. Nobody calls the order off for good before.
    cars_moved: AtomicUsize,
    /// Cancellations that may still be asked for.
    asking: AtomicUsize,
}

/// How many cancellations are asked for, each twice.
const CANCELLATIONS: usize = 15;

/// Money that comes by bank, fen.
const BY_BANK: [i64; 2] = [1_100_000, 1_300_000];

impl Round {
    async fn of(beginning: Beginning) -> Self {
        let server = watchful().setting("MILEPOST_CONTRACTS__CHECK_SECONDS", "1").start().await;
        let id = ordered_as(&server, "PLACED", json!({ "fulfillmentMode": Way::Stock.mode() })).await;
        let mut cars = Vec::new();
        for serial in 820_001..820_004 {
            cars.push(Walk::of(&server, id, serial).await.stands_here().await);
        }
        if beginning != Beginning::Cooling {
            cool_off(&server, id).await;
        }
        if !beginning.has_no_car_yet() {
            let walk = Walk::of(&server, id, 820_004).await;
            walk.lock().await;
            if beginning == Beginning::Allocated {
                walk.sign().await;
                walk.gets_car(Way::Stock).await;
                cars.push(order_row(&server, id).await.vehicle_id.expect("a car"));
            }
        }
        let version = order_row(&server, id).await.version;
        let input = asked(&json!({ "id": id.to_string() }), version, "BALANCE", Some("7000"));
        let begun = server.customer().payload(INITIATE, json!({ "input": input })).await;
        assert_eq!(begun["userErrors"], json!([]), "{begun}");
        Self {
            server,
            id,
            cars,
            pending: begun["payment"].clone(),
            cars_moved: AtomicUsize::new(usize::from(beginning.has_no_car_yet())),
            asking: AtomicUsize::new(CANCELLATIONS),
        }
    }

    /// Two hundred, in any order.
    fn deeds(&self, dice: &mut ChaCha8Rng) -> Vec<Deed> {
        let mut all = Vec::new();
        all.extend((0..15).map(|n| Deed::AtThePage(["once", "twice", "late"][n % 3])));
        all.extend((0..40).map(|n| Deed::Bank(n % 2)));
        all.extend((0..30).map(|n| Deed::Allocate(n % self.cars.len())));
        all.extend((0..15).map(|n| Deed::Swap(n % self.cars.len())));
        all.extend((0..20).map(|_| Deed::Deallocate));
        all.extend((0..10).map(|_| Deed::Lock));
        all.extend((0..CANCELLATIONS).map(|_| Deed::Cancel));
        all.extend((0..40).map(|n| Deed::Decide(if n % 20 == 19 { "APPROVE" } else { "REJECT" })));
        let calls: usize = all.iter().map(|deed| if matches!(deed, Deed::Cancel) { 2 } else { 1 }).sum();
        assert_eq!(calls, 200);
        all.shuffle(dice);
        all
    }

    /// Tries it again while it is refused and the order is not over, a few times.
    async fn run(&self, deed: Deed) -> Came {
        let mut came = String::new();
        let patience = match deed {
            Deed::Decide(_) => 40,
            Deed::Cancel | Deed::Allocate(_) | Deed::Swap(_) | Deed::Deallocate => 15,
            _ => 6,
        };
        for _ in 0..patience {
            let now = order_row(&self.server, self.id).await;
            came = self.once(&deed, now.version).await;
            if came == "OK" && matches!(deed, Deed::Allocate(_) | Deed::Swap(_) | Deed::Deallocate) {
                self.cars_moved.fetch_add(1, Ordering::Relaxed);
            }
            let nothing_to_come = came == "NOTHING"
                && self.asking.load(Ordering::Relaxed) == 0
                && !order_row(&self.server, self.id).await.has_open_change_request;
            let over = now.status == OrderStatus::Cancelled || nothing_to_come;
            if over || ["OK", "applied"].contains(&came.as_str()) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        if matches!(deed, Deed::Cancel) {
            self.asking.fetch_sub(1, Ordering::Relaxed);
        }
        (deed, came)
    }

    async fn once(&self, deed: &Deed, version: i32) -> String {
        let (server, id) = (&self.server, self.id.to_string());
        let (customer, manager) = (server.customer(), server.manager());
        let about = |key: String, more: Value| {
            let mut input = json!({ "idempotencyKey": key, "orderId": id, "expectedVersion": version });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        match deed {
            Deed::AtThePage(told) => {
                self::deed(server, &self.pending, "pay", told).await;
                "applied".to_owned()
            }
            Deed::Bank(which) => {
                let number = order_row(server, self.id).await.number;
                let data = json!({ "orderNumber": number, "reference": format!("BANK-{number}-{which}"),
                    "purpose": "BALANCE", "method": "BANK_TRANSFER", "amountMinor": BY_BANK[*which] });
                let word = [event(&key(), PAYMENT, None, data)];
                // A busy door lets in later what is sent again.
                loop {
                    let answer = send(&server.system(), &word).await;
                    if answer.status != 503 {
                        let results = answer.json["results"].as_array().expect("results").clone();
                        return words(&results).remove(0);
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
            Deed::Allocate(car) => {
                let input = about(key(), json!({ "vehicleId": self.cars[*car].to_string() }));
                act(&server.operator(), "vehicleAllocate", input).await
            }
            Deed::Swap(car) => {
                let with = json!({ "vehicleId": self.cars[*car].to_string(), "reason": "a" });
                act(&manager, "vehicleSwap", about(key(), with)).await
            }
            Deed::Deallocate => act(&manager, "vehicleDeallocate", about(key(), json!({ "reason": "b" }))).await,
            Deed::Lock => act(&customer, "orderLockConfiguration", about(key(), json!({}))).await,
            Deed::Cancel => {
                let input = about(key(), json!({ "reason": "c" }));
                let both = [input.clone(), input].map(|input| act(&customer, "orderCancelRequest", input));
                let mut both = join_all(both).await;
                // What is refused is not kept under the key, and may be refused for another reason the second time.
                let done = both.iter().filter(|came| *came == "OK").count();
                assert_ne!(done, 1, "the same key, the same answer: {both:?}");
                both.remove(0)
            }
            Deed::Decide("APPROVE") if self.cars_moved.load(Ordering::Relaxed) == 0 => "NOTHING".to_owned(),
            Deed::Decide(decision) => {
                let open = self.requests().await.into_iter().find(|row| row.state == ChangeState::Submitted);
                let Some(open) = open else { return "NOTHING".to_owned() };
                let input = json!({ "idempotencyKey": key(), "changeRequestId": open.id.to_string(),
                    "expectedVersion": version, "decision": decision });
                act(&manager, "orderChangeDecide", input).await
            }
        }
    }

    async fn requests(&self) -> Vec<change_request::Model> {
        let of = change_request::Entity::find().filter(change_request::Column::OrderId.eq(self.id));
        of.all(self.server.db().conn()).await.unwrap()
    }

    async fn payments(&self) -> Vec<payment::Model> {
        let of = payment::Entity::find().filter(payment::Column::OrderId.eq(self.id));
        of.all(self.server.db().conn()).await.unwrap()
    }
}

/// The round is over: nothing is on its way any more.
async fn rests(round: &Round) {
    let server = &round.server;
    let pending: PaymentId = round.pending["id"].as_str().unwrap().parse().unwrap();
    let waits = |rows: &Vec<payment::Model>| {
        let own = rows.iter().find(|row| row.id == pending).expect("it is kept").state;
        !matches!(own, PaymentState::Created | PaymentState::Pending | PaymentState::Authorized)
    };
    until(|| round.payments(), waits).await;
    give_all_back(server, round.id).await;
}

/// Each has exactly one effect.
async fn is_legal(round: &Round, began: &order::Model, came: &[Came]) {
    let (server, id) = (&round.server, round.id);
    let db = server.db().conn();
    is_whole(server, id).await;
    let now = order_row(server, id).await;
    let count = |of: fn(&Deed) -> bool| came.iter().filter(|(deed, came)| of(deed) && came == "OK").count();

    // One payment for each of the provider, however often it was told, and each captured once.
    let payments = round.payments().await;
    assert_eq!(payments.len(), 4, "the deposit, the one that waited, and two by bank: {payments:?}");
    let entries = log::read(db, &format!("order:{id}"), 0, 10_000).await.unwrap();
    for payment in &payments {
        let ledger = payment_attempt::Entity::find().filter(payment_attempt::Column::PaymentId.eq(payment.id));
        let ledger = ledger.all(db).await.unwrap();
        let noted = |step, outcome| ledger.iter().filter(|row| (row.step, row.outcome) == (step, outcome)).count();
        let captured = noted(PaymentStep::Capture, PaymentOutcome::Success);
        // What the provider cannot give back is told as well.
        let told_again = noted(PaymentStep::Refund, PaymentOutcome::Failure);
        let told = entries.iter().filter(|entry| {
            entry.kind == EventKind::PaymentChanged
                && entry.payload["payment"] == payment.id.to_string()
                && entry.payload["state"] == "CAPTURED"
        });
        let once = usize::from(payment.captured_at.is_some());
        assert_eq!((captured, told.count()), (once, once + told_again), "{payment:?}");
    }
    let references: BTreeSet<_> = payments.iter().filter_map(|row| row.provider_reference.as_deref()).collect();
    assert!((0..2).all(|which| references.contains(format!("BANK-{}-{which}", now.number).as_str())), "{references:?}");

    // One car at most, and all others are free; each car given is one row.
    let rows = allocation::Entity::find().filter(allocation::Column::OrderId.eq(id)).all(db).await.unwrap();
    let given = usize::from(began.vehicle_id.is_some())
        + count(|deed| matches!(deed, Deed::Allocate(_)))
        + count(|deed| matches!(deed, Deed::Swap(_)));
    assert_eq!(rows.len(), given);
    let held: Vec<_> = rows.iter().filter(|row| row.released_at.is_none()).map(|row| row.vehicle_id).collect();
    assert_eq!(held, now.vehicle_id.into_iter().collect::<Vec<_>>());
    for own in &round.cars {
        let status = car(server, *own).await.commercial_status;
        let expected = if held.contains(own) { CommercialStatus::Allocated } else { CommercialStatus::Free };
        assert_eq!(status, expected);
    }
    let taken = rows.len() - held.len();
    let by_people = count(|deed| matches!(deed, Deed::Deallocate)) + count(|deed| matches!(deed, Deed::Swap(_)));
    assert!(taken == by_people || (taken == by_people + 1 && now.status == OrderStatus::Cancelled));

    // Each request that was made is one row, whatever its key was used for, and each was decided once.
    let requests = round.requests().await;
    assert_eq!(requests.len(), count(|deed| matches!(deed, Deed::Cancel)));
    let of = |states: &[ChangeState]| requests.iter().filter(|row| states.contains(&row.state)).count();
    let granted = of(&[ChangeState::Executing, ChangeState::Done]);
    assert_eq!(granted, usize::from(now.status == OrderStatus::Cancelled), "{requests:?}");
    assert_eq!(of(&[ChangeState::Rejected]), count(|deed| matches!(deed, Deed::Decide("REJECT"))));
    let by_manager =
        requests.iter().filter(|row| row.decided_by.as_deref() != Some("rule") && row.decided_at.is_some());
    assert_eq!(by_manager.count(), count(|deed| matches!(deed, Deed::Decide(_))));
    assert!(count(|deed| matches!(deed, Deed::Lock)) <= 1);

    // One set of refunds: what the request gives back, and what came after it.
    let came_in: i64 = payments.iter().filter(|row| row.captured_at.is_some()).map(|row| row.amount_minor).sum();
    let due = refunds(server, id).await;
    let back: i64 = due.iter().map(|row| row.amount_minor).sum();
    assert_eq!(came_in - back, now.paid_minor);
    match requests.iter().find(|row| row.state == ChangeState::Done) {
        Some(request) => {
            let own = due.iter().filter(|row| row.change_request_id == Some(request.id));
            assert_eq!(own.map(|row| row.amount_minor).sum::<i64>(), request.refund_minor);
            assert_eq!(now.paid_minor, request.forfeited_minor, "all else is back");
            assert_eq!(settled(server, id).await, 0);
        }
        None => assert_eq!(back, 0, "{due:?}"),
    }
}

/// What came of each kind of deed.
fn tally(came: &[Came]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (deed, came) in came {
        let name = format!("{deed:?}");
        let name = name.split('(').next().unwrap_or_default();
        *all.entry(format!("{name} {came}")).or_default() += 1;
    }
    all
}

async fn round(beginning: Beginning, seed: u64) {
    let round = Round::of(beginning).await;
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let began = order_row(&round.server, round.id).await;
    let came = join_all(round.deeds(&mut dice).into_iter().map(|deed| round.run(deed))).await;
    rests(&round).await;
    is_legal(&round, &began, &came).await;
    let tally = tally(&came);
    eprintln!("{beginning:?}: {} {tally:?}", order_row(&round.server, round.id).await.status);
    // Something of each kind was to be done, and was.
    assert!(tally.contains_key("Bank applied") && tally.contains_key("Cancel OK"), "{tally:?}");
    if beginning != Beginning::Cooling {
        assert!(tally.contains_key("Decide OK"), "{tally:?}");
    }
    if !beginning.has_no_car_yet() {
        let cars = ["Allocate OK", "Swap OK", "Deallocate OK"];
        assert!(cars.iter().any(|came| tally.contains_key(*came)), "{tally:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_words_cars_and_cancellations_while_the_deposit_cools() {
    round(Beginning::Cooling, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_words_cars_and_cancellations_before_the_lock() {
    round(Beginning::Placed, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_words_cars_and_cancellations_of_a_locked_order() {
    round(Beginning::Locked, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_words_cars_and_cancellations_of_an_order_with_a_car() {
    round(Beginning::Allocated, 4).await;
}
