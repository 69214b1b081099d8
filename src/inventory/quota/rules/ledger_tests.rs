//! Any way that cars may take: the ledger adds up, and nothing is paired twice.

use std::collections::BTreeMap;

use chrono::TimeZone;
use entity::ids::{StockQuotaId, StoreId};
use entity::vocabulary::StockQuotaScope;
use proptest::prelude::*;

use super::*;

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 30, 12, 0, 0).unwrap()
}

fn ledger(mode: StockQuotaMode, cap: i32, used: i64) -> Ledger {
    let quota = quota::Model {
        id: StockQuotaId::from_parts(0, 1),
        store_id: StoreId::from_parts(0, 1),
        scope: StockQuotaScope::All,
        model_id: None,
        trim_id: None,
        subject: "ALL".into(),
        cap,
        mode,
        effective_from: noon(),
        effective_to: None,
        ended_at: None,
        changed_by: "test".into(),
        created_at: noon(),
        changed_at: noon(),
        version: 1,
    };
    Ledger { quota, used, entries: Vec::new() }
}

fn car(number: usize) -> VehicleUnitId {
    VehicleUnitId::from_parts(0, number as u128)
}

fn transfer(number: usize) -> StockTransferId {
    StockTransferId::from_parts(0, number as u128)
}

#[test]
fn a_full_stock_takes_one_for_one_that_is_named() {
    let mut full = ledger(StockQuotaMode::BlockInWhenFull, 1, 1);
    assert!(!full.promise(car(2), transfer(1), None, noon()));
    assert!(full.promise(car(2), transfer(1), Some(car(1)), noon()));
    assert!(!full.promise(car(3), transfer(2), Some(car(1)), noon()), "a car goes out once");
    full.comes_in(car(2), noon());
    assert_eq!((full.used, full.entries[0].state), (2, Leaving));
    full.goes_out(car(1), noon());
    assert_eq!((full.used, full.entries[0].state, full.rights()), (1, Paired, 0));
}

#[test]
fn one_that_goes_opens_one_right() {
    let mut stock = ledger(StockQuotaMode::ReplenishOnOut, 2, 1);
    assert!(!stock.promise(car(5), transfer(1), None, noon()), "there is room, and no right");
    stock.goes_out(car(1), noon());
    assert!(stock.promise(car(5), transfer(1), None, noon()));
    assert!(!stock.promise(car(6), transfer(2), None, noon()));
    stock.withdraw(transfer(1));
    assert_eq!(stock.rights(), 1);
    stock.comes_in(car(7), noon());
    assert_eq!((stock.entries[0].state, stock.entries[0].in_vehicle_id), (Paired, Some(car(7))));
    // One that nobody asked about is owed.
    stock.comes_in(car(8), noon());
    assert_eq!(stock.entries[1].state, Over);
    stock.goes_out(car(7), noon());
    assert_eq!((stock.entries[1].state, stock.rights()), (Paired, 0));
    stock.grant(1, noon());
    assert!(stock.promise(car(9), transfer(3), None, noon()));
    stock.withdraw(transfer(3));
    assert_eq!(stock.rights(), 1, "an operator's stays open");
}

/// What may happen: a transfer is given a place for the n-th car that is there or without, a car that was promised comes, one comes of
/// which a system tells, the n-th that is there goes, a transfer is called off.
#[derive(Clone, Copy, Debug)]
enum Step {
    Promise(Option<usize>),
    Comes(usize),
    Told,
    Goes(usize),
    Off(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => prop::option::of(0_usize..12).prop_map(Step::Promise),
        3 => (0_usize..12).prop_map(Step::Comes),
        1 => Just(Step::Told),
        3 => (0_usize..12).prop_map(Step::Goes),
        1 => (0_usize..12).prop_map(Step::Off),
    ];
    prop::collection::vec(step, 0..80)
}

proptest! {
    #[test]
    fn the_ledger_adds_up(steps in steps(), cap in 0_i32..6, begins in 0_usize..6, replenish in any::<bool>()) {
        let mode = if replenish { StockQuotaMode::ReplenishOnOut } else { StockQuotaMode::BlockInWhenFull };
        let mut stock = ledger(mode, cap, begins as i64);
        let mut there: Vec<usize> = (0..begins).collect();
        let mut promised: Vec<usize> = Vec::new();
        let mut told = false;
        for (n, step) in (100_usize..).zip(steps) {
            match step {
                Step::Promise(named) => {
                    let named = named.and_then(|at| there.get(at)).map(|number| car(*number));
                    let before = stock.clone();
                    if stock.promise(car(n), transfer(n), named, noon()) {
                        promised.push(n);
                        prop_assert!(stock.taken() <= i64::from(cap), "no transfer passes the number");
                    } else {
                        prop_assert_eq!(&stock, &before, "a refusal changes nothing");
                    }
                }
                Step::Comes(at) if at < promised.len() => {
                    let number = promised.remove(at);
                    stock.comes_in(car(number), noon());
                    there.push(number);
                }
                Step::Told => {
                    told = true;
                    stock.comes_in(car(n), noon());
                    there.push(n);
                }
                Step::Goes(at) if at < there.len() => stock.goes_out(car(there.remove(at)), noon()),
                Step::Off(at) if at < promised.len() => stock.withdraw(transfer(promised.remove(at))),
                Step::Comes(_) | Step::Goes(_) | Step::Off(_) => {}
            }
            let came = stock.those(|entry| entry.in_at.is_some());
            let went = stock.those(|entry| entry.out_at.is_some());
            prop_assert_eq!(stock.used, begins as i64 + came - went, "used is what was, and came, less what went");
            prop_assert_eq!(stock.used, there.len() as i64);
            prop_assert_eq!(stock.promised(), promised.len() as i64);
            prop_assert!(stock.leaving() <= stock.used);
            if stock.rights() > 0 && !told && begins as i64 <= i64::from(cap) {
                prop_assert!(stock.taken() + stock.rights() <= i64::from(cap));
            }
            let mut pairs: BTreeMap<(bool, VehicleUnitId), i64> = BTreeMap::new();
            for entry in &stock.entries {
                for (way, id) in [(true, entry.out_vehicle_id), (false, entry.in_vehicle_id)] {
                    if let Some(id) = id.filter(|_| entry.state != Withdrawn) {
                        *pairs.entry((way, id)).or_default() += 1;
                    }
                }
                prop_assert_eq!(entry.state == Paired, entry.out_at.is_some() && entry.in_at.is_some());
                prop_assert!(entry.state != Right || entry.in_vehicle_id.is_none());
            }
            prop_assert!(pairs.values().all(|times| *times == 1), "each car once, out and in: {:?}", pairs);
        }
    }
}
