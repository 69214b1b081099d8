//! Starts the real server, in this process, on a port and a database of its own.
//!
//! ```ignore
//! #[tokio::test]
//! async fn a_customer_sees_themselves() {
//!     let server = Server::start().await;
//!     let data = server.customer().data("{ me { id } }", json!({})).await;
//!     assert_eq!(data["me"]["id"], server.demo.customer.to_string());
//! }
//! ```
//!
//! `MILEPOST_TEST_DB` chooses the database: `sqlite` (the default) or `postgres`, which takes the server that
//! `MILEPOST_TEST_POSTGRES` names. Dropping the server ends it and removes its database.

mod broken;
mod bucket;
mod client;
mod database;
mod socket;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Duration;
use entity::{CustomerId, StaffId, StoreId};
use milepost::access::{Scope, Viewer, ViewerKind};
use milepost::app::{App, Clock};
use milepost::graph::Gateway;
use milepost::identity::dev;
use milepost::seed::{DemoPeople, demo_people};
use milepost::serve::{self, Options, Running};
use milepost::settings::{AuthSettings, Settings, Sources};
use milepost::store::Db;

pub use self::broken::{breaks, mended};
pub use self::bucket::{Bucket, SECRET};
pub use self::client::{Answer, Client};
pub use self::database::{Database, TempDir};
pub use self::socket::{Frame, Socket};
pub use self::stream::{Stream, event};

