//! What settlement looks like.

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{settlement_event, settlement_line, settlement_rule, settlement_statement};
use entity::{
    SalesModel, SettlementAction, SettlementBase, SettlementBasis, SettlementItem, SettlementParty, SettlementState,
    SettlementTrigger,
};

use super::links::{EventsOfStatement, SettlementLineById, SettlementRuleById, SettlementStatementById};
use super::policy;
use super::rules::period;
use super::rules::statement::{MAX_ADJUSTMENTS, STATEMENT, SettlementMove};
use super::store::Reckoned;
use crate::access::Access;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::Decimal;
use crate::graph::{Call, Fields, fields};
use crate::lead::LeadById;
use crate::order::OrderById;
use crate::place::{OrganizationById, StoreById};
use crate::values::machine;

/// What the car maker settles with a party when something happens. A version never changes but for its end, which the next version
/// brings.
#[derive(Clone, Debug, Description)]
pub struct SettlementRule(pub settlement_rule::Model);

#[fields(rows(settlement_rule::Model))]
impl SettlementRule {
    /// Type-prefixed ULID, as in `slr_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What the rule is about, the same for all its versions: way of selling, item, trigger and party. Of a `LENDER_SUBSIDY` in `WHOLESALE`
    /// without the party: it is paid to one of two, and another version may say which.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// From one; sent back as `expectedVersion` with the next one.
    fn version(&self) -> i32 {
        self.0.rule_version
    }

    /// Only for what is sold so.
    fn sales_model(&self) -> SalesModel {
        self.0.sales_model
    }

    /// What it is for.
    fn item(&self) -> SettlementItem {
        self.0.item
    }

    /// When it makes a line.
    fn trigger(&self) -> SettlementTrigger {
        self.0.trigger
    }

    /// With whom.
    fn party(&self) -> SettlementParty {
        self.0.party
    }

    /// With the party `ORGANIZATION`: which one.
    #[link(self.0.organization_id)]
    fn organization(&self) -> To<OrganizationById>;

    /// How the amount is found.
    fn basis(&self) -> SettlementBasis {
        self.0.basis
    }

    /// With `FIXED`: how much, without a sign.
    fn amount(&self) -> Option<Money> {
        self.0.amount_minor.map(Money::fen)
    }

    /// With `RATE`: of what.
    fn base(&self) -> Option<SettlementBase> {
        self.0.base
    }

    /// With `RATE`: how much of it, per cent.
    fn rate_percent(&self) -> Option<Decimal> {
        self.0.rate_bp.map(Decimal::percent)
    }

    /// From when on it counts.
    fn effective_from(&self) -> DateTime<Utc> {
        self.0.effective_from
    }

    /// Until when, not included; null as long as nobody has ended it.
    fn effective_to(&self) -> Option<DateTime<Utc>> {
        self.0.effective_to
    }

    /// When it was published.
    fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}

/// What the car maker and a party settle for a month.
#[derive(Clone, Debug, Description)]
pub struct SettlementStatement(pub settlement_statement::Model);

#[fields(rows(settlement_statement::Model))]
impl SettlementStatement {
    /// Type-prefixed ULID, as in `sts_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The party, where it is a store.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The party, where it is another organisation.
    #[link(self.0.organization_id)]
    fn organization(&self) -> To<OrganizationById>;

    /// Of what is sold so.
    fn sales_model(&self) -> SalesModel {
        self.0.sales_model
    }

    /// The month, Asia/Shanghai, as in `2026-11`. Lines of earlier months that came late are on it too.
    fn period(&self) -> String {
        period::text(self.0.period)
    }

    /// How far it is.
    fn state(&self) -> SettlementState {
        self.0.state
    }

    /// Sum of its lines; positive where the car maker owes the party, negative where the party owes the car maker.
    fn total(&self) -> Money {
        Money::fen(self.0.total_minor)
    }

    /// How many lines it has; `settlementLines` shows them.
    fn line_count(&self) -> i32 {
        self.0.line_count
    }

    /// Of them, how many put it right.
    fn adjustment_count(&self) -> i32 {
        self.0.adjustment_count
    }

    /// Why the party last did not agree.
    fn dispute_reason(&self) -> Option<&str> {
        self.0.dispute_reason.as_deref()
    }

    /// Number of the invoice.
    fn invoice_number(&self) -> Option<&str> {
        self.0.invoice_number.as_deref()
    }

    /// The bank's number of the payment.
    fn payment_reference(&self) -> Option<&str> {
        self.0.payment_reference.as_deref()
    }

    /// Sent back as `expectedVersion` with a change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// What the caller may do with it now.
    #[columns(state, store_id, organization_id, adjustment_count)]
    fn allowed_actions(&self, call: &Call) -> Vec<SettlementAction> {
        let moves = machine::allowed(STATEMENT, self.0.state);
        let manages = !matches!(policy::manages(&call.viewer), Access::Closed);
        let answers = if manages { self.0.organization_id.is_some() } else { call.viewer.store() == self.0.store_id };
        let may = |action: &SettlementMove| match action {
            SettlementMove::Confirm => answers,
            SettlementMove::Dispute => answers && self.0.adjustment_count < MAX_ADJUSTMENTS,
            SettlementMove::Adjust => manages && self.0.adjustment_count < MAX_ADJUSTMENTS,
            SettlementMove::Issue | SettlementMove::Invoice | SettlementMove::Pay => manages,
        };
        moves.into_iter().filter(may).map(action).collect()
    }

    /// What happened to it, oldest first.
    #[link(self.0.id)]
    fn history(&self) -> To<EventsOfStatement>;

