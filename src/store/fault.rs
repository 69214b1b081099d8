//! What kind of failure of the store it is (guarantees 8).

use std::error::Error;
use std::{fmt, io};

use sea_orm::{DbErr, RuntimeErr};

/// What a failure of the store says of the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// May be gone at the next try: no connection, a server that stops or starts, a lock not had in time, no room.
    Passing,
    /// Another transaction stood in the way and this one was taken back whole: the same again may well pass.
    Conflict,
    /// A value or a row that the database does not take, whatever the try: a constraint, a length, a character.
    Refused,
    /// The role has no right, or the server no such function: a managed database perhaps.
    Withheld,
    /// The caller's time is over, and the statement was left.
    Late,
    /// Anything else: an error of ours.
    Other,
}

/// The time is over that a caller has. Not `ErrorKind::TimedOut`, which a network has too.
#[derive(Debug)]
struct OutOfTime;

impl fmt::Display for OutOfTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of time")
    }
}

impl Error for OutOfTime {}

/// The failure of a read whose time is over.
pub fn out_of_time() -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(sqlx::Error::Io(io::Error::other(OutOfTime)).into()))
}

impl Fault {
    /// The kind of a failure.
    pub fn of(error: &DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Passing,
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                Self::of_driver(error)
            }
            _ => Self::Other,
        }
    }

    /// Whether it may be gone at the next try.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Passing | Self::Conflict | Self::Late)
    }

    fn of_driver(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) if error.get_ref().is_some_and(|error| error.is::<OutOfTime>()) => Self::Late,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            // What a server cuts off in the middle of a word.
            | sqlx::Error::Protocol(_) => Self::Passing,
            sqlx::Error::Database(error) => error.code().map_or(Self::Other, |code| Self::of_code(&code)),
            _ => Self::Other,
        }
    }

    /// By SQLSTATE on PostgreSQL; by SQLite's result code, whose low eight bits are the kind.
    fn of_code(code: &str) -> Self {
        const BUSY: u32 = 5;
        const LOCKED: u32 = 6;
        const FULL: u32 = 13;
        const TOO_BIG: u32 = 18;
        const CONSTRAINT: u32 = 19;
        const MISMATCH: u32 = 20;
        if code.len() == 5 {
            return match (&code[..2], code) {
                // Serialization, deadlock.
                (_, "40001" | "40P01") => Self::Conflict,
                // Connection, room, operator; a lock not had in time.
                ("08" | "53" | "57", _) | (_, "55P03") => Self::Passing,
                // Data, constraints, limits.
                ("22" | "23" | "54", _) => Self::Refused,
                (_, "42501" | "42883") => Self::Withheld,
                _ => Self::Other,
            };
        }
        match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(BUSY | LOCKED | FULL) => Self::Passing,
            Ok(TOO_BIG | CONSTRAINT | MISMATCH) => Self::Refused,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_time_is_late() {
        assert_eq!(Fault::of(&out_of_time()), Fault::Late);
    }

    #[test]
    fn codes() {
        let cases: &[(Fault, &[&str])] = &[
            (Fault::Passing, &["57P01", "57P03", "08006", "53300", "55P03", "5", "261", "517", "13"]),
            (Fault::Conflict, &["40001", "40P01"]),
            (Fault::Refused, &["23505", "23503", "22001", "22021", "54000", "19", "2067"]),
            (Fault::Withheld, &["42501", "42883"]),
            (Fault::Other, &["42P01", "XX000", "1", ""]),
        ];
        for (kind, codes) in cases {
            for code in *codes {
                assert_eq!(Fault::of_code(code), *kind, "{code}");
            }
        }
    }
}
