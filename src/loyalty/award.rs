//! Giving points for something that happened. Other rooms call [`award_by_rule`] in their own transaction.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::loyalty::{growth_entry, points_lot, tier};
use entity::{CustomerId, LotState, LoyaltyAccountId, OrderId, PointsLotId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::ledger::Ledger;
use super::rules::earning::{self, Award, EarningRule};
use crate::store::Tx;
use crate::store::rows::{ByPlace, among};
use crate::values::money::Money;

/// Points and growth for one source by one rule.
pub struct Gift<'a> {
    /// Rule; gives once for each source (domain.md 3.3).
    pub rule_code: &'a str,
    /// What kind of thing it is for.
    pub source_type: &'a str,
    /// Which one.
    pub source_id: &'a str,
    /// Points; no lot is made for 0.
    pub points: i64,
    /// Growth.
    pub growth: i64,
    /// Whether the points wait.
    pub pending: bool,
    /// Until when, if not for something else to happen.
    pub activates_at: Option<DateTime<Utc>>,
    /// Last instant of the points.
    pub expires_at: DateTime<Utc>,
    /// What the ledger's line says.
    pub reason: &'a str,
    /// When it was earned.
    pub at: DateTime<Utc>,
}

/// The gift of an award.
fn gift_of<'a>(rule: &'a EarningRule, source: (&'a str, &'a str), award: &Award, at: DateTime<Utc>) -> Gift<'a> {
    Gift {
        rule_code: rule.code,
        source_type: source.0,
        source_id: source.1,
        points: award.points,
        growth: award.growth,
        pending: award.pending,
        activates_at: award.activates_at,
        expires_at: award.expires_at,
        reason: rule.code,
        at,
    }
}

/// The rule that gives for a hand-over.
const DELIVERED: &str = "ORDER_DELIVERED";

/// The rule that gives for the small deposit.
const SMALL_DEPOSIT: &str = "INTENTION_DEPOSIT";

/// The kind of source that an order is.
const ORDER: &str = "ORDER";

/// What the ledger says of points that were taken back with a hand-over.
const TAKEN_BACK: &str = "ORDER_TAKEN_BACK";

/// What was given for an order's hand-overs, as its growth tells: each gift has a source of its own, and one that was taken back an entry
/// of the same moment that takes as much away.
#[derive(Clone, Copy, Debug, Default)]
struct ForOrder {
    given: usize,
    taken: usize,
    /// Growth of the last gift, and when it was given.
    growth: i64,
    at: DateTime<Utc>,
}

impl ForOrder {
    /// What these accounts were given for orders.
    async fn of_all(tx: &Tx, ledgers: &[Ledger]) -> Result<HashMap<OrderId, Self>, DbErr> {
        use growth_entry::Column as Growth;
        let mut all: HashMap<OrderId, Self> = HashMap::new();
        if ledgers.is_empty() {
            return Ok(all);
        }
        let accounts = ledgers.iter().map(Ledger::id);
        let entries = growth_entry::Entity::find()
            .filter(among(tx.conn().get_database_backend(), Growth::AccountId, accounts))
            .filter(Growth::Reason.eq(DELIVERED))
            .filter(Growth::SourceType.eq(ORDER))
            .order_by_asc(Growth::OccurredAt)
            .by_place(tx.conn())
            .await?;
        for entry in entries {
            let order = entry.source_id.split('/').next().and_then(|id| id.parse().ok());
            let Some(known) = order.map(|order: OrderId| all.entry(order).or_default()) else { continue };
            if entry.amount < 0 {
                known.taken += 1;
            } else {
                known.given += 1;
                (known.growth, known.at) = (entry.amount, entry.occurred_at);
            }
        }
        Ok(all)
    }

    fn stands(self) -> bool {
        self.given > self.taken
    }

    /// The source of the last gift.
    fn last(self, order: OrderId) -> String {
        if self.given > 1 { format!("{order}/{}", self.given) } else { order.to_string() }
    }

    /// The source of the next gift.
    fn next(self, order: OrderId) -> String {
        Self { given: self.given + 1, ..self }.last(order)
    }
}

/// What became of a gift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Written; the lot, if there were points.
    Written(LoyaltyAccountId, Option<PointsLotId>),
    /// The rule has given for this source before.
    Already,
}

/// Gives to an open account and closes it.
pub async fn give(tx: &mut Tx, mut ledger: Ledger, gift: &Gift<'_>) -> Result<Given, DbErr> {
    let source = (gift.source_type, gift.source_id);
    let before = points_lot::Entity::find()
        .filter(points_lot::Column::RuleCode.eq(gift.rule_code))
        .filter(points_lot::Column::SourceType.eq(source.0))
        .filter(points_lot::Column::SourceId.eq(source.1))
        .one(tx.conn())
        .await?;
    if before.is_some() || (gift.growth != 0 && ledger.has_growth(tx, gift.rule_code, source).await?) {
        return Ok(Given::Already);
    }
    let account = ledger.id();
    let lot = add(tx, &mut ledger, gift).await?;
    ledger.close(tx).await?;
    Ok(Given::Written(account, lot))
}

