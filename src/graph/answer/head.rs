//! What a statement begins with: the columns that a document looks at, its table, and what comes along.
//!
//! One row by its key is joined; the rows that name a row come as an array of records beside it, on PostgreSQL, where one
//! statement less and a row less for each of them is most of what they cost. Left out are relations of whose rows this
//! viewer may see some: what comes along has no condition, or in an array the one that is the same for all callers
//! without a name, so that the text hangs on the document and the kind of caller and is written once.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock, RwLock};

use entity::{Cells, Columns, Wanted};
use sea_orm::sea_query::{Condition, Expr, Order, PostgresQueryBuilder, Query, SelectStatement, SimpleExpr, Value};
use sea_orm::{DatabaseBackend, QueryResult};

use super::Selected;
use super::join::{Beside, Join, Rows, Within};
use crate::access::ViewerKind;
use crate::graph::call::Call;
use crate::graph::error::Result;
use crate::graph::relation::Prepare;

/// What a statement begins with: columns, table and joins, as text.
#[derive(Debug)]
pub struct Head {
    /// What follows `SELECT`.
    text: String,
    /// The row's own columns, which come first.
    pub wanted: Wanted,
    along: Vec<Along>,
    /// What has to be known of the caller to show what comes along.
    prepare: Vec<Prepare>,
}

/// What comes along, and where it stands.
#[derive(Debug)]
struct Along {
    wanted: Wanted,
    place: Place,
}

/// Where it stands, by columns.
#[derive(Debug)]
enum Place {
    /// Beside the row that names it, from `at` on; the key where it is one of that row's own.
    Beside { at: usize, key_at: Option<usize>, learn: Beside },
    /// In an array of records, with what comes along in these.
    Within { at: usize, key_at: usize, along: Vec<Along>, learn: Within },
}

/// Most joins of a statement: a planner looks at the orders of some ten tables; what is more comes in rounds.
const MOST: usize = 7;

impl Head {
    /// All columns of a table, and nothing that comes along.
    pub fn whole<R: Columns>() -> Arc<Self> {
        let text = format!("{} FROM \"{}\"", R::LIST, R::TABLE);
        Arc::new(Self { text, wanted: Wanted::ALL, along: Vec::new(), prepare: Vec::new() })
    }

    /// The statement on the rows that fulfil a condition, with the values `beside` them, which stand before all columns.
    pub fn select(&self, beside: impl IntoIterator<Item = SimpleExpr>, rows: Condition) -> SelectStatement {
        // The table and the joins are part of the text of the last column.
        Query::select().exprs(beside).expr(Expr::cust(self.text.clone())).cond_where(rows).take()
    }

    /// Finds what the relations that come along need to know of the caller.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn prepare(&self, call: &Call) -> Result<()> {
        for prepare in &self.prepare {
            prepare(call).await?;
        }
        Ok(())
    }

    /// Puts what came along, from `at` on, where the fields look for it.
    ///
    /// # Errors
    /// When a column does not hold what the row wants.
    pub fn learn(&self, call: &Call, rows: &[QueryResult], at: usize) -> Result<()> {
        if self.along.is_empty() || rows.is_empty() {
            return Ok(());
        }
        let rows: Vec<Cells<'_>> = rows.iter().map(Cells::from).collect();
        learn(call, &rows, at, &self.along)
    }
}

