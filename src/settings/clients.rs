//! Settings of the clients: the apps that stand at the door.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use entity::{Locale, Role};

use super::Mode;
use super::layers::Layers;
use crate::edge::origin;

/// The client of a request that names none.
pub const DEFAULT: &str = "default";

/// What a client may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSettings {
    /// What `aud` of its tokens has to say.
    pub audience: String,
    /// Who may come with it; none is who brings no token.
    pub roles: Vec<Option<Role>>,
    /// Which documents it may send.
    pub documents: DocumentMode,
    /// Language of answers to requests that ask for none.
    pub locale: Locale,
    /// Most that one request may cost.
    pub max_cost: u64,
    /// How much each of its callers may ask for in a while; none when that is not bounded.
    pub budget: Option<BudgetSettings>,
    /// How long a query or a mutation may take.
    pub deadline: Duration,
    /// The same of single operations, by route.
    pub operation_deadlines: BTreeMap<String, Duration>,
    /// Whether it may ask about the schema.
    pub introspection: bool,
    /// Which of its operations are tools of the Model Context Protocol.
    pub tools: Tools,
    /// Widths of the pictures that its screens are made for, pixels, ascending.
    pub image_widths: Arc<[u32]>,
    /// Pages that may ask with it, as the ASCII serialisation of their origins.
    pub origins: Vec<String>,
}

impl ClientSettings {
    /// How long an operation may take; `route` is that of a trusted one.
    pub fn patience(&self, route: Option<&str>) -> Duration {
        route.and_then(|route| self.operation_deadlines.get(route)).copied().unwrap_or(self.deadline)
    }
}

/// A bucket of cost that fills steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetSettings {
    /// What a full one holds.
    pub max: u64,
    /// What comes in a second.
    pub restore_per_second: u64,
    /// How many callers' budgets an address has, from which callers come without a token.
    pub address_times: u64,
}

/// Which operations of a client are tools of the Model Context Protocol. Subscriptions are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tools {
    /// None.
    Off,
    /// Those that change nothing.
    Queries,
    /// Queries and mutations.
    All,
}

impl Tools {
    /// Whether an operation of this kind is one.
    pub fn has(self, kind: OperationType) -> bool {
        match kind {
            OperationType::Query => self != Self::Off,
            OperationType::Mutation => self == Self::All,
            OperationType::Subscription => false,
        }
    }
}

/// Which documents a client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentMode {
    /// Those of its folder alone, by id or as text.
    TrustedOnly,
    /// Beside them automatic persisted queries: a text together with its hash.
    TrustedOrApq,
    /// Any.
    Any,
}

const ROLES: &str =
    "some of ANONYMOUS, CUSTOMER, CONSULTANT, STORE_MANAGER, OPERATOR, PARTNER_SYSTEM, parted by commas";

/// Reads them, by name. `audience` is that of clients which name none.
pub fn read(
    layers: &mut Layers,
    mode: Option<Mode>,
    audience: Option<&str>,
) -> Option<BTreeMap<String, ClientSettings>> {
    let keys = layers.below("clients");
    let mut names: Vec<String> = keys.iter().filter_map(|(_, rest)| Some(rest.split_once('.')?.0.to_owned())).collect();
    names.dedup();
    let mut clients = BTreeMap::new();
    let mut complete = true;
    for name in names {
        if !is_name(&name) {
            layers.problem(&format!("clients.{name}"), "named with small letters, digits and hyphens, 1 to 64 of them");
        }
        match read_one(layers, mode, audience, &name) {
            Some(client) => drop(clients.insert(name, client)),
            None => complete = false,
        }
    }
    complete.then_some(clients)
}

