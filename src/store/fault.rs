//! Which failures of the store may be gone at the next try (guarantees 8).

use sea_orm::{DbErr, RuntimeErr};

/// Whether it may be gone at the next try: no connection, a server that stops or starts, a lock that was not had in time,
/// no room.
pub fn is_transient(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => of_driver(error),
        _ => false,
    }
}

/// Whether the server refused it for want of a right, or does not know the function: a managed database perhaps.
pub fn is_withheld(error: &DbErr) -> bool {
    const NO_RIGHT: &str = "42501";
    const NO_FUNCTION: &str = "42883";
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, NO_RIGHT | NO_FUNCTION))
}

fn of_driver(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        // What a server cuts off in the middle of a word.
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_transient_code(&code)),
        _ => false,
    }
}

/// By SQLSTATE on PostgreSQL; by SQLite's result code, whose low eight bits are the kind.
fn is_transient_code(code: &str) -> bool {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const FULL: u32 = 13;
    if code.len() == 5 {
        // Connection, room, operator; then deadlock or a conflict of transactions, and a lock not had in time.
        return matches!(&code[..2], "08" | "53" | "57") || matches!(code, "40001" | "40P01" | "55P03");
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, BUSY | LOCKED | FULL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for code in ["57P01", "57P03", "08006", "53300", "40P01", "55P03", "5", "261", "517", "13"] {
            assert!(is_transient_code(code), "{code}");
        }
        for code in ["23505", "23503", "42P01", "22001", "19", "2067", "1", ""] {
            assert!(!is_transient_code(code), "{code}");
        }
    }
}
