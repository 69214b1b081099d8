//! Settings of the clients: the apps that stand at the door.

use std::collections::BTreeMap;

use entity::{Locale, Role};

use super::Mode;
use super::layers::Layers;

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
    let own = |layers: &Layers, key: &str| {
        let own = format!("clients.{name}.{key}");
        if layers.text(&own).is_some() { own } else { format!("clients.{DEFAULT}.{key}") }
    };
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
    let audience = match named? {
        named if named.is_empty() => audience?.to_owned(),
        named => named,
    };
    Some(ClientSettings { audience, roles: roles?, documents: documents?, locale: locale?, max_cost: max_cost? })
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
