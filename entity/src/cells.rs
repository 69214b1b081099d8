//! The cells of a row, whether it is a row of a statement or a record within one of its columns.

use sea_orm::{DbErr, QueryResult};
use sqlx::postgres::PgRow;
use sqlx::{Row, ValueRef};

/// A row's cells, by place.
#[derive(Clone, Copy)]
pub enum Cells<'r> {
    /// Of a statement on PostgreSQL: each cell is bytes in PostgreSQL's binary format.
    Postgres(&'r PgRow),
    /// Of a record within an array on PostgreSQL, in the same format.
    Record(&'r [Option<&'r [u8]>]),
    /// Of a statement on another database.
    Other(&'r QueryResult),
}

impl<'r> From<&'r QueryResult> for Cells<'r> {
    fn from(row: &'r QueryResult) -> Self {
        row.try_as_pg_row().map_or(Self::Other(row), Self::Postgres)
    }
}

impl<'r> Cells<'r> {
    /// The bytes of a cell as PostgreSQL sends them; none when it is null.
    ///
    /// # Errors
    /// When there is no such cell, or the database is another.
    pub fn bytes(self, at: usize) -> Result<Option<&'r [u8]>, DbErr> {
        match self {
            Self::Postgres(row) => {
                let value = row.try_get_raw(at).map_err(wrong)?;
                if value.is_null() { Ok(None) } else { value.as_bytes().map(Some).map_err(wrong) }
            }
            Self::Record(cells) => cells.get(at).copied().ok_or_else(|| wrong(format!("a record without column {at}"))),
            Self::Other(_) => Err(wrong("cells of PostgreSQL are wanted")),
        }
    }
}

pub(crate) fn wrong(error: impl std::fmt::Display) -> DbErr {
    DbErr::Type(error.to_string())
}

/// Records of the arrays in a column, one array after the other. They have one shape.
///
/// An array of records costs PostgreSQL and the driver less than a row for each: PostgreSQL's manual, "Binary
/// Representation of Composite Types" and `array_send`.
#[derive(Default)]
pub struct Records<'r> {
    width: usize,
    cells: Vec<Option<&'r [u8]>>,
}

impl<'r> Records<'r> {
    /// Takes the records of one more array. How many they were.
    ///
    /// # Errors
    /// When the bytes are no array of records of the shape of those before.
    pub fn take(&mut self, array: &'r [u8]) -> Result<usize, DbErr> {
        let mut rest = array;
        let dimensions = number(&mut rest)?;
        // Whether there are nulls, and the type of the elements.
        part(&mut rest, 8)?;
        let count = match dimensions {
            0 => 0,
            1 => {
                let count = number(&mut rest)?;
                part(&mut rest, 4)?;
                usize::try_from(count).map_err(wrong)?
            }
            other => return Err(wrong(format!("an array of {other} dimensions"))),
        };
        for _ in 0..count {
            let mut record = cell(&mut rest)?.ok_or_else(|| wrong("a record that is null"))?;
            let width = usize::try_from(number(&mut record)?).map_err(wrong)?;
            if self.cells.is_empty() {
                self.width = width;
                self.cells.reserve(count.saturating_mul(width).min(array.len()));
            }
            if width != self.width || width == 0 {
                return Err(wrong("records of several shapes"));
            }
            for _ in 0..width {
                part(&mut record, 4)?;
                self.cells.push(cell(&mut record)?);
            }
        }
        Ok(count)
    }

    /// The records from this one on.
    pub fn from(&self, first: usize) -> impl Iterator<Item = Cells<'_>> {
        self.cells[first * self.width..].chunks_exact(self.width.max(1)).map(Cells::Record)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or_default()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

fn part<'r>(rest: &mut &'r [u8], length: usize) -> Result<&'r [u8], DbErr> {
    let (part, after) = rest.split_at_checked(length).ok_or_else(|| wrong("an array that ends early"))?;
    *rest = after;
    Ok(part)
}

fn number(rest: &mut &[u8]) -> Result<i32, DbErr> {
    let bytes = part(rest, 4)?.try_into().map_err(wrong)?;
    Ok(i32::from_be_bytes(bytes))
}

/// A value with its length before it; none when it is null.
fn cell<'r>(rest: &mut &'r [u8]) -> Result<Option<&'r [u8]>, DbErr> {
    match number(rest)? {
        -1 => Ok(None),
        length => part(rest, usize::try_from(length).map_err(wrong)?).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(records: &[&[Option<&[u8]>]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let put = |bytes: &mut Vec<u8>, number: i32| bytes.extend(number.to_be_bytes());
        put(&mut bytes, i32::from(!records.is_empty()));
        put(&mut bytes, 0);
        put(&mut bytes, 2249);
        if !records.is_empty() {
            put(&mut bytes, records.len() as i32);
            put(&mut bytes, 1);
        }
        for record in records {
            let mut inner = Vec::new();
            put(&mut inner, record.len() as i32);
            for cell in *record {
                put(&mut inner, 25);
                put(&mut inner, cell.map_or(-1, |cell| cell.len() as i32));
                inner.extend(cell.unwrap_or_default());
            }
            put(&mut bytes, inner.len() as i32);
            bytes.extend(inner);
        }
        bytes
    }

    fn seen<'r>(records: &'r Records<'_>, first: usize) -> Vec<Vec<Option<&'r [u8]>>> {
        let cells = |cells: Cells<'r>| (0..2).map(|at| cells.bytes(at).unwrap()).collect();
        records.from(first).map(cells).collect()
    }

    #[test]
    fn records_of_several_arrays_stand_one_after_the_other() {
        let first = array(&[&[Some(b"a"), None], &[Some(b""), Some(b"bc")]]);
        let (none, last) = (array(&[]), array(&[&[None, Some(b"d")]]));
        let mut records = Records::default();
        assert_eq!(records.take(&none).unwrap(), 0);
        assert_eq!(records.take(&first).unwrap(), 2);
        assert_eq!(records.take(&none).unwrap(), 0);
        assert_eq!(records.take(&last).unwrap(), 1);
        assert_eq!(records.len(), 3);
        let all: [[Option<&[u8]>; 2]; 3] = [[Some(b"a"), None], [Some(b""), Some(b"bc")], [None, Some(b"d")]];
        assert_eq!(seen(&records, 0), all);
        assert_eq!(seen(&records, 2), all[2..]);
        assert!(seen(&records, 3).is_empty());
    }

    #[test]
    fn bytes_that_are_no_such_array_are_refused() {
        let whole = array(&[&[Some(b"ab"), None]]);
        for length in 0..whole.len() {
            assert!(Records::default().take(&whole[..length]).is_err(), "{length} bytes");
        }
        let mut records = Records::default();
        records.take(&whole).unwrap();
        assert!(records.take(&array(&[&[None]])).is_err());
    }
}
