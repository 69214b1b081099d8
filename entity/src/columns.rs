//! Rows read by the place of their columns. By name, as sea-orm does it, each value costs a text and a look-up, which is
//! more than the value itself; here the statement has to name the columns in the order of the model's fields, as
//! `Entity::find()` does.

use sea_orm::{DbErr, QueryResult};

/// A row that can be read by place.
pub trait Columns: Sized {
    /// The table that it stands in.
    const TABLE: &'static str;

    /// How many columns it takes.
    const COUNT: usize;

    /// The columns as a statement names them, in order.
    const LIST: &'static str;

    /// Reads it from the columns that begin at `at`.
    ///
    /// # Errors
    /// When a column does not hold what the field wants.
    fn read(row: &QueryResult, at: usize) -> Result<Self, DbErr>;
}
