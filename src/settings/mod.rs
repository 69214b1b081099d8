//! Settings: every key with its default and meaning stands in `settings.default.toml`, which is built in.
//!
//! The layers are read from values that are handed in, never from the process's environment, so that a test needs
//! no environment of its own. A wrong setting is one line that names the key, where its value came from, and what
//! is allowed.

mod asked;
mod clients;
mod eta;
mod files;
mod layers;
mod order;
mod payments;
mod port;
mod stock;
mod webhooks;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretBox, SecretString};

pub use self::asked::Asked;
pub use self::clients::{BudgetSettings, ClientSettings, DEFAULT as DEFAULT_CLIENT, DocumentMode, Tools};
pub use self::eta::EtaSettings;
pub use self::files::{FilePlace, FileSettings, S3Place};
use self::layers::Layers;
pub use self::layers::{Origin, Problem, SettingsError};
pub use self::order::OrderSettings;
pub use self::payments::PaymentSettings;
pub use self::port::Remote;
pub use self::stock::StockSettings;
pub use self::webhooks::WebhookSettings;
use crate::edge::{origin, proxy};

/// The built-in defaults, with a comment for each key.
pub const DEFAULTS: &str = include_str!("settings.default.toml");

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The settings file that was named; else `milepost.toml`, when it is there.
    pub file: Option<PathBuf>,
    /// The environment's variables.
    pub environment: BTreeMap<String, String>,
    /// What the command line sets: option (`--listen`), key, value.
    pub command_line: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The process's environment.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        Self { file, environment: std::env::vars().collect(), command_line: Vec::new() }
    }
}

/// All settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// Development or production.
    pub mode: Mode,
    /// Whether answers are made up.
    pub mock: bool,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The database's address; may hold a password.
    pub database_url: SecretString,
    /// The pool.
    pub database: DatabaseSettings,
    /// Redis' address; may hold a password.
    pub redis_url: Option<SecretString>,
    /// Room for answers that are kept, bytes.
    pub cache_room: u64,
    /// Tokens.
    pub auth: AuthSettings,
    /// Keys for personal data.
    pub vault: VaultSettings,
    /// Logging.
    pub log: LogSettings,
    /// How long what is kept for a while.
    pub keep: Keep,
    /// Bounds.
    pub limits: Limits,
    /// How much a document may ask for.
    pub documents: DocumentLimits,
    /// Origins of pages that may open sockets, beside the gateway's own.
    pub origins: Vec<String>,
    /// Proxies that say from whom a request comes.
    pub proxies: Vec<IpNet>,
    /// The door for events.
    pub ingest: IngestSettings,
    /// Webhooks.
    pub webhooks: WebhookSettings,
    /// Payments.
    pub payments: PaymentSettings,
    /// Loans.
    pub finance: Asked,
    /// Contracts.
    pub contracts: Asked,
    /// The font with which contracts are printed.
    pub font: Option<PathBuf>,
    /// The stock.
    pub stock: StockSettings,
    /// Expected dates.
    pub eta: EtaSettings,
    /// Until when orders are to become firm.
    pub orders: OrderSettings,
    /// Invoices.
    pub invoices: Asked,
    /// Files that people share.
    pub files: FileSettings,
    /// The apps that may ask, by name.
    pub clients: BTreeMap<String, ClientSettings>,
    /// The folder of their operations.
    pub operations: PathBuf,
}

/// Development or production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything at hand, nothing secret.
    Dev,
    /// Nothing that helps a stranger.
    Production,
}

/// The pool.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// Most connections.
    pub max_connections: u32,
    /// Longest wait for one.
    pub acquire_timeout: Duration,
}

/// Tokens.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// The `iss` of every token.
    pub issuer: String,
    /// One of the `aud` of every token.
    pub audience: String,
    /// Where the issuer's keys are.
    pub keys: KeySource,
    /// How often they are read again.
    pub refresh: Duration,
    /// How far clocks may differ.
    pub leeway: Duration,
    /// How often it is read which tokens are withdrawn.
    pub withdrawals_refresh: Duration,
}

/// Where the issuer's public keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The development key only.
    Dev,
    /// A file with a JWK set.
    File(PathBuf),
    /// An address that answers a JWK set.
    Url(String),
}

/// Keys for personal data.
#[derive(Debug)]
pub struct VaultSettings {
    /// Id of the key that seals.
    pub current: String,
    /// Keys by id.
    pub keys: BTreeMap<String, SecretBox<[u8; 32]>>,
    /// Key of the search hashes.
    pub blind_key: SecretBox<[u8; 32]>,
}

