//! A database for each test, copied from a template that is made once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use milepost::app::Clock;
use milepost::seed::{self, Silent, Volume};
use milepost::serve;
use milepost::settings::{Settings, Sources};
use milepost::store::Db;
use milepost::store::db::DbOptions;
use sea_orm::ConnectionTrait;

/// A folder that goes with its owner. (No `tempfile` crate: its features would make much compile a second time.)
pub struct TempDir(PathBuf);

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A name that no other test has.
fn unique() -> String {
    format!("{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

impl TempDir {
    /// Makes one.
    pub fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("run_{}", unique()));
        // What a killed process with the same id left behind.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A database, removed when dropped.
pub struct Database {
    url: String,
    folder: TempDir,
    /// Address of PostgreSQL's own database, and the name of ours.
    postgres: Option<(String, String)>,
}

/// The PostgreSQL server of the tests, when it is chosen.
fn postgres() -> Option<String> {
    match std::env::var("MILEPOST_TEST_DB").as_deref() {
        Err(_) | Ok("" | "sqlite") => None,
        Ok("postgres") => Some(std::env::var("MILEPOST_TEST_POSTGRES").expect("MILEPOST_TEST_POSTGRES")),
        Ok(other) => panic!("MILEPOST_TEST_DB={other}: there are sqlite and postgres"),
    }
}

impl Database {
    /// With tables and demo data.
    pub async fn demo() -> Self {
        let folder = TempDir::new();
        match postgres() {
            None => {
                let file = folder.path().join("milepost.db");
                std::fs::copy(sqlite_template().await, &file).expect("a copy");
                Self { url: sqlite(&file), folder, postgres: None }
            }
            Some(server) => {
                let template = postgres_template(&server).await;
                Self::on_postgres(&server, &format!("TEMPLATE {template}"), folder).await
            }
        }
    }

    /// Without tables.
    pub async fn empty() -> Self {
        let folder = TempDir::new();
        match postgres() {
            None => Self { url: sqlite(&folder.path().join("milepost.db")), folder, postgres: None },
            Some(server) => Self::on_postgres(&server, "", folder).await,
        }
    }

    async fn on_postgres(server: &str, how: &str, folder: TempDir) -> Self {
        let name = format!("milepost_test_{}", unique());
        let admin = format!("{server}/postgres");
        let db = connect(&admin).await;
        run(&db, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(&db, &format!("CREATE DATABASE {name} {how}")).await;
        close(db).await;
        Self { url: format!("{server}/{name}"), folder, postgres: Some((admin, name)) }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder that goes with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((admin, name)) = self.postgres.take() else { return };
        // In a thread with a runtime of its own: the test's may be at its end.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let db = connect(&admin).await;
                run(&db, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                close(db).await;
            });
        });
        let _ = dropped.join();
    }
}

fn sqlite(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

/// The pool of one connection, so that an advisory lock stays with it.
async fn connect(url: &str) -> Db {
    let mut options = DbOptions::new(url);
    options.max_connections = 1;
    Db::connect(&options).await.expect("the database answers")
}

async fn run(db: &Db, sql: &str) {
    db.conn().execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn close(db: Db) {
    db.close().await.expect("the database closes");
}

/// Makes tables and demo data.
async fn fill(url: &str) {
    let folder = TempDir::new();
    let file = folder.path().join("milepost.toml");
    std::fs::write(&file, "").expect("a file");
    let environment = [("MILEPOST_DATABASE_URL".to_owned(), url.to_owned())].into();
    let sources = Sources { file: Some(file), environment, command_line: Vec::new() };
    let settings = Settings::load(&sources).expect("settings");
    let db = serve::open(&settings, false).await.expect("tables");
    let vault = serve::vault(&settings.vault).expect("a vault");
    seed::run(&db, &vault, Clock::default().now(), &Volume::small(), &Silent).await.expect("demo data");
    close(db).await;
}

/// The template's file, made by the first test that needs it.
async fn sqlite_template() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("templates");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{}.db", key()));
    if file.exists() {
        return file;
    }
    // The lock is of the file's handle, so it ends with a process that is killed.
    let lock = std::fs::File::create(folder.join("lock")).expect("a lock file");
    let lock =
        tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.expect("a thread").expect("a lock");
    if !file.exists() {
        // Another checkout that shares the folder may be about to copy a young one.
        let old = |entry: &std::fs::DirEntry| {
            let age = entry.metadata().and_then(|meta| meta.modified()).map(|at| at.elapsed().unwrap_or_default());
            age.is_ok_and(|age| age > Duration::from_secs(3600))
        };
        for old in std::fs::read_dir(&folder).expect("a folder").flatten().filter(old) {
            if old.file_name() != "lock" {
                let _ = std::fs::remove_file(old.path());
            }
        }
        let _ = std::fs::remove_file(folder.join("building"));
        let building = folder.join("building");
        fill(&sqlite(&building)).await;
        // Closing the last connection has brought the write-ahead log home.
        std::fs::rename(&building, &file).expect("a name");
    }
    drop(lock);
    file
}

/// The template's name, made by the first test that needs it.
async fn postgres_template(server: &str) -> String {
    let name = format!("milepost_template_{}", key());
    let admin = connect(&format!("{server}/postgres")).await;
    run(&admin, "SELECT pg_advisory_lock(7)").await;
    let known = sea_orm::Statement::from_string(
        sea_orm::DbBackend::Postgres,
        format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"),
    );
    if admin.conn().query_one_raw(known).await.expect("an answer").is_none() {
        run(&admin, "DROP DATABASE IF EXISTS milepost_building WITH (FORCE)").await;
        run(&admin, "CREATE DATABASE milepost_building").await;
        fill(&format!("{server}/milepost_building")).await;
        run(&admin, &format!("ALTER DATABASE milepost_building RENAME TO {name}")).await;
    }
    // Closing gives the lock back.
    close(admin).await;
    name
}

/// What the template depends on: the sources of tables, demo data and rules, and the day, from which it counts.
fn key() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut hasher = DefaultHasher::new();
    Clock::default().now().date_naive().hash(&mut hasher);
    for folder in ["migration/src", "entity/src", "src/seed", "src/values", "src/settings"] {
        hash(&root.join(folder), &mut hasher);
    }
    for room in ["customer", "lead", "catalog", "inventory", "order", "loyalty", "place"] {
        hash(&root.join("src").join(room).join("rules"), &mut hasher);
    }
    hash(&root.join("src/store"), &mut hasher);
    format!("{:016x}", hasher.finish())
}

fn hash(folder: &Path, hasher: &mut DefaultHasher) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash(&path, hasher);
        } else {
            path.file_name().hash(hasher);
            std::fs::read(&path).unwrap_or_default().hash(hasher);
        }
    }
}
