//! What the migrations share: a step made of SQL, and the words in which the two databases differ.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbBackend, DbErr},
};

/// Column types by their name on PostgreSQL and on SQLite. What is not here has one name on both.
const TYPES: &[(&str, &str, &str)] = &[
    // Sixteen bytes on both; SQLite needs a type without text affinity only to be honest about it.
    ("uuid", "uuid", "blob"),
    ("bytes", "bytea", "blob"),
    ("json", "jsonb", "text"),
    // RFC 3339 in UTC on SQLite, which sorts as time does.
    ("instant", "timestamptz", "text"),
    ("date", "date", "text"),
];

/// One migration in SQL with words in braces:
///
/// - `{uuid}`, `{bytes}`, `{json}`, `{instant}`, `{date}`: a column type;
/// - the name of one of `lists`: its values, as in `CHECK (stage IN {lead_stage})`;
/// - `{sqlite: …}` and `{postgres: …}`: text for that database alone.
///
/// A key to a table of a later room is written `{sqlite: REFERENCES …}` in the column, since SQLite takes a reference
/// to a table that does not exist yet and cannot add one later; PostgreSQL gets it by `ALTER TABLE` in that room.
pub struct Step {
    /// `module_path!()`: the file's name is the migration's.
    pub module: &'static str,
    /// Closed lists as they were on this day, values apart by spaces. Copies, because `entity` moves on.
    pub lists: &'static [(&'static str, &'static str)],
    pub up: &'static str,
    pub down: &'static str,
}

impl Step {
    fn render(&self, sql: &str, backend: DbBackend) -> Result<String, DbErr> {
        let mut text = String::with_capacity(2 * sql.len());
        let mut rest = sql;
        while let Some((plain, tail)) = rest.split_once('{') {
            let (word, tail) = tail.split_once('}').ok_or_else(|| self.unreadable(tail))?;
            text += plain;
            text += &self.word(word, backend).ok_or_else(|| self.unreadable(word))?;
            rest = tail;
        }
        Ok(text + rest)
    }

    fn word(&self, word: &str, backend: DbBackend) -> Option<String> {
        let postgres = backend == DbBackend::Postgres;
        if let Some((only, text)) = word.split_once(':') {
            let kept = match only {
                "sqlite" => !postgres,
                "postgres" => postgres,
                _ => return None,
            };
            return Some(if kept { text.trim().to_owned() } else { String::new() });
        }
        if let Some((_, there, here)) = TYPES.iter().find(|(name, ..)| *name == word) {
            return Some((if postgres { *there } else { *here }).to_owned());
        }
        let (_, values) = self.lists.iter().find(|(name, _)| *name == word)?;
        let quoted: Vec<_> = values.split_whitespace().map(|value| format!("'{value}'")).collect();
        Some(format!("({})", quoted.join(", ")))
    }

    fn unreadable(&self, word: &str) -> DbErr {
        DbErr::Migration(format!("{}: no such word: {{{word}", self.name()))
    }

    async fn run(&self, manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
        let sql = self.render(sql, manager.get_database_backend())?;
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.module.rsplit("::").next().unwrap_or(self.module)
    }
}

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.run(manager, self.up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.run(manager, self.down).await
    }

    /// The default leaves SQLite without one, and half a step behind when a statement fails.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// SQL by which the column `kind` of tables takes one value more than the known ones, or no more. A value that comes is named
/// after the last of those that are there.
///
/// PostgreSQL need not look at the rows that are there: they are of the shorter list. SQLite changes a CHECK in the text of
/// its schema (lang_altertable.html, 7); the table that is made and dropped tells other connections to read it again.
macro_rules! kind_of {
    (up: $known:expr, $last:literal, $new:literal, $($table:literal),+) => {
        concat!(
            "{postgres:",
            $(
                "\nALTER TABLE ", $table, " DROP CONSTRAINT ", $table, "_kind_check;",
                "\nALTER TABLE ", $table, " ADD CONSTRAINT ", $table, "_kind_check CHECK (kind IN (", $known, ", '", $new,
                "')) NOT VALID;",
            )+
            "\n}{sqlite:\nPRAGMA writable_schema = ON;",
            $(
                "\nUPDATE sqlite_schema SET sql = replace(sql, '''", $last, "'')', '''", $last, "'', ''", $new, "'')')",
                " WHERE type = 'table' AND name = '", $table, "';",
            )+
            "\nPRAGMA writable_schema = RESET;\nCREATE TABLE schema_changed (one integer);\nDROP TABLE schema_changed;\n}"
        )
    };
    (down: $known:expr, $new:literal, $($table:literal),+) => {
        concat!(
            "{postgres:",
            $(
                "\nALTER TABLE ", $table, " DROP CONSTRAINT ", $table, "_kind_check;",
                "\nALTER TABLE ", $table, " ADD CONSTRAINT ", $table, "_kind_check CHECK (kind IN (", $known,
                ")) NOT VALID;",
            )+
            "\n}{sqlite:\nPRAGMA writable_schema = ON;",
            $(
                "\nUPDATE sqlite_schema SET sql = replace(sql, ', ''", $new, "'')', ')')",
                " WHERE type = 'table' AND name = '", $table, "';",
            )+
            "\nPRAGMA writable_schema = RESET;\nCREATE TABLE schema_changed (one integer);\nDROP TABLE schema_changed;\n}"
        )
    };
}
pub(crate) use kind_of;

/// SQL by which the log and the webhooks know one kind of event more, or no more; see [`kind_of`].
macro_rules! event_kind {
    (up: $known:expr, $last:literal, $new:literal) => {
        $crate::helpers::kind_of!(up: $known, $last, $new, "event", "webhook_delivery")
    };
    (down: $known:expr, $new:literal) => {
        concat!(
            "DELETE FROM webhook_attempt WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE kind = '",
            $new,
            "');\nDELETE FROM webhook_delivery WHERE kind = '",
            $new,
            "';\nDELETE FROM event WHERE kind = '",
            $new,
            "';\n",
            $crate::helpers::kind_of!(down: $known, $new, "event", "webhook_delivery")
        )
    };
}
pub(crate) use event_kind;
