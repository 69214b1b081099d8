//! `settlementRulePublish` (C104): the next version of a rule.

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use entity::order::settlement_rule;
use entity::place::organization;
use entity::{OrganizationId, SettlementBasis, SettlementParty, SettlementRuleId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, TryInsertResult,
};
use serde::{Deserialize, Serialize};

use super::super::inputs::SettlementRulePublishInput;
use super::super::links::SettlementRuleById;
use super::super::policy;
use super::super::queries::MAX_RULES;
use super::super::rules::amount::{self, MAX_FIXED_MINOR, MAX_RATE_BP, bases, items, parties};
use super::super::types::SettlementRule;
use crate::graph::answer::below;
use crate::graph::money;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::{Lock, Tx};
use crate::values::error::Invalid;

/// What came of it.
#[derive(SimpleObject)]
pub struct SettlementRulePublishPayload {
    /// The version that was published.
    pub rule: Option<SettlementRule>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    rule: SettlementRuleId,
}

pub async fn run(ctx: &Context<'_>, input: SettlementRulePublishInput) -> Result<SettlementRulePublishPayload> {
    let call = ctx.call();
    policy::manages(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(row) => {
            let expected = input.expected_version;
            write(ctx, Some(key), move |tx, call| Box::pin(publish(tx, call, row, expected))).await?
        }
        Err(errors) => Err(errors),
    };
    let (rule, user_errors) = match written {
        Ok(outcome) => (call.link::<SettlementRuleById>().one(outcome.rule).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(rule) = &rule {
        below(ctx, call, "rule", rule).await?;
    }
    Ok(SettlementRulePublishPayload { rule, user_errors })
}

/// The version as it is said, with every error at once.
fn read(call: &Call, input: &SettlementRulePublishInput) -> Result<settlement_rule::Model, Vec<UserError>> {
    let mut errors = Vec::new();
    let wrong = |field: &str, key: &str| UserError::invalid(call, field, key, &[]);
    if !items(input.sales_model).contains(&input.item) {
        errors.push(wrong("item", "settlement-item"));
    }
    if !parties(input.trigger, input.item, input.sales_model).contains(&input.party) {
        errors.push(wrong("party", "settlement-party"));
    }
    let organization_id = match (input.party, &input.organization_id) {
        (SettlementParty::Organization, Some(id)) => UserError::parse_id(call, "organizationId", id).map(Some),
        (SettlementParty::Organization, None) => Err(UserError::refused(call, "organizationId", Invalid::REQUIRED)),
        (_, Some(_)) => Err(wrong("organizationId", "settlement-organization")),
        (_, None) => Ok(None),
    };
    let organization_id: Option<OrganizationId> = organization_id.unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    let (amount_minor, base, rate_bp) = figures(call, input, &mut errors);
    let effective_from = input.effective_from.unwrap_or(call.now);
    if input.effective_to.is_some_and(|end| end <= effective_from) {
        errors.push(wrong("effectiveTo", "settlement-to"));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(settlement_rule::Model {
        id: SettlementRuleId::generate(),
        code: amount::code(input.sales_model, input.item, input.trigger, input.party, organization_id),
        rule_version: 0,
        sales_model: input.sales_model,
        item: input.item,
        trigger: input.trigger,
        party: input.party,
        organization_id,
        basis: input.basis,
        amount_minor,
        base,
        rate_bp,
        effective_from,
        effective_to: input.effective_to,
        published_by: call.viewer.actor(),
        published_at: call.now,
    })
}

/// The amount, or the rate and of what: those of the basis, and no others.
fn figures(
    call: &Call,
    input: &SettlementRulePublishInput,
    errors: &mut Vec<UserError>,
) -> (Option<i64>, Option<entity::SettlementBase>, Option<i32>) {
    let missing = |field: &str| UserError::refused(call, field, Invalid::REQUIRED);
    let others = |field: &str| UserError::invalid(call, field, "settlement-basis", &[]);
    match input.basis {
        SettlementBasis::Fixed => {
            let amount = match input.amount {
                None => Err(missing("amount")),
                Some(yuan) => money::minor(yuan)
                    .and_then(|minor| {
                        let within = Some(minor).filter(|minor| (0..=MAX_FIXED_MINOR).contains(minor));
                        within.ok_or(Invalid::rule("money"))
                    })
                    .map_err(|invalid| UserError::refused(call, "amount", invalid)),
            };
            errors.extend(input.base.map(|_| others("base")));
            errors.extend(input.rate_basis_points.map(|_| others("rateBasisPoints")));
            let amount = amount.map_err(|error| errors.push(error)).ok();
            (amount, None, None)
        }
        SettlementBasis::Rate => {
            errors.extend(input.amount.map(|_| others("amount")));
            match input.base {
                None => errors.push(missing("base")),
                Some(base) if !bases(input.trigger).contains(&base) => {
                    errors.push(UserError::invalid(call, "base", "settlement-base", &[]));
                }
                Some(_) => {}
            }
            match input.rate_basis_points {
                None => errors.push(missing("rateBasisPoints")),
                Some(rate) if !(0..=MAX_RATE_BP).contains(&rate) => {
                    let max = [("max", i64::from(MAX_RATE_BP).into())];
                    errors.push(UserError::invalid(call, "rateBasisPoints", "settlement-rate", &max));
                }
                Some(_) => {}
            }
            (None, input.base, input.rate_basis_points)
        }
    }
}

/// How far ahead a version may begin, days.
const FURTHEST_DAYS: i64 = 366;

async fn publish(
    tx: &mut Tx,
    call: &Call,
    row: settlement_rule::Model,
    expected_version: i32,
) -> Result<Outcome, Refusal> {
    use settlement_rule::Column as Rule;
    // Nothing is due by a rule that was not known when it happened.
    if row.effective_from < tx.now() {
        return Err(UserError::invalid(call, "effectiveFrom", "settlement-from", &[]).into());
    }
    // A slip of the keyboard would stand in the way of every later version.
    if row.effective_from > tx.now() + TimeDelta::days(FURTHEST_DAYS) {
        let args = [("days", FURTHEST_DAYS.into())];
        return Err(UserError::invalid(call, "effectiveFrom", "settlement-from-far", &args).into());
    }
    if let Some(organization) = row.organization_id
        && organization::Entity::find_by_id(organization).one(tx.conn()).await?.is_none()
    {
        return Err(UserError::not_found(call, "organizationId").into());
    }
    let select = settlement_rule::Entity::find().filter(Rule::Code.eq(&row.code)).order_by_desc(Rule::RuleVersion);
    let known: Vec<settlement_rule::Model> = Lock::row(select).all(tx.conn()).await?;
    let version = known.first().map_or(0, |last| last.rule_version);
    if known.is_empty() {
        let rules = settlement_rule::Entity::find().filter(Rule::RuleVersion.eq(1)).count(tx.conn()).await?;
        if rules >= MAX_RULES {
            let args = [("max", i64::try_from(MAX_RULES).unwrap_or(i64::MAX).into())];
            return Err(UserError::coded(call, UserErrorCode::LimitReached, "item", "settlement-rules", &args).into());
        }
    }
    let conflict = |version| {
        let id = known.first().map_or_else(String::new, |last| last.id.to_string());
        UserError::version(call, id, version)
    };
    if version != expected_version {
        return Err(conflict(version).into());
    }
    if let Some(last) = known.first() {
        if row.effective_from < last.effective_from {
            return Err(UserError::invalid(call, "effectiveFrom", "settlement-from", &[]).into());
        }
        if last.effective_to.is_none_or(|end| end > row.effective_from) {
            tx.put_one(end(last, row.effective_from));
        }
    }
    let row = settlement_rule::Model { rule_version: version + 1, published_at: tx.now(), ..row };
    let rule = row.id;
    let there = OnConflict::columns([Rule::Code, Rule::RuleVersion]).do_nothing().to_owned();
    let inserted = settlement_rule::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(there)
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
    if !matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0) {
        // Somebody has published the first one at this very moment.
        return Err(conflict(version + 1).into());
    }
    Ok(Outcome { rule })
}

/// The write that ends a version.
fn end(version: &settlement_rule::Model, at: DateTime<Utc>) -> sea_orm::UpdateMany<settlement_rule::Entity> {
    let change = settlement_rule::ActiveModel { effective_to: Set(Some(at)), ..Default::default() };
    settlement_rule::Entity::update_many().set(change).filter(settlement_rule::Column::Id.eq(version.id))
}
