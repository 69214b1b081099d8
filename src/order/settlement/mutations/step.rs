//! `settlementConfirm`, `settlementDispute`, `settlementAdjust`, `settlementMarkInvoiced` and `settlementMarkPaid` (C104): the steps
//! of a statement.

use async_graphql::{Context, ID, SimpleObject};
use entity::SettlementStatementId;
use entity::order::settlement_statement;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};

use super::super::inputs::{
    SettlementAdjustInput, SettlementConfirmInput, SettlementDisputeInput, SettlementMarkInvoicedInput,
    SettlementMarkPaidInput,
};
use super::super::links::SettlementStatementById;
use super::super::policy;
use super::super::rules::statement::{MAX_ADJUSTMENTS, SettlementMove, move_statement};
use super::super::store::{Step, adjusting_line, locked, step};
use super::super::types::SettlementStatement;
use crate::access::Access;
use crate::graph::answer::below;
use crate::graph::money;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::error::Invalid;
use crate::values::text;

/// Characters of a reason, and of a number of somebody else.
const MAX_REASON: u32 = 500;
const MAX_NUMBER: u32 = 64;

/// Greatest amount that puts a statement right, fen; invented.
const MAX_ADJUSTMENT_MINOR: i64 = 10_000_000_000;

macro_rules! payloads {
    ($($name:ident)*) => {
        $(
            /// What came of it.
            #[derive(SimpleObject)]
            pub struct $name {
                /// The statement.
                pub statement: Option<SettlementStatement>,
                /// What the user can put right.
                pub user_errors: Vec<UserError>,
            }

            impl From<(Option<SettlementStatement>, Vec<UserError>)> for $name {
                fn from((statement, user_errors): (Option<SettlementStatement>, Vec<UserError>)) -> Self {
                    Self { statement, user_errors }
                }
            }
        )*
    };
}

payloads! {
    SettlementConfirmPayload SettlementDisputePayload SettlementAdjustPayload SettlementMarkInvoicedPayload
    SettlementMarkPaidPayload
}

/// Which statement, as the client has read it.
struct Which {
    id: ID,
    version: i32,
}

/// What is done with it.
enum Doing {
    Confirm,
    Dispute { reason: String },
    Adjust { amount_minor: i64, reason: String, expected_total_minor: i64 },
    Invoice { number: String },
    Pay { reference: String },
}

impl Doing {
    fn action(&self) -> SettlementMove {
        match self {
            Self::Confirm => SettlementMove::Confirm,
            Self::Dispute { .. } => SettlementMove::Dispute,
            Self::Adjust { .. } => SettlementMove::Adjust,
            Self::Invoice { .. } => SettlementMove::Invoice,
            Self::Pay { .. } => SettlementMove::Pay,
        }
    }