/// Logging.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// How lines look.
    pub format: LogFormat,
    /// Which lines there are.
    pub filter: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How long what is kept for a while.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Entries of the event log.
    pub events: Duration,
    /// Idempotency keys.
    pub idempotency: Duration,
    /// Records of events that came in.
    pub inbound: Duration,
    /// Webhook deliveries that are settled.
    pub webhooks: Duration,
}

/// Bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest request body and WebSocket message.
    pub body_bytes: usize,
    /// Most errors in one answer.
    pub max_errors: usize,
    /// Most open sockets and streams of the process.
    pub connections: usize,
    /// Most of one caller.
    pub connections_per_caller: usize,
    /// Most operations at a time on one socket.
    pub operations_per_socket: usize,
}

/// How much a document may ask for, whoever sends it.
#[derive(Clone, Copy, Debug)]
pub struct DocumentLimits {
    /// Most tokens.
    pub tokens: usize,
    /// Most levels of selections.
    pub depth: u64,
    /// Most fields, those of a fragment counted where it is spread.
    pub fields: u64,
    /// Most fields with a name of their own.
    pub aliases: u64,
    /// Most fields of the operation itself.
    pub root_fields: u64,
    /// Most directives.
    pub directives: u64,
}

/// The door for events.
#[derive(Clone, Copy, Debug)]
pub struct IngestSettings {
    /// Largest request body.
    pub body_bytes: usize,
    /// Most events of a request.
    pub max_events: usize,
    /// Events of one transaction.
    pub part: usize,
    /// How far a signature's timestamp may be off, either way.
    pub window: Duration,
}

/// Id of the vault key that the defaults hold.
const DEV_VAULT_KEY: &str = "dev";

