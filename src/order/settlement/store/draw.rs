//! Statements are drawn up from lines, and handed to the parties (C105).

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::order::{settlement_line, settlement_statement};
use entity::{OrganizationId, SalesModel, SettlementState, SettlementStatementId, StoreId};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, OnConflict, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use super::super::events;
use super::super::rules::period::bounds;
use super::{Step, step, to_draft};
use crate::store::rows::{ByPlace, among};
use crate::store::{Lock, Tx};

use settlement_line::Column as Line;
use settlement_statement::Column as Statement;

/// Most lines that one call puts on statements, and most statements that it hands over.
const MOST_LINES: u64 = 2_000;
const MOST_STATEMENTS: u64 = 200;

/// What was drawn up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Lines that are on a statement now.
    pub lines: u64,
    /// Drafts that got some of them.
    pub drafts: u64,
    /// Whether there are more lines, for another call.
    pub more: bool,
}

/// With whom a line is settled, and of which way of selling.
type Group = (Option<StoreId>, Option<OrganizationId>, SalesModel);

/// Puts lines up to the end of a month that are on no statement on the drafts of that month, which are made where there are none;
/// the oldest lines first, so many of them. Of a month that is not over, its own lines alone. What belongs to a party whose statement of the month is no draft any more is left for a
/// later month.
///
/// # Errors
/// When the store fails.
pub async fn draw(tx: &mut Tx, actor: &str, period: NaiveDate) -> Result<Drawn, DbErr> {
    let backend = tx.conn().get_database_backend();
    let (begin, end) = bounds(period);
    // What the months before have left is theirs as long as this one is not over.
    let earliest = (tx.now() < end).then_some(begin);
    let mut free = settlement_line::Entity::find()
        .filter(Line::StatementId.is_null())
        .filter(Line::OccurredAt.lt(end))
        .filter(earliest.map_or_else(Condition::all, |begin| Condition::all().add(Line::OccurredAt.gte(begin))))
        .filter(Expr::exists(of_line(period).and_where(Statement::State.ne(SettlementState::Draft)).to_owned()).not())
        .order_by_asc(Line::OccurredAt)
        .order_by_asc(Line::Id)
        .limit(MOST_LINES + 1)
        .by_place(tx.conn())
        .await?;
    let more = free.len() as u64 > MOST_LINES;
    free.truncate(usize::try_from(MOST_LINES).unwrap_or(usize::MAX));
    let groups: BTreeSet<Group> =
        free.iter().map(|line| (line.store_id, line.organization_id, line.sales_model)).collect();
    if groups.is_empty() {
        return Ok(Drawn::default());
    }

    // In one order, so that two who draw up at once do not wait for each other.
    let new: Vec<_> = groups.into_iter().map(|group| blank(group, period, tx.now())).collect();
    let ours: BTreeSet<SettlementStatementId> = new.iter().map(|row| row.id).collect();
    let stores: Vec<StoreId> = new.iter().filter_map(|row| row.store_id).collect();
    let organizations: Vec<OrganizationId> = new.iter().filter_map(|row| row.organization_id).collect();
    settlement_statement::Entity::insert_many(new.into_iter().map(|row| row.into_active_model().reset_all()))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx.conn())
        .await?;
    let of = Condition::any().add(among(backend, Statement::StoreId, stores)).add(among(
        backend,
        Statement::OrganizationId,
        organizations,
    ));
    let drafts = settlement_statement::Entity::find()
        .filter(Statement::Period.eq(period))
        .filter(Statement::State.eq(SettlementState::Draft))
        .filter(of)
        .order_by_asc(Statement::Id);
    let drafts: Vec<settlement_statement::Model> = Lock::row(drafts).all(tx.conn()).await?;

    // Who drew up meanwhile has taken some; with the drafts locked nobody takes more.
    let ids = free.iter().map(|line| line.id);
    let draft = of_line(period).and_where(Statement::State.eq(SettlementState::Draft)).to_owned();
    let take = settlement_line::Entity::update_many()
        .col_expr(Line::StatementId, Expr::SubQuery(None, Box::new(draft.clone().into())))
        .filter(among(backend, Line::Id, ids))
        .filter(Line::StatementId.is_null())
        .filter(Expr::exists(draft));
    let lines = take.exec(tx.conn()).await?.rows_affected;
    let sums = sums(tx.conn(), drafts.iter().map(|row| row.id).collect()).await?;
    let mut touched = 0;
    for before in drafts {
        let (total_minor, line_count) = sums.iter().find(|sum| sum.0 == before.id).map_or((0, 0), |sum| (sum.1, sum.2));
        let made = ours.contains(&before.id);
        if !made && line_count == before.line_count {
            continue;
        }
        touched += 1;
        let version = if made { before.version } else { before.version + 1 };
        let after =
            settlement_statement::Model { total_minor, line_count, version, updated_at: tx.now(), ..before.clone() };
        tx.put_one(
            settlement_statement::Entity::update_many()
                .set(after.clone().into_active_model().reset_all())
                .filter(Statement::Id.eq(before.id))
                .filter(Statement::Version.eq(before.version)),
        );
        if made {
            to_draft(tx, before.id, actor);
        }
        tx.emit(events::changed(&after));
    }
    Ok(Drawn { lines, drafts: touched, more })
}

