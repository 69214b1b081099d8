//! Rows that come along with the statement of the row that names them.
//!
//! A join only brings early what a round would fetch later: it fills what the call has found, and a field asks there
//! either way. So it may be left out anywhere, and a statement has the same rights with it and without.

use std::any::TypeId;

use entity::{Columns, Wanted};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Alias, Asterisk, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{EntityTrait, IdenStatic, QueryResult, TryGetable};

use super::Selected;
use crate::graph::call::Call;
use crate::graph::error::Result;
use crate::graph::link::{One, key_place, wanted};

/// How a relation joins.
#[derive(Debug)]
pub struct Join {
    relation: fn() -> TypeId,
    condition: fn(&Call) -> Condition,
    key: fn() -> &'static str,
    table: &'static str,
    wanted: fn(&Call) -> Wanted,
    count: fn(Wanted) -> usize,
    list: fn(Wanted, &str) -> String,
    prepare: fn(&Call) -> BoxFuture<'_, Result<()>>,
    learn: fn(&Call, &[QueryResult], usize, Wanted) -> Result<()>,
}

impl Join {
    /// Of a relation to at most one row.
    pub const fn of<R: One>() -> Self
    where
        R::Key: TryGetable,
    {
        Self {
            relation: TypeId::of::<R>,
            condition: R::condition,
            key: || R::key().as_str(),
            table: <R::Entity as EntityTrait>::Model::TABLE,
            wanted: wanted::<R>,
            count: |wanted| wanted.count::<<R::Entity as EntityTrait>::Model>(),
            list: |wanted, table| wanted.list::<<R::Entity as EntityTrait>::Model>(table),
            prepare: R::prepare,
            learn: learn::<R>,
        }
    }
}

/// Puts what stands from `at` on (the key, then the row's columns) where fields look for it.
fn learn<R: One>(call: &Call, rows: &[QueryResult], at: usize, wanted: Wanted) -> Result<()>
where
    R::Key: TryGetable,
{
    let key_place = at + 1 + key_place::<R>(wanted);
    let mut found = Vec::new();
    for row in rows {
        let Some(key) = row.try_get_by::<Option<R::Key>, usize>(at)? else { continue };
        let there = row.try_get_by::<Option<R::Key>, usize>(key_place)?.is_some();
        let model = there.then(|| <R::Entity as EntityTrait>::Model::read_some(row, at + 1, wanted)).transpose()?;
        found.push((key, model.and_then(|model| R::show(call, model))));
    }
    call.known().learn::<R>(found);
    Ok(())
}

/// The joins of one statement.
#[derive(Debug, Default)]
pub struct Joins {
    joins: Vec<(&'static Join, usize, Wanted)>,
    columns: usize,
}

/// Most joins of a statement: a planner looks at the orders of some ten tables; what is more comes in rounds.
const MOST: usize = 7;

impl Joins {
    /// Adds to a statement on the rows of `table`, which take `columns` columns, what `selected` asks for of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add(
        call: &Call,
        statement: &mut SelectStatement,
        table: &str,
        columns: usize,
        selected: &[&Selected],
    ) -> Result<Self> {
        let mut joins = Self { joins: Vec::new(), columns };
        for selected in selected {
            joins.below(call, statement, table, selected);
        }
        for (join, ..) in &joins.joins {
            (join.prepare)(call).await?;
        }
        Ok(joins)
    }

    fn below(&mut self, call: &Call, statement: &mut SelectStatement, parent: &str, selected: &Selected) {
        for (column, join, selected) in selected.joins() {
            if self.joins.len() == MOST || self.joins.iter().any(|(known, ..)| (known.relation)() == (join.relation)())
            {
                continue;
            }
            let alias = format!("j{}", self.joins.len() + 1);
            let key = Expr::col((Alias::new(parent), Alias::new(column)));
            let on = Expr::col((Alias::new(&alias), Alias::new((join.key)()))).eq(key.clone());
            let condition = (join.condition)(call);
            if condition.is_empty() {
                statement.join_as(JoinType::LeftJoin, Alias::new(join.table), Alias::new(&alias), on);
            } else {
                let mut rows = Query::select();
                rows.column(Asterisk).from(Alias::new(join.table)).cond_where(condition);
                statement.join_subquery(JoinType::LeftJoin, rows, Alias::new(&alias), on);
            }
            let wanted = (join.wanted)(call);
            statement.expr(key).expr(Expr::cust((join.list)(wanted, &alias)));
            self.joins.push((join, self.columns, wanted));
            self.columns += 1 + (join.count)(wanted);
            self.below(call, statement, &alias, selected);
        }
    }

    /// Puts what came along where the fields look for it.
    ///
    /// # Errors
    /// When a column does not hold what the row wants.
    pub fn learn(&self, call: &Call, rows: &[QueryResult]) -> Result<()> {
        self.joins.iter().try_for_each(|(join, at, wanted)| (join.learn)(call, rows, *at, *wanted))
    }
}
