//! What the measuring stands on: a database with its data, the two servers, and the tokens of their callers.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::SqlitePool;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::pool::Conn;

/// Where both sides stand: a database, the programs, and a folder.
pub struct Ground {
    store: Store,
    /// Where the programs are.
    programs: PathBuf,
    /// A folder for scripts, tokens and SQLite's files.
    pub scratch: PathBuf,
}

enum Store {
    /// With Redis, as `scripts/services up` started both; the address is without a database's name.
    Postgres { url: String, redis: String, pid: u32, folder: PathBuf },
    /// A file, and no Redis: what `cargo run` has.
    Sqlite,
}

impl Ground {
    /// Reads where the services are; with SQLite there are none, and the folder gives its place alone.
    ///
    /// # Errors
    /// When the folder is not one of `scripts/services`.
    pub fn of(folder: &Path, sqlite: bool) -> Result<Self> {
        let own = std::env::current_exe()?;
        let scratch = folder.parent().context("the services' folder has no parent")?.join("scratch");
        std::fs::create_dir_all(&scratch)?;
        let store = if sqlite { Store::Sqlite } else { Store::postgres(folder)? };
        Ok(Self { store, programs: own.parent().context("a program without a folder")?.to_owned(), scratch })
    }

    /// The postmaster; none with SQLite.
    pub fn postgres_pid(&self) -> Option<u32> {
        match self.store {
            Store::Postgres { pid, .. } => Some(pid),
            Store::Sqlite => None,
        }
    }

    /// The folder whose disk the data takes.
    pub fn disk(&self) -> &Path {
        match &self.store {
            Store::Postgres { folder, .. } => folder,
            Store::Sqlite => &self.scratch,
        }
    }

    fn file(&self, database: &str) -> PathBuf {
        self.scratch.join(format!("{database}.db"))
    }

    fn url(&self, database: &str) -> String {
        match &self.store {
            Store::Postgres { url, .. } => format!("{url}/{database}"),
            Store::Sqlite => format!("sqlite:{}", self.file(database).display()),
        }
    }

    /// A pool of two on PostgreSQL's own database, for the runner's questions; none with SQLite.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn admin(&self) -> Result<Option<PgPool>> {
        match self.store {
            Store::Postgres { .. } => Ok(Some(self.postgres("postgres").await?)),
            Store::Sqlite => Ok(None),
        }
    }

    /// A pool of two on a seeded database of PostgreSQL.
    ///
    /// # Errors
    /// When it cannot be reached, or the ground is SQLite.
    pub async fn pool(&self, database: &str) -> Result<PgPool> {
        self.postgres(database).await
    }

    async fn postgres(&self, database: &str) -> Result<PgPool> {
        Ok(PgPoolOptions::new().max_connections(2).connect(&self.url(database)).await?)
    }

    /// A connection to a seeded database.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn conn(&self, database: &str) -> Result<Conn> {
        Ok(match self.store {
            Store::Postgres { .. } => Conn::Postgres(self.postgres(database).await?.acquire().await?),
            Store::Sqlite => Conn::Sqlite(SqlitePool::connect(&self.url(database)).await?.acquire().await?),
        })
    }

    /// Makes a database with so many orders, and readies it for reading; one that an earlier run over these services made
    /// is used again.
    ///
    /// # Errors
    /// When a step fails, or the database has another number of orders.
    pub async fn seeded(&self, database: &str, orders: u32) -> Result<()> {
        let admin = self.admin().await?;
        if let Some(admin) = &admin {
            let there = sqlx::query("SELECT FROM pg_database WHERE datname = $1").bind(database);
            if there.fetch_optional(admin).await?.is_some() {
                let own = self.postgres(database).await?;
                let found: i64 = sqlx::query_scalar("SELECT count(*) FROM customer_order").fetch_one(&own).await?;
                ensure!(found == i64::from(orders), "{database} has {found} orders, not {orders}: take other services");
                return Ok(());
            }
            sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {database}"))).execute(admin).await?;
            sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(admin).await?;
        }
        self.milepost(database, &["migrate", "up"]).await?;
        self.milepost(database, &["seed", "--orders", &orders.to_string()]).await?;
        match self.conn(database).await? {
            Conn::Postgres(mut conn) => {
                sqlx::raw_sql("VACUUM ANALYZE").execute(&mut *conn).await?;
                sqlx::raw_sql("CHECKPOINT").execute(&mut *conn).await?;
            }
            // SQLite stays as the program leaves it: nobody analyses what `cargo run` has made.
            Conn::Sqlite(_) => {}
        }
        Ok(())
    }

    /// Removes a database that no server uses any more.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove(&self, database: &str) -> Result<()> {
        match self.admin().await? {
            Some(admin) => {
                sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {database} WITH (FORCE)"))).execute(&admin).await?;
            }
            None => std::fs::remove_file(self.file(database))?,
        }
        Ok(())
    }

    fn program(&self, name: &str, database: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .env("MILEPOST_DATABASE_URL", self.url(database))
            .env("MILEPOST_MODE", "dev")
            .env("MILEPOST_LISTEN", "127.0.0.1:0")
            .env("MILEPOST_LOG__FILTER", "error")
            // The seed's entries are old; removing them is not what is measured.
            .env("MILEPOST_KEEP__EVENTS_DAYS", "3650")
            // What is measured is the way to an answer, unless it says otherwise.
            .env("MILEPOST_CACHE__ROOM_MB", "0")
            // One operator or customer stands for many.
            .env("MILEPOST_LIMITS__CONNECTIONS_PER_CALLER", "100000")
            .current_dir(&self.scratch)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Store::Postgres { redis, .. } = &self.store {
            command.env("MILEPOST_REDIS_URL", redis);
        }
        command
    }

    async fn milepost(&self, database: &str, args: &[&str]) -> Result<()> {
        let output = self.program("milepost", database).args(args).stdout(Stdio::null()).output().await?;
        ensure!(output.status.success(), "milepost {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Starts the gateway.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub async fn gateway(&self, database: &str) -> Result<Server> {
        Server::start(self.program("milepost", database).arg("serve"), "gateway").await
    }

    /// Starts a gateway that keeps answers.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub async fn keeper(&self, database: &str) -> Result<Server> {
        let mut program = self.program("milepost", database);
        Server::start(program.arg("serve").env("MILEPOST_CACHE__ROOM_MB", "64"), "gateway").await
    }

    /// Starts the floor.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub async fn floor(&self, database: &str) -> Result<Server> {
        Server::start(&mut self.program("floor", database), "floor").await
    }
}

