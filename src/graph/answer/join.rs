//! Rows that come along with the statement of the row that names them.
//!
//! A join only brings early what a round would fetch later: it fills what the call has found, and a field asks there
//! either way. So it may be left out anywhere, and a statement has the same rights with it and without. Left out are
//! relations of whose rows the viewer may not see all: what is joined has no condition, so that the text of a statement
//! hangs on the document alone and is written once.

use std::any::TypeId;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock, RwLock};

use entity::{Columns, Wanted};
use foldhash::fast::RandomState;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement, SimpleExpr};
use sea_orm::{EntityTrait, IdenStatic, QueryResult};

use super::Selected;
use crate::graph::call::Call;
use crate::graph::error::Result;
use crate::graph::relation::{One, Stored, key_place, own};

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
    pub const fn of<R: One>() -> Self {
        Self {
            relation: TypeId::of::<R>,
            condition: R::condition,
            key: || R::key().as_str(),
            table: <R::Entity as EntityTrait>::Model::TABLE,
            wanted: |call| call.wanted::<<R::Entity as EntityTrait>::Model>(own::<R>()),
            count: |wanted| wanted.count::<<R::Entity as EntityTrait>::Model>(),
            list: |wanted, table| wanted.list::<<R::Entity as EntityTrait>::Model>(table),
            prepare: R::prepare,
            learn: learn::<R>,
        }
    }
}

/// Puts the row's columns, which stand from `at` on, where fields look for it. A row that is not there is left to the
/// rounds, which know what its key was.
fn learn<R: One>(call: &Call, rows: &[QueryResult], at: usize, wanted: Wanted) -> Result<()> {
    let key_place = at + key_place::<R>(wanted);
    let (mut found, mut seen) = (Vec::new(), HashSet::<_, RandomState>::default());
    for row in rows {
        let Some(key) = row.try_get_by::<Option<<R as Stored>::Key>, usize>(key_place)? else { continue };
        // A page names the same store over and over.
        if seen.insert(key.clone()) {
            found.push((key, R::show(call, <R::Entity as EntityTrait>::Model::read_some(row, at, wanted)?)));
        }
    }
    call.known().learn::<R>(found);
    Ok(())
}

/// What a statement begins with: columns, table and joins, as text.
#[derive(Debug)]
pub struct Head {
    /// What follows `SELECT`.
    text: String,
    /// The row's own columns, which come first.
    pub wanted: Wanted,
    joins: Vec<(&'static Join, usize, Wanted)>,
}

/// Most joins of a statement: a planner looks at the orders of some ten tables; what is more comes in rounds.
const MOST: usize = 7;

impl Head {
    /// All columns of a table, and nothing that comes along.
    pub fn whole<R: Columns>() -> Arc<Self> {
        let text = format!("{} FROM \"{}\"", R::LIST, R::TABLE);
        Arc::new(Self { text, wanted: Wanted::ALL, joins: Vec::new() })
    }

    /// The statement on the rows that fulfil a condition, with the values `beside` them, which stand before all columns.
    pub fn select(&self, beside: impl IntoIterator<Item = SimpleExpr>, rows: Condition) -> SelectStatement {
        // The table and the joins are part of the text of the last column.
        Query::select().exprs(beside).expr(Expr::cust(self.text.clone())).cond_where(rows).take()
    }

    /// Finds what the relations that are joined need to know of the caller.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn prepare(&self, call: &Call) -> Result<()> {
        for (join, ..) in &self.joins {
            (join.prepare)(call).await?;
        }
        Ok(())
    }

    /// Puts what came along, from `at` on, where the fields look for it.
    ///
    /// # Errors
    /// When a column does not hold what the row wants.
    pub fn learn(&self, call: &Call, rows: &[QueryResult], at: usize) -> Result<()> {
        self.joins.iter().try_for_each(|(join, place, wanted)| (join.learn)(call, rows, at + place, *wanted))
    }

