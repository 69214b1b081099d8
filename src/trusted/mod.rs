//! Trusted documents: the operations that each client's front end is made of, known before anyone asks them.
//!
//! `operations/CLIENT/order-tracking.graphql` holds the operation `OrderTracking`, one file for each; a client asks for it
//! by its id. `operations/CLIENT/manifest.json` keeps every version that was released, so that an app of last year finds its
//! own. All of them are parsed, checked and planned when they are loaded, and a client reaches its own alone.

pub mod folder;
pub mod manifest;
pub mod normal;
pub mod openapi;
pub mod usage;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_graphql::parser::types::OperationType;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::folder::{ClientFolder, Problem};
use self::manifest::Item;
use crate::graph::Gateway;
use crate::graph::gateway::Document;

/// One document of a client.
pub struct Trusted {
    /// What the client sends for it.
    pub id: String,
    /// The operation's name.
    pub name: String,
    /// Whether it asks, does or follows.
    pub kind: OperationType,
    /// What the file says of it, above it; empty for what stands in no file.
    pub about: String,
    /// The document, in its normal form.
    pub text: String,
    /// The same, ready to run.
    pub document: Arc<Document>,
    /// Whether it stands in a file of its own, and not only in the list of what was released.
    pub current: bool,
    /// Whether the list of what was released has it.
    pub released: bool,
}

/// The documents of one client.
#[derive(Default)]
pub struct Documents {
    by_id: HashMap<String, Arc<Trusted>>,
    by_route: BTreeMap<String, Arc<Trusted>>,
}

impl Documents {
    /// Those that stand in files, by their routes, in order.
    pub fn current(&self) -> impl Iterator<Item = (&str, &Arc<Trusted>)> {
        self.by_route.iter().map(|(route, trusted)| (route.as_str(), trusted))
    }

    /// The one of this id: of its own, or of one that another tool gave it.
    pub fn by_id(&self, id: &str) -> Option<&Arc<Trusted>> {
        self.by_id.get(id)
    }

    /// The one of this route, as in `order-tracking`.
    pub fn by_route(&self, route: &str) -> Option<&Arc<Trusted>> {
        self.by_route.get(route)
    }

    fn add(&mut self, id: String, trusted: Trusted) -> Arc<Trusted> {
        let trusted = Arc::new(trusted);
        // Whoever knows the text can make the id, whatever another tool called it.
        self.by_id.insert(trusted.id.clone(), trusted.clone());
        self.by_id.insert(id, trusted.clone());
        trusted
    }
}

/// All trusted documents, by client.
pub type Catalogue = BTreeMap<String, Documents>;

/// Reads, parses, checks and plans a folder's documents. Those that are right are there even beside wrong ones.
pub async fn load(gateway: &Gateway, folder: &Path) -> (Catalogue, Vec<Problem>) {
    let read = match folder::read(folder) {
        Ok(read) => read,
        Err(problems) => return (Catalogue::default(), problems),
    };
    let mut catalogue = Catalogue::default();
    let mut problems = Vec::new();
    for (client, own) in read {
        let documents = documents(gateway, &client, own, &mut problems).await;
        catalogue.insert(client, documents);
    }
    (catalogue, problems)
}

async fn documents(gateway: &Gateway, client: &str, own: ClientFolder, problems: &mut Vec<Problem>) -> Documents {
    let mut documents = Documents::default();
    let released: HashMap<String, &Item> = own.released.iter().map(|item| (normal::id(&item.body), item)).collect();
    for file in &own.files {
        match ready(gateway, &file.text).await {
            Ok(trusted) if route(&trusted.name) != file.stem => {
                let wanted = format!("holds {}, so it has to be called {}.graphql", trusted.name, route(&trusted.name));
                problems.push(Problem::at(&file.place, wanted));
            }
            Ok(trusted) => {
                let released = released.contains_key(&trusted.id);
                let trusted = documents
                    .add(trusted.id.clone(), Trusted { current: true, released, about: about(&file.text), ..trusted });
                documents.by_route.insert(file.stem.clone(), trusted);
            }
            Err(wrong) => problems.extend(wrong.into_iter().map(|what| Problem::at(&file.place, what))),
        }
    }
    for item in &own.released {
        let place = format!("{client}/{}, {} {}", folder::MANIFEST, item.name, item.id);
        if let Some(what) = misnamed(item, &own.released) {
            problems.push(Problem::at(&place, what));
            continue;
        }
        if let Some(trusted) = documents.by_id.get(&normal::id(&item.body)).cloned() {
            documents.by_id.insert(item.id.clone(), trusted);
            continue;
        }
        match ready(gateway, &item.body).await {
            Ok(trusted) => drop(documents.add(item.id.clone(), Trusted { released: true, ..trusted })),
            Err(wrong) => problems.extend(wrong.into_iter().map(|what| Problem::at(&place, what))),
        }
    }
    documents
}

/// What is wrong with the id of a document in a list: it has to be the only one's, and where it looks like a hash that of
/// its document, as it stands or in its normal form.
fn misnamed(item: &Item, all: &[Item]) -> Option<&'static str> {
    let own = normal::id(&item.body);
    if all.iter().any(|other| other.id == item.id && normal::id(&other.body) != own) {
        return Some("the id is that of two documents");
    }
    let is_hash = item.id.len() == own.len() && item.id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let right = item.id == own || item.id == normal::hash(&item.body);
    (is_hash && !right).then_some("the id is the hash of another document")
}