impl Settings {
    /// Reads and checks all settings.
    ///
    /// # Errors
    /// One line for each wrong setting.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        let mut layers = Layers::collect(sources)?;
        let settings = Self::read(&mut layers);
        layers.finish()?;
        // `read` leaves a gap only together with a problem.
        settings.ok_or_else(|| SettingsError::plain("the settings could not be read"))
    }

    /// Development mode.
    pub fn dev(&self) -> bool {
        self.mode == Mode::Dev
    }

    /// Every key is read even after a wrong one, so that all problems show at once.
    fn read(layers: &mut Layers) -> Option<Self> {
        let mode = layers.read("mode", "dev or production", |text| match text {
            "dev" => Some(Mode::Dev),
            "production" => Some(Mode::Production),
            _ => None,
        });
        let mock = layers.read("mock", "true or false, and not true in production", |text| match text {
            "true" => (mode != Some(Mode::Production)).then_some(true),
            "false" => Some(false),
            _ => None,
        });
        let listen = layers.read("listen", "an address and a port, like 127.0.0.1:8080", |text| text.parse().ok());
        let database_url = layers.read(
            "database_url",
            "an address like sqlite:data/milepost.db or postgres://user:password@host/database",
            |text| is_database(text).then(|| SecretString::from(text)),
        );
        let cache_room = layers.number::<u64>("cache.room_mb", 0, 65_536);
        let redis_url = layers.read("redis_url", "empty, or an address like redis://host:6379", |text| {
            optional(text, |text| redis::IntoConnectionInfo::into_connection_info(text).is_ok())
                .map(|text| text.map(SecretString::from))
        });
        let max_connections = layers.number("database.max_connections", 1, 1000);
        let acquire_timeout = layers.number("database.acquire_timeout_ms", 1, 60_000).map(Duration::from_millis);
        let auth = read_auth(layers, mode);
        let vault = read_vault(layers, mode);
        let format = layers.read("log.format", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        });
        let filter = layers.read("log.filter", "a filter like info,milepost=debug", |text| {
            tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
        });
        let events = layers.number::<u64>("keep.events_days", 1, 3650).map(|days| Duration::from_hours(days * 24));
        let idempotency = layers.number("keep.idempotency_hours", 24, 8760).map(Duration::from_hours);
        let inbound = layers.number::<u64>("keep.inbound_days", 1, 3650).map(|days| Duration::from_hours(days * 24));
        let deliveries =
            layers.number::<u64>("keep.webhooks_days", 1, 3650).map(|days| Duration::from_hours(days * 24));
        let body_bytes = layers.number("limits.body_bytes", 1024, 16 << 20);
        let max_errors = layers.number("limits.max_errors", 1, 1000);
        let connections = layers.number("limits.connections", 1, 1_000_000);
        let connections_per_caller = layers.number("limits.connections_per_caller", 1, 1_000_000);
        let operations_per_socket = layers.number("limits.operations_per_socket", 1, 10_000);
        let documents = read_documents(layers);
        let origins = layers.read("web.origins", "origins like https://app.example.com, parted by commas", |text| {
            text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(origin::parse).collect()
        });
        let proxies = layers.read("web.proxies", "addresses or networks like 10.0.0.0/8, parted by commas", |text| {
            text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(proxy::parse).collect()
        });
        let ingest = read_ingest(layers);
        let webhooks = webhooks::read(layers, mode);
        let payments = payments::read(layers, mode);
        let finance = asked::read(layers, mode, &asked::LENDER);
        let contracts = asked::read(layers, mode, &asked::SIGNING);
        let invoices = asked::read(layers, mode, &asked::INVOICES);
        let font = layers.read("print.font", "empty, or a path", |text| optional(text, |_| true));
        let stock = stock::read(layers);
        let eta = eta::read(layers);
        let orders = order::read(layers);
        let files = files::read(layers, mode, database_url.as_ref().map(|url| url.expose_secret()));
        let audience = auth.as_ref().map(|auth| auth.audience.as_str());
        let clients = clients::read(layers, mode, audience);
        let operations = layers.read("operations.folder", "a path", |text| (!text.is_empty()).then(|| text.into()));
        Some(Self {
            mode: mode?,
            mock: mock?,
            listen: listen?,
            database_url: database_url?,
            database: DatabaseSettings { max_connections: max_connections?, acquire_timeout: acquire_timeout? },
            redis_url: redis_url?,
            cache_room: cache_room? << 20,
            auth: auth?,
            vault: vault?,
            log: LogSettings { format: format?, filter: filter? },
            keep: Keep { events: events?, idempotency: idempotency?, inbound: inbound?, webhooks: deliveries? },
            limits: Limits {
                body_bytes: body_bytes?,
                max_errors: max_errors?,
                connections: connections?,
                connections_per_caller: connections_per_caller?,
                operations_per_socket: operations_per_socket?,
            },
            documents: documents?,
            origins: origins?,
            proxies: proxies?,
            ingest: ingest?,
            webhooks: webhooks?,
            payments: payments?,
            finance: finance?,
            contracts: contracts?,
            font: font?.map(PathBuf::from),
            stock: stock?,
            eta: eta?,
            orders: orders?,
            invoices: invoices?,
            files: files?,
            clients: clients?,
            operations: operations?,
        })
    }
}

fn read_documents(layers: &mut Layers) -> Option<DocumentLimits> {
    let tokens = layers.number("limits.tokens", 10, 1_000_000);
    let depth = layers.number("limits.depth", 1, 15);
    let fields = layers.number("limits.fields", 1, 1_000_000);
    let aliases = layers.number("limits.aliases", 0, 1_000_000);
    let root_fields = layers.number("limits.root_fields", 1, 1_000_000);
    let directives = layers.number("limits.directives", 0, 1_000_000);
    Some(DocumentLimits {
        tokens: tokens?,
        depth: depth?,
        fields: fields?,
        aliases: aliases?,
        root_fields: root_fields?,
        directives: directives?,
    })
}

fn read_ingest(layers: &mut Layers) -> Option<IngestSettings> {
    let body_bytes = layers.number("ingest.body_bytes", 1024, 64 << 20);
    let max_events = layers.number("ingest.max_events", 1, 10_000);
    let part = layers.number("ingest.part", 1, 1000);
    let window = layers.number("ingest.window_seconds", 10, 3600).map(Duration::from_secs);
    Some(IngestSettings { body_bytes: body_bytes?, max_events: max_events?, part: part?, window: window? })
}

