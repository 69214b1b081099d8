//! The membership programme, and each customer's points and growth, booked by the rules themselves (domain.md 3.3, 4.3).

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::loyalty::{
    account, growth_entry, points_entry, points_lot, redemption, redemption_item, redemption_lot, tier,
};
use entity::{
    EventKind, LifecycleStage, LotState, LoyaltyAccountId, OrderStatus, PointsEntryKind, PointsLotId, RedemptionId,
    RedemptionItemId, RedemptionStatus, TestDriveMode,
};
use serde_json::json;

use super::batch::Batch;
use super::customers::Person;
use super::dice::Dice;
use super::leads::Asked;
use super::orders::Bought;
use super::streams::Entry;
use super::world::Generator;
use crate::loyalty::rules::earning::{self, award};
use crate::loyalty::rules::points::{self, Change, Lot};
use crate::loyalty::rules::tier::{self as tiers, Level, Standing};
use crate::order::rules::status::is_ended;
use crate::values::calendar;
use crate::values::money::Money;

/// Reason of lines in which points pay a debt.
const DEBT_OFFSET: &str = "DEBT_OFFSET";

/// Something to have for points.
#[derive(Clone, Debug)]
pub(super) struct Item {
    id: RedemptionItemId,
    cost: i64,
}

/// Code, growth needed, Chinese name, English name (domain.md 3.3).
const TIERS: &[(&str, i64, &str, &str)] = &[
    ("V1", 0, "曜友", "Friend"),
    ("V2", 1_000, "曜行", "Traveller"),
    ("V3", 5_000, "曜光", "Light"),
    ("V4", 20_000, "曜金", "Gold"),
    ("V5", 60_000, "曜黑", "Black"),
];

/// Code, points, Chinese name, English name, whether to be had.
const ITEMS: &[(&str, i64, &str, &str, bool)] = &[
    ("WASH", 600, "洗车券", "Car wash voucher", true),
    ("CUP", 1_200, "保温杯", "Insulated cup", true),
    ("FRAGRANCE", 2_000, "车载香氛", "Car fragrance", true),
    ("CAMP", 8_000, "亲子露营名额", "Family camping place", true),
    ("CHARGE-100", 9_500, "充电卡 100 元", "Charging card, 100 yuan", true),
    ("UMBRELLA", 900, "晴雨伞", "Umbrella", false),
];

/// Tiers and items.
pub(super) fn programme(dice: &mut Dice, batch: &mut Batch) -> (Vec<tier::Model>, Vec<Item>) {
    for (level, &(code, threshold, zh, en)) in (1..).zip(TIERS) {
        batch.tiers.push(tier::Model {
            id: dice.id(),
            code: code.into(),
            level,
            threshold,
            name_zh: zh.into(),
            name_en: en.into(),
        });
    }
    let mut items = Vec::new();
    for (position, &(code, cost_points, zh, en, available)) in (1..).zip(ITEMS) {
        let id = dice.id();
        batch.redemption_items.push(redemption_item::Model {
            id,
            code: code.into(),
            name_zh: zh.into(),
            name_en: en.into(),
            cost_points,
            available,
            position,
        });
        if available {
            items.push(Item { id, cost: cost_points });
        }
    }
    (batch.tiers.clone(), items)
}

/// What happens to an account.
enum Deed {
    Earn {
        rule: &'static str,
        source_type: &'static str,
        source_id: String,
        invoice_minor: Option<i64>,
    },
    /// What the source waited for has happened.
    Release(String),
    /// The source was undone.
    Reverse(String),
    Redeem(RedemptionStatus),
}

/// An account while it is booked.
struct Book {
    id: LoyaltyAccountId,
    lots: Vec<(Lot, &'static str, &'static str, String)>,
    debt: i64,
    growth: Vec<(DateTime<Utc>, i64)>,
    standing: Standing,
    version: i32,
    updated_at: DateTime<Utc>,
    /// Kinds of lines of the last change.
    kinds: BTreeSet<PointsEntryKind>,
}

impl Book {
    fn plain(&self) -> Vec<Lot> {
        self.lots.iter().map(|(lot, ..)| *lot).collect()
    }

