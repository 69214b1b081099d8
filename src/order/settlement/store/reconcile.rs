//! What was due in a month against what there is (C105), reckoned by the database.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::order::{finance_application, order, settlement_line, settlement_rule, settlement_statement};
use entity::{SalesModel, SettlementItem, SettlementParty, SettlementTrigger};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use super::super::rules::due::HANDED_OVER;
use super::super::rules::period::bounds;
use super::amounts::LENT;
use super::draw::sum;

use order::Column as Order;
use settlement_line::Column as Line;
use settlement_rule::Column as Rule;
use settlement_statement::Column as Statement;

/// What there is of one way of selling in a month; amounts in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reckoned {
    /// Lines that came about in the month.
    pub lines: i64,
    /// What they come to.
    pub lines_minor: i64,
    /// Of them, what is on statements, of whatever month.
    pub on_statements_minor: i64,
    /// Lines of the month that are on none.
    pub free_lines: i64,
    /// What these come to.
    pub free_minor: i64,
    /// Statements of the month.
    pub statements: i64,
    /// What these say that they come to.
    pub statements_minor: i64,
    /// What the lines on them come to.
    pub statement_lines_minor: i64,
    /// Cars handed over in the month.
    pub delivered: i64,
    /// Of their orders, those that have lines.
    pub delivered_with_lines: i64,
    /// Lines that rules of DELIVERED ask for of these orders, and that are not there.
    pub missing_lines: i64,
    /// Lines of DELIVERED that stand, of the month, of orders whose car is not handed over.
    pub surplus_lines: i64,
}

/// Reckons a month up, by way of selling, in five statements.
///
/// # Errors
/// When the store fails.
pub async fn reconcile(
    conn: &impl ConnectionTrait,
    period: NaiveDate,
) -> Result<BTreeMap<SalesModel, Reckoned>, DbErr> {
    let mut found: BTreeMap<SalesModel, Reckoned> =
        SalesModel::ALL.iter().map(|model| (*model, Reckoned::default())).collect();
    for row in conn.query_all(&lines(period)).await? {
        let of = found.entry(row.try_get_by_index(0)?).or_default();
        (of.lines, of.lines_minor) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        (of.free_lines, of.free_minor) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
        of.on_statements_minor = row.try_get_by_index(5)?;
    }
    for row in conn.query_all(&statements(period)).await? {
        let of = found.entry(row.try_get_by_index(0)?).or_default();
        (of.statements, of.statements_minor) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    }
    for row in conn.query_all(&statement_lines(period)).await? {
        found.entry(row.try_get_by_index(0)?).or_default().statement_lines_minor = row.try_get_by_index(1)?;
    }
    for row in conn.query_all(&delivered(period)).await? {
        let of = found.entry(row.try_get_by_index(0)?).or_default();
        (of.delivered, of.delivered_with_lines) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        of.missing_lines = row.try_get_by_index(3)?;
    }
    for row in conn.query_all(&surplus(period)).await? {
        found.entry(row.try_get_by_index(0)?).or_default().surplus_lines = row.try_get_by_index(1)?;
    }
    Ok(found)
}

fn line(column: Line) -> Expr {
    Expr::col((settlement_line::Entity, column))
}

fn of_order(column: Order) -> Expr {
    Expr::col((order::Entity, column))
}

fn rule(column: Rule) -> Expr {
    Expr::col((settlement_rule::Entity, column))
}

/// A figure where a condition holds, else nothing.
fn when(holds: SimpleExpr, figure: impl Into<SimpleExpr>) -> SimpleExpr {
    Expr::case(holds, figure).finally(0_i64).into()
}

fn lines(period: NaiveDate) -> SelectStatement {
    let (from, end) = bounds(period);
    let free = || line(Line::StatementId).is_null();
    let placed = line(Line::StatementId).is_not_null();
    Query::select()
        .expr(line(Line::SalesModel))
        .expr(Expr::from(Func::count(line(Line::Id))))
        .expr(sum(line(Line::AmountMinor)))
        .expr(sum(when(free(), 1_i64)))
        .expr(sum(when(free(), line(Line::AmountMinor))))
        .expr(sum(when(placed, line(Line::AmountMinor))))
        .from(settlement_line::Entity)
        .and_where(line(Line::OccurredAt).gte(from))
        .and_where(line(Line::OccurredAt).lt(end))
        .add_group_by([line(Line::SalesModel)])
        .to_owned()
}

