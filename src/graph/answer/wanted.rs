//! Which columns a plan looks at, table by table.

use std::sync::OnceLock;

use entity::{Columns, Wanted};

/// What fields look at of one table.
#[derive(Clone, Debug)]
struct Looks {
    table: &'static str,
    /// The columns of each field.
    columns: Vec<&'static [&'static str]>,
    /// All of them, as they are asked for with each statement.
    wanted: OnceLock<Wanted>,
}

/// The columns that the fields of a plan look at. Only the fast way reads by it: there every field that will look at a row
/// is known.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    tables: Vec<Looks>,
    /// A field looks at what cannot be told.
    all: bool,
}

impl Needs {
    /// Adds what a field of a type looks at.
    pub(super) fn add(&mut self, table: Option<&'static str>, columns: Option<&'static [&'static str]>, finds: bool) {
        match (table, columns) {
            (Some(table), Some(columns)) => match self.tables.iter_mut().find(|one| one.table == table) {
                Some(looks) => looks.columns.push(columns),
                None => self.tables.push(Looks { table, columns: vec![columns], wanted: OnceLock::new() }),
            },
            // A value of its own, made of no row.
            (None, _) if !finds => {}
            (None, Some(_)) => {}
            (_, None) => self.all = true,
        }
    }

    /// The columns of a table that have to be read, with those that the reader itself looks at.
    pub fn of<R: Columns>(&self, own: Wanted) -> Wanted {
        match self.tables.iter().find(|one| one.table == R::TABLE) {
            Some(looks) if !self.all => {
                let names = || Wanted::of::<R>(looks.columns.iter().copied().flatten());
                looks.wanted.get_or_init(names).and(own)
            }
            _ => Wanted::ALL,
        }
    }
}
