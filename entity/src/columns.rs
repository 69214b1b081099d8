//! Rows read by the place of their columns. By name, as sea-orm does it, each value costs a text and a look-up, which is
//! more than the value itself; here the statement has to name the columns in the order of the model's fields, as
//! `Entity::find()` does.

use sea_orm::{DbErr, QueryResult};

use crate::cells::Cells;

/// A row that can be read by place.
pub trait Columns: Sized {
    /// The table that it stands in.
    const TABLE: &'static str;

    /// How many columns it takes.
    const COUNT: usize;

    /// The columns as a statement names them, in order.
    const LIST: &'static str;

    /// Their names.
    const NAMES: &'static [&'static str];

    /// Reads it from the columns that begin at `at`.
    ///
    /// # Errors
    /// When a column does not hold what the field wants.
    fn read(row: &QueryResult, at: usize) -> Result<Self, DbErr> {
        Self::read_some(row.into(), at, Wanted::ALL)
    }

    /// Reads it from the columns that begin at `at`, which are those that `wanted` names, in order. The other fields have
    /// a default that stands for nothing: nobody may look at them.
    ///
    /// # Errors
    /// When a column does not hold what the field wants.
    fn read_some(row: Cells<'_>, at: usize, wanted: Wanted) -> Result<Self, DbErr>;
}

/// Columns of a table, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted(u64);

impl Wanted {
    /// All of them. A table has at most 64.
    pub const ALL: Self = Self(u64::MAX);

    /// The columns of these names; all when one is not known.
    pub fn of<R: Columns>(names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let place = |name: &str| R::NAMES.iter().position(|known| *known == name);
        let bit = |name: &str| place(name).and_then(|place| 1_u64.checked_shl(place as u32));
        names.into_iter().fold(Self(0), |wanted, name| Self(wanted.0 | bit(name.as_ref()).unwrap_or(u64::MAX)))
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the column at this place is among them.
    pub fn has(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    /// The place of the column of this name among them, in a table of these columns.
    pub fn place(self, names: &[&str], name: &str) -> Option<usize> {
        let column = names.iter().position(|known| *known == name).filter(|place| self.has(*place))?;
        Some((0..column).filter(|place| self.has(*place)).count())
    }

    /// How many columns they are, in a table of these.
    pub fn count(self, names: &[&str]) -> usize {
        (0..names.len()).filter(|place| self.has(*place)).count()
    }

    /// These of a table's columns as a statement on `table` names them, in order.
    pub fn list(self, names: &[&str], table: &str) -> String {
        let wanted = names.iter().enumerate().filter(|(place, _)| self.has(*place));
        wanted.map(|(_, name)| format!("\"{table}\".\"{name}\"")).collect::<Vec<_>>().join(", ")
    }
}
