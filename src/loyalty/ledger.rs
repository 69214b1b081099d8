//! An account under a write: locked, brought up to now, changed by rules, and written with its lines and events.
//!
//! Who writes points goes through here, so that these hold after each transaction: the balance is the sum of what
//! remains in active lots; balance less debt is the sum of all lines; each line says the balance after it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::loyalty::{account, growth_entry, points_entry, points_lot, tier};
use entity::{CustomerId, GrowthEntryId, LotState, LoyaltyAccountId, PointsEntryId, PointsEntryKind, PointsLotId};
use sea_orm::sea_query::{Condition, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::events;
use super::rules::holdings::Holdings;
use super::rules::points::{self, Change, Insufficient, Lot};
use super::rules::tier::{self as tiers, Level, Standing};
use crate::customer::lock;
use crate::store::rows::{ByPlace, among};
use crate::store::{Lock, Tx};
use crate::values::calendar;

/// An account under a write. Dropped without [`Ledger::close`] nothing of it is written.
pub struct Ledger {
    account: account::Model,
    holdings: Holdings,
    rows: BTreeMap<PointsLotId, points_lot::Model>,
    touched: BTreeSet<PointsLotId>,
    /// Whether one of these is new.
    earned: bool,
    /// Whether the lots are written already.
    written: bool,
    lines: Vec<points_entry::Model>,
    balance: i64,
    /// Moment of the new lines, after those of all lines before.
    at: DateTime<Utc>,
    moved: Option<(String, String)>,
    looked_at_growth: bool,
    /// What growth is judged by, once it was looked at.
    year: Option<Year>,
}

/// What growth is judged by.
struct Year {
    /// Growth of the rolling year, with what is put off.
    sum: i64,
    tiers: Arc<[tier::Model]>,
}

/// Accounts that are made in one statement.
const MADE: usize = 1_000;

/// Reasons of lines that the ledger writes by itself.
const EXPIRED: &str = "EXPIRED";
const ACTIVATED: &str = "ACTIVATED";
const DEBT_OFFSET: &str = "DEBT_OFFSET";

/// A lot as the rules see it. What it lost by expiry is of use to reversals only, which read it from the ledger.
pub fn lot(row: &points_lot::Model) -> Lot {
    Lot {
        id: row.id,
        earned: row.earned,
        remaining: row.remaining,
        expired: 0,
        state: row.state,
        earned_at: row.earned_at,
        activates_at: row.activates_at,
        expires_at: row.expires_at,
    }
}

impl Ledger {
    /// Locks the customer's account and brings it up to now. None without account.
    pub async fn open(tx: &Tx, customer: CustomerId) -> Result<Option<Self>, DbErr> {
        Ok(Self::open_all(tx, &[customer]).await?.pop())
    }

    /// As [`Ledger::open`], of those who have an account.
    pub async fn open_all(tx: &Tx, customers: &[CustomerId]) -> Result<Vec<Self>, DbErr> {
        let backend = tx.conn().get_database_backend();
        let select = account::Entity::find()
            .filter(among(backend, account::Column::CustomerId, customers.iter().copied()))
            .order_by_asc(account::Column::CustomerId);
        let accounts = Lock::row(select).all(tx.conn()).await?;
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let lots = points_lot::Entity::find()
            .filter(among(backend, points_lot::Column::AccountId, accounts.iter().map(|account| account.id)))
            .filter(points_lot::Column::State.is_in([LotState::Pending, LotState::Active]))
            .by_place(tx.conn())
            .await?;
        let mut of_account: HashMap<LoyaltyAccountId, Vec<points_lot::Model>> = HashMap::new();
        for row in lots {
            of_account.entry(row.account_id).or_default().push(row);
        }
        let ledgers = accounts.into_iter().map(|account| {
            let lots = of_account.remove(&account.id).unwrap_or_default();
            Self::of(tx.now(), account, lots)
        });
        Ok(ledgers.collect())
    }

    fn of(now: DateTime<Utc>, account: account::Model, lots: Vec<points_lot::Model>) -> Self {
        // Who waited for the lock may have been asked before the one who had it: the lines' moments follow the
        // order of the writes, so that the newest line has the balance.
        let at = Ord::max(now, account.updated_at + TimeDelta::microseconds(1));
        let holdings = Holdings { lots: lots.iter().map(lot).collect(), debt: account.debt };
        let mut ledger = Self {
            balance: holdings.balance().active,
            account,
            holdings,
            rows: lots.into_iter().map(|row| (row.id, row)).collect(),
            touched: BTreeSet::new(),
            earned: false,
            written: false,
            lines: Vec::new(),
            at,
            moved: None,
            looked_at_growth: false,
            year: None,
        };
        for change in ledger.holdings.clone().settle(now) {
            ledger.apply(&change, "");
        }
        ledger
    }

    /// As [`Ledger::open`]; a customer without account gets one. None without customer.
    pub async fn open_or_make(tx: &Tx, customer: CustomerId) -> Result<Option<Self>, DbErr> {
        Ok(Self::open_or_make_all(tx, &[customer]).await?.pop())
    }

    /// As [`Ledger::open_or_make`], of those who are there.
    pub async fn open_or_make_all(tx: &Tx, customers: &[CustomerId]) -> Result<Vec<Self>, DbErr> {
        let mut ledgers = Self::open_all(tx, customers).await?;
        let have: BTreeSet<CustomerId> = ledgers.iter().map(Self::customer).collect();
        let lack: BTreeSet<CustomerId> = customers.iter().copied().filter(|one| !have.contains(one)).collect();
        if lack.is_empty() {
            return Ok(ledgers);
        }
        // The customers first, then the accounts: the order in which a profile's change takes them too.
        let lack = lock::present(tx.conn(), lack).await?;
        if lack.is_empty() {
            return Ok(ledgers);
        }
        let rows = tier_rows(tx).await?;
        let joined = tiers::join(&levels(&rows), tx.now());
        let standing = joined.and_then(|joined| Some((tier_of(&rows, joined.level)?, joined)));
        let (tier, joined) = standing.ok_or_else(|| DbErr::Custom("there are no tiers".into()))?;
        let row = |customer: &CustomerId| account::ActiveModel {
            id: Set(LoyaltyAccountId::generate()),
            customer_id: Set(*customer),
            balance: Set(0),
            pending: Set(0),
            debt: Set(0),
            growth: Set(0),
            tier_id: Set(tier.id),
            tier_since: Set(joined.since),
            tier_expires_at: Set(joined.expires_at),
            version: Set(1),
            created_at: Set(tx.now()),
            updated_at: Set(tx.now()),
        };
        for lack in lack.chunks(MADE) {
            account::Entity::insert_many(lack.iter().map(row))
                .on_conflict(OnConflict::column(account::Column::CustomerId).do_nothing().to_owned())
                .exec_without_returning(tx.conn())
                .await?;
        }
        for mut ledger in Self::open_all(tx, &lack).await? {
            // One that was just made has no lines before.
            if ledger.account.version == 1 && ledger.account.created_at == tx.now() {
                ledger.at = tx.now();
            }
            ledgers.push(ledger);
        }
        Ok(ledgers)
    }

    /// Reads what growth is judged by, of all of these at once.
    pub async fn look_at_growth(tx: &Tx, ledgers: &mut [&mut Self]) -> Result<(), DbErr> {
        let tiers: Arc<[tier::Model]> = tier_rows(tx).await?.into();
        let accounts: Vec<_> = ledgers.iter().map(|ledger| ledger.account.id).collect();
        let sums = rolling_growth(tx, accounts).await?;
        for ledger in ledgers {
            let sum = sums.get(&ledger.account.id).copied().unwrap_or(0);
            ledger.year = Some(Year { sum, tiers: tiers.clone() });
        }
        Ok(())
    }

    /// Whose it is.
    pub fn customer(&self) -> CustomerId {
        self.account.customer_id
    }

    /// The account as it was when it was locked.
    pub fn id(&self) -> LoyaltyAccountId {
        self.account.id
    }

    /// Points that a rule has given this account on this day in Shanghai.
    pub async fn earned_today(&self, tx: &Tx, rule_code: &str) -> Result<i64, DbErr> {
        let today = calendar::day(tx.now());
        let sum: Option<Option<i64>> = points_lot::Entity::find()
            .select_only()
            .column_as(points_lot::Column::Earned.sum().cast_as("bigint"), "earned")
            .filter(points_lot::Column::AccountId.eq(self.account.id))
            .filter(points_lot::Column::RuleCode.eq(rule_code))
            .filter(points_lot::Column::EarnedAt.between(calendar::start_of_day(today), calendar::end_of_day(today)))
            .into_tuple()
            .one(tx.conn())
            .await?;
        Ok(sum.flatten().unwrap_or(0))
    }

    /// Whether a rule has given this account growth for this source.
    pub async fn has_growth(&self, tx: &Tx, reason: &str, source: (&str, &str)) -> Result<bool, DbErr> {
        let found = growth_entry::Entity::find()
            .filter(growth_entry::Column::AccountId.eq(self.account.id))
            .filter(growth_entry::Column::Reason.eq(reason))
            .filter(growth_entry::Column::SourceType.eq(source.0))
            .filter(growth_entry::Column::SourceId.eq(source.1))
            .one(tx.conn())
            .await?;
        Ok(found.is_some())
    }

    /// Adds a new lot of this account. Active points pay the debt first.
    pub fn earn(&mut self, row: points_lot::Model, reason: &str) {
        let change = points::earn(self.holdings.debt, lot(&row));
        self.rows.insert(row.id, row);
        self.earned = true;
        self.apply(&change, reason);
    }

    /// Makes active what a rule gave for a source, and waits: what it waited for has happened.
    pub fn release(&mut self, rule_code: &str, source: (&str, &str)) {
        let given = |row: &&points_lot::Model| {
            row.rule_code == rule_code && (row.source_type.as_str(), row.source_id.as_str()) == source
        };
        let ids: Vec<PointsLotId> = self.rows.values().filter(given).map(|row| row.id).collect();
        let change = points::release(&self.holdings.lots, self.holdings.debt, &ids);
        self.apply(&change, rule_code);
    }

    /// Spends points; answers which lots paid how much.
    ///
    /// # Errors
    /// [`Insufficient`] when they are too few; nothing is spent then.
    pub fn spend(
        &mut self,
        points: u64,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<(PointsLotId, i64)>, Insufficient> {
        let (parts, change) = points::redeem(&self.holdings.lots, self.holdings.debt, points, now)?;
        self.apply(&change, reason);
        Ok(parts)
    }

    /// Takes back what rules gave for sources, as (rule, kind of source, which): what of it waits, what is left of it, and the rest of
    /// other points, or as debt (domain.md 3.3). What was taken back before is left alone.
    pub async fn reverse(&mut self, tx: &Tx, given: &[(&str, &str, &str)], reason: &str) -> Result<(), DbErr> {
        let each = given.iter().map(|(rule, kind, which)| {
            Condition::all()
                .add(points_lot::Column::RuleCode.eq(*rule))
                .add(points_lot::Column::SourceType.eq(*kind))
                .add(points_lot::Column::SourceId.eq(*which))
        });
        let of = each.fold(Condition::any(), Condition::add);
        let rows = points_lot::Entity::find()
            .filter(points_lot::Column::AccountId.eq(self.account.id))
            .filter(points_lot::Column::State.ne(LotState::Reversed))
            .filter(of)
            .all(tx.conn())
            .await?;
        if given.is_empty() || rows.is_empty() {
            return Ok(());
        }
        let ids: Vec<PointsLotId> = rows.iter().map(|row| row.id).collect();
        let ran_out: Vec<(PointsLotId, i64)> = points_entry::Entity::find()
            .select_only()
            .column(points_entry::Column::LotId)
            .column_as(points_entry::Column::Points.sum().cast_as("bigint"), "points")
            .filter(points_entry::Column::AccountId.eq(self.account.id))
            .filter(points_entry::Column::LotId.is_in(ids.iter().copied()))
            .filter(points_entry::Column::Kind.eq(PointsEntryKind::Expire))
            .group_by(points_entry::Column::LotId)
            .into_tuple()
            .all(tx.conn())
            .await?;
        for row in rows {
            let known = self.holdings.lots.iter().position(|known| known.id == row.id);
            let at = known.unwrap_or_else(|| {
                self.holdings.lots.push(lot(&row));
                self.holdings.lots.len() - 1
            });
            let own = ran_out.iter().filter(|(id, _)| *id == row.id);
            self.holdings.lots[at].expired -= own.map(|(_, points)| points).sum::<i64>();
            self.rows.entry(row.id).or_insert(row);
        }
        let change = points::reverse(&self.holdings.lots, self.holdings.debt, &ids, tx.now());
        self.apply(&change, reason);
        Ok(())
    }

    /// Adds growth of a moment, none when 0, and looks at the tier.
    pub async fn grow(
        &mut self,
        tx: &mut Tx,
        amount: i64,
        reason: &str,
        source: (&str, &str),
        at: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        if self.year.is_none() {
            Self::look_at_growth(tx, &mut [&mut *self]).await?;
        }
        let Some(Year { sum, tiers: rows }) = &mut self.year else { return Ok(()) };
        if tx.now() - TimeDelta::days(tiers::ROLLING_DAYS) < at {
            *sum += amount;
        }
        if amount != 0 {
            let row = growth_entry::ActiveModel {
                id: Set(GrowthEntryId::generate()),
                account_id: Set(self.account.id),
                amount: Set(amount),
                reason: Set(reason.to_owned()),
                source_type: Set(source.0.to_owned()),
                source_id: Set(source.1.to_owned()),
                occurred_at: Set(at),
            };
            tx.insert([row]);
        }
        self.looked_at_growth = true;
        self.account.growth = Ord::max(*sum, 0);
        let current = rows.iter().find(|row| row.id == self.account.tier_id);
        let current = current.ok_or_else(|| DbErr::Custom("an account without tier".into()))?;
        let standing =
            Standing { level: current.level, since: self.account.tier_since, expires_at: self.account.tier_expires_at };
        let (next, _) = tiers::evaluate(&levels(rows), standing, self.account.growth, tx.now());
        let tier = tier_of(rows, next.level).ok_or_else(|| DbErr::Custom("a tier vanished".into()))?;
        if tier.id != current.id {
            let from = self.moved.take().map_or_else(|| current.code.clone(), |(from, _)| from);
            self.moved = Some((from, tier.code.clone()));
        }
        self.account.tier_id = tier.id;
        self.account.tier_since = next.since;
        self.account.tier_expires_at = next.expires_at;
        Ok(())
    }

    /// Puts the account on a level, as a system of record has it.
    pub async fn place(
        &mut self,
        tx: &Tx,
        tier: &tier::Model,
        since: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        if tier.id != self.account.tier_id {
            let before = tier::Entity::find_by_id(self.account.tier_id).one(tx.conn()).await?;
            self.moved = before.map(|before| (before.code, tier.code.clone()));
        }
        self.looked_at_growth = true;
        self.account.tier_id = tier.id;
        self.account.tier_since = since;
        self.account.tier_expires_at = expires_at;
        Ok(())
    }

    /// Writes new lots, puts all else off, and adds the events. Answers the account as it is now.
    pub async fn close(mut self, tx: &mut Tx) -> Result<account::Model, DbErr> {
        let lots = self.lots();
        if self.earned && !lots.is_empty() {
            // Now: whether the source has been given for is for the store to say, and for the caller to hear.
            points_lot::Entity::insert_many(lots).on_conflict(lot_known()).exec_without_returning(tx.conn()).await?;
            self.written = true;
        }
        Ok(self.put(tx))
    }

    fn lots(&self) -> Vec<points_lot::ActiveModel> {
        let touched = self.touched.iter().filter_map(|id| self.rows.get(id));
        touched.map(|row| row.clone().into_active_model().reset_all()).collect()
    }

    /// Puts lots, lines and account off, and adds the events. Answers the account as it is now.
    pub fn put(mut self, tx: &mut Tx) -> account::Model {
        if self.touched.is_empty() && self.lines.is_empty() && !self.looked_at_growth {
            return self.account;
        }
        if !self.written {
            tx.insert_or(lot_known(), self.lots());
        }
        let kinds: BTreeSet<PointsEntryKind> = self.lines.iter().map(|line| line.kind).collect();
        // All lines of one write have one moment; ascending ids keep their order.
        let mut ids: Vec<_> = self.lines.iter().map(|_| PointsEntryId::generate()).collect();
        ids.sort_unstable();
        for (line, id) in self.lines.iter_mut().zip(ids) {
            line.id = id;
        }
        if !self.lines.is_empty() {
            tx.insert(self.lines.into_iter().map(|line| line.into_active_model().reset_all()));
        }

        let sums = self.holdings.balance();
        let version = self.account.version;
        let now = account::Model {
            balance: sums.active,
            pending: sums.pending,
            debt: sums.debt,
            version: version + 1,
            updated_at: self.at,
            ..self.account
        };
        let change = account::Entity::update_many()
            .set(now.clone().into_active_model().reset_all())
            .filter(account::Column::Id.eq(now.id))
            .filter(account::Column::Version.eq(version));
        tx.put_one(change);
        if !self.touched.is_empty() || !kinds.is_empty() {
            tx.emit(events::balance_changed(&now, &kinds));
        }
        if let Some((from, to)) = &self.moved {
            tx.emit(events::tier_changed(&now, from, to));
        }
        now
    }

    fn apply(&mut self, change: &Change, reason: &str) {
        self.holdings.absorb(change);
        for lot in &change.lots {
            if let Some(row) = self.rows.get_mut(&lot.id) {
                row.remaining = lot.remaining;
                row.state = lot.state;
                row.expires_at = lot.expires_at;
                self.touched.insert(lot.id);
            }
        }
        for line in &change.lines {
            // A line without a lot moves the debt, not what can be spent.
            self.balance += if line.lot.is_some() { line.points } else { 0 };
            let reason = match line.kind {
                PointsEntryKind::Expire => EXPIRED,
                PointsEntryKind::Activate => ACTIVATED,
                PointsEntryKind::Adjust => DEBT_OFFSET,
                PointsEntryKind::Earn
                | PointsEntryKind::Spend
                | PointsEntryKind::Reverse
                | PointsEntryKind::Restore => reason,
            };
            self.lines.push(points_entry::Model {
                id: PointsEntryId::generate(),
                account_id: self.account.id,
                lot_id: line.lot,
                kind: line.kind,
                points: line.points,
                balance_after: self.balance,
                reason: reason.to_owned(),
                occurred_at: self.at,
            });
        }
    }
}

async fn tier_rows(tx: &Tx) -> Result<Vec<tier::Model>, DbErr> {
    tier::Entity::find().order_by_asc(tier::Column::Level).all(tx.conn()).await
}

fn tier_of(rows: &[tier::Model], level: i32) -> Option<&tier::Model> {
    rows.iter().find(|row| row.level == level)
}

/// The tiers as the rules see them.
pub fn levels(rows: &[tier::Model]) -> Vec<Level> {
    rows.iter().map(|row| Level { level: row.level, threshold: row.threshold }).collect()
}

async fn rolling_growth(tx: &Tx, accounts: Vec<LoyaltyAccountId>) -> Result<HashMap<LoyaltyAccountId, i64>, DbErr> {
    let sums: Vec<(LoyaltyAccountId, i64)> = growth_entry::Entity::find()
        .select_only()
        .column(growth_entry::Column::AccountId)
        .column_as(growth_entry::Column::Amount.sum().cast_as("bigint"), "growth")
        .filter(among(tx.conn().get_database_backend(), growth_entry::Column::AccountId, accounts))
        .filter(growth_entry::Column::OccurredAt.gt(tx.now() - TimeDelta::days(tiers::ROLLING_DAYS)))
        .filter(growth_entry::Column::OccurredAt.lte(tx.now()))
        .group_by(growth_entry::Column::AccountId)
        .into_tuple()
        .all(tx.conn())
        .await?;
    Ok(sums.into_iter().collect())
}

/// A lot that is there keeps where it came from.
fn lot_known() -> OnConflict {
    OnConflict::column(points_lot::Column::Id)
        .update_columns([points_lot::Column::Remaining, points_lot::Column::State, points_lot::Column::ExpiresAt])
        .to_owned()
}
