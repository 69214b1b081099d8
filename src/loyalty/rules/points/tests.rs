//! Tests of points: the vectors of domain.md 3.3, and random histories against a model that moves one point at a time.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::values::calendar;

fn id(n: u128) -> PointsLotId {
    PointsLotId::from_parts(1, n)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn start() -> DateTime<Utc> {
    at("2026-01-10T04:00:00Z")
}

fn lot(n: u128, points: i64, expires: Option<&str>) -> Lot {
    Lot {
        id: id(n),
        earned: points,
        remaining: points,
        expired: 0,
        state: LotState::Active,
        earned_at: start(),
        activates_at: None,
        expires_at: expires.map(|day| calendar::end_of_day(day.parse().unwrap())),
    }
}

fn line(lot: Option<u128>, kind: PointsEntryKind, points: i64) -> Line {
    Line { lot: lot.map(id), kind, points }
}

/// The four lots of the domain's vector.
fn four() -> Vec<Lot> {
    vec![
        lot(1, 500, Some("2026-03-31")),
        lot(2, 300, Some("2026-12-31")),
        lot(3, 200, None),
        lot(4, 400, Some("2026-06-30")),
    ]
}

#[test]
fn the_vector_of_the_domain_is_spent_first_expired_first_out() {
    assert_eq!(spend(&four(), 1000, start()), Ok(vec![(id(1), 500), (id(4), 400), (id(2), 100)]));
    assert_eq!(spend(&four(), 1400, start()).map(|parts| parts.len()), Ok(4));
    assert_eq!(spend(&four(), 1401, start()), Err(Insufficient { available: 1400 }));
    assert_eq!(spend(&four(), u64::MAX, start()), Err(Insufficient { available: 1400 }));
    assert_eq!(spend(&four(), 0, start()), Ok(vec![]));
}

#[test]
fn equal_expiry_is_broken_by_age_and_then_by_id() {
    let old = Lot { earned_at: start() - TimeDelta::days(1), ..lot(9, 10, None) };
    assert_eq!(
        spend(&[lot(2, 10, None), lot(1, 10, None), old], 21, start()),
        Ok(vec![(id(9), 10), (id(1), 10), (id(2), 1)])
    );
}

#[test]
fn points_are_good_to_the_last_instant_and_not_longer() {
    let lots = [lot(1, 500, Some("2026-03-31"))];
    let last = at("2026-03-31T15:59:59.999Z");
    assert!(spend(&lots, 1, last).is_ok());
    assert!(expire(&lots, 0, last).is_empty());
    let after = last + TimeDelta::milliseconds(1);
    assert_eq!(spend(&lots, 1, after), Err(Insufficient { available: 0 }));
    let change = expire(&lots, 0, after);
    assert_eq!(change.lines, vec![line(Some(1), PointsEntryKind::Expire, -500)]);
    assert_eq!((change.lots[0].state, change.lots[0].remaining, change.lots[0].expired), (LotState::Expired, 0, 500));
    assert!(expire(&change.lots, 0, after).is_empty());
}

#[test]
fn a_pending_lot_counts_from_its_day_on() {
    let pending =
        Lot { state: LotState::Pending, activates_at: Some(start() + TimeDelta::days(14)), ..lot(1, 80, None) };
    let earned = earn(0, pending);
    assert!(earned.lines.is_empty());
    assert_eq!(balance(&earned.lots, 0), Balance { active: 0, pending: 80, debt: 0 });
    assert!(spend(&earned.lots, 1, start() + TimeDelta::days(20)).is_err());
    assert!(activate(&earned.lots, 0, start() + TimeDelta::days(13)).is_empty());
    let active = activate(&earned.lots, 0, start() + TimeDelta::days(14));
    assert_eq!(active.lines, vec![line(Some(1), PointsEntryKind::Activate, 80)]);
    assert_eq!(release(&earned.lots, 0, &[id(1)]), active);
    assert!(release(&active.lots, 0, &[id(1)]).is_empty());
}

#[test]
fn a_reversal_takes_pending_then_its_lot_then_others_then_debt() {
    let pending = Lot { state: LotState::Pending, ..lot(1, 300, None) };
    let half_spent = Lot { remaining: 40, ..lot(2, 100, None) };
    let lots = [pending, half_spent, lot(3, 20, None), lot(4, 10, Some("2026-12-31"))];
    let change = reverse(&lots, 0, &[id(1), id(2)], start());
    assert_eq!(
        change.lines,
        vec![
            line(Some(2), PointsEntryKind::Reverse, -40),
            line(Some(4), PointsEntryKind::Reverse, -10),
            line(Some(3), PointsEntryKind::Reverse, -20),
            line(None, PointsEntryKind::Reverse, -30),
        ]
    );
    assert_eq!(change.debt, 30);
    assert_eq!(change.lots[0], Lot { state: LotState::Reversed, remaining: 0, ..pending });
    assert_eq!(change.lots[1].state, LotState::Reversed);
    assert!(reverse(&change.lots, 30, &[id(1), id(2)], start()).is_empty());
}

#[test]
fn what_ran_out_is_not_taken_back_once_more() {
    let lots = [lot(1, 100, Some("2026-03-31")), lot(2, 500, None)];
    let (_, spent) = redeem(&lots, 0, 30, start()).unwrap();
    let late = at("2026-05-01T00:00:00Z");
    let change = reverse(&[spent.lots[0], lots[1]], 0, &[id(1)], late);
    assert_eq!(
        change.lines,
        vec![line(Some(1), PointsEntryKind::Expire, -70), line(Some(2), PointsEntryKind::Reverse, -30)]
    );
}

#[test]
fn new_points_pay_the_debt_first() {
    let change = earn(30, lot(1, 100, None));
    assert_eq!(
        change.lines,
        vec![
            line(Some(1), PointsEntryKind::Earn, 100),
            line(Some(1), PointsEntryKind::Adjust, -30),
            line(None, PointsEntryKind::Adjust, 30),
        ]
    );
    assert_eq!((change.debt, change.lots[0].remaining, change.net()), (0, 70, 100));
    let small = earn(30, lot(1, 10, None));
    assert_eq!((small.debt, small.lots[0].state), (20, LotState::Spent));
}

#[test]
fn a_cancelled_redemption_goes_back_to_its_lots_with_grace_where_they_ran_out() {
    let (parts, spent) = redeem(&four(), 0, 1000, start()).unwrap();
    let now = at("2026-05-01T00:00:00Z");
    let change = restore(&spent.lots, 0, &parts, id(99), now);
    let expiry: BTreeMap<_, _> = change.lots.iter().map(|lot| (lot.id, lot.expires_at)).collect();
    assert_eq!(expiry[&id(1)], Some(now + TimeDelta::days(30)));
    assert_eq!(expiry[&id(4)], four()[3].expires_at);
    assert_eq!(expiry[&id(2)], four()[1].expires_at);
    assert_eq!((change.net(), change.debt), (1000, 0));
    assert!(change.lots.iter().all(|lot| lot.state == LotState::Active && lot.remaining == lot.earned));
}

#[test]
fn a_reversed_lot_stays_closed_when_its_redemption_is_cancelled() {
    let (parts, spent) = redeem(&[lot(1, 100, None)], 0, 100, start()).unwrap();
    let reversed = reverse(&spent.lots, 0, &[id(1)], start());
    assert_eq!(reversed.debt, 100);
    let change = restore(&reversed.lots, 100, &parts, id(99), start());
    assert_eq!((change.debt, change.net()), (0, 100));
    assert_eq!(
        change.lots.iter().map(|lot| (lot.id, lot.earned, lot.remaining)).collect::<Vec<_>>(),
        vec![(id(99), 100, 0)]
    );
}

#[test]
fn the_next_expiry_sums_one_date() {
    let lots =
        [lot(1, 5, Some("2026-03-31")), lot(2, 7, Some("2026-03-31")), lot(3, 9, None), lot(4, 1, Some("2026-06-30"))];
    assert_eq!(next_expiry(&lots, start()), Some((at("2026-03-31T15:59:59.999Z"), 12)));
    assert_eq!(next_expiry(&lots, at("2026-07-01T00:00:00Z")), None);
}

/// The account as a heap of single points, each knowing its lot only.
#[derive(Default)]
struct Model {
    active: Vec<PointsLotId>,
    debt: usize,
}

impl Model {
    /// Removes the point whose lot comes first in turn.
    fn pop(&mut self, lots: &BTreeMap<PointsLotId, Lot>, now: DateTime<Utc>) -> Option<PointsLotId> {
        let live = self.active.iter().enumerate().filter(|(_, id)| !lots[*id].is_past(now));
        let first = live.min_by(|(_, a), (_, b)| lots[*a].turn().cmp(&lots[*b].turn())).map(|(at, _)| at)?;
        Some(self.active.remove(first))
    }

    fn add(&mut self, lot: PointsLotId, points: i64) {
        for _ in 0..points {
            if self.debt > 0 { self.debt -= 1 } else { self.active.push(lot) }
        }
    }

    fn expire(&mut self, lots: &BTreeMap<PointsLotId, Lot>, now: DateTime<Utc>) {
        self.active.retain(|id| !lots[id].is_past(now));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Earn { points: i64, lives: Option<i64>, pending: Option<i64> },
    Wait(i64),
    Activate,
    Release(usize),
    Redeem(u64),
    Expire,
    Reverse(usize),
    Cancel(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1i64..30, prop::option::of(1i64..120), prop::option::of(1i64..30))
            .prop_map(|(points, lives, pending)| Step::Earn { points, lives, pending }),
        3 => (0i64..40).prop_map(Step::Wait),
        1 => Just(Step::Activate),
        1 => (0usize..20).prop_map(Step::Release),
        4 => (1u64..50).prop_map(Step::Redeem),
        1 => Just(Step::Expire),
        2 => (0usize..20).prop_map(Step::Reverse),
        2 => (0usize..20).prop_map(Step::Cancel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn the_books_agree_with_a_heap_of_single_points(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut lots: BTreeMap<PointsLotId, Lot> = BTreeMap::new();
        let mut redemptions: Vec<Vec<(PointsLotId, i64)>> = Vec::new();
        let (mut debt, mut now, mut serial, mut model) = (0, start(), 0, Model::default());
        let mut ledger: BTreeMap<Option<PointsLotId>, i64> = BTreeMap::new();

        for step in steps {
            let all: Vec<Lot> = lots.values().copied().collect();
            let pick = |n: usize| all.get(n % all.len().max(1)).copied();
            serial += 1;
            let change = match step {
                Step::Earn { points, lives, pending } => {
                    let new = Lot {
                        id: id(serial), earned: points, remaining: points, expired: 0,
                        state: if pending.is_some() { LotState::Pending } else { LotState::Active }, earned_at: now,
                        activates_at: pending.map(|days| now + TimeDelta::days(days)),
                        expires_at: lives.map(|days| now + TimeDelta::days(days)),
                    };
                    if pending.is_none() { model.add(new.id, points); }
                    earn(debt, new)
                }
                Step::Wait(days) => { now += TimeDelta::days(days); continue; }
                Step::Activate => {
                    let mut due: Vec<Lot> = all.iter().copied()
                        .filter(|l| l.state == LotState::Pending && l.activates_at.is_some_and(|t| t <= now)).collect();
                    due.sort_by_key(Lot::turn);
                    due.iter().for_each(|l| model.add(l.id, l.earned));
                    activate(&all, debt, now)
                }
                Step::Release(n) => {
                    let Some(lot) = pick(n) else { continue };
                    if lot.state == LotState::Pending { model.add(lot.id, lot.earned); }
                    release(&all, debt, &[lot.id])
                }
                Step::Redeem(amount) => {
                    let available = model.active.iter().filter(|id| !lots[*id].is_past(now)).count();
                    match redeem(&all, debt, amount, now) {
                        Err(refused) => {
                            prop_assert_eq!(refused.available, available as i64);
                            prop_assert!(amount > available as u64);
                            continue;
                        }
                        Ok((parts, change)) => {
                            for _ in 0..amount { model.pop(&lots, now); }
                            redemptions.push(parts);
                            change
                        }
                    }
                }
                Step::Expire => { model.expire(&lots, now); expire(&all, debt, now) }
                Step::Reverse(n) => {
                    let Some(lot) = pick(n) else { continue };
                    let change = reverse(&all, debt, &[lot.id], now);
                    model.expire(&lots, now);
                    if !matches!(lot.state, LotState::Pending | LotState::Reversed) {
                        let own = model.active.iter().filter(|id| **id == lot.id).count();
                        model.active.retain(|id| *id != lot.id);
                        let past = if lot.state == LotState::Active && lot.is_past(now) { lot.remaining } else { 0 };
                        for _ in own as i64..lot.earned - lot.expired - past {
                            if model.pop(&lots, now).is_none() { model.debt += 1; }
                        }
                    }
                    change
                }
                Step::Cancel(n) => {
                    if redemptions.is_empty() { continue; }
                    let parts = redemptions.remove(n % redemptions.len());
                    let change = restore(&all, debt, &parts, id(serial), now);
                    model.expire(&lots, now);
                    for (lot, points) in parts {
                        let into = if lots[&lot].state == LotState::Reversed { id(serial) } else { lot };
                        for _ in 0..points { model.active.push(into); }
                    }
                    for lot in &change.lots { lots.insert(lot.id, *lot); }
                    while model.debt > 0 && model.pop(&lots, now).is_some() { model.debt -= 1; }
                    change
                }
            };

            for lot in &change.lots { lots.insert(lot.id, *lot); }
            for line in &change.lines {
                prop_assert!(line.points != 0);
                *ledger.entry(line.lot).or_default() += line.points;
            }
            debt = change.debt;

            let all: Vec<Lot> = lots.values().copied().collect();
            let found = balance(&all, debt);
            prop_assert_eq!(found.net(), ledger.values().sum::<i64>());
            prop_assert_eq!(ledger.get(&None).copied().unwrap_or_default(), -debt);
            prop_assert!(debt == 0 || found.active == 0);
            prop_assert_eq!(debt, model.debt as i64);
            for lot in &all {
                let active = if lot.state == LotState::Active { lot.remaining } else { 0 };
                prop_assert!(0 <= lot.remaining && lot.remaining <= lot.earned && lot.expired <= lot.earned);
                prop_assert!(matches!(lot.state, LotState::Active | LotState::Pending) || lot.remaining == 0);
                prop_assert!(lot.state != LotState::Active || lot.remaining > 0);
                prop_assert_eq!(ledger.get(&Some(lot.id)).copied().unwrap_or_default(), active);
                prop_assert_eq!(model.active.iter().filter(|id| **id == lot.id).count() as i64, active);
            }
            prop_assert!(expire(&expire(&all, debt, now).lots, debt, now).is_empty());
        }
    }
}