    /// Statements with which the caller may do so.
    fn access(&self, call: &Call) -> Access {
        match self {
            Self::Confirm | Self::Dispute { .. } => policy::answerable(&call.viewer),
            Self::Adjust { .. } | Self::Invoice { .. } | Self::Pay { .. } => policy::manages(&call.viewer),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    statement: SettlementStatementId,
}

pub async fn confirm(ctx: &Context<'_>, input: SettlementConfirmInput) -> Result<SettlementConfirmPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let which = Which { id: input.statement_id, version: input.expected_version };
    policy::answerable(&ctx.call().viewer).or_refuse(&ctx.call().viewer)?;
    Ok(act(ctx, key, which, Ok(Doing::Confirm)).await?.into())
}

pub async fn dispute(ctx: &Context<'_>, input: SettlementDisputeInput) -> Result<SettlementDisputePayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let call = ctx.call();
    policy::answerable(&call.viewer).or_refuse(&call.viewer)?;
    let reason =
        text::note(&input.reason, MAX_REASON).map_err(|invalid| vec![bad(call, "reason", invalid, MAX_REASON)]);
    let which = Which { id: input.statement_id, version: input.expected_version };
    Ok(act(ctx, key, which, reason.map(|reason| Doing::Dispute { reason })).await?.into())
}

pub async fn adjust(ctx: &Context<'_>, input: SettlementAdjustInput) -> Result<SettlementAdjustPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let call = ctx.call();
    policy::manages(&call.viewer).or_refuse(&call.viewer)?;
    let mut errors = Vec::new();
    let amount = money::minor(input.amount).map_err(|invalid| UserError::refused(call, "amount", invalid));
    let bounds = -MAX_ADJUSTMENT_MINOR..=MAX_ADJUSTMENT_MINOR;
    let amount = amount.and_then(|minor| {
        let beyond = || UserError::refused(call, "amount", Invalid::rule("money"));
        Some(minor).filter(|minor| bounds.contains(minor)).ok_or_else(beyond)
    });
    let amount_minor = amount.unwrap_or_else(|error| {
        errors.push(error);
        0
    });
    let reason = text::note(&input.reason, MAX_REASON).unwrap_or_else(|invalid| {
        errors.push(bad(call, "reason", invalid, MAX_REASON));
        String::new()
    });
    let doing = Doing::Adjust { amount_minor, reason, expected_total_minor: input.expected_total_minor.0 };
    let which = Which { id: input.statement_id, version: input.expected_version };
    let doing = if errors.is_empty() { Ok(doing) } else { Err(errors) };
    Ok(act(ctx, key, which, doing).await?.into())
}

pub async fn mark_invoiced(
    ctx: &Context<'_>,
    input: SettlementMarkInvoicedInput,
) -> Result<SettlementMarkInvoicedPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let call = ctx.call();
    policy::manages(&call.viewer).or_refuse(&call.viewer)?;
    let number = text::line(&input.invoice_number, MAX_NUMBER)
        .map_err(|invalid| vec![bad(call, "invoiceNumber", invalid, MAX_NUMBER)]);
    let which = Which { id: input.statement_id, version: input.expected_version };
    Ok(act(ctx, key, which, number.map(|number| Doing::Invoice { number })).await?.into())
}

pub async fn mark_paid(ctx: &Context<'_>, input: SettlementMarkPaidInput) -> Result<SettlementMarkPaidPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let call = ctx.call();
    policy::manages(&call.viewer).or_refuse(&call.viewer)?;
    let reference = text::line(&input.payment_reference, MAX_NUMBER)
        .map_err(|invalid| vec![bad(call, "paymentReference", invalid, MAX_NUMBER)]);
    let which = Which { id: input.statement_id, version: input.expected_version };
    Ok(act(ctx, key, which, reference.map(|reference| Doing::Pay { reference })).await?.into())
}

/// A text of the input that breaks a rule.
fn bad(call: &Call, field: &str, invalid: Invalid, max: u32) -> UserError {
    let code = if invalid == Invalid::REQUIRED { UserErrorCode::Required } else { UserErrorCode::Invalid };
    UserError::coded(call, code, field, "order-text", &[("max", i64::from(max).into())])
}

/// Does it; the statement, read under the rights of now, with what the payload's selection asks for.
async fn act(
    ctx: &Context<'_>,
    key: Key,
    which: Which,
    doing: Result<Doing, Vec<UserError>>,
) -> Result<(Option<SettlementStatement>, Vec<UserError>)> {
    let call = ctx.call();
    let written = match doing {
        Ok(doing) => write(ctx, Some(key), move |tx, call| Box::pin(go(tx, call, which, doing))).await?,
        Err(errors) => Err(errors),
    };
    match written {
        Ok(outcome) => {
            let statement = call.link::<SettlementStatementById>().one(outcome.statement).await?;
            if let Some(statement) = &statement {
                below(ctx, call, "statement", statement).await?;
            }
            Ok((statement, Vec::new()))
        }
        Err(errors) => Ok((None, errors)),
    }
}

async fn go(tx: &mut Tx, call: &Call, which: Which, doing: Doing) -> Result<Outcome, Refusal> {
    let id: SettlementStatementId = UserError::parse_id(call, "statementId", &which.id)?;
    let rows = doing.access(call).or_nothing();
    let before = locked(tx, rows, id).await?.ok_or_else(|| UserError::not_found(call, "statementId"))?;
    if before.version != which.version {
        return Err(UserError::version(call, id, before.version).into());
    }
    let to = move_statement(before.state, doing.action())
        .map_err(|refused| UserError::transition(call, refused.from, refused.action, refused.allowed))?;
    let (after, note) = change(tx, call, &before, doing)?;
    step(tx, &before, after, Step { to, actor: call.viewer.actor(), note });
    Ok(Outcome { statement: id })
}

/// What is said once a statement was put right as often as it can be.
fn exhausted(call: &Call) -> UserError {
    let args = [("max", i64::from(MAX_ADJUSTMENTS).into())];
    UserError::coded(call, UserErrorCode::LimitReached, "statementId", "settlement-adjustments", &args)
}

/// The statement as the step leaves it, but for its state, and what is noted of it.
fn change(
    tx: &mut Tx,
    call: &Call,
    before: &settlement_statement::Model,
    doing: Doing,
) -> Result<(settlement_statement::Model, Option<String>), UserError> {
    let after = before.clone();
    Ok(match doing {
        Doing::Confirm => (after, None),
        // What is disputed is put right, which has to be possible.
        Doing::Dispute { .. } if before.adjustment_count >= MAX_ADJUSTMENTS => return Err(exhausted(call)),
        Doing::Dispute { reason } => {
            (settlement_statement::Model { dispute_reason: Some(reason.clone()), ..after }, Some(reason))
        }
        Doing::Adjust { amount_minor, reason, expected_total_minor } => {
            if before.adjustment_count >= MAX_ADJUSTMENTS {
                return Err(exhausted(call));
            }
            let total_minor = before.total_minor.saturating_add(amount_minor);
            if total_minor != expected_total_minor {
                let total = money::Money::fen(total_minor).amount.0.to_string();
                let args = [("total", total.into())];
                return Err(UserError::invalid(call, "expectedTotalMinor", "settlement-total", &args));
            }
            let line = adjusting_line(before, amount_minor, &reason, tx.now());
            tx.insert([line.into_active_model().reset_all()]);
            let after = settlement_statement::Model {
                total_minor,
                line_count: before.line_count + 1,
                adjustment_count: before.adjustment_count + 1,
                ..after
            };
            (after, Some(reason))
        }
        Doing::Invoice { number } => {
            (settlement_statement::Model { invoice_number: Some(number.clone()), ..after }, Some(number))
        }
        Doing::Pay { reference } => {
            (settlement_statement::Model { payment_reference: Some(reference.clone()), ..after }, Some(reference))
        }
    })
}
