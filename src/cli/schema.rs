//! `milepost schema`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use async_graphql::parser::parse_query;
use clap::Subcommand;

use super::{operations, print};
use crate::graph::Gateway;
use crate::graph::changes::breaking;
use crate::graph::definitions::{Definitions, definitions};
use crate::settings::Sources;
use crate::trusted::coordinates::Used;
use crate::trusted::{folder, normal};

#[derive(Subcommand)]
pub enum Step {
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
}

pub async fn run(step: Option<Step>, sources: &Sources) -> Result<()> {
    match step {
        None => print(&Gateway::sdl()),
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
                let users: Vec<&Document> = documents.iter().filter(|one| one.used.breaks_by(change)).collect();
                broken += users.len();
                for user in &users {
                    writeln!(text, "  {} {} {}", user.client, user.name, &user.id[..12])?;
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

/// An operation of an app, of now or released before.
struct Document {
    client: String,
    name: String,
    id: String,
    used: Used,
}

fn documents(folder: &std::path::Path, schema: &Definitions) -> Result<Vec<Document>> {
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