fn learn(call: &Call, rows: &[Cells<'_>], shift: usize, along: &[Along]) -> Result<()> {
    for Along { wanted, place } in along {
        match place {
            Place::Beside { at, key_at, learn } => {
                learn(call, rows, key_at.map(|at| shift + at), shift + at, *wanted)?;
            }
            Place::Within { at, key_at, along, learn: within } => {
                let records = within(call, rows, shift + key_at, shift + at, *wanted)?;
                if !along.is_empty() && !records.is_empty() {
                    let rows: Vec<Cells<'_>> = records.from(0).collect();
                    learn(call, &rows, 0, along)?;
                }
            }
        }
    }
    Ok(())
}

/// A relation that could come along, where it stands.
#[derive(Debug)]
struct Candidate {
    /// In the rows of which array; none for those of the statement itself.
    array: Option<usize>,
    /// Which joined row names it; none for the row of the statement or of the array.
    joined: Option<usize>,
    /// The column that does, or that its rows name.
    column: &'static str,
    join: &'static Join,
}

/// The relations that are selected, each once, a parent before its children.
fn candidates(selected: &[&Selected]) -> Vec<Candidate> {
    fn below(found: &mut Vec<Candidate>, array: Option<usize>, joined: Option<usize>, selected: &Selected) {
        for (column, join, always, selected) in selected.joins() {
            let known = |one: &Candidate| (one.join.relation)() == (join.relation)();
            if found.len() == u64::BITS as usize || found.iter().any(known) {
                continue;
            }
            let place = found.len();
            match &join.rows {
                Rows::One { .. } => {
                    found.push(Candidate { array, joined, column, join });
                    below(found, array, Some(place), selected);
                }
                // Many rows may name one joined row, and each would bring that row's array again.
                Rows::Many { .. } if joined.is_some() || !always => {}
                Rows::Many { .. } => {
                    found.push(Candidate { array, joined, column, join });
                    below(found, Some(place), None, selected);
                }
            }
        }
    }
    let mut found = Vec::new();
    selected.iter().for_each(|selected| below(&mut found, None, None, selected));
    found
}

/// The rows of a statement or of an array: what it selects, from where, and what comes along.
struct Level {
    columns: String,
    from: String,
    along: Vec<Along>,
}

/// Writes the levels of a statement.
struct Writer<'a> {
    call: &'a Call,
    candidates: &'a [Candidate],
    open: &'a Open,
    names: usize,
    prepare: Vec<Prepare>,
}

/// The rows of a level: their table as the statement knows it, and which of its columns are read.
#[derive(Clone, Copy)]
struct Own<'a> {
    table: &'static str,
    name: &'a str,
    names: &'static [&'static str],
    wanted: Wanted,
}

impl Writer<'_> {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("j{}", self.names)
    }

    fn level(&mut self, array: Option<usize>, own: Own<'_>) -> Level {
        let Own { table, name, names, wanted: own } = own;
        let (mut columns, mut at) = (own.list(names, name), own.count(names));
        let mut from = if table == name { format!("\"{table}\"") } else { format!("\"{table}\" AS \"{name}\"") };
        let (mut along, mut joins) = (Vec::new(), 0);
        // The names of joined tables, by the places of their candidates.
        let mut joined: Vec<(usize, String)> = Vec::new();
        let candidates = self.candidates;
        for (place, candidate) in candidates.iter().enumerate().filter(|(_, one)| one.array == array) {
            let Candidate { column, join, .. } = candidate;
            let parent = match candidate.joined {
                None => Some(name),
                Some(parent) => joined.iter().find(|(place, _)| *place == parent).map(|(_, name)| name.as_str()),
            };
            let Some(parent) = parent.filter(|_| self.open.has(place)) else { continue };
            let wanted = (join.wanted)(self.call);
            let (table, key, condition) = (join.table, (join.key)(), self.open.condition(place));
            // A condition names its table.
            let name = if condition.is_some() { table.to_owned() } else { self.name() };
            if name == parent {
                continue;
            }
            let key_at = candidate.joined.is_none().then(|| own.place(names, column)).flatten();
            let mut on = format!("\"{name}\".\"{key}\" = \"{parent}\".\"{column}\"");
            // A text takes whatever is written to it.
            if let Some(ended) = (join.ended)() {
                let _ = write!(on, " AND \"{name}\".\"{ended}\" IS NULL");
            }
            match (&join.rows, key_at) {
                (Rows::One { learn }, key_at) if joins < MOST && condition.is_none() => {
                    joins += 1;
                    let _ = write!(columns, ", {}", wanted.list(join.names, &name));
                    let _ = write!(from, " LEFT JOIN \"{table}\" AS \"{name}\" ON {on}");
                    along.push(Along { wanted, place: Place::Beside { at, key_at, learn: *learn } });
                    at += wanted.count(join.names);
                    joined.push((place, name));
                }
                (Rows::Many { order, most, learn }, Some(key_at)) => {
                    let own = Own { table, name: &name, names: join.names, wanted };
                    let records = self.level(Some(place), own);
                    let _ = write!(columns, ", ARRAY(SELECT ROW({}) FROM {} WHERE {on}", records.columns, records.from);
                    if let Some(condition) = condition {
                        let _ = write!(columns, " AND ({condition})");
                    }
                    for (place, (by, way)) in order().into_iter().enumerate() {
                        let before = if place == 0 { " ORDER BY " } else { ", " };
                        let way = if way == Order::Desc { "DESC" } else { "ASC" };
                        let _ = write!(columns, "{before}\"{name}\".\"{by}\" {way}");
                    }
                    if let Some(most) = most {
                        let _ = write!(columns, " LIMIT {most}");
                    }
                    columns.push(')');
                    let place = Place::Within { at, key_at, along: records.along, learn: *learn };
                    along.push(Along { wanted, place });
                    at += 1;
                }
                _ => continue,
            }
            self.prepare.extend(join.prepare);
        }
        Level { columns, from, along }
    }
}

