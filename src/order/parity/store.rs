//! The prices of orders, gathered by the database: those that are alike count as one.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use entity::{OrderId, OrderSource, SalesModel, StoreId, TrimId};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

use super::rules::Paid;
use crate::catalog::rules::price_history::{Stretch, history};
use crate::catalog::store::books_of_trims;

/// Orders of a trim whose prices are alike, made by the same and sold by one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The trim.
    pub trim: TrimId,
    /// The store that sells.
    pub store: StoreId,
    /// By whom they were brought.
    pub source: OrderSource,
    /// Between which moments they were made: the place of the first of them.
    pub moment: i32,
    /// Their price.
    pub paid: Paid,
    /// How many incentives they have that the catalog does not have.
    unknown: i64,
    /// How many they are.
    pub orders: i64,
}

/// An order of a group.
#[derive(Clone, Copy, Debug)]
pub struct One {
    /// The order.
    pub order: OrderId,
    /// Whose group it is.
    pub group: usize,
}

/// Which orders.
#[derive(Clone, Debug)]
pub struct Looked<'a> {
    /// Of these trims.
    pub trims: &'a [TrimId],
    /// Registered here.
    pub city_code: Option<&'a str>,
    /// Made between these moments, each the beginning of a stretch of time.
    pub moments: &'a [DateTime<Utc>],
    /// And before this one.
    pub to: DateTime<Utc>,
}

/// Most different prices of an answer.
pub const MOST_GROUPS: usize = 5000;

/// The prices of trims over time, in two statements.
///
/// # Errors
/// When the store fails.
pub async fn prices(
    conn: &impl ConnectionTrait,
    trims: &[TrimId],
    now: DateTime<Utc>,
) -> Result<HashMap<TrimId, Vec<Stretch>>, DbErr> {
    let books = books_of_trims(conn, trims).await?;
    Ok(books.into_iter().map(|(trim, books)| (trim, history(&books, now))).collect())
}

/// The prices of orders; one more than [`MOST_GROUPS`] where there are too many.
///
/// # Errors
/// When the store fails.
pub async fn groups(conn: &impl ConnectionTrait, looked: &Looked<'_>) -> Result<Vec<Group>, DbErr> {
    let mut sql = Sql::of(conn.get_database_backend());
    sql.text.push_str(&format!("SELECT {KEY}, COUNT(*) FROM ("));
    sql.orders(looked);
    sql.text.push_str(&format!(") AS o GROUP BY {KEY} ORDER BY {KEY} LIMIT {}", MOST_GROUPS + 1));
    conn.query_all_raw(sql.statement()).await?.iter().map(group).collect()
}

/// The orders of some groups, the newest first, as many as wanted.
///
/// # Errors
/// When the store fails.
pub async fn those(
    conn: &impl ConnectionTrait,
    looked: &Looked<'_>,
    groups: &[Group],
    most: u64,
) -> Result<Vec<One>, DbErr> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of(conn.get_database_backend());
    sql.text.push_str(&format!("SELECT o.id, {KEY}, 1 FROM ("));
    sql.orders(looked);
    sql.text.push_str(") AS o WHERE ");
    for (place, group) in groups.iter().enumerate() {
        sql.text.push_str(if place == 0 { "(" } else { " OR (" });
        let values: [(&str, Value); 9] = [
            ("trim_id", group.trim.into()),
            ("store_id", group.store.into()),
            ("sales_model", group.paid.sales_model.code().into()),
            ("source", group.source.code().into()),
            ("moment", group.moment.into()),
            ("net", group.paid.net_minor.into()),
            ("incentive", group.paid.incentive_minor.into()),
            ("unknown", group.unknown.into()),
            ("changed", i32::from(group.paid.changed).into()),
        ];
        for (at, (column, value)) in values.into_iter().enumerate() {
            sql.text.push_str(if at == 0 { "" } else { " AND " });
            sql.text.push_str(&format!("o.{column} = "));
            sql.value(value);
        }
        sql.text.push(')');
    }
    sql.text.push_str(&format!(" ORDER BY o.created_at DESC, o.id DESC LIMIT {most}"));
    let mut found = Vec::new();
    for row in conn.query_all_raw(sql.statement()).await? {
        let of = group_at(&row, 1)?;
        let same = |group: &Group| Group { orders: 1, ..*group } == of;
        let place = groups.iter().position(same).ok_or_else(|| DbErr::Custom("an order of no group".into()))?;
        found.push(One { order: row.try_get_by_index(0)?, group: place });
    }
    Ok(found)
}

