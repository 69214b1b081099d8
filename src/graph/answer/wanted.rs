//! Which columns a plan looks at, table by table.

use std::collections::{BTreeSet, HashMap};

use entity::{Columns, Wanted};

/// The columns that the fields of a plan look at. Only the fast way reads by it: there every field that will look at a row
/// is known.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    tables: HashMap<&'static str, BTreeSet<&'static str>>,
    /// A field looks at what cannot be told.
    all: bool,
}

impl Needs {
    /// Adds what a field of a type looks at.
    pub(super) fn add(&mut self, table: Option<&'static str>, columns: Option<&'static [&'static str]>, finds: bool) {
        match (table, columns) {
            (Some(table), Some(columns)) => self.tables.entry(table).or_default().extend(columns),
            // A value of its own, made of no row.
            (None, _) if !finds => {}
            (None, Some(_)) => {}
            (_, None) => self.all = true,
        }
    }

    /// The columns of a table that have to be read, with those that the reader itself looks at.
    pub fn of<R: Columns>(&self, own: Wanted) -> Wanted {
        match self.tables.get(R::TABLE) {
            Some(names) if !self.all => Wanted::of::<R>(names).and(own),
            _ => Wanted::ALL,
        }
    }
}
