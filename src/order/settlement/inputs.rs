//! What one says about settlement.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::order::{settlement_line, settlement_statement};
use entity::{
    OrderId, OrganizationId, PrefixedId, SalesModel, SettlementBase, SettlementBasis, SettlementItem, SettlementParty,
    SettlementState, SettlementStatementId, SettlementTrigger, StoreId,
};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way};

use super::rules::period;
use crate::graph::connection::Direction;
use crate::graph::node::parse_id;
use crate::graph::scalars::{Decimal, Int64};
use crate::graph::{Error, Result};
use crate::store::page::{SortKey, Sorting};

/// A month that is an argument.
///
/// # Errors
/// When it is none.
pub fn month(argument: &'static str, given: &str) -> Result<NaiveDate> {
    period::parse(given).ok_or_else(|| Error::argument(argument, "settlement-period"))
}

/// Which statements.
#[derive(InputObject, Default)]
pub struct SettlementWhereInput {
    /// Only in these states.
    pub state: Option<Vec<SettlementState>>,
    /// Only of what is sold so.
    pub sales_model: Option<SalesModel>,
    /// Only of this month, as in `2026-11`.
    pub period: Option<String>,
    /// Only with this store.
    pub store_id: Option<ID>,
    /// Only with this organisation.
    pub organization_id: Option<ID>,
}

impl SettlementWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind, or the month is none.
    pub fn condition(self) -> Result<Condition> {
        use settlement_statement::Column as Statement;
        let mut all = Condition::all();
        if let Some(states) = self.state {
            all = all.add(Statement::State.is_in(states));
        }
        if let Some(model) = self.sales_model {
            all = all.add(Statement::SalesModel.eq(model));
        }
        if let Some(period) = self.period {
            all = all.add(Statement::Period.eq(month("where.period", &period)?));
        }
        if let Some(id) = self.store_id {
            all = all.add(Statement::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        if let Some(id) = self.organization_id {
            all = all.add(Statement::OrganizationId.eq(parse_id::<OrganizationId>("where.organizationId", &id)?));
        }
        Ok(all)
    }
}

/// What to sort statements by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettlementSortField {
    /// When the statement was drawn up.
    CreatedAt,
    /// What it comes to.
    Total,
}

/// How to sort statements; the id decides between equals.
#[derive(InputObject)]
pub struct SettlementSort {
    /// By what.
    pub field: SettlementSortField,
    /// Which way.
    pub direction: Direction,
}

/// The order of a list of statements; newest first when none is given.
pub fn sorting(order_by: Option<SettlementSort>) -> Sorting<settlement_statement::Model> {
    use settlement_statement::Column as Statement;
    let (field, way) =
        order_by.map_or((SettlementSortField::CreatedAt, Way::Desc), |sort| (sort.field, sort.direction.into()));
    let column = |column| Expr::col((settlement_statement::Entity, column));
    let (name, key) = match field {
        SettlementSortField::CreatedAt => (
            "created",
            SortKey::new(column(Statement::CreatedAt), way, |row: &settlement_statement::Model| row.created_at.into()),
        ),
        SettlementSortField::Total => (
            "total",
            SortKey::new(column(Statement::TotalMinor), way, |row: &settlement_statement::Model| {
                row.total_minor.into()
            }),
        ),
    };
    Sorting::new("settlement", name, key, column(Statement::Id), |row| row.id.uuid())
}

/// Which lines.
#[derive(InputObject, Default)]
pub struct SettlementLineWhereInput {
    /// Only on this statement.
    pub statement_id: Option<ID>,
    /// Only of this order.
    pub order_id: Option<ID>,
    /// Only with this store.
    pub store_id: Option<ID>,
    /// Only those on a statement, or only those on none.
    pub is_settled: Option<bool>,
}

impl SettlementLineWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self) -> Result<Condition> {
        use settlement_line::Column as Line;
        let mut all = Condition::all();
        if let Some(id) = self.statement_id {
            all = all.add(Line::StatementId.eq(parse_id::<SettlementStatementId>("where.statementId", &id)?));
        }
        if let Some(id) = self.order_id {
            all = all.add(Line::OrderId.eq(parse_id::<OrderId>("where.orderId", &id)?));
        }
        if let Some(id) = self.store_id {
            all = all.add(Line::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        if let Some(settled) = self.is_settled {
            all = all.add(if settled { Line::StatementId.is_not_null() } else { Line::StatementId.is_null() });
        }
        Ok(all)
    }
}

/// Lines, the newest first.
pub fn newest_lines() -> Sorting<settlement_line::Model> {
    let column = |column| Expr::col((settlement_line::Entity, column));
    let key = SortKey::new(column(settlement_line::Column::OccurredAt), Way::Desc, |row: &settlement_line::Model| {
        row.occurred_at.into()
    });
    Sorting::new("settlement-line", "occurred", key, column(settlement_line::Column::Id), |row| row.id.uuid())
}

/// What is settled from when on.
#[derive(InputObject)]
pub struct SettlementRulePublishInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// Only for what is sold so.
    pub sales_model: SalesModel,
    /// What it is for: one of what is settled where cars are sold so.
    pub item: SettlementItem,
    /// When it makes a line.
    pub trigger: SettlementTrigger,
    /// With whom. A test drive is settled with its store, an order that became firm not with lenders or the store that hands over, and a
    /// `LENDER_SUBSIDY` when the car is handed over, with the lender, or in `WHOLESALE` with the store that passes it on.
    pub party: SettlementParty,
    /// With the party `ORGANIZATION`: which one.
    pub organization_id: Option<ID>,
    /// How the amount is found.
    pub basis: SettlementBasis,
    /// With `FIXED`: how much, yuan, without a sign; the item says who pays.
    pub amount: Option<Decimal>,
    /// With `RATE`: of what. Payments and loans count from the handover on.
    pub base: Option<SettlementBase>,
    /// With `RATE`: how much of it, basis points, 0 to 10000.
    pub rate_basis_points: Option<i32>,
    /// From when on; now when left out. Neither in the past nor before the version before begins, which it ends.
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when, not included; until the next version when left out.
    pub effective_to: Option<DateTime<Utc>>,
    /// The version of this rule that the client has read; 0 for the first.
    pub expected_version: i32,
}

/// Which month to draw up.
#[derive(InputObject)]
pub struct SettlementStatementIssueInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The month, Asia/Shanghai, as in `2026-11`. One that is not over is only drawn up, with `draftOnly`.
    pub period: String,
    /// Whether the statements stay drafts, to be looked at, which get more lines by the next call.
    #[graphql(default)]
    pub draft_only: bool,
}

/// Which statement to agree to.
#[derive(InputObject)]
pub struct SettlementConfirmInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The statement.
    pub statement_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
}

/// Which statement not to agree to.
#[derive(InputObject)]
pub struct SettlementDisputeInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The statement.
    pub statement_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// How to put a statement right.
#[derive(InputObject)]
pub struct SettlementAdjustInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The statement.
    pub statement_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What is added, yuan; negative where the party gets less. Zero where the statement was right.
    pub amount: Decimal,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// What the statement comes to after it as the client showed it, in fen; another sum is refused.
    pub expected_total_minor: Int64,
}

/// Which statement has an invoice.
#[derive(InputObject)]
pub struct SettlementMarkInvoicedInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The statement.
    pub statement_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Number of the invoice, 1 to 64 characters.
    pub invoice_number: String,
}

/// Which statement is paid.
#[derive(InputObject)]
pub struct SettlementMarkPaidInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The statement.
    pub statement_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// The bank's number of the payment, 1 to 64 characters.
    pub payment_reference: String,
}
