//! The server from its settings to its end; the program and the tests start it the same way.

mod examples;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, AppState, Clock};
use crate::edge::{Budgets, Callers, Edge, EdgeState, Kept, Lookup, Reservations};
use crate::events::{Hub, bus, oem, retention};
use crate::files::Files;
use crate::graph::Gateway;
use crate::identity::{Clients, Identity, Keys, Withdrawn};
use crate::ingest::door::Door;
use crate::ingest::retry;
use crate::inventory;
use crate::order::{conversation, watch};
use crate::ports::Ports;
use crate::ports::http::Caller;
use crate::ports::invoice::HttpInvoices;
use crate::ports::lender::HttpLender;
use crate::ports::payment::HttpProvider;
use crate::ports::signing::HttpSigning;
use crate::press::Press;
use crate::sandbox;
use crate::seed::{self, CUT_OFF, Filling, Progress, Silent, Volume};
use crate::settings::{KeySource, Remote, Settings, VaultSettings};
use crate::store::db::DbOptions;
use crate::store::{Db, Vault};
use crate::trusted::Catalogues;
use crate::trusted::folder::Problem;
use crate::trusted::usage::Usage;
use crate::webhook::client::Client;
use crate::webhook::{Webhooks, worker};

/// What a test may want otherwise than the program does.
pub struct Options {
    /// Count statements.
    pub count_statements: bool,
    /// The wall clock.
    pub clock: Clock,
    /// Hears how far the demo data is.
    pub progress: Box<dyn Progress>,
}

impl Default for Options {
    fn default() -> Self {
        Self { count_statements: false, clock: Clock::default(), progress: Box::new(Silent) }
    }
}

/// A server that answers.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What the process shares.
    pub app: App,
    /// The schema's one entry.
    pub gateway: Gateway,
    /// The operations of the apps.
    pub trusted: Catalogues,
    /// How often they are asked for.
    pub usage: Usage,
    stop: CancellationToken,
    tasks: TaskTracker,
    server: JoinHandle<std::io::Result<()>>,
}

/// Longest wait for requests and sockets that are still open at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// Starts a server.
///
/// # Errors
/// When a part that it needs cannot be had.
pub async fn start(settings: Settings) -> Result<Running> {
    start_with(settings, Options::default()).await
}