fn read_auth(layers: &mut Layers, mode: Option<Mode>) -> Option<AuthSettings> {
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let issuer = layers.read("auth.issuer", "the issuer's name", named);
    let audience = layers.read("auth.audience", "the audience's name", named);
    let file = layers.read("auth.jwks_file", "empty, or a path", |text| optional(text, |_| true));
    let url = layers.read("auth.jwks_url", "empty, or an http or https address", |text| {
        optional(text, |text| {
            reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        })
    });
    let refresh = layers.number("auth.jwks_refresh_seconds", 10, 86_400).map(Duration::from_secs);
    let leeway = layers.number("auth.leeway_seconds", 0, 300).map(Duration::from_secs);
    let withdrawals = layers.number("auth.withdrawals_refresh_ms", 50, 60_000).map(Duration::from_millis);
    let keys = match (file?, url?) {
        (Some(_), Some(_)) => {
            layers.problem("auth.jwks_url", "empty when auth.jwks_file is set");
            return None;
        }
        (Some(file), None) => KeySource::File(file.into()),
        (None, Some(url)) => {
            if mode == Some(Mode::Production) && !url.starts_with("https:") {
                layers.problem("auth.jwks_url", "an https address in production");
            }
            KeySource::Url(url)
        }
        (None, None) if mode == Some(Mode::Production) => {
            layers.problem(
                "auth.jwks_url",
                "set in production (or auth.jwks_file), since the built-in signing key is for development",
            );
            return None;
        }
        (None, None) => KeySource::Dev,
    };
    Some(AuthSettings {
        issuer: issuer?,
        audience: audience?,
        keys,
        refresh: refresh?,
        leeway: leeway?,
        withdrawals_refresh: withdrawals?,
    })
}

const KEY: &str = "64 hexadecimal digits, or file: and the path of a file with them";

fn read_vault(layers: &mut Layers, mode: Option<Mode>) -> Option<VaultSettings> {
    let current = layers.read("vault.current", "an id from vault.keys", |text| Some(text.to_owned()));
    let blind_key = layers.read("vault.blind_key", KEY, key);
    let mut keys = BTreeMap::new();
    let mut complete = true;
    for (name, id) in layers.below("vault.keys") {
        match layers.read(&name, KEY, key) {
            Some(value) if id.is_empty() || id.len() > 32 => {
                drop(value);
                layers.problem(&name, "named by an id of 1 to 32 characters");
                complete = false;
            }
            Some(value) => drop(keys.insert(id, value)),
            None => complete = false,
        }
    }
    let (current, blind_key) = (current?, blind_key?);
    if mode == Some(Mode::Production) {
        let dev = Layers::defaults();
        let same = |key: &SecretBox<[u8; 32]>, name: &str| {
            dev.text(name)
                .and_then(|text| self::key(&text))
                .is_some_and(|dev| dev.expose_secret() == key.expose_secret())
        };
        let name = format!("vault.keys.{DEV_VAULT_KEY}");
        keys.retain(|_, key| !same(key, &name));
        if same(&blind_key, "vault.blind_key") {
            layers.problem("vault.blind_key", "a key of your own in production; the built-in one is for development");
            complete = false;
        }
        if current == DEV_VAULT_KEY && !keys.contains_key(&current) {
            layers.problem(
                "vault.current",
                "the id of a key of your own in vault.keys in production; the built-in one is for development",
            );
            return None;
        }
    }
    if complete && !keys.contains_key(&current) {
        let known = keys.keys().cloned().collect::<Vec<_>>().join(", ");
        layers.problem("vault.current", &format!("an id from vault.keys (now: {known})"));
        return None;
    }
    complete.then_some(VaultSettings { current, keys, blind_key })
}

/// A key of 32 bytes: 64 hexadecimal digits, or `file:` and where they are.
fn key(text: &str) -> Option<SecretBox<[u8; 32]>> {
    let from_file;
    let digits = match text.strip_prefix("file:") {
        Some(path) => {
            from_file = std::fs::read_to_string(path).ok()?;
            from_file.trim()
        }
        None => text,
    };
    let digits = digits.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = SecretBox::new(Box::new([0; 32]));
    let filled: &mut [u8; 32] = secrecy::ExposeSecretMut::expose_secret_mut(&mut bytes);
    for (byte, pair) in filled.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Empty for none, else a text that fulfils the condition.
#[expect(clippy::option_option, reason = "outer: whether the text is right; inner: whether there is a value")]
fn optional(text: &str, right: impl Fn(&str) -> bool) -> Option<Option<String>> {
    match text {
        "" => Some(None),
        text => right(text).then(|| Some(text.to_owned())),
    }
}

fn is_database(text: &str) -> bool {
    match text.split_once(':') {
        Some(("sqlite", path)) => !path.trim_start_matches("//").is_empty(),
        Some(("postgres" | "postgresql", _)) => reqwest::Url::parse(text).is_ok_and(|url| url.has_host()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
