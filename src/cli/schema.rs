//! `milepost schema`.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use async_graphql::parser::parse_query;
use clap::Subcommand;

use super::{operations, print};
use crate::app::Clock;
use crate::graph::Gateway;
use crate::graph::changes::breaking;
use crate::graph::coordinates::Used;
use crate::graph::definitions::{Definitions, definitions};
use crate::graph::{deprecated, federation};
use crate::settings::{Settings, Sources};
use crate::trusted::{folder, normal};

#[derive(Subcommand)]
pub enum Step {
    /// Print the schema as a subgraph of Apollo Federation 2, for the composition of a router's supergraph.
    Subgraph,
    /// Name what an older schema had and this one has not any more, and the apps' operations that use it.
    ///
    /// Ends with 1 when an operation uses what is gone, of now or of an earlier release. What none uses is named too:
    /// apps that may send any document may use it.
    Check {
        /// The older schema, as in schema.graphql.
        old: PathBuf,
        /// The folder with a folder for each client.
        #[arg(long, default_value = "operations")]
        folder: PathBuf,
        /// Beside each operation the versions of the app that asked for it in so many days, 1 to 400, as the database has
        /// counted them.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=400))]
        usage: Option<u32>,
    },
    /// List what the schema will not have for ever, until when, and the apps' operations that use it.
    ///
    /// Ends with 1 when the day of one is past and it is still in use.
    Deprecations {
        /// The folder with a folder for each client.
        #[arg(long, default_value = "operations")]
        folder: PathBuf,
        /// Beside each the versions of each app that used it in so many days, 1 to 400, in trusted documents and others, as
        /// the database has counted them.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=400))]
        usage: Option<u32>,
    },
}

pub async fn run(step: Option<Step>, sources: &Sources) -> Result<()> {
    match step {
        None => print(&Gateway::sdl()),
        Some(Step::Subgraph) => print(federation::sdl()),
        Some(Step::Deprecations { folder, usage }) => deprecations(sources, &folder, usage).await,
        Some(Step::Check { old, folder, usage }) => {
            let text = std::fs::read_to_string(&old).with_context(|| old.display().to_string())?;
            let older = Definitions::parse(&text).with_context(|| old.display().to_string())?;
            let documents = documents(&folder, &older)?;
            let changes = breaking(&older, definitions());
            let mut text = String::new();
            let mut broken = 0;
            let mut known = BTreeMap::new();
            for change in &changes {
                writeln!(text, "{change}")?;
                let users: Vec<&Document> = documents.iter().filter(|one| one.used.names(&change.coordinate)).collect();
                broken += users.len();
                for user in &users {
                    writeln!(text, "  {user}")?;
                    let Some(days) = usage else { continue };
                    if !known.contains_key(&user.client) {
                        known.insert(&user.client, operations::uses(sources, &user.client, days).await?);
                    }
                    for line in known[&user.client].told(&user.client, &user.id) {
                        writeln!(text, "    {line}")?;
                    }
                }
                if users.is_empty() {
                    writeln!(text, "  no operation uses it")?;
                }
            }
            if changes.is_empty() {
                writeln!(text, "nothing that was there is gone")?;
            }
            print(&text)?;
            if broken > 0 {
                bail!("operations use what is gone: {broken} times");
            }
            Ok(())
        }
    }
}

async fn deprecations(sources: &Sources, folder: &Path, usage: Option<u32>) -> Result<()> {
    let documents = documents(folder, definitions())?;
    let clients: Vec<String> = match usage {
        Some(_) => Settings::load(sources)?.clients.into_keys().collect(),
        None => Vec::new(),
    };
    let mut known = Vec::new();
    for client in clients {
        known.push((operations::uses(sources, &client, usage.unwrap_or_default()).await?, client));
    }
    let today = Clock::default().now().date_naive();
    let (mut text, mut over) = (String::new(), Vec::new());
    for (coordinate, one) in deprecated::all() {
        writeln!(text, "{coordinate} since {}, until {}: {}", one.since, one.until, one.instead)?;
        let users = documents.iter().filter(|user| user.used.names(coordinate)).map(ToString::to_string);
        let counted = known.iter().flat_map(|(known, client)| known.told(client, coordinate));
        let lines: Vec<String> = users.chain(counted).collect();
        if lines.is_empty() {
            writeln!(text, "  not in use")?;
        } else if one.until <= today {
            over.push(coordinate.as_str());
        }
        lines.iter().try_for_each(|line| writeln!(text, "  {line}"))?;
    }
    if text.is_empty() {
        writeln!(text, "nothing is to go")?;
    }
    print(&text)?;
    if !over.is_empty() {
        bail!("past its day and in use: {}", over.join(", "));
    }
    Ok(())
}

/// An operation of an app, of now or released before.
struct Document {
    client: String,
    name: String,
    id: String,
    used: Used,
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.client, self.name, &self.id[..12])
    }
}

fn documents(folder: &Path, schema: &Definitions) -> Result<Vec<Document>> {
    let read = folder::read(folder).or_else(|problems| operations::refuse(&problems).map(|()| BTreeMap::new()))?;
    let mut documents: Vec<Document> = Vec::new();
    for (client, own) in read {
        let files = own.files.iter().map(|file| (file.place.clone(), &file.text));
        let released = own.released.iter().map(|item| (format!("{client}, {}", item.name), &item.body));
        for (place, text) in files.chain(released) {
            let id = normal::id(text);
            if documents.iter().any(|one| one.client == client && one.id == id) {
                continue;
            }
            let parsed = parse_query(text).with_context(|| place)?;
            let name = parsed.operations.iter().find_map(|(name, _)| name.map(ToString::to_string));
            let used = Used::of(&parsed, schema);
            documents.push(Document { client: client.clone(), name: name.unwrap_or_default(), id, used });
        }
    }
    Ok(documents)
}