/// What heads of one field differ by.
#[derive(Debug, PartialEq)]
struct Key {
    table: &'static str,
    /// Columns that the reader itself looks at.
    own: Wanted,
    open: Open,
}

/// Which candidates may come along for a caller.
#[derive(Debug, Default, PartialEq)]
struct Open {
    /// Bit by bit.
    places: u64,
    /// Conditions of those that have one, as text.
    conditions: Vec<(usize, String)>,
}

impl Open {
    fn of(call: &Call, candidates: &[Candidate]) -> Self {
        let arrays = call.app.db.backend() == DatabaseBackend::Postgres;
        let mut open = Self::default();
        for (place, Candidate { join, .. }) in candidates.iter().enumerate() {
            let many = matches!(join.rows, Rows::Many { .. });
            if many && !arrays {
                continue;
            }
            let condition = (join.condition)(call);
            if condition.is_empty() {
                open.places |= 1 << place;
            } else if let Some(text) = Some(condition).filter(|_| many).and_then(|rows| constant(call, rows)) {
                open.places |= 1 << place;
                open.conditions.push((place, text));
            }
        }
        open
    }

    fn has(&self, place: usize) -> bool {
        self.places >> place & 1 == 1
    }

    fn condition(&self, place: usize) -> Option<&str> {
        self.conditions.iter().find(|(known, _)| *known == place).map(|(_, text)| text.as_str())
    }
}

/// A condition as text, where it is the same for all callers of this kind: of those without a name, and with no value but
/// true and false.
fn constant(call: &Call, rows: Condition) -> Option<String> {
    if call.viewer.kind != ViewerKind::Anonymous {
        return None;
    }
    let select = Query::select().cond_where(rows).take();
    let (_, values) = select.build(PostgresQueryBuilder);
    if !values.iter().all(|value| matches!(value, Value::Bool(_))) {
        return None;
    }
    select.to_string(PostgresQueryBuilder).split_once(" WHERE ").map(|(_, rows)| rows.to_owned())
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
        let key = Key { table: R::TABLE, own, open: Open::of(call, candidates) };
        let written = self.written.read().expect("no panic while held");
        if let Some((_, head)) = written.iter().find(|(known, _)| *known == key) {
            return head.clone();
        }
        drop(written);
        let wanted = call.wanted::<R>(own);
        let mut writer = Writer { call, candidates, open: &key.open, names: 0, prepare: Vec::new() };
        let own = Own { table: R::TABLE, name: R::TABLE, names: R::NAMES, wanted };
        let Level { columns, from, along } = writer.level(None, own);
        let head = Arc::new(Head { text: format!("{columns} FROM {from}"), wanted, along, prepare: writer.prepare });
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