/// Starts a server with options.
///
/// # Errors
/// When a part that it needs cannot be had.
pub async fn start_with(settings: Settings, options: Options) -> Result<Running> {
    // First, so that a port that is taken is known before the database is touched.
    let listener =
        TcpListener::bind(settings.listen).await.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let dev = settings.dev();
    let keys = Keys::new(&settings.auth.keys, dev)?;
    let vault = vault(&settings.vault)?;
    let (db, read) = tokio::join!(open(&settings, options.count_statements), keys.refresh());
    let db = db?;
    match (read, &settings.auth.keys) {
        (Ok(()), _) => {}
        // An issuer may be away for a while, a file may not.
        (Err(error), KeySource::Url(_)) => tracing::warn!(%error, "no keys yet; nobody can sign in until they come"),
        (Err(error), _) => return Err(error).context("setting auth.jwks_file"),
    }
    if dev {
        seed_if_empty(&db, &vault, &options).await.context("writing demo data")?;
    }

    let hub = Hub::default();
    let withdrawn = Withdrawn::default();
    withdrawn.read(&db).await.context("reading which tokens are withdrawn")?;
    let webhooks = Webhooks::new(settings.webhooks);
    let stop = CancellationToken::new();
    let ports = ports(&settings, address, &options.clock, &stop).await?;
    let press = settings.font.as_deref().and_then(press);
    let (files, clock, orders) = (Files::open(&settings.files)?, options.clock, settings.orders);
    let app: App = Arc::new(AppState { db, vault, hub, withdrawn, webhooks, ports, press, clock, files, orders, dev });
    let tasks = TaskTracker::new();
    tasks.spawn(app.hub.clone().poll(app.db.aside(), app.clock.clone(), stop.clone()));
    tasks.spawn(oem::sequence(app.clone(), stop.clone()));
    let client = Client::new(settings.webhooks.reach, settings.webhooks.timeout).context("the client of webhooks")?;
    tasks.spawn(worker::work(app.clone(), client, stop.clone()));
    tasks.spawn(retention::sweep(app.clone(), settings.keep, stop.clone()));
    tasks.spawn(retry::sweep(app.clone(), stop.clone()));
    let every = watch::Every { measure: settings.eta.measure_after, give_cars: settings.stock.auto_match_after };
    tasks.spawn(watch::watch(app.clone(), every, stop.clone()));
    tasks.spawn(app.files.clone().keep_trying(stop.clone()));
    tasks.spawn(conversation::sweep(app.clone(), stop.clone()));
    tasks.spawn(inventory::watch::watch(app.clone(), settings.stock.check_after, stop.clone()));
    if let Some(redis) = &settings.redis_url {
        bus::connect(redis.expose_secret(), &app.hub, &tasks, &stop).context("setting redis_url")?;
    }
    let look = settings.auth.withdrawals_refresh;
    tasks.spawn(app.withdrawn.clone().keep_fresh(app.db.aside(), look, stop.clone()));
    tasks.spawn(keys.clone().keep_fresh(settings.auth.refresh, stop.clone()));

    let identity = Identity::new(&settings.auth, keys, app.clock.clone(), app.withdrawn.clone());
    let introspection = settings.clients.values().any(|client| client.introspection);
    let gateway = Gateway::new(introspection).mocking(settings.mock);
    let trusted = Catalogues::open(gateway.clone(), settings.operations, dev).await;
    let trusted = trusted.map_err(|problems| wrong_operations(&problems)).context("setting operations.folder")?;
    if dev {
        tasks.spawn(trusted.clone().follow(stop.clone()));
    }
    let development = dev.then(|| examples::development(&app, &gateway, &settings.auth));
    let redis = settings.redis_url.as_ref().map(|url| url.expose_secret());
    let budgets = Budgets::new(redis).context("setting redis_url")?;
    // What is made up is nobody else's, and costs nothing.
    let room = if settings.mock { 0 } else { settings.cache_room };
    let kept = Kept::new(&app, room, redis).context("setting redis_url")?;
    let usage = Usage::default();
    tasks.spawn(usage.clone().keep(app.db.aside(), app.clock.clone(), stop.clone()));
    let edge = Edge::new(EdgeState {
        app: app.clone(),
        gateway: gateway.clone(),
        ingest: Door::new(app.clone(), settings.ingest),
        identity,
        clients: Clients::new(settings.clients),
        lookup: Lookup::new(gateway.clone(), settings.documents, trusted.clone(), usage.clone()),
        limits: settings.limits,
        origins: settings.origins,
        proxies: settings.proxies,
        callers: Callers::default(),
        budgets,
        kept,
        reservations: Reservations::default(),
        closed: Arc::default(),
        stop: stop.clone(),
        tasks: tasks.clone(),
        development,
    });
    let router = edge.router().into_make_service_with_connect_info::<SocketAddr>();
    let graceful = stop.clone();
    let server =
        tokio::spawn(
            async move { axum::serve(listener, router).with_graceful_shutdown(graceful.cancelled_owned()).await },
        );
    Ok(Running { address, app, gateway, trusted, usage, stop, tasks, server })
}

/// The font of the settings. Without it the gateway does all but print.
fn press(font: &Path) -> Option<Press> {
    let opened = Press::open(font);
    opened.inspect_err(|error| tracing::warn!(%error, font = %font.display(), "contracts are not printed")).ok()
}

/// The systems of the settings; in development without an address a sandbox beside the gateway.
async fn ports(settings: &Settings, gateway: SocketAddr, clock: &Clock, stop: &CancellationToken) -> Result<Ports> {
    let (payments, finance) = (&settings.payments, &settings.finance);
    let (contracts, invoices) = (&settings.contracts, &settings.invoices);
    let remotes = [&payments.provider, &finance.remote, &contracts.remote, &invoices.remote];
    let missing = remotes.iter().any(|remote| remote.port.is_none());
    let sandbox = match missing && settings.dev() {
        true => Some(sandbox::start(SANDBOX, &sandbox::address(gateway)?, clock.clone(), stop.clone()).await?),
        false => None,
    };
    let caller = |remote: &Remote, setting: &'static str| {
        let beside = || sandbox.as_ref().map(|sandbox| sandbox.settings(remote.timeout));
        let port = remote.port.clone().or_else(beside);
        port.map(|port| Caller::new(port, clock.clone()).with_context(|| format!("setting {setting}"))).transpose()
    };
    let provider = caller(&payments.provider, "payments.provider_url")?;
    let lender = caller(&finance.remote, "finance.lender_url")?;
    let signing = caller(&contracts.remote, "contracts.signing_url")?;
    let invoicing = caller(&invoices.remote, "invoices.provider_url")?;
    Ok(Ports {
        payments: provider.map(|provider| Arc::new(HttpProvider(provider)) as _),
        terms: payments.terms,
        lender: lender.map(|lender| Arc::new(HttpLender(lender)) as _),
        lender_check_after: finance.check_after,
        signing: signing.map(|signing| Arc::new(HttpSigning(signing)) as _),
        signing_check_after: contracts.check_after,
        invoices: invoicing.map(|invoicing| Arc::new(HttpInvoices(invoicing)) as _),
        invoices_check_after: invoices.check_after,
        wake: Arc::default(),
    })
}