impl Store {
    fn postgres(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            std::fs::read_to_string(folder.join(name)).with_context(|| format!("{}/{name}", folder.display()))
        };
        let env = read("env")?;
        let value = |key: &str| {
            let found = env.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            found.map(str::to_owned).with_context(|| format!("no {key} in {}/env", folder.display()))
        };
        Ok(Self::Postgres {
            url: value("MILEPOST_TEST_POSTGRES")?,
            redis: value("MILEPOST_TEST_REDIS")?,
            pid: read("postgres.pid")?.trim().parse().context("postgres.pid")?,
            folder: folder.to_owned(),
        })
    }
}

/// A server of ours; killed when dropped.
pub struct Server {
    /// Its name in the table.
    pub name: &'static str,
    /// `http://127.0.0.1:…`.
    pub url: String,
    /// Its process.
    pub pid: u32,
    _child: Child,
}

/// Longest wait for a server to say where it listens.
const START: Duration = Duration::from_secs(30);

impl Server {
    async fn start(command: &mut Command, name: &'static str) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("starting the {name}"))?;
        let pid = child.id().context("a process without a number")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let address = async {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await? {
                if let Some(url) = address(&line) {
                    // Its later lines go nowhere; nobody writes any.
                    return Ok(url);
                }
            }
            bail!("the {name} ended before it listened")
        };
        let url =
            tokio::time::timeout(START, address).await.with_context(|| format!("the {name} does not start"))??;
        Ok(Self { name, url, pid, _child: child })
    }
}

/// The origin of the first address in a line: what both greetings have.
fn address(line: &str) -> Option<String> {
    let rest = &line[line.find("http://")? + 7..];
    Some(format!("http://{}", rest.split(['/', ',', ' ']).next()?))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn both_greetings_name_an_address() {
        let wanted = Some("http://127.0.0.1:20001".to_owned());
        assert_eq!(address("floor on http://127.0.0.1:20001"), wanted);
        assert_eq!(address("GraphiQL       http://127.0.0.1:20001/"), wanted);
        assert_eq!(address("Tokens for 12 hours:"), None);
    }
}