    /// When the party got it.
    fn issued_at(&self) -> Option<DateTime<Utc>> {
        self.0.issued_at
    }

    /// When it was drawn up.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

fn action(of: SettlementMove) -> SettlementAction {
    match of {
        SettlementMove::Issue => SettlementAction::Issue,
        SettlementMove::Confirm => SettlementAction::Confirm,
        SettlementMove::Dispute => SettlementAction::Dispute,
        SettlementMove::Adjust => SettlementAction::Adjust,
        SettlementMove::Invoice => SettlementAction::Invoice,
        SettlementMove::Pay => SettlementAction::Pay,
    }
}

/// One amount between the car maker and a party.
#[derive(Clone, Debug, Description)]
pub struct SettlementLine(pub settlement_line::Model);

#[fields(rows(settlement_line::Model))]
impl SettlementLine {
    /// Type-prefixed ULID, as in `stl_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is for.
    fn item(&self) -> SettlementItem {
        self.0.item
    }

    /// What made it; null of what puts a statement right.
    fn trigger(&self) -> Option<SettlementTrigger> {
        self.0.trigger
    }

    /// Of what is sold so.
    fn sales_model(&self) -> SalesModel {
        self.0.sales_model
    }

    /// How much; positive where the car maker owes the party.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// Of what the rule takes a share; null where the amount is fixed.
    fn base_amount(&self) -> Option<Money> {
        self.0.base_minor.map(Money::fen)
    }

    /// The version of the rule by which it was made.
    #[link(self.0.rule_id)]
    fn rule(&self) -> To<SettlementRuleById>;

    /// The statement that it is on; null until one is drawn up.
    #[link(self.0.statement_id)]
    fn statement(&self) -> To<SettlementStatementById>;

    /// The party, where it is a store.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The party, where it is another organisation.
    #[link(self.0.organization_id)]
    fn organization(&self) -> To<OrganizationById>;

    /// The order that it comes from; null where the caller may not see that.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// The lead whose test drive it comes from; null where the caller may not see that.
    #[link(self.0.lead_id)]
    fn lead(&self) -> To<LeadById>;

    /// The line that it takes back.
    #[link(self.0.reverses_id)]
    fn reverses(&self) -> To<SettlementLineById>;

    /// Whether another line takes it back.
    fn is_reversed(&self) -> bool {
        self.0.reversed
    }

    /// Why a statement is put right.
    fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When what it comes from happened.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}

/// Something that happened to a statement.
#[derive(Clone, Debug, Description)]
pub struct SettlementEvent(pub settlement_event::Model);

#[fields(rows(settlement_event::Model))]
impl SettlementEvent {
    /// State before; null of the first.
    #[expect(clippy::wrong_self_convention, reason = "the field's name beside `toState`")]
    fn from_state(&self) -> Option<SettlementState> {
        self.0.from_state
    }

    /// State after.
    fn to_state(&self) -> SettlementState {
        self.0.to_state
    }

    /// Id of who did it.
    fn actor(&self) -> &str {
        &self.0.actor
    }

    /// Why, or by which number.
    fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}

/// A month reckoned up.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct SettlementReconciliation {
    /// The month, as in `2026-11`.
    pub period: String,
    /// By way of selling, each once.
    pub rows: Vec<SettlementReconciliationRow>,
    /// Whether all comes out: every difference of every row is nothing.
    pub balanced: bool,
}

/// A month of one way of selling reckoned up.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct SettlementReconciliationRow {
    /// Sold so.
    pub sales_model: SalesModel,
    /// Lines that came about in the month.
    pub line_count: i64,
    /// What they come to.
    pub lines_total: Money,
    /// Of it, what is on statements, of whatever month.
    pub on_statements_total: Money,
    /// Lines of the month that are on no statement.
    pub unsettled_count: i64,
    /// What these come to.
    pub unsettled_total: Money,
    /// Statements of the month.
    pub statement_count: i64,
    /// What these say that they come to.
    pub statements_total: Money,
    /// What the statements say less what their lines come to: nothing, unless something is wrong.
    pub statements_difference: Money,
    /// Cars handed over in the month.
    pub delivered_count: i64,
    /// Of their orders, those that have lines. Fewer where no rule was in force.
    pub delivered_with_lines_count: i64,
    /// Lines that rules in force at the handover ask for, and that are not there: none, unless something is wrong. Rules about loans
    /// (`LENDER_SUBSIDY`, and what is settled with a `LENDER`) ask for one where a lender has agreed or paid out; one who agreed only after the
    /// handover is found so too.
    pub missing_line_count: i64,
    /// Lines of a handover, of the month, whose car is not handed over: none, unless something is wrong.
    pub surplus_line_count: i64,
}

impl From<(SalesModel, Reckoned)> for SettlementReconciliationRow {
    fn from((sales_model, of): (SalesModel, Reckoned)) -> Self {
        Self {
            sales_model,
            line_count: of.lines,
            lines_total: Money::fen(of.lines_minor),
            on_statements_total: Money::fen(of.on_statements_minor),
            unsettled_count: of.free_lines,
            unsettled_total: Money::fen(of.free_minor),
            statement_count: of.statements,
            statements_total: Money::fen(of.statements_minor),
            statements_difference: Money::fen(of.statements_minor - of.statement_lines_minor),
            delivered_count: of.delivered,
            delivered_with_lines_count: of.delivered_with_lines,
            missing_line_count: of.missing_lines,
            surplus_line_count: of.surplus_lines,
        }
    }
}
