//! The next order number.

use chrono::{Datelike, Days, NaiveDate};
use entity::order::order;
use sea_orm::sea_query::{Expr, Func, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, Statement};

use super::super::rules::number::{counter_of, order_number};

/// First half of the advisory lock's key on PostgreSQL; the second is the day.
const LOCK: i32 = 0x6F72_6472;

/// The number after the day's greatest.
///
/// One caller at a time: PostgreSQL holds an advisory lock of the day until the transaction ends, SQLite has one writer.
/// So numbers have no doubles, and no gaps either, since a rollback gives its number back. To be called late, right
/// before the order is written, because the next one waits until the commit.
pub async fn next_number(conn: &impl ConnectionTrait, day: NaiveDate) -> Result<String, DbErr> {
    if conn.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_advisory_xact_lock($1, $2)";
        let values = [LOCK.into(), day.num_days_from_ce().into()];
        conn.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, values)).await?;
    }
    let number = || Expr::col((order::Entity, order::Column::Number));
    // A range, which the unique index serves under any collation; a busy day's longer numbers come last.
    let greatest = Query::select()
        .expr_as(number(), "number")
        .from(order::Entity)
        .and_where(order::Column::Number.gte(prefix(day)))
        .and_where(order::Column::Number.lt(prefix(day + Days::new(1))))
        .order_by_expr(Func::char_length(number()).into(), Order::Desc)
        .order_by_expr(number(), Order::Desc)
        .limit(1)
        .to_owned();
    let greatest = match conn.query_one(&greatest).await? {
        Some(row) => counter_of(&row.try_get::<String>("", "number")?, day).unwrap_or(0),
        None => 0,
    };
    Ok(order_number(day, greatest + 1))
}

/// What all numbers of the day begin with.
fn prefix(day: NaiveDate) -> String {
    let mut first = order_number(day, 0);
    first.truncate(first.len() - 4);
    first
}
