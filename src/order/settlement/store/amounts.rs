//! Amounts of orders, of which rules take shares: read for all orders at once, and only what a rule asks for.

use std::collections::HashMap;

use entity::catalog::finance_plan;
use entity::order::{finance_application, payment, price_line, settlement_rule};
use entity::{
    FinanceApplicationState, OrderId, OrganizationId, PaymentMethod, PaymentState, PriceLineKind, SettlementBase,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::super::rules::amount::is_of_loans;
use crate::catalog::rules::finance::{Loan, loan_of, schedule, subsidy_minor};
use crate::store::rows::{ByPlace, among};

/// Ways of paying for whose channel the car maker pays.
pub const CHANNELS: [PaymentMethod; 4] =
    [PaymentMethod::WechatPay, PaymentMethod::Alipay, PaymentMethod::Unionpay, PaymentMethod::Pos];

/// States of a loan that is given, or will be.
pub(super) const LENT: [FinanceApplicationState; 4] = [
    FinanceApplicationState::Approved,
    FinanceApplicationState::ConditionallyApproved,
    FinanceApplicationState::ContractSigned,
    FinanceApplicationState::Disbursed,
];

/// What is known of some orders, fen.
#[derive(Debug, Default)]
pub struct Amounts {
    list: HashMap<OrderId, i64>,
    channel: HashMap<OrderId, i64>,
    loans: HashMap<OrderId, Lent>,
}

#[derive(Debug)]
struct Lent {
    lender: OrganizationId,
    principal_minor: i64,
    subsidy_minor: i64,
}

impl Amounts {
    /// Of these orders what these rules ask for.
    pub async fn read(
        conn: &impl ConnectionTrait,
        orders: Vec<OrderId>,
        rules: &[settlement_rule::Model],
    ) -> Result<Self, DbErr> {
        let mut amounts = Self::default();
        if orders.is_empty() {
            return Ok(amounts);
        }
        let wants = |bases: &[SettlementBase]| rules.iter().any(|rule| rule.base.is_some_and(|of| bases.contains(&of)));
        let backend = conn.get_database_backend();
        if wants(&[SettlementBase::ListPrice]) {
            let lines = price_line::Entity::find()
                .filter(among(backend, price_line::Column::OrderId, orders.iter().copied()))
                .filter(price_line::Column::Kind.is_in([PriceLineKind::Msrp, PriceLineKind::Option]));
            for line in lines.by_place(conn).await? {
                *amounts.list.entry(line.order_id).or_default() += line.amount_minor;
            }
        }
        if wants(&[SettlementBase::ChannelPaid]) {
            let payments = payment::Entity::find()
                .filter(among(backend, payment::Column::OrderId, orders.iter().copied()))
                .filter(payment::Column::State.is_in([PaymentState::Captured, PaymentState::PartiallyRefunded]))
                .filter(payment::Column::Method.is_in(CHANNELS));
            for paid in payments.by_place(conn).await? {
                *amounts.channel.entry(paid.order_id).or_default() += paid.amount_minor - paid.refunded_minor;
            }
        }
        let of_lenders = rules.iter().any(|rule| is_of_loans(rule.item, rule.party));
        if of_lenders || wants(&[SettlementBase::LoanPrincipal, SettlementBase::LoanSubsidy]) {
            amounts.loans = loans(conn, orders, wants(&[SettlementBase::LoanSubsidy])).await?;
        }
        Ok(amounts)
    }

    /// Of one order, where they are at hand: list price, and what came through payment channels, fen.
    pub fn known(order: OrderId, list_minor: i64, channel_minor: i64) -> Self {
        let of = |minor| HashMap::from([(order, minor)]);
        Self { list: of(list_minor), channel: of(channel_minor), loans: HashMap::new() }
    }

    /// Who lends on an order.
    pub fn lender(&self, order: OrderId) -> Option<OrganizationId> {
        self.loans.get(&order).map(|loan| loan.lender)
    }

    /// An amount of an order; nothing where there is none. The total stands in the order itself.
    pub fn of(&self, order: OrderId, base: SettlementBase) -> i64 {
        let loan = self.loans.get(&order);
        match base {
            SettlementBase::OrderTotal => 0,
            SettlementBase::ListPrice => self.list.get(&order).copied().unwrap_or_default(),
            SettlementBase::ChannelPaid => self.channel.get(&order).copied().unwrap_or_default(),
            SettlementBase::LoanPrincipal => loan.map_or(0, |loan| loan.principal_minor),
            SettlementBase::LoanSubsidy => loan.map_or(0, |loan| loan.subsidy_minor),
        }
    }
}

/// The loan of each order that has one, the newest of several.
async fn loans(
    conn: &impl ConnectionTrait,
    orders: Vec<OrderId>,
    subsidies: bool,
) -> Result<HashMap<OrderId, Lent>, DbErr> {
    let backend = conn.get_database_backend();
    let applications = finance_application::Entity::find()
        .filter(among(backend, finance_application::Column::OrderId, orders))
        .filter(finance_application::Column::State.is_in(LENT))
        .order_by_asc(finance_application::Column::CreatedAt)
        .order_by_asc(finance_application::Column::Id)
        .by_place(conn)
        .await?;
    let mut plans = HashMap::new();
    if subsidies && !applications.is_empty() {
        let ids = applications.iter().map(|row| row.plan_id);
        let select = finance_plan::Entity::find().filter(among(backend, finance_plan::Column::Id, ids));
        plans.extend(select.by_place(conn).await?.into_iter().map(|plan| (plan.id, plan)));
    }
    let lent = applications.into_iter().map(|row| {
        let principal_minor = row.approved_minor.unwrap_or(row.principal_minor);
        let subsidy_minor = plans.get(&row.plan_id).map_or(0, |plan| subsidy(&row, plan, principal_minor));
        (row.order_id, Lent { lender: row.lender_id, principal_minor, subsidy_minor })
    });
    Ok(lent.collect())
}

/// What the car maker pays the lender so that the customer's rate is what the application says (domain.md 3.3, "Subsidised
/// interest"): by the plan's terms as they are, and by the rate that was applied for.
fn subsidy(row: &finance_application::Model, plan: &finance_plan::Model, principal_minor: i64) -> i64 {
    let Some(term) = plan.terms.0.iter().find(|term| i64::from(term.months) == i64::from(row.months)) else { return 0 };
    let rate_bp = u32::try_from(row.annual_rate_bp).unwrap_or_default();
    let Some(lender_rate_bp) = term.lender_rate_bp.filter(|lender| *lender > rate_bp) else { return 0 };
    let invoice_minor = row.principal_minor + row.down_payment_minor;
    let loan = Loan { method: row.method, rate_bp, ..loan_of(plan, term, invoice_minor, principal_minor) };
    subsidy_minor(principal_minor, &schedule(&loan), lender_rate_bp)
}