/// A document that fits the schema and holds one operation with a name; else what is wrong with it.
pub async fn ready(gateway: &Gateway, text: &str) -> Result<Trusted, Vec<String>> {
    let document = gateway.prepare(text).await?;
    let mut operations = document.parsed.operations.iter();
    let (Some((Some(name), operation)), None) = (operations.next(), operations.next()) else {
        return Err(vec!["must hold one operation, with a name".to_owned()]);
    };
    let (name, kind) = (name.to_string(), operation.node.ty);
    let text = normal::normal(text);
    let about = String::new();
    Ok(Trusted { id: normal::hash(&text), name, kind, about, text, document, current: false, released: false })
}

/// The comment above an operation.
fn about(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix('#')).map(str::trim);
    lines.collect::<Vec<_>>().join("\n")
}

/// The route of an operation: `OrderTracking` is `order-tracking`.
pub fn route(name: &str) -> String {
    let mut route = String::with_capacity(name.len() + 4);
    let mut before = None;
    for c in name.chars() {
        if c == '_' {
            before = None;
            route.push('-');
            continue;
        }
        if c.is_ascii_uppercase() && before.is_some_and(|before: char| !before.is_ascii_uppercase()) {
            route.push('-');
        }
        route.push(c.to_ascii_lowercase());
        before = Some(c);
    }
    route
}

/// The list of a client's documents, those that were released before first.
pub fn released(documents: &Documents, before: &[Item]) -> Vec<Item> {
    let mut items = before.to_vec();
    for (_, trusted) in documents.current().filter(|(_, trusted)| !trusted.released) {
        let kind = trusted.kind.to_string();
        let (id, name, body) = (trusted.id.clone(), trusted.name.clone(), trusted.text.clone());
        items.push(Item { id, name, kind, body });
    }
    // By name, so that a change shows beside what it changes; of one name in the order in which they came.
    items.sort_by(|one, other| one.name.cmp(&other.name));
    items
}

/// The catalogue that is served, and where it comes from. Cheap to clone.
#[derive(Clone)]
pub struct Catalogues(Arc<Served>);

struct Served {
    gateway: Gateway,
    folder: PathBuf,
    now: ArcSwap<Catalogue>,
}

/// How often development looks at the folder.
const LOOK: Duration = Duration::from_secs(1);

impl Catalogues {
    /// Loads a folder. With `lenient`, what is wrong is logged and left out.
    ///
    /// # Errors
    /// What is wrong, when it is not to be left out.
    pub async fn open(gateway: Gateway, folder: PathBuf, lenient: bool) -> Result<Self, Vec<Problem>> {
        let (catalogue, problems) = load(&gateway, &folder).await;
        if !lenient && !problems.is_empty() {
            return Err(problems);
        }
        warn(&problems);
        Ok(Self(Arc::new(Served { gateway, folder, now: ArcSwap::from_pointee(catalogue) })))
    }

    /// The document of this id of this client.
    pub fn by_id(&self, client: &str, id: &str) -> Option<Arc<Trusted>> {
        self.0.now.load().get(client)?.by_id(id).cloned()
    }

    /// The document of this route of this client.
    pub fn by_route(&self, client: &str, route: &str) -> Option<Arc<Trusted>> {
        self.0.now.load().get(client)?.by_route(route).cloned()
    }

    /// All of now.
    pub fn now(&self) -> Arc<Catalogue> {
        self.0.now.load_full()
    }

    /// Reads the folder again. What runs goes on with the documents it has; where something is wrong, all stays as it was,
    /// unless `lenient`. Returns how many documents there are.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn reload(&self, lenient: bool) -> Result<usize, Vec<Problem>> {
        let (catalogue, problems) = load(&self.0.gateway, &self.0.folder).await;
        warn(&problems);
        if !lenient && !problems.is_empty() {
            return Err(problems);
        }
        // A folder that is being put in place of another is not there for a moment.
        let gone = self.0.now.load().iter().filter(|(_, own)| !own.by_id.is_empty()).find_map(|(client, _)| {
            let left = catalogue.get(client).is_some_and(|own| !own.by_id.is_empty());
            (!left).then(|| Problem::at(client, "has no operations any more"))
        });
        if let Some(gone) = gone.filter(|_| !lenient) {
            warn(std::slice::from_ref(&gone));
            return Err(vec![gone]);
        }
        let count = catalogue.values().map(|documents| documents.by_id.len()).sum();
        self.0.now.store(Arc::new(catalogue));
        Ok(count)
    }

    /// Takes up what changes in the folder, for development.
    pub async fn follow(self, stop: CancellationToken) {
        let mut before = folder::state(&self.0.folder);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(LOOK) => {}
            }
            let now = folder::state(&self.0.folder);
            if now != before {
                before = now;
                if let Ok(count) = self.reload(true).await {
                    tracing::info!(documents = count, "the operations were read again");
                }
            }
        }
    }
}

fn warn(problems: &[Problem]) {
    for problem in problems {
        tracing::warn!(operation.place = problem.place, "an operation is wrong: {}", problem.what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operations_route_is_its_name_in_small_letters() {
        for (name, wanted) in [
            ("OrderTracking", "order-tracking"),
            ("orderTracking", "order-tracking"),
            ("MyETA", "my-eta"),
            ("Top10Models", "top10-models"),
            ("order_board", "order-board"),
            ("A", "a"),
        ] {
            assert_eq!(route(name), wanted, "{name}");
        }
    }
}