/// Adds a gift to an open account. Whether its source has been given for is the caller's to know.
pub async fn add(tx: &mut Tx, ledger: &mut Ledger, gift: &Gift<'_>) -> Result<Option<PointsLotId>, DbErr> {
    let source = (gift.source_type, gift.source_id);
    let lot = (gift.points > 0).then(|| points_lot::Model {
        id: PointsLotId::generate(),
        account_id: ledger.id(),
        rule_code: gift.rule_code.to_owned(),
        source_type: gift.source_type.to_owned(),
        source_id: gift.source_id.to_owned(),
        earned: gift.points,
        remaining: gift.points,
        state: if gift.pending { LotState::Pending } else { LotState::Active },
        earned_at: gift.at,
        activates_at: gift.activates_at,
        expires_at: Some(gift.expires_at),
    });
    let id = lot.as_ref().map(|lot| lot.id);
    if let Some(lot) = lot {
        ledger.earn(lot, gift.reason);
    }
    ledger.grow(tx, gift.growth, gift.rule_code, source, gift.at).await?;
    Ok(id)
}

/// Gives what a rule of domain.md 4.3 gives, once for each source; a customer without account gets one. False when
/// there was nothing to give: given before, or the day's cap is reached.
///
/// # Errors
/// When the store fails, or there is no such customer.
pub async fn award_by_rule(
    tx: &mut Tx,
    customer: CustomerId,
    rule: &EarningRule,
    source: (&str, &str),
    invoice: Option<Money>,
) -> Result<bool, DbErr> {
    let ledger = Ledger::open_or_make(tx, customer).await?;
    let ledger = ledger.ok_or_else(|| DbErr::Custom("points for nobody".into()))?;
    let today = if rule.daily_cap.is_some() { ledger.earned_today(tx, rule.code).await? } else { 0 };
    let award = earning::award(rule, invoice, today, tx.now());
    if award.points == 0 && award.growth == 0 {
        return Ok(false);
    }
    let gift = gift_of(rule, source, &award, tx.now());
    Ok(give(tx, ledger, &gift).await? != Given::Already)
}

/// A car that became its customer's.
#[derive(Clone, Copy, Debug)]
pub struct Bought {
    /// Whose.
    pub customer: CustomerId,
    /// By which order.
    pub order: OrderId,
    /// What its invoice is about.
    pub invoice: Money,
    /// When it was handed over.
    pub at: DateTime<Utc>,
}

/// What hand-overs mean for points (domain.md 3.2, 3.3): those of the small deposit, which waited for it, become active, and the
/// customer earns those of the car, with its growth, at the moment of the hand-over. Nothing where there is no programme, or it was given
/// for the order and not taken back since.
///
/// # Errors
/// When the store fails, or there is no such customer.
pub async fn orders_delivered(tx: &mut Tx, bought: &[Bought]) -> Result<(), DbErr> {
    let Some(rule) = earning::find(DELIVERED) else { return Ok(()) };
    if bought.is_empty() || tier::Entity::find().one(tx.conn()).await?.is_none() {
        return Ok(());
    }
    let customers: Vec<CustomerId> =
        bought.iter().map(|one| one.customer).collect::<BTreeSet<_>>().into_iter().collect();
    let mut ledgers = Ledger::open_or_make_all(tx, &customers).await?;
    if ledgers.len() < customers.len() {
        return Err(DbErr::Custom("points for nobody".into()));
    }
    let given = ForOrder::of_all(tx, &ledgers).await?;
    Ledger::look_at_growth(tx, &mut ledgers.iter_mut().collect::<Vec<_>>()).await?;
    for mut ledger in ledgers {
        let customer = ledger.customer();
        for one in bought.iter().filter(|one| one.customer == customer) {
            let known = given.get(&one.order).copied().unwrap_or_default();
            if known.stands() {
                continue;
            }
            let order = one.order.to_string();
            ledger.release(SMALL_DEPOSIT, (ORDER, &order));
            let source = known.next(one.order);
            let award = earning::award(rule, Some(one.invoice), 0, one.at);
            add(tx, &mut ledger, &gift_of(rule, (ORDER, &source), &award, one.at)).await?;
        }
        ledger.close(tx).await?;
    }
    Ok(())
}

/// Takes back what hand-overs have earned, which were none or whose cars went back, points first of what waits (domain.md 3.3), and
/// the growth with them. With `deposits`, those of the small deposit too: it goes back with the rest.
///
/// # Errors
/// When the store fails.
pub async fn orders_taken_back(tx: &mut Tx, orders: &[(CustomerId, OrderId)], deposits: bool) -> Result<(), DbErr> {
    let customers: Vec<CustomerId> = orders.iter().map(|(of, _)| *of).collect::<BTreeSet<_>>().into_iter().collect();
    let mut ledgers = Ledger::open_all(tx, &customers).await?;
    let given = ForOrder::of_all(tx, &ledgers).await?;
    Ledger::look_at_growth(tx, &mut ledgers.iter_mut().collect::<Vec<_>>()).await?;
    for mut ledger in ledgers {
        let customer = ledger.customer();
        for (_, order) in orders.iter().filter(|(of, _)| *of == customer) {
            let known = given.get(order).copied().unwrap_or_default();
            let own = order.to_string();
            let source = known.last(*order);
            let mut sources = Vec::new();
            if known.stands() {
                sources.push((DELIVERED, ORDER, source.as_str()));
                ledger.grow(tx, -known.growth, DELIVERED, (ORDER, &source), known.at).await?;
            }
            if deposits {
                sources.push((SMALL_DEPOSIT, ORDER, own.as_str()));
            }
            ledger.reverse(tx, &sources, TAKEN_BACK).await?;
        }
        ledger.close(tx).await?;
    }
    Ok(())
}
