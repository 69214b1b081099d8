//! `pointsAward` (C106, C112).

use async_graphql::{Context, SimpleObject};
use chrono::TimeDelta;
use entity::{CustomerId, LoyaltyAccountId, PointsLotId};
use sea_orm::{DbErr, SqlErr};
use serde::{Deserialize, Serialize};

use super::super::award::{Gift, Given, give};
use super::super::inputs::PointsAwardInput;
use super::super::ledger::Ledger;
use super::super::links::{LoyaltyAccountById, PointsLotById};
use super::super::policy;
use super::super::rules::earning::{self, Amount, Award, EarningRule, POINTS_PER_YUAN};
use super::super::types::{LoyaltyAccount, PointsLot};
use super::MAX_POINTS;
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::money::Money;
use crate::values::{calendar, text};

/// What came of it.
#[derive(SimpleObject)]
pub struct PointsAwardPayload {
    /// The account as it is now.
    pub account: Option<LoyaltyAccount>,
    /// The points.
    pub lot: Option<PointsLot>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    account: LoyaltyAccountId,
    lot: Option<PointsLotId>,
}

/// Rule of points that no rule gives.
const MANUAL: &str = "MANUAL";
const MAX_REASON: u32 = 200;
const MAX_SOURCE_TYPE: u32 = 40;
const MAX_SOURCE_ID: u32 = 100;
const MAX_PENDING_DAYS: i32 = 365;

/// The input, read.
struct Wanted {
    customer: CustomerId,
    points: i64,
    reason: String,
    rule: Option<&'static EarningRule>,
    source_type: String,
    source_id: String,
    pending_days: Option<i32>,
}

pub async fn run(ctx: &Context<'_>, input: PointsAwardInput) -> Result<PointsAwardPayload> {
    let call = ctx.call();
    if !policy::may_award(&call.viewer) {
        return Err(call.viewer.refused());
    }
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, input) {
        Ok(wanted) => write(ctx, Some(key), move |tx, call| Box::pin(award(tx, call, wanted))).await?,
        Err(errors) => Err(errors),
    };
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok(PointsAwardPayload { account: None, lot: None, user_errors }),
    };
    let account = call.link::<LoyaltyAccountById>().one(outcome.account).await?;
    if let Some(account) = &account {
        below(ctx, call, "account", account).await?;
    }
    let lot = match outcome.lot {
        Some(id) => call.link::<PointsLotById>().one(id).await?,
        None => None,
    };
    Ok(PointsAwardPayload { account, lot, user_errors: Vec::new() })
}

fn read(call: &Call, input: PointsAwardInput) -> Result<Wanted, Vec<UserError>> {
    let mut errors = Vec::new();
    let customer = UserError::parse_id(call, "customerId", &input.customer_id).map_err(|e| errors.push(e)).ok();
    if !(1..=MAX_POINTS).contains(&input.points.0) {
        errors.push(UserError::invalid(call, "points", "points-range", &[("max", MAX_POINTS.into())]));
    }
    let mut line = |field, given: &str, max| {
        text::line(given, max).map_err(|invalid| errors.push(UserError::refused(call, field, invalid))).ok()
    };
    let reason = line("reason", &input.reason, MAX_REASON);
    let source_type = line("sourceType", &input.source_type, MAX_SOURCE_TYPE);
    let source_id = line("sourceId", &input.source_id, MAX_SOURCE_ID);
    let rule = input.rule_code.as_deref().map(|code| earning::find(code));
    if rule == Some(None) {
        errors.push(UserError::invalid(call, "ruleCode", "points-rule", &[]));
    }
    if input.pending_days.is_some_and(|days| !(0..=MAX_PENDING_DAYS).contains(&days)) {
        let max = [("max", i64::from(MAX_PENDING_DAYS).into())];
        errors.push(UserError::invalid(call, "pendingDays", "points-days", &max));
    }
    match (customer, reason, source_type, source_id) {
        (Some(customer), Some(reason), Some(source_type), Some(source_id)) if errors.is_empty() => Ok(Wanted {
            customer,
            points: input.points.0,
            reason,
            rule: rule.flatten(),
            source_type,
            source_id,
            pending_days: input.pending_days,
        }),
        _ => Err(errors),
    }
}

async fn award(tx: &mut Tx, call: &Call, wanted: Wanted) -> Result<Outcome, Refusal> {
    let ledger = Ledger::open_or_make(tx, wanted.customer).await?;
    let ledger = ledger.ok_or_else(|| UserError::not_found(call, "customerId"))?;
    if let Some(rule) = wanted.rule
        && let Some(cap) = rule.daily_cap
    {
        let left = (cap - ledger.earned_today(tx, rule.code).await?).max(0);
        if wanted.points > left {
            let code = UserErrorCode::NotEligible;
            return Err(UserError::coded(call, code, "points", "points-daily-cap", &[("max", left.into())]).into());
        }
    }
    let by_rule = wanted.rule.map(|rule| of_rule(rule, wanted.points, tx.now()));
    let (pending, activates_at) = match (wanted.pending_days, by_rule) {
        (Some(days), _) => (days > 0, (days > 0).then(|| tx.now() + TimeDelta::days(days.into()))),
        (None, Some(award)) => (award.pending, award.activates_at),
        (None, None) => (false, None),
    };
    let gift = Gift {
        rule_code: wanted.rule.map_or(MANUAL, |rule| rule.code),
        source_type: &wanted.source_type,
        source_id: &wanted.source_id,
        points: wanted.points,
        growth: by_rule.map_or(0, |award| award.growth),
        pending,
        activates_at,
        expires_at: calendar::points_expiry(tx.now()),
        reason: &wanted.reason,
        at: tx.now(),
    };
    match give(tx, ledger, &gift).await {
        Ok(Given::Written(account, lot)) => Ok(Outcome { account, lot }),
        Ok(Given::Already) => Err(duplicate(call).into()),
        // Two customers, one source, at the same time: the store's constraint decides.
        Err(error) if is_duplicate(&error) => Err(duplicate(call).into()),
        Err(error) => Err(error.into()),
    }
}

/// What a rule gives beside the points that the operator names. Growth by invoice follows the invoice that the points
/// stand for.
fn of_rule(rule: &EarningRule, points: i64, now: chrono::DateTime<chrono::Utc>) -> Award {
    let invoice = match rule.points {
        Amount::Fixed(_) => None,
        // Backwards from points = fen/100 yuan × percent/100 × points per yuan.
        Amount::PercentOfInvoice(percent) => {
            Some(Money::from_minor(points.saturating_mul(10_000) / (percent * POINTS_PER_YUAN)))
        }
    };
    earning::award(rule, invoice, 0, now)
}

fn duplicate(call: &Call) -> UserError {
    UserError::coded(call, UserErrorCode::Duplicate, "sourceId", "points-duplicate", &[])
}

fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