    fn of_source(&self, source: &str) -> Vec<PointsLotId> {
        self.lots.iter().filter(|(.., id)| id == source).map(|(lot, ..)| lot.id).collect()
    }

    /// Takes a change over and writes its lines.
    fn book(&mut self, change: Change, reason: &str, at: DateTime<Utc>, dice: &mut Dice, batch: &mut Batch) {
        let mut active = points::balance(&self.plain(), self.debt).active;
        if change.is_empty() {
            return;
        }
        self.kinds = change.lines.iter().map(|line| line.kind).collect();
        for line in &change.lines {
            // A line without a lot is about the debt, which is no part of the balance.
            active += if line.lot.is_some() { line.points } else { 0 };
            batch.points_entries.push(points_entry::Model {
                id: dice.id(),
                account_id: self.id,
                lot_id: line.lot,
                kind: line.kind,
                points: line.points,
                balance_after: active,
                reason: if line.kind == PointsEntryKind::Adjust { DEBT_OFFSET } else { reason }.into(),
                occurred_at: at,
            });
        }
        for changed in change.lots {
            if let Some(lot) = self.lots.iter_mut().find(|(lot, ..)| lot.id == changed.id) {
                lot.0 = changed;
            }
        }
        self.debt = change.debt;
        self.version += 1;
        self.updated_at = at;
    }
}

