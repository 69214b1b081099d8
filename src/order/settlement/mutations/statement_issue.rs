//! `settlementStatementIssue` (C105).

use async_graphql::{Context, SimpleObject};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::inputs::SettlementStatementIssueInput;
use super::super::policy;
use super::super::rules::period::{self, bounds};
use super::super::store::{draw, issue};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct SettlementStatementIssuePayload {
    /// Lines that were put on statements.
    pub line_count: i64,
    /// Drafts that got them.
    pub draft_count: i64,
    /// Statements that were issued.
    pub issued_count: i64,
    /// Whether there is more to do: call again, with another key.
    pub more: bool,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Default, Serialize, Deserialize)]
struct Outcome {
    lines: u64,
    drafts: u64,
    issued: u64,
    more: bool,
}

pub async fn run(ctx: &Context<'_>, input: SettlementStatementIssueInput) -> Result<SettlementStatementIssuePayload> {
    let call = ctx.call();
    policy::manages(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(period) => {
            let issued = !input.draft_only;
            write(ctx, Some(key), move |tx, call| Box::pin(run_in(tx, call, period, issued))).await?
        }
        Err(error) => Err(vec![error]),
    };
    let (outcome, user_errors) = match written {
        Ok(outcome) => (outcome, Vec::new()),
        Err(errors) => (Outcome::default(), errors),
    };
    let many = |count| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(SettlementStatementIssuePayload {
        line_count: many(outcome.lines),
        draft_count: many(outcome.drafts),
        issued_count: many(outcome.issued),
        more: outcome.more,
        user_errors,
    })
}

/// The month: over, unless it is only drawn up; begun, if so.
fn read(call: &Call, input: &SettlementStatementIssueInput) -> Result<NaiveDate, UserError> {
    let wrong = |key| UserError::invalid(call, "period", key, &[]);
    let period = period::parse(&input.period).ok_or_else(|| wrong("settlement-period"))?;
    let (from, end) = bounds(period);
    let ready = if input.draft_only { from } else { end };
    if call.now < ready { Err(wrong("settlement-period-open")) } else { Ok(period) }
}

async fn run_in(tx: &mut Tx, call: &Call, period: NaiveDate, issued: bool) -> Result<Outcome, Refusal> {
    let actor = call.viewer.actor();
    let drawn = draw(tx, &actor, period).await?;
    // A statement is issued with all its lines.
    let (issued, more) = if issued && !drawn.more { issue(tx, &actor, period).await? } else { (0, drawn.more) };
    Ok(Outcome { lines: drawn.lines, drafts: drawn.drafts, issued, more })
}
