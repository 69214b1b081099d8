//! What one may do about settlement: a file for each mutation, but one for the steps of a statement, which are alike.

mod rule_publish;
mod statement_issue;
mod step;

use async_graphql::{Context, Object};

use super::inputs::{
    SettlementAdjustInput, SettlementConfirmInput, SettlementDisputeInput, SettlementMarkInvoicedInput,
    SettlementMarkPaidInput, SettlementRulePublishInput, SettlementStatementIssueInput,
};
use crate::graph::Result;

pub use rule_publish::SettlementRulePublishPayload;
pub use statement_issue::SettlementStatementIssuePayload;
pub use step::{
    SettlementAdjustPayload, SettlementConfirmPayload, SettlementDisputePayload, SettlementMarkInvoicedPayload,
    SettlementMarkPaidPayload,
};

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "SettlementMutations")]
impl Mutations {
    /// Publishes the next version of a rule, for operators; the version before ends where it begins. Lines keep the version by which
    /// they were made.
    async fn settlement_rule_publish(
        &self,
        ctx: &Context<'_>,
        input: SettlementRulePublishInput,
    ) -> Result<SettlementRulePublishPayload> {
        rule_publish::run(ctx, input).await
    }

    /// Draws up the statements of a month, for operators: lines up to its end that are on none go on the draft of their party, which
    /// then is issued. What comes later goes to the next month. Called again while there is `more`; nothing is put on two statements.
    async fn settlement_statement_issue(
        &self,
        ctx: &Context<'_>,
        input: SettlementStatementIssueInput,
    ) -> Result<SettlementStatementIssuePayload> {
        statement_issue::run(ctx, input).await
    }

    /// Agrees to a statement: the manager of its store, or an operator for another organisation that said so.
    async fn settlement_confirm(
        &self,
        ctx: &Context<'_>,
        input: SettlementConfirmInput,
    ) -> Result<SettlementConfirmPayload> {
        step::confirm(ctx, input).await
    }

    /// Does not agree to a statement, and says why: who may agree to it.
    async fn settlement_dispute(
        &self,
        ctx: &Context<'_>,
        input: SettlementDisputeInput,
    ) -> Result<SettlementDisputePayload> {
        step::dispute(ctx, input).await
    }

    /// Puts a statement right by a line of its own, for operators: one that is disputed, or was agreed to and not yet invoiced.
    async fn settlement_adjust(
        &self,
        ctx: &Context<'_>,
        input: SettlementAdjustInput,
    ) -> Result<SettlementAdjustPayload> {
        step::adjust(ctx, input).await
    }

    /// Notes the invoice of a statement, for operators.
    async fn settlement_mark_invoiced(
        &self,
        ctx: &Context<'_>,
        input: SettlementMarkInvoicedInput,
    ) -> Result<SettlementMarkInvoicedPayload> {
        step::mark_invoiced(ctx, input).await
    }

    /// Notes the payment of a statement, for operators.
    async fn settlement_mark_paid(
        &self,
        ctx: &Context<'_>,
        input: SettlementMarkPaidInput,
    ) -> Result<SettlementMarkPaidPayload> {
        step::mark_paid(ctx, input).await
    }
}
