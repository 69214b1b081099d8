//! What the measuring stands on: a database with its data, the two servers, and the tokens of their callers.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// PostgreSQL and Redis, as `scripts/services up` started them.
pub struct Services {
    /// Without a database's name.
    postgres: String,
    redis: String,
    /// The postmaster.
    pub postgres_pid: u32,
    /// Where the programs are.
    programs: PathBuf,
    /// A folder for scripts and tokens.
    pub scratch: PathBuf,
}

impl Services {
    /// Reads where they are.
    ///
    /// # Errors
    /// When the folder is not one of `scripts/services`.
    pub fn of(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            std::fs::read_to_string(folder.join(name)).with_context(|| format!("{}/{name}", folder.display()))
        };
        let env = read("env")?;
        let value = |key: &str| {
            let found = env.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            found.map(str::to_owned).with_context(|| format!("no {key} in {}/env", folder.display()))
        };
        let own = std::env::current_exe()?;
        let scratch = folder.parent().context("the services' folder has no parent")?.join("scratch");
        std::fs::create_dir_all(&scratch)?;
        Ok(Self {
            postgres: value("MILEPOST_TEST_POSTGRES")?,
            redis: value("MILEPOST_TEST_REDIS")?,
            postgres_pid: read("postgres.pid")?.trim().parse().context("postgres.pid")?,
            programs: own.parent().context("a program without a folder")?.to_owned(),
            scratch,
        })
    }

    fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.postgres)
    }

    /// A pool of two on a database, for the runner's own questions.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn pool(&self, database: &str) -> Result<PgPool> {
        Ok(PgPoolOptions::new().max_connections(2).connect(&self.url(database)).await?)
    }

    /// Makes a database with so many orders, and readies it for reading; one that an earlier run over these services made
    /// is used again.
    ///
    /// # Errors
    /// When a step fails, or the database has another number of orders.
    pub async fn seeded(&self, database: &str, orders: u32) -> Result<()> {
        let admin = self.pool("postgres").await?;
        let there = sqlx::query("SELECT FROM pg_database WHERE datname = $1").bind(database);
        if there.fetch_optional(&admin).await?.is_some() {
            let own = self.pool(database).await?;
            let found: i64 = sqlx::query_scalar("SELECT count(*) FROM customer_order").fetch_one(&own).await?;
            ensure!(found == i64::from(orders), "{database} has {found} orders, not {orders}: take other services");
            return Ok(());
        }
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {database}"))).execute(&admin).await?;
        sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(&admin).await?;
        self.milepost(database, &["migrate", "up"]).await?;
        self.milepost(database, &["seed", "--orders", &orders.to_string()]).await?;
        let own = self.pool(database).await?;
        sqlx::raw_sql("VACUUM ANALYZE").execute(&own).await?;
        sqlx::raw_sql("CHECKPOINT").execute(&own).await?;
        Ok(())
    }

    fn program(&self, name: &str, database: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .env("MILEPOST_DATABASE_URL", self.url(database))
            .env("MILEPOST_REDIS_URL", &self.redis)
            .env("MILEPOST_MODE", "dev")
            .env("MILEPOST_LISTEN", "127.0.0.1:0")
            .env("MILEPOST_LOG__FILTER", "error")
            .current_dir(&self.scratch)
            .stdin(Stdio::null())
            .kill_on_drop(true);
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

    /// Starts the floor.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub async fn floor(&self, database: &str) -> Result<Server> {
        Server::start(&mut self.program("floor", database), "floor").await
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
