//! Reads the schema out of a database.

use std::collections::{BTreeMap, BTreeSet};

use migration::sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

const BOOKKEEPING: &str = "seaql_migrations";

/// What a column is, in the database's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub type_name: String,
    pub nullable: bool,
    pub in_key: bool,
}

fn postgres(db: &DatabaseConnection) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}

/// The first column of each row.
async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Every table, column, index and constraint, a line for each.
pub async fn lines(db: &DatabaseConnection) -> BTreeSet<String> {
    let sql = if postgres(db) {
        "SELECT format('column %s %s %s %s %s', table_name, ordinal_position, column_name, udt_name, is_nullable)
             FROM information_schema.columns WHERE table_schema = 'public'
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
         UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    } else {
        "SELECT type || ' ' || tbl_name || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master"
    };
    texts(db, sql).await.into_iter().filter(|line| !line.contains(BOOKKEEPING)).collect()
}

/// Every table with its columns.
pub async fn tables(db: &DatabaseConnection) -> BTreeMap<String, BTreeMap<String, Column>> {
    let sql = if postgres(db) {
        "SELECT c.table_name::text, c.column_name::text, c.udt_name::text, c.is_nullable = 'YES', EXISTS (
             SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
             WHERE i.indisprimary AND i.indrelid = format('%I', c.table_name)::regclass AND a.attname = c.column_name)
         FROM information_schema.columns c WHERE c.table_schema = 'public'"
    } else {
        "SELECT t.name, c.name, c.type, c.\"notnull\" = 0, c.pk > 0
         FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let mut tables: BTreeMap<String, BTreeMap<String, Column>> = BTreeMap::new();
    for row in db.query_all_raw(statement).await.unwrap() {
        let table: String = row.try_get_by_index(0).unwrap();
        let column = Column {
            type_name: row.try_get_by_index::<String>(2).unwrap().to_lowercase(),
            nullable: row.try_get_by_index(3).unwrap(),
            in_key: row.try_get_by_index(4).unwrap(),
        };
        tables.entry(table).or_default().insert(row.try_get_by_index(1).unwrap(), column);
    }
    tables.remove(BOOKKEEPING);
    tables
}

/// The closed list of each column that has one, as `(table.column, values)`.
pub async fn closed_lists(db: &DatabaseConnection) -> BTreeMap<String, Vec<String>> {
    let mut lists = BTreeMap::new();
    if postgres(db) {
        // A list of one it keeps as an equation.
        let sql = "SELECT t.relname || ' ' || pg_get_constraintdef(c.oid)
                   FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                   WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace
                   AND (pg_get_constraintdef(c.oid) LIKE '%ARRAY[%'
                       OR pg_get_constraintdef(c.oid) ~ '^CHECK \\(\\(\\([a-z_]+\\)::text = ''[A-Z_]+''::text\\)\\)')";
        for line in texts(db, sql).await {
            let (table, check) = line.split_once(' ').unwrap();
            let column = check.trim_start_matches("CHECK ").trim_start_matches(['(', '"']);
            let column = column.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next().unwrap();
            lists.insert(format!("{table}.{column}"), quoted(check));
        }
    } else {
        for table in texts(db, "SELECT sql FROM sqlite_master WHERE type = 'table'").await {
            let (name, columns) = table.trim_start_matches("CREATE TABLE ").split_once(" (").unwrap_or_default();
            // Columns that were added to a table stand on one line.
            for check in columns.split("CHECK (").skip(1) {
                let plain = |c: char| c == '_' || c.is_ascii_alphanumeric();
                if let Some((column, values)) =
                    check.split_once(" IN (").filter(|(column, _)| column.chars().all(plain))
                {
                    let values = values.split_once(')').map_or(values, |(values, _)| values);
                    lists.insert(format!("{name}.{column}"), quoted(values));
                }
            }
        }
    }
    lists
}

/// What stands between single quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every key from a column to a table, as `table.column -> table`.
pub async fn references(db: &DatabaseConnection) -> BTreeSet<String> {
    let sql = if postgres(db) {
        "SELECT format('%s.%s -> %s', t.relname, a.attname, c.confrelid::regclass)
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
         WHERE c.contype = 'f'"
    } else {
        "SELECT t.name || '.' || f.\"from\" || ' -> ' || f.\"table\"
         FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"
    };
    texts(db, sql).await.into_iter().collect()
}
