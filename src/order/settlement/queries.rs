//! What one may ask about settlement.

use async_graphql::ID;
use entity::order::settlement_rule;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr};

use super::inputs::{SettlementLineWhereInput, SettlementSort, SettlementWhereInput, month, newest_lines, sorting};
use super::links::{SettlementRuleById, SettlementStatementById};
use super::policy;
use super::rules::period;
use super::store::reconcile;
use super::types::{
    SettlementLine, SettlementReconciliation, SettlementReconciliationRow, SettlementRule, SettlementStatement,
};
use crate::graph::connection::{List, Rows, every, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};

/// Root fields.
#[derive(Default)]
pub struct Queries;

/// Most rules, each with all its versions: as many as may be published, and are listed.
pub const MAX_RULES: u64 = 100;

#[roots(name = "SettlementQueries")]
impl Queries {
    /// Statements between the car maker and its parties: a manager those of the store, operators all.
    async fn settlements(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which statements.")] filter: Option<SettlementWhereInput>,
        #[graphql(desc = "How to sort; newest first when left out.")] order_by: Option<SettlementSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<SettlementStatement>> {
        let viewer = &ask.call.viewer;
        let seen = policy::readable(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &sorting(order_by), &args, |row| Some(SettlementStatement(row))).await
    }

    /// A statement by id; null when there is none that the caller may see. Its lines are had by `settlementLines`.
    async fn settlement_statement(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `sts_01J…`.")] id: ID,
    ) -> Result<Option<SettlementStatement>> {
        one::<SettlementStatementById>(ask, parse_id("id", &id)?).await
    }

    /// Lines, the newest first: of a statement, of an order, or those that are on no statement yet. A manager those of the store,
    /// operators all.
    async fn settlement_lines(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which lines.")] filter: Option<SettlementLineWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<SettlementLine>> {
        let viewer = &ask.call.viewer;
        let seen = policy::lines(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &newest_lines(), &args, |row| Some(SettlementLine(row))).await
    }

    /// The rules by which lines are made: of each the latest version, which may begin later, by code; for operators, at most a hundred.
    async fn settlement_rules(&self, ask: &Ask<'_>) -> Result<Vec<SettlementRule>> {
        let viewer = &ask.call.viewer;
        let rows = policy::manages(viewer).or_refuse(viewer)?.add(latest());
        every::<SettlementRuleById>(ask, rows, &[settlement_rule::Column::Code], Some(MAX_RULES)).await
    }

    /// A month reckoned up, by way of selling, for operators: what lines come to, what is on statements and what on none, and whether
    /// each car that was handed over has its lines.
    async fn settlement_reconciliation(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "The month, Asia/Shanghai, as in `2026-11`.")] period: String,
    ) -> Result<SettlementReconciliation> {
        let call = ask.call;
        policy::manages(&call.viewer).or_refuse(&call.viewer)?;
        let of = month("period", &period)?;
        let found = reconcile(call.db(), of).await?;
        let balanced = found.values().all(|row| {
            row.statements_minor == row.statement_lines_minor && row.missing_lines == 0 && row.surplus_lines == 0
        });
        let rows = found.into_iter().map(SettlementReconciliationRow::from).collect();
        Ok(SettlementReconciliation { period: period::text(of), rows, balanced })
    }
}

/// Rules that have no later version.
fn latest() -> SimpleExpr {
    use settlement_rule::Column as Rule;
    let newer = Alias::new("newer");
    let of_newer = |column| Expr::col((newer.clone(), column));
    let later = Query::select()
        .expr(Expr::val(1))
        .from_as(settlement_rule::Entity, newer.clone())
        .and_where(of_newer(Rule::Code).equals((settlement_rule::Entity, Rule::Code)))
        .and_where(of_newer(Rule::RuleVersion).gt(Expr::col((settlement_rule::Entity, Rule::RuleVersion))))
        .to_owned();
    Expr::exists(later).not()
}