/// Longest wait for anything that has to happen.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Reads again and again until what is read is so; what it is then.
pub async fn until<R: std::fmt::Debug, F: Future<Output = R>>(read: impl Fn() -> F, is_so: impl Fn(&R) -> bool) -> R {
    let waiting = async {
        loop {
            let found = read().await;
            if is_so(&found) {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(found) => found,
        Err(_) => panic!("never so: {:?}", read().await),
    }
}

/// A running server. Fields are dropped in their order: the server first, then its database.
pub struct Server {
    running: Running,
    /// People and things that are there in every demo database.
    pub demo: DemoPeople,
    auth: AuthSettings,
    http: reqwest::Client,
    database: Arc<Database>,
}

/// What a test wants otherwise than usual.
#[derive(Default)]
pub struct Setup {
    settings: BTreeMap<String, String>,
    clock: Clock,
    empty: bool,
    database: Option<Arc<Database>>,
}

impl Setup {
    /// A setting, as in `("MILEPOST_LIMITS__BODY_BYTES", "1024")`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A wall clock that is off by this much.
    pub fn clock(mut self, offset: Duration) -> Self {
        self.clock = Clock::shifted(offset);
        self
    }

    /// A database without tables; in development mode the start fills it.
    pub fn empty(mut self) -> Self {
        self.empty = true;
        self
    }

    /// Another process over the same database.
    pub fn beside(mut self, other: &Server) -> Self {
        self.database = Some(other.database.clone());
        self
    }

    /// A server over a database that a test has filled.
    pub fn over(mut self, database: &Arc<Database>) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// Starts the server.
    pub async fn start(self) -> Server {
        self.try_start().await.expect("the server starts")
    }

    /// Starts the server, or says why not.
    pub async fn try_start(self) -> anyhow::Result<Server> {
        let database = match self.database {
            Some(database) => database,
            None if self.empty => Arc::new(Database::empty().await),
            None => Arc::new(Database::demo().await),
        };
        let folder = database.folder().join("files").to_str().expect("UTF-8").to_owned();
        let mut environment = self.settings;
        for (name, value) in [
            ("MILEPOST_LISTEN", "127.0.0.1:0"),
            ("MILEPOST_DATABASE_URL", database.url()),
            ("MILEPOST_DATABASE__MAX_CONNECTIONS", "8"),
            // Its statements would be counted with those of whatever is tested.
            ("MILEPOST_AUTH__WITHDRAWALS_REFRESH_MS", "60000"),
            // Documents made from the schema ask for all there is.
            ("MILEPOST_CLIENTS__DEFAULT__MAX_COST", "1000000"),
            ("MILEPOST_LIMITS__TOKENS", "1000000"),
            ("MILEPOST_LIMITS__FIELDS", "1000000"),
            ("MILEPOST_LIMITS__ALIASES", "1000000"),
            ("MILEPOST_LIMITS__DEPTH", "15"),
            ("MILEPOST_LIMITS__ROOT_FIELDS", "1000"),
            ("MILEPOST_LIMITS__DIRECTIVES", "1000"),
            // Or else rules of the demo raise alerts while something else is looked at.
            ("MILEPOST_STOCK__CHECK_SECONDS", "864000"),
            // Or else expected dates hang on how far that is; tests that want it say so.
            ("MILEPOST_ETA__MEASURE_SECONDS", "0"),
            // Or else what is counted is what was not kept.
            ("MILEPOST_CACHE__ROOM_MB", "0"),
            ("MILEPOST_FILES__FOLDER", &folder),
            // Most tests need no operations, and reading them takes time.
            ("MILEPOST_OPERATIONS__FOLDER", database.folder().to_str().expect("UTF-8")),
        ] {
            environment.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        // A file of its own, so that a milepost.toml of the working directory has no say.
        let file = database.folder().join("milepost.toml");
        std::fs::write(&file, "")?;
        let settings = Settings::load(&Sources { file: Some(file), environment, command_line: Vec::new() })?;
        let auth = settings.auth.clone();
        let options = Options { count_statements: true, clock: self.clock, ..Default::default() };
        let running = serve::start_with(settings, options).await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Server { running, demo: demo_people(), auth, http, database })
    }
}

impl Server {
    /// A server over demo data.
    pub async fn start() -> Self {
        Self::setup().start().await
    }

    /// A server with something different.
    pub fn setup() -> Setup {
        Setup::default()
    }

    /// The server's address, as in `http://127.0.0.1:41234`.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// What the server's process shares.
    pub fn app(&self) -> &App {
        &self.running.app
    }

    /// The server itself.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// The server's entry to the schema.
    pub fn gateway(&self) -> &Gateway {
        &self.running.gateway
    }

    /// The server's database.
    pub fn db(&self) -> &Db {
        &self.running.app.db
    }

    /// What its tokens have to say.
    pub fn auth(&self) -> &AuthSettings {
        &self.auth
    }

    /// A folder that goes with the database; files are in `files` below it.
    pub fn folder(&self) -> &std::path::Path {
        self.database.folder()
    }

    /// The database's address.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The HTTP client, for requests that are not GraphQL's usual ones.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Statements sent so far.
    pub fn statements(&self) -> u64 {
        self.db().statements()
    }

    /// How many statements something makes.
    pub async fn count_statements<T>(&self, operation: impl Future<Output = T>) -> u64 {
        self.counted(operation).await.1
    }

    /// What something gives, and how many statements it makes.
    pub async fn counted<T>(&self, operation: impl Future<Output = T>) -> (T, u64) {
        let before = self.statements();
        let output = operation.await;
        (output, self.statements() - before)
    }

    /// The demo customer.
    pub fn customer(&self) -> Client {
        self.customer_with(self.demo.customer)
    }

    /// Any customer.
    pub fn customer_with(&self, id: CustomerId) -> Client {
        self.client(ViewerKind::Customer(id), &[])
    }

    /// The consultant of the demo store.
    pub fn consultant(&self) -> Client {
        self.staff(self.demo.consultant, self.demo.store, false)
    }

    /// The manager of the demo store.
    pub fn manager(&self) -> Client {
        self.staff(self.demo.manager, self.demo.store, true)
    }

    /// Anybody of any store.
    pub fn staff(&self, id: StaffId, store: StoreId, manager: bool) -> Client {
        self.client(ViewerKind::Staff { id, store, manager }, &[])
    }

    /// An operator, who sees personal data masked.
    pub fn operator(&self) -> Client {
        self.client(ViewerKind::Operator(self.demo.operator), &[])
    }

    /// A partner's system.
    pub fn system(&self) -> Client {
        self.client(ViewerKind::System(self.demo.system), &[])
    }

    /// A caller without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(self, None)
    }

    /// A caller of any kind and rights.
    pub fn client(&self, kind: ViewerKind, scopes: &[Scope]) -> Client {
        self.with_token(&self.token(kind, scopes))
    }

    /// A caller with this token.
    pub fn with_token(&self, token: &str) -> Client {
        Client::new(self, Some(format!("Bearer {token}")))
    }

    /// A token for an hour.
    pub fn token(&self, kind: ViewerKind, scopes: &[Scope]) -> String {
        self.token_for(kind, scopes, Duration::hours(1))
    }

    /// A token for any time.
    pub fn token_for(&self, kind: ViewerKind, scopes: &[Scope], ttl: Duration) -> String {
        let viewer = Viewer { scopes: scopes.iter().copied().collect(), ..Viewer::of(kind) };
        let claims = dev::claims(&self.auth, &viewer, self.app().clock.now(), ttl).expect("anonymous has no token");
        dev::sign(&claims).expect("claims can be signed")
    }

    /// Ends the server as SIGTERM would, and waits for it.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        self.running.shutdown().await
    }
}