/// Where the sandbox beside a gateway listens: any port of this machine alone.
const SANDBOX: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn wrong_operations(problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    anyhow::anyhow!(lines.join("\n"))
}

async fn seed_if_empty(db: &Db, vault: &Vault, options: &Options) -> Result<()> {
    match seed::filling(db).await? {
        Filling::Empty => {
            let now = options.clock.now();
            let written = seed::run(db, vault, now, &Volume::demo(), options.progress.as_ref()).await?;
            tracing::info!(rows = written.rows(), "demo data written");
            Ok(())
        }
        Filling::Partial => bail!(CUT_OFF),
        Filling::Full => Ok(()),
    }
}

impl Running {
    /// The HTTP address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the server ends by itself, which it does only when it fails.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn failed(&mut self) -> Result<()> {
        (&mut self.server).await?.context("the server failed")?;
        bail!("the server ended")
    }

    /// Takes no more requests, ends sockets and streams, lets running requests come to their end.
    ///
    /// # Errors
    /// When some did not end in time.
    pub async fn shutdown(mut self) -> Result<()> {
        self.stop.cancel();
        self.tasks.close();
        let ended = tokio::time::timeout(DRAIN, async {
            let (server, ()) = tokio::join!(&mut self.server, self.tasks.wait());
            server
        });
        match ended.await {
            Ok(server) => server?.context("the server failed")?,
            Err(_) => bail!("some requests did not end within {} s", DRAIN.as_secs()),
        }
        self.app.db.close().await?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The database of the settings, with its tables as this program wants them.
///
/// # Errors
/// When it cannot be reached or migrated.
pub async fn open(settings: &Settings, count_statements: bool) -> Result<Db> {
    let db = connect(settings, count_statements).await?;
    let pending = Migrator::get_pending_migrations_read_only(db.conn()).await.context("the database's migrations")?;
    if !pending.is_empty() {
        migrate(settings, &db).await?;
        tracing::info!(migrations = pending.len(), "database migrated");
    }
    Ok(db)
}

/// The database of the settings, as it is.
///
/// # Errors
/// When it cannot be reached.
pub async fn connect(settings: &Settings, count_statements: bool) -> Result<Db> {
    let options = DbOptions {
        url: settings.database_url.expose_secret().to_owned(),
        max_connections: settings.database.max_connections,
        acquire_timeout: settings.database.acquire_timeout,
        count_statements,
    };
    Db::connect(&options).await.context("cannot open the database (setting database_url)")
}

/// Runs the migrations that are missing. Of several processes that start at once on PostgreSQL one does it.
///
/// # Errors
/// When a step fails.
pub async fn migrate(settings: &Settings, db: &Db) -> Result<()> {
    if db.backend() != DbBackend::Postgres {
        return Migrator::up(db.conn(), None).await.context("a migration failed");
    }
    // The lock belongs to a connection, so the steps run on a pool of that one; it ends with it.
    let mut options = DbOptions::new(settings.database_url.expose_secret());
    options.max_connections = 1;
    let alone = Db::connect(&options).await.context("cannot open the database (setting database_url)")?;
    alone.conn().execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
    let done = Migrator::up(alone.conn(), None).await.context("a migration failed");
    alone.close().await?;
    done
}

/// Number of the advisory lock: "milepost" in ASCII.
const MIGRATION_LOCK: i64 = 0x6d69_6c65_706f_7374;

/// The vault of the settings.
///
/// # Errors
/// When the settings name no current key.
pub fn vault(settings: &VaultSettings) -> Result<Vault> {
    let keys: BTreeMap<String, [u8; 32]> =
        settings.keys.iter().map(|(id, key)| (id.clone(), *key.expose_secret())).collect();
    Ok(Vault::new(&keys, &settings.current, settings.blind_key.expose_secret())?)
}