fn statements(period: NaiveDate) -> SelectStatement {
    let column = |column: Statement| Expr::col((settlement_statement::Entity, column));
    Query::select()
        .expr(column(Statement::SalesModel))
        .expr(Expr::from(Func::count(column(Statement::Id))))
        .expr(sum(column(Statement::TotalMinor)))
        .from(settlement_statement::Entity)
        .and_where(Statement::Period.eq(period))
        .add_group_by([column(Statement::SalesModel)])
        .to_owned()
}

fn statement_lines(period: NaiveDate) -> SelectStatement {
    let model = || Expr::col((settlement_statement::Entity, Statement::SalesModel));
    Query::select()
        .expr(model())
        .expr(sum(line(Line::AmountMinor)))
        .from(settlement_statement::Entity)
        .inner_join(
            settlement_line::Entity,
            line(Line::StatementId).equals((settlement_statement::Entity, Statement::Id)),
        )
        .and_where(Statement::Period.eq(period))
        .add_group_by([model()])
        .to_owned()
}

/// Orders delivered in the month with, for each rule that asks for a line, whether it is there. A rule about loans asks for one where a
/// loan is given: by the same states as those by which lines are made, so that one of a loan that was given after the handover, which
/// made none, is found too.
fn delivered(period: NaiveDate) -> SelectStatement {
    let (from, end) = bounds(period);
    let of_this = || {
        Query::select()
            .expr(Expr::val(1))
            .from(settlement_line::Entity)
            .and_where(line(Line::OrderId).equals((order::Entity, Order::Id)))
            .and_where(line(Line::ReversesId).is_null())
            .to_owned()
    };
    let stands =
        Condition::any().add(line(Line::Reversed).eq(false)).add(Order::Status.eq(entity::OrderStatus::Returned));
    let any = of_this().and_where(line(Line::Trigger).eq(SettlementTrigger::Delivered)).to_owned();
    let by_rule = of_this()
        .and_where(line(Line::RuleId).equals((settlement_rule::Entity, Rule::Id)))
        .cond_where(stands)
        .to_owned();
    let lent = Query::select()
        .expr(Expr::val(1))
        .from(finance_application::Entity)
        .and_where(
            Expr::col((finance_application::Entity, finance_application::Column::OrderId))
                .equals((order::Entity, Order::Id)),
        )
        .and_where(finance_application::Column::State.is_in(LENT))
        .to_owned();
    // As `is_of_loans` has it.
    let whatever_it_is_like =
        rule(Rule::Party).ne(SettlementParty::Lender).and(rule(Rule::Item).ne(SettlementItem::LenderSubsidy));
    let asked_for = rule(Rule::Id).is_not_null().and(Expr::exists(by_rule).not());
    let with_lines: SimpleExpr = Expr::case(Expr::exists(any), of_order(Order::Id)).into();
    Query::select()
        .expr(of_order(Order::SalesModel))
        .expr(Func::count_distinct(of_order(Order::Id)))
        .expr(Func::count_distinct(with_lines))
        .expr(sum(when(asked_for, 1_i64)))
        .from(order::Entity)
        .left_join(
            settlement_rule::Entity,
            Condition::all()
                .add(rule(Rule::SalesModel).equals((order::Entity, Order::SalesModel)))
                .add(rule(Rule::Trigger).eq(SettlementTrigger::Delivered))
                .add(Condition::any().add(whatever_it_is_like).add(Expr::exists(lent)))
                .add(rule(Rule::EffectiveFrom).lte(of_order(Order::DeliveredAt)))
                .add(
                    Condition::any()
                        .add(rule(Rule::EffectiveTo).is_null())
                        .add(rule(Rule::EffectiveTo).gt(of_order(Order::DeliveredAt))),
                ),
        )
        .and_where(of_order(Order::DeliveredAt).gte(from))
        .and_where(of_order(Order::DeliveredAt).lt(end))
        .and_where(Order::Status.is_in(HANDED_OVER))
        .add_group_by([of_order(Order::SalesModel)])
        .to_owned()
}

fn surplus(period: NaiveDate) -> SelectStatement {
    let (from, end) = bounds(period);
    Query::select()
        .expr(line(Line::SalesModel))
        .expr(Expr::from(Func::count(line(Line::Id))))
        .from(settlement_line::Entity)
        .inner_join(order::Entity, of_order(Order::Id).equals((settlement_line::Entity, Line::OrderId)))
        .and_where(line(Line::OccurredAt).gte(from))
        .and_where(line(Line::OccurredAt).lt(end))
        .and_where(line(Line::Trigger).eq(SettlementTrigger::Delivered))
        .and_where(line(Line::ReversesId).is_null())
        .and_where(line(Line::Reversed).eq(false))
        .and_where(Order::Status.is_not_in(HANDED_OVER))
        .add_group_by([line(Line::SalesModel)])
        .to_owned()
}