/// What makes a group.
const KEY: &str = "o.trim_id, o.store_id, o.sales_model, o.source, o.moment, o.net, o.incentive, o.unknown, o.changed";

fn group(row: &QueryResult) -> Result<Group, DbErr> {
    group_at(row, 0)
}

fn group_at(row: &QueryResult, at: usize) -> Result<Group, DbErr> {
    let changed: i32 = row.try_get_by_index(at + 8)?;
    let unknown: i64 = row.try_get_by_index(at + 7)?;
    let sales_model: SalesModel = row.try_get_by_index(at + 2)?;
    let orders = if at == 0 { row.try_get_by_index(9)? } else { 1 };
    Ok(Group {
        trim: row.try_get_by_index(at)?,
        store: row.try_get_by_index(at + 1)?,
        source: row.try_get_by_index(at + 3)?,
        moment: row.try_get_by_index(at + 4)?,
        paid: Paid {
            net_minor: row.try_get_by_index(at + 5)?,
            incentive_minor: row.try_get_by_index(at + 6)?,
            unknown_incentive: unknown > 0,
            changed: changed > 0,
            sales_model,
        },
        unknown,
        orders,
    })
}

/// A statement as it is written.
struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    fn of(backend: DbBackend) -> Self {
        Self { backend, text: String::new(), values: Vec::new() }
    }

    fn value(&mut self, value: Value) {
        self.values.push(value);
        // A text takes whatever is written to it.
        let _ = write!(self.text, "${}", self.values.len());
    }

    fn statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }

    /// A row for each order, with what its price comes to.
    fn orders(&mut self, looked: &Looked<'_>) {
        self.text.push_str(
            "SELECT c.id, c.trim_id, c.store_id, c.sales_model, c.created_at,
    COALESCE((SELECT CASE substr(e.actor, 1, 4) WHEN 'cus_' THEN 'CUSTOMER' WHEN 'stf_' THEN 'STAFF'
            WHEN 'sys_' THEN 'SYSTEM' ELSE 'IMPORT' END
        FROM order_event AS e WHERE e.order_id = c.id AND e.kind = 'PLACED'
        ORDER BY e.occurred_at, e.id LIMIT 1), 'IMPORT') AS source,
    CASE ",
        );
        for (place, moment) in looked.moments.iter().enumerate().rev() {
            self.text.push_str("WHEN c.created_at >= ");
            self.value((*moment).into());
            let _ = write!(self.text, " THEN {place} ");
        }
        self.text.push_str(
            "ELSE 0 END AS moment,
    CAST(COALESCE((SELECT SUM(p.amount_minor) FROM order_price_line AS p
        WHERE p.order_id = c.id AND p.kind IN ('MSRP', 'DISCOUNT')), 0) AS bigint) AS net,
    CAST(COALESCE((SELECT SUM(p.amount_minor) FROM order_price_line AS p
        WHERE p.order_id = c.id AND p.kind = 'INCENTIVE'), 0) AS bigint) AS incentive,
    CAST((SELECT COUNT(*) FROM order_price_line AS p WHERE p.order_id = c.id AND p.kind = 'INCENTIVE'
        AND NOT EXISTS (SELECT 1 FROM incentive AS i WHERE i.code = p.code)) AS bigint) AS unknown,
    CASE WHEN EXISTS (SELECT 1 FROM order_change_request AS r
        WHERE r.order_id = c.id AND r.kind = 'RECONFIGURE' AND r.state IN ('EXECUTING', 'DONE'))
        THEN 1 ELSE 0 END AS changed
FROM customer_order AS c
WHERE c.trim_id IN (",
        );
        for (place, trim) in looked.trims.iter().enumerate() {
            self.text.push_str(if place == 0 { "" } else { ", " });
            self.value((*trim).into());
        }
        self.text.push_str(") AND c.created_at < ");
        self.value(looked.to.into());
        if let Some(first) = looked.moments.first() {
            self.text.push_str(" AND c.created_at >= ");
            self.value((*first).into());
        }
        if let Some(city) = looked.city_code {
            self.text.push_str(" AND c.city_code = ");
            self.value(city.into());
        }
    }
}