fn read_one(layers: &mut Layers, mode: Option<Mode>, audience: Option<&str>, name: &str) -> Option<ClientSettings> {
    let own = |layers: &Layers, key: &str| own(layers, name, key);
    let key = own(layers, "audience");
    let named = layers.read(&key, "empty, or the audience's name", |text| Some(text.to_owned()));
    let key = own(layers, "roles");
    let roles = layers.read(&key, ROLES, |text| text.split(',').map(role).collect());
    let key = own(layers, "documents");
    let documents = layers.read(&key, "trusted-only, trusted-or-apq or any, or empty", |text| match text {
        "" if mode == Some(Mode::Dev) => Some(DocumentMode::Any),
        "" | "trusted-only" => Some(DocumentMode::TrustedOnly),
        "trusted-or-apq" => Some(DocumentMode::TrustedOrApq),
        "any" => Some(DocumentMode::Any),
        _ => None,
    });
    let key = own(layers, "locale");
    let locale = layers.read(&key, "zh-CN or en", |text| match text {
        "zh-CN" => Some(Locale::ZhCn),
        "en" => Some(Locale::En),
        _ => None,
    });
    let key = own(layers, "max_cost");
    let max_cost = layers.number(&key, 1, 1_000_000);
    let budget = read_budget(layers, mode, name, max_cost);
    let key = own(layers, "deadline_ms");
    let deadline = layers.number(&key, 1, MOST_MS).map(Duration::from_millis);
    let key = own(layers, "operation_deadlines_ms");
    let operation_deadlines = layers.read(&key, DEADLINES, deadlines);
    let key = own(layers, "introspection");
    let introspection = layers.read(&key, "on or off, or empty", |text| match text {
        "" => Some(mode == Some(Mode::Dev)),
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    });
    let key = own(layers, "tools");
    let tools = layers.read(&key, "off, queries or all, or empty", |text| match text {
        "" if mode == Some(Mode::Dev) => Some(Tools::Queries),
        "" | "off" => Some(Tools::Off),
        "queries" => Some(Tools::Queries),
        "all" => Some(Tools::All),
        _ => None,
    });
    let key = own(layers, "image_widths");
    let image_widths = layers.read(&key, WIDTHS, image_widths);
    let key = own(layers, "origins");
    let origins = layers.read(&key, "origins as in https://shop.example, parted by commas", origins);
    let audience = match named? {
        named if named.is_empty() => audience?.to_owned(),
        named => named,
    };
    Some(ClientSettings {
        audience,
        roles: roles?,
        documents: documents?,
        locale: locale?,
        max_cost: max_cost?,
        budget: budget?,
        deadline: deadline?,
        operation_deadlines: operation_deadlines?,
        introspection: introspection?,
        image_widths: image_widths?,
        origins: origins?,
        tools: tools?,
    })
}

/// The key by which a client's setting stands: its own, or else that of `default`.
fn own(layers: &Layers, name: &str, key: &str) -> String {
    let own = format!("clients.{name}.{key}");
    if layers.text(&own).is_some() { own } else { format!("clients.{DEFAULT}.{key}") }
}

#[expect(clippy::option_option, reason = "outer: whether the settings are right; inner: whether there is a budget")]
fn read_budget(
    layers: &mut Layers,
    mode: Option<Mode>,
    name: &str,
    max_cost: Option<u64>,
) -> Option<Option<BudgetSettings>> {
    let key = own(layers, name, "budget");
    let max = layers.read(&key, "empty, or a whole number from 0 to 1000000000", |text| match text {
        "" => Some(None),
        text => text.parse().ok().filter(|number| *number <= 1_000_000_000u64).map(Some),
    });
    let key = own(layers, name, "restore_per_second");
    let restore_per_second = layers.number(&key, 1, 1_000_000_000);
    let key = own(layers, name, "address_times");
    let address_times = layers.number(&key, 1, 1_000_000);
    let (max_cost, restore_per_second, address_times) = (max_cost?, restore_per_second?, address_times?);
    let max = match max? {
        None if mode == Some(Mode::Dev) => 0,
        // Two of the dearest requests at once.
        None => max_cost * 2,
        Some(max) if max > 0 && max < max_cost => {
            let key = own(layers, name, "budget");
            layers.problem(&key, "at least max_cost, since a request that costs more than the bucket holds never runs");
            return None;
        }
        Some(max) => max,
    };
    Some((max > 0).then_some(BudgetSettings { max, restore_per_second, address_times }))
}

/// Longest deadline.
const MOST_MS: u64 = 600_000;

const DEADLINES: &str =
    "names of operations with milliseconds from 1 to 600000, as in order-board = 2000, parted by commas";

fn deadlines(text: &str) -> Option<BTreeMap<String, Duration>> {
    let one = |text: &str| {
        let (name, ms) = text.split_once('=')?;
        let ms = ms.trim().parse().ok().filter(|ms| (1..=MOST_MS).contains(ms))?;
        Some((name.trim().to_owned(), Duration::from_millis(ms))).filter(|(name, _)| is_name(name))
    };
    parts(text).map(one).collect()
}

const WIDTHS: &str = "one to ten whole numbers from 16 to 8192, parted by commas";

fn image_widths(text: &str) -> Option<Arc<[u32]>> {
    let mut widths = parts(text).map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
    widths.sort_unstable();
    widths.dedup();
    let right = (1..=10).contains(&widths.len()) && widths.iter().all(|width| (16..=8192).contains(width));
    right.then(|| widths.into())
}

fn origins(text: &str) -> Option<Vec<String>> {
    parts(text).map(origin::parse).collect()
}

/// What stands between commas, if anything does.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// None is who brings no token.
fn role(text: &str) -> Option<Option<Role>> {
    match text.trim() {
        "ANONYMOUS" => Some(None),
        text => serde_json::from_value(text.into()).ok().map(Some),
    }
}

fn is_name(text: &str) -> bool {
    let right = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(right)
}
