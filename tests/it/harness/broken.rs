//! A store that fails at one row.

use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use super::Server;

/// From now on each `INSERT` or `UPDATE` fails of a row of this table whose column has this id.
pub async fn breaks(server: &Server, write: &str, table: &str, column: &str, id: Uuid) {
    let db = server.db().conn();
    let row = if write == "INSERT" { "NEW" } else { "OLD" };
    let sql = match server.db().backend() {
        DbBackend::Postgres => {
            let function = "CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$ LANGUAGE plpgsql";
            db.execute_unprepared(function).await.expect("a function");
            format!(
                "CREATE TRIGGER broken BEFORE {write} ON {table} FOR EACH ROW WHEN ({row}.{column} = '{id}') EXECUTE FUNCTION broken()"
            )
        }
        _ => format!(
            "CREATE TRIGGER broken BEFORE {write} ON {table} WHEN {row}.{column} = X'{}' BEGIN SELECT RAISE(ABORT, 'broken'); END",
            id.simple()
        ),
    };
    db.execute_unprepared(&sql).await.expect("a trigger");
}

/// It works again.
pub async fn mended(server: &Server, table: &str) {
    let sql = match server.db().backend() {
        DbBackend::Postgres => format!("DROP TRIGGER broken ON {table}"),
        _ => "DROP TRIGGER broken".to_owned(),
    };
    server.db().conn().execute_unprepared(&sql).await.expect("it is gone");
}