/// Hands the drafts of a month to their parties, so many of them; answers how many, and whether there are more. What was drawn up
/// is written before.
///
/// # Errors
/// When the store fails.
pub async fn issue(tx: &mut Tx, actor: &str, period: NaiveDate) -> Result<(u64, bool), DbErr> {
    tx.flush().await?;
    let select = settlement_statement::Entity::find()
        .filter(Statement::Period.eq(period))
        .filter(Statement::State.eq(SettlementState::Draft))
        .order_by_asc(Statement::Id)
        .limit(MOST_STATEMENTS + 1);
    let mut drafts: Vec<settlement_statement::Model> = Lock::row(select).all(tx.conn()).await?;
    let more = drafts.len() as u64 > MOST_STATEMENTS;
    drafts.truncate(usize::try_from(MOST_STATEMENTS).unwrap_or(usize::MAX));
    let issued = drafts.len() as u64;
    for before in drafts {
        let after = settlement_statement::Model { issued_at: Some(tx.now()), ..before.clone() };
        step(tx, &before, after, Step { to: SettlementState::Issued, actor: actor.to_owned(), note: None });
        tx.flush_when_large().await?;
    }
    Ok((issued, more))
}

/// The statement of a month to which the line of the statement around it belongs.
fn of_line(period: NaiveDate) -> SelectStatement {
    let column = |column: Statement| Expr::col((settlement_statement::Entity, column));
    let of = |column: Line| (settlement_line::Entity, column);
    Query::select()
        .expr(column(Statement::Id))
        .from(settlement_statement::Entity)
        .and_where(Statement::Period.eq(period))
        .and_where(column(Statement::SalesModel).equals(of(Line::SalesModel)))
        .cond_where(
            Condition::any()
                .add(column(Statement::StoreId).equals(of(Line::StoreId)))
                .add(column(Statement::OrganizationId).equals(of(Line::OrganizationId))),
        )
        .to_owned()
}

fn blank(
    (store_id, organization_id, sales_model): Group,
    period: NaiveDate,
    now: DateTime<Utc>,
) -> settlement_statement::Model {
    settlement_statement::Model {
        id: SettlementStatementId::generate(),
        store_id,
        organization_id,
        sales_model,
        period,
        state: SettlementState::Draft,
        total_minor: 0,
        line_count: 0,
        adjustment_count: 0,
        dispute_reason: None,
        invoice_number: None,
        payment_reference: None,
        version: 1,
        issued_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// A sum of amounts; PostgreSQL adds up to a type of its own.
pub(super) fn sum(amount: impl Into<SimpleExpr>) -> SimpleExpr {
    Func::coalesce([Expr::from(Func::sum(amount.into())).cast_as(Alias::new("bigint")), Expr::val(0_i64)]).into()
}

/// What lines on statements come to, and how many they are.
async fn sums(
    conn: &impl ConnectionTrait,
    statements: Vec<SettlementStatementId>,
) -> Result<Vec<(SettlementStatementId, i64, i32)>, DbErr> {
    let select = settlement_line::Entity::find()
        .select_only()
        .column(Line::StatementId)
        .expr(sum(Line::AmountMinor.into_expr()))
        .expr(Expr::from(Func::count(Line::Id.into_expr())))
        .filter(among(conn.get_database_backend(), Line::StatementId, statements))
        .group_by(Line::StatementId)
        .into_query();
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let many: i64 = row.try_get_by_index(2)?;
            Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, i32::try_from(many).unwrap_or(i32::MAX)))
        })
        .collect()
}
