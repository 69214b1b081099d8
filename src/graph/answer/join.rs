//! Rows that come along with the statement of the row that names them.
//!
//! A join only brings early what a round would fetch later: it fills what the call has found, and a field asks there
//! either way. So it may be left out anywhere, and a statement has the same rights with it and without.

use std::any::TypeId;
use std::collections::HashSet;

use entity::{Cells, Column, Columns, Records, Wanted};
use foldhash::fast::RandomState;
use sea_orm::sea_query::{Condition, Order};
use sea_orm::{EntityTrait, IdenStatic};

use crate::graph::call::Call;
use crate::graph::error::Result;
use crate::graph::relation::{Listed, ModelOf, One, Prepare, Stored, own};

/// How a relation joins.
#[derive(Debug)]
pub struct Join {
    /// Which relation it is.
    pub relation: fn() -> TypeId,
    /// Which rows the call's viewer may see.
    pub condition: fn(&Call) -> Condition,
    /// The column that the key is compared with.
    pub key: fn() -> &'static str,
    /// The column that has to be null, if there is one.
    pub ended: fn() -> Option<&'static str>,
    /// Its table.
    pub table: &'static str,
    /// The names of its columns.
    pub names: &'static [&'static str],
    /// Which of them are read.
    pub wanted: fn(&Call) -> Wanted,
    /// Finds what is needed to show a row.
    pub prepare: Option<Prepare>,
    /// How its rows stand in the statement.
    pub rows: Rows,
}

/// How joined rows stand in a statement, and how they are put where fields look for them.
#[derive(Debug)]
pub enum Rows {
    /// One, whose columns stand beside those of the row that names it.
    One {
        /// Takes the columns that begin at the second place; the key stands at the first, where that is known.
        learn: Beside,
    },
    /// All that name the row, as an array of records in one column. PostgreSQL only.
    Many {
        /// The columns that they are sorted by.
        order: fn() -> Vec<(&'static str, Order)>,
        /// How many at most.
        most: Option<u64>,
        /// Takes the arrays, which stand at the second place; the row's key stands at the first.
        learn: Within,
    },
}

/// See [`Rows::One`].
pub type Beside = fn(&Call, &[Cells<'_>], Option<usize>, usize, Wanted) -> Result<()>;
/// See [`Rows::Many`].
pub type Within = for<'r> fn(&Call, &[Cells<'r>], usize, usize, Wanted) -> Result<Records<'r>>;

impl Join {
    /// Of a relation to at most one row.
    pub const fn one<R: One>() -> Self {
        Self::of::<R>(|call| call.wanted::<ModelOf<R>>(own::<R>()), Rows::One { learn: learn_one::<R> })
    }

    /// Of a relation to the rows that name a parent.
    pub const fn many<R: Listed>() -> Self {
        Self::of::<R>(
            |call| {
                // The row that they stand beside has their key.
                let wanted = call.wanted::<ModelOf<R>>(Wanted::of::<ModelOf<R>>(R::LOOKS_AT));
                if wanted.count(ModelOf::<R>::NAMES) == 0 { own::<R>() } else { wanted }
            },
            Rows::Many {
                order: || R::order().into_iter().map(|(column, order)| (column.as_str(), order)).collect(),
                most: R::MOST,
                learn: learn_many::<R>,
            },
        )
    }

    const fn of<R: Stored>(wanted: fn(&Call) -> Wanted, rows: Rows) -> Self {
        Self {
            relation: TypeId::of::<R>,
            condition: R::condition,
            key: || R::key().as_str(),
            ended: || R::ended().map(|ended| ended.as_str()),
            table: <R::Entity as EntityTrait>::Model::TABLE,
            names: ModelOf::<R>::NAMES,
            wanted,
            prepare: R::PREPARE,
            rows,
        }
    }
}

/// A row that is not there is left to the rounds where its key is not known.
fn learn_one<R: One>(call: &Call, rows: &[Cells<'_>], key_at: Option<usize>, at: usize, wanted: Wanted) -> Result<()> {
    let Some(key_place) = wanted.place(ModelOf::<R>::NAMES, R::key().as_str()) else { return Ok(()) };
    let (mut found, mut seen) = (Vec::new(), HashSet::<_, RandomState>::default());
    for row in rows {
        let there = <R as Stored>::Key::optional(*row, at + key_place)?;
        let key = match (&there, key_at) {
            (Some(key), _) => key.clone(),
            (None, Some(key_at)) => match <R as Stored>::Key::optional(*row, key_at)? {
                Some(key) => key,
                None => continue,
            },
            (None, None) => continue,
        };
        // A page names the same store over and over.
        if seen.insert(key.clone()) {
            let shown = there.map(|_| ModelOf::<R>::read_some(*row, at, wanted)).transpose()?;
            found.push((key, shown.and_then(|row| R::show(call, row))));
        }
    }
    call.known().learn::<R>(found);
    Ok(())
}

fn learn_many<'r, R: Listed>(
    call: &Call,
    rows: &[Cells<'r>],
    key_at: usize,
    at: usize,
    wanted: Wanted,
) -> Result<Records<'r>> {
    let (mut records, mut found) = (Records::default(), Vec::with_capacity(rows.len()));
    for row in rows {
        let (Some(key), Some(array)) = (<R as Stored>::Key::optional(*row, key_at)?, row.bytes(at)?) else { continue };
        let before = records.len();
        let mut shown = Vec::with_capacity(records.take(array)?);
        for cells in records.from(before) {
            shown.extend(R::show(call, ModelOf::<R>::read_some(cells, 0, wanted)?));
        }
        found.push((key, shown));
    }
    call.known().learn::<R>(found);
    Ok(records)
}