    /// Writes it with those of the `candidates` that are `open`, bit by bit.
    fn write<R: Columns>(call: &Call, wanted: Wanted, candidates: &[Candidate], open: u64) -> Self {
        let (mut text, mut from) = (wanted.list::<R>(R::TABLE), format!("\"{}\"", R::TABLE));
        let (mut joins, mut at) = (Vec::new(), wanted.count::<R>());
        // The names of candidates' tables in the statement, as far as they are joined.
        let mut aliases: Vec<Option<String>> = Vec::new();
        for (place, Candidate { parent, column, join }) in candidates.iter().enumerate() {
            let parent = match parent {
                None => Some(R::TABLE.to_owned()),
                Some(parent) => aliases[*parent].clone(),
            };
            let Some(parent) = parent.filter(|_| joins.len() < MOST && open >> place & 1 == 1) else {
                aliases.push(None);
                continue;
            };
            let (alias, wanted) = (format!("j{}", joins.len() + 1), (join.wanted)(call));
            let (table, key) = (join.table, (join.key)());
            // A text takes whatever is written to it.
            let _ = write!(text, ", {}", (join.list)(wanted, &alias));
            let _ = write!(from, " LEFT JOIN \"{table}\" AS \"{alias}\"");
            let _ = write!(from, " ON \"{alias}\".\"{key}\" = \"{parent}\".\"{column}\"");
            joins.push((*join, at, wanted));
            at += (join.count)(wanted);
            aliases.push(Some(alias));
        }
        Self { text: format!("{text} FROM {from}"), wanted, joins }
    }
}

/// A relation that could be joined, where it stands.
#[derive(Debug)]
struct Candidate {
    /// Whose row names it; none for the statement's own.
    parent: Option<usize>,
    /// The column that does.
    column: &'static str,
    join: &'static Join,
}

/// The relations to one row that are selected, each once, a parent before its children.
fn candidates(selected: &[&Selected]) -> Vec<Candidate> {
    fn below(found: &mut Vec<Candidate>, parent: Option<usize>, selected: &Selected) {
        for (column, join, selected) in selected.joins() {
            let known = |one: &Candidate| (one.join.relation)() == (join.relation)();
            if found.len() == u64::BITS as usize || found.iter().any(known) {
                continue;
            }
            found.push(Candidate { parent, column, join });
            below(found, Some(found.len() - 1), selected);
        }
    }
    let mut found = Vec::new();
    selected.iter().for_each(|selected| below(&mut found, None, selected));
    found
}

/// What heads of one field differ by.
#[derive(Debug, PartialEq)]
struct Key {
    table: &'static str,
    /// Columns that the reader itself looks at.
    own: Wanted,
    /// Relations that have no condition for the caller, bit by bit.
    open: u64,
}

/// The heads of one field's statement.
#[derive(Debug, Default)]
pub struct Heads {
    candidates: OnceLock<Vec<Candidate>>,
    written: RwLock<Vec<(Key, Arc<Head>)>>,
}

impl Heads {
    /// The head of a statement on the rows of `R`, with the columns that its reader looks at, and with what is `selected` on
    /// them.
    pub fn head<R: Columns>(&self, call: &Call, own: Wanted, selected: &[&Selected]) -> Arc<Head> {
        let candidates = self.candidates.get_or_init(|| candidates(selected));
        let bit = |(place, one): (usize, &Candidate)| u64::from((one.join.condition)(call).is_empty()) << place;
        let key = Key { table: R::TABLE, own, open: candidates.iter().enumerate().map(bit).sum() };
        let written = self.written.read().expect("no panic while held");
        if let Some((_, head)) = written.iter().find(|(known, _)| *known == key) {
            return head.clone();
        }
        drop(written);
        let head = Arc::new(Head::write::<R>(call, call.wanted::<R>(own), candidates, key.open));
        let mut written = self.written.write().expect("no panic while held");
        // Kinds of callers and ways to sort are few; whatever a policy may come to look at, the list stays short.
        if written.len() < KINDS {
            written.push((key, head.clone()));
        }
        head
    }
}

/// Most heads that are kept.
const KINDS: usize = 16;
