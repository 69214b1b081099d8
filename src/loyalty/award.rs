//! Giving points for something that happened. Other rooms call [`award_by_rule`] in their own transaction.

use chrono::{DateTime, Utc};
use entity::loyalty::{points_lot, tier};
use entity::{CustomerId, LotState, LoyaltyAccountId, OrderId, PointsLotId};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::ledger::Ledger;
use super::rules::earning::{self, Award, EarningRule};
use crate::store::Tx;
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
}

/// The gift of an award.
fn gift_of<'a>(rule: &'a EarningRule, source: (&'a str, &'a str), award: &Award) -> Gift<'a> {
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
        earned_at: tx.now(),
        activates_at: gift.activates_at,
        expires_at: Some(gift.expires_at),
    });
    let id = lot.as_ref().map(|lot| lot.id);
    if let Some(lot) = lot {
        ledger.earn(lot, gift.reason);
    }
    ledger.grow(tx, gift.growth, gift.rule_code, source).await?;
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
    let gift = gift_of(rule, source, &award);
    Ok(give(tx, ledger, &gift).await? != Given::Already)
}

/// What a hand-over means for points (domain.md 3.2, 3.3): those of the small deposit, which waited for it, become active, and the
/// customer earns those of the car, with its growth. Nothing where there is no programme, or it was given for the order before.
///
/// # Errors
/// When the store fails, or there is no such customer.
pub async fn order_delivered(tx: &mut Tx, customer: CustomerId, order: OrderId, invoice: Money) -> Result<(), DbErr> {
    let Some(rule) = earning::find("ORDER_DELIVERED") else { return Ok(()) };
    if tier::Entity::find().one(tx.conn()).await?.is_none() {
        return Ok(());
    }
    let id = order.to_string();
    let source = ("ORDER", id.as_str());
    let ledger = Ledger::open_or_make(tx, customer).await?;
    let mut ledger = ledger.ok_or_else(|| DbErr::Custom("points for nobody".into()))?;
    if ledger.has_growth(tx, rule.code, source).await? {
        return Ok(());
    }
    ledger.release("INTENTION_DEPOSIT", source);
    let award = earning::award(rule, Some(invoice), 0, tx.now());
    let gift = gift_of(rule, source, &award);
    give(tx, ledger, &gift).await?;
    Ok(())
}
