//! How statements, lines and rules are found from other rows.

use entity::order::{settlement_event, settlement_line, settlement_rule, settlement_statement};
use entity::{SettlementLineId, SettlementRuleId, SettlementStatementId};
use sea_orm::sea_query::Condition;

use super::policy;
use super::types::{SettlementEvent, SettlementLine, SettlementRule, SettlementStatement};
use crate::graph::relation::{many, one};

/// Most entries of a statement's history that are shown; there are no more by `MAX_ADJUSTMENTS`.
const MAX_HISTORY: u64 = 50;

one! {
    /// Statements by id.
    SettlementStatementById: SettlementStatementId => settlement_statement.Id as SettlementStatement,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(SettlementStatement(row));
}

one! {
    /// Rules that made a line which the viewer sees, or that the viewer publishes; the right was asked there.
    SettlementRuleById: SettlementRuleId => settlement_rule.Id as SettlementRule,
        |_call| Condition::all(),
        |_call, row| Some(SettlementRule(row));
}

one! {
    /// Lines by id: those that others take back.
    SettlementLineById: SettlementLineId => settlement_line.Id as SettlementLine,
        |call| policy::lines(&call.viewer).or_nothing(),
        |_call, row| Some(SettlementLine(row));
}

many! {
    /// History by statement, oldest first.
    EventsOfStatement: SettlementStatementId => settlement_event.StatementId as SettlementEvent, by [Asc OccurredAt, Asc Id],
        first MAX_HISTORY,
        |_call| Condition::all(), |_call, row| Some(SettlementEvent(row));
}