impl Generator<'_> {
    /// Opens and fills the account of a customer.
    pub(super) fn points_of(
        &mut self,
        person: &Person,
        registered_at: DateTime<Utc>,
        orders: &[Bought],
        leads: &[Asked],
        batch: &mut Batch,
    ) {
        let levels: Vec<Level> =
            self.tiers.iter().map(|tier| Level { level: tier.level, threshold: tier.threshold }).collect();
        let Some(standing) = tiers::join(&levels, registered_at) else { return };
        let mut book = Book {
            id: self.dice.id(),
            lots: Vec::new(),
            debt: 0,
            growth: Vec::new(),
            standing,
            version: 1,
            updated_at: registered_at,
            kinds: BTreeSet::new(),
        };
        let deeds = self.deeds(person, registered_at, orders, leads);
        for (at, deed) in deeds {
            let (lots, debt) = (book.plain(), book.debt);
            book.book(points::activate(&lots, debt, at), "ACTIVATED", at, &mut self.dice, batch);
            let (lots, debt) = (book.plain(), book.debt);
            book.book(points::expire(&lots, debt, at), "EXPIRED", at, &mut self.dice, batch);
            self.deed(&mut book, at, deed, batch);
            let growth = tiers::growth(&book.growth, at);
            book.standing = tiers::evaluate(&levels, book.standing, growth, at).0;
        }
        let today = self.today;
        let (lots, debt) = (book.plain(), book.debt);
        book.book(points::activate(&lots, debt, today), "ACTIVATED", today, &mut self.dice, batch);
        let (lots, debt) = (book.plain(), book.debt);
        book.book(points::expire(&lots, debt, today), "EXPIRED", today, &mut self.dice, batch);
        let growth = tiers::growth(&book.growth, today);
        book.standing = tiers::evaluate(&levels, book.standing, growth, today).0;

        let balance = points::balance(&book.plain(), book.debt);
        let tier_id =
            self.tiers.iter().find(|tier| tier.level == book.standing.level).map_or(self.tiers[0].id, |t| t.id);
        batch.accounts.push(account::Model {
            id: book.id,
            customer_id: person.id,
            balance: balance.active,
            pending: balance.pending,
            debt: balance.debt,
            growth,
            tier_id,
            tier_since: book.standing.since,
            tier_expires_at: book.standing.expires_at,
            version: book.version,
            created_at: registered_at,
            updated_at: book.updated_at,
        });
        if self.is_recent(book.updated_at) {
            let event_id = self.dice.id();
            self.customer_entries.push(Entry {
                at: book.updated_at,
                event_id,
                kind: EventKind::PointsBalanceChanged,
                aggregate: book.id.to_string(),
                version: book.version,
                payload: json!({ "accountId": book.id, "kinds": book.kinds }),
            });
        }
        for (lot, rule_code, source_type, source_id) in book.lots {
            batch.lots.push(points_lot::Model {
                id: lot.id,
                account_id: book.id,
                rule_code: rule_code.into(),
                source_type: source_type.into(),
                source_id,
                earned: lot.earned,
                remaining: lot.remaining,
                state: lot.state,
                earned_at: lot.earned_at,
                activates_at: lot.activates_at,
                expires_at: lot.expires_at,
            });
        }
    }

    fn deed(&mut self, book: &mut Book, at: DateTime<Utc>, deed: Deed, batch: &mut Batch) {
        let (lots, debt) = (book.plain(), book.debt);
        match deed {
            Deed::Earn { rule, source_type, source_id, invoice_minor } => {
                let Some(rule) = earning::find(rule) else { return };
                let award = award(rule, invoice_minor.map(Money::from_minor), 0, at);
                if award.points > 0 {
                    let lot = Lot {
                        id: self.dice.id(),
                        earned: award.points,
                        remaining: award.points,
                        expired: 0,
                        state: if award.pending { LotState::Pending } else { LotState::Active },
                        earned_at: at,
                        activates_at: award.activates_at,
                        expires_at: Some(award.expires_at),
                    };
                    book.lots.push((lot, rule.code, source_type, source_id.clone()));
                    let change = points::earn(debt, lot);
                    // The lot was not there before its own line.
                    if let Some(last) = book.lots.last_mut() {
                        last.0.remaining = 0;
                    }
                    book.book(change, rule.code, at, &mut self.dice, batch);
                }
                if award.growth > 0 {
                    book.growth.push((at, award.growth));
                    batch.growth_entries.push(growth_entry::Model {
                        id: self.dice.id(),
                        account_id: book.id,
                        amount: award.growth,
                        reason: rule.code.into(),
                        source_type: source_type.into(),
                        source_id,
                        occurred_at: at,
                    });
                }
            }
            Deed::Release(source) => {
                let ids = book.of_source(&source);
                book.book(points::release(&lots, debt, &ids), "ORDER_DELIVERED", at, &mut self.dice, batch);
            }
            Deed::Reverse(source) => {
                let ids = book.of_source(&source);
                book.book(points::reverse(&lots, debt, &ids, at), "ORDER_UNDONE", at, &mut self.dice, batch);
            }
            Deed::Redeem(status) => self.redeem(book, at, status, batch),
        }
    }

    /// Redeems the dearest item that can be paid, if any.
    fn redeem(&mut self, book: &mut Book, at: DateTime<Utc>, status: RedemptionStatus, batch: &mut Batch) {
        let (lots, debt) = (book.plain(), book.debt);
        let balance = points::balance(&lots, debt).active;
        let Some(item) = self.items.iter().rfind(|item| item.cost <= balance).cloned() else { return };
        let Ok((parts, change)) = points::redeem(&lots, debt, item.cost.unsigned_abs(), at) else { return };
        let id: RedemptionId = self.dice.id();
        book.book(change, "REDEMPTION", at, &mut self.dice, batch);
        batch.redemptions.push(redemption::Model {
            id,
            account_id: book.id,
            item_id: Some(item.id),
            points: item.cost,
            status,
            created_at: at,
        });
        batch.redemption_lots.extend(parts.iter().map(|(lot_id, points)| redemption_lot::Model {
            redemption_id: id,
            lot_id: *lot_id,
            points: *points,
        }));
        if status == RedemptionStatus::Cancelled {
            let (lots, debt) = (book.plain(), book.debt);
            let later = (at + TimeDelta::hours(3)).min(self.today);
            let spare = self.dice.id();
            let change = points::restore(&lots, debt, &parts, spare, later);
            book.book(change, "REDEMPTION_CANCELLED", later, &mut self.dice, batch);
        }
    }

    /// What a customer did and did not do, in order of time.
    fn deeds(
        &mut self,
        person: &Person,
        registered_at: DateTime<Utc>,
        orders: &[Bought],
        leads: &[Asked],
    ) -> Vec<(DateTime<Utc>, Deed)> {
        let demo = person.serial == 0;
        let mut deeds = Vec::new();
        let customer = person.id.to_string();
        let mut earn = |at: DateTime<Utc>, rule, source_type, source_id: String, invoice_minor| {
            deeds.push((at, Deed::Earn { rule, source_type, source_id, invoice_minor }));
        };
        earn(registered_at, "REGISTERED", "CUSTOMER", customer.clone(), None);
        let days = (self.today - registered_at).num_days().max(1);
        let some_day = |dice: &mut Dice| dice.before(self.today, days).max(registered_at);
        if demo || self.dice.percent(55) {
            let at = some_day(&mut self.dice);
            earn(at, "PROFILE_COMPLETED", "CUSTOMER", customer.clone(), None);
        }
        let active = match person.stage {
            LifecycleStage::Follower => 4,
            LifecycleStage::Fan => 10,
            LifecycleStage::Prospect | LifecycleStage::Owner => 8,
            LifecycleStage::Advocate => 14,
        };
        let check_ins = self.dice.between(0, active);
        let mut seen = Vec::new();
        for _ in 0..check_ins {
            let at = some_day(&mut self.dice);
            let day = calendar::day(at);
            if !seen.contains(&day) {
                seen.push(day);
                earn(at, "CHECK_IN", "CHECK_IN", format!("{customer}:{day}"), None);
            }
        }
        let activities = if demo { 6 } else { self.dice.between(0, active / 4) };
        for number in 1..=activities {
            let at = some_day(&mut self.dice);
            earn(at, "ACTIVITY_CHECK_IN", "ACTIVITY", format!("{customer}:activity-{number}"), None);
        }
        for number in 1..=self.dice.between(0, active / 3) {
            let at = some_day(&mut self.dice);
            earn(at, "POST_APPROVED", "POST", format!("{customer}:post-{number}"), None);
        }
        if self.dice.percent(15) {
            let at = some_day(&mut self.dice);
            earn(at, "SURVEY", "SURVEY", format!("{customer}:survey-1"), None);
        }
        if person.stage == LifecycleStage::Advocate {
            let at = some_day(&mut self.dice);
            earn(at, "REFERRAL_DELIVERED", "REFERRAL", format!("{customer}:referral-1"), None);
        }
        for (id, mode, at) in leads.iter().filter_map(|lead| lead.drive) {
            let rule = if mode == TestDriveMode::AtHome { "TEST_DRIVE_AT_HOME" } else { "TEST_DRIVE" };
            earn(at, rule, "TEST_DRIVE", id.to_string(), None);
        }
        for order in orders {
            let source = order.id.to_string();
            if let Some(at) = order.intention_at {
                earn(at, "INTENTION_DEPOSIT", "ORDER", source.clone(), None);
            }
            if let Some(at) = order.delivered_at {
                earn(at, "ORDER_DELIVERED", "ORDER", source, Some(order.invoice_minor));
            }
        }
        let mut others = Vec::new();
        for order in orders {
            let source = order.id.to_string();
            if let Some(at) = order.delivered_at {
                // Only the deposit's points wait for the handover; the handover's own wait for their day.
                others.push((at - TimeDelta::minutes(1), Deed::Release(source.clone())));
            }
            if let Some(at) = order.ended_at.filter(|_| is_ended(order.status)) {
                others.push((at, Deed::Reverse(source)));
            }
        }
        if !demo && self.dice.percent(20) {
            let status = self.dice.weighted(&[
                (RedemptionStatus::Fulfilled, 60),
                (RedemptionStatus::Confirmed, 15),
                (RedemptionStatus::Locked, 10),
                (RedemptionStatus::Cancelled, 15),
            ]);
            others.push((self.today - self.dice.hours(4.0, 400.0), Deed::Redeem(status)));
        }
        // Returned cars whose points were spent leave a debt behind.
        let returned = orders.iter().find(|order| order.status == OrderStatus::Returned);
        if let Some((from, until)) = returned.and_then(|order| order.delivered_at.zip(order.ended_at))
            && until - from > TimeDelta::days(16)
        {
            others.push((from + TimeDelta::days(15), Deed::Redeem(RedemptionStatus::Fulfilled)));
        }
        deeds.extend(others);
        deeds.retain(|(at, _)| *at <= self.today);
        deeds.sort_by_key(|(at, _)| *at);
        deeds
    }
}
