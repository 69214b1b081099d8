//! `milepost operations`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;

use super::print;
use crate::graph::Gateway;
use crate::graph::cost::Measure;
use crate::trusted::folder::{MANIFEST, Problem};
use crate::trusted::manifest::{self, Item};
use crate::trusted::{self, Catalogue, normal};

#[derive(Subcommand)]
pub enum Step {
    /// Check every operation against the schema, and that each is in its client's manifest.
    Check(Folder),
    /// Add the operations that are new or changed to their client's manifest.json; what was released before stays in it.
    Manifest(Folder),
    /// Add the documents of another tool's list (Apollo's manifest, Relay's persisted queries) to a client's manifest.
    Take {
        /// The client.
        client: String,
        /// The list.
        file: PathBuf,
        #[command(flatten)]
        folder: Folder,
    },
    /// Print the ids of documents, as a client sends them.
    Id {
        /// Files with a document each.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(clap::Args)]
pub struct Folder {
    /// The folder with a folder for each client.
    #[arg(long, default_value = "operations")]
    folder: PathBuf,
}

pub async fn run(step: Step) -> Result<()> {
    match step {
        Step::Check(Folder { folder }) => check(&folder).await,
        Step::Manifest(Folder { folder }) => add(&folder).await,
        Step::Take { client, file, folder: Folder { folder } } => take(&folder, &client, &file).await,
        Step::Id { files } => {
            for file in files {
                let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
                print(&format!("{}  {}\n", normal::id(&text), file.display()))?;
            }
            Ok(())
        }
    }
}

/// The documents of a folder, all of which are right.
async fn right(folder: &Path) -> Result<Catalogue> {
    let (catalogue, problems) = trusted::load(&Gateway::new(false), folder).await;
    refuse(&problems)?;
    Ok(catalogue)
}

fn refuse(problems: &[Problem]) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    bail!("{}", lines.join("\n"))
}

async fn check(folder: &Path) -> Result<()> {
    let catalogue = right(folder).await?;
    let mut text = String::new();
    let mut missing = Vec::new();
    let mut largest = Measure::default();
    for (client, documents) in &catalogue {
        for (route, trusted) in documents.current() {
            let measure = trusted.document.measure(None, None).unwrap_or_default();
            largest = largest.max(measure);
            let (kind, id) = (trusted.kind, &trusted.id[..12]);
            writeln!(
                text,
                "{client:<14} {route:<28} {kind:<12} {id} cost {:>5} depth {:>2}",
                measure.cost, measure.depth
            )?;
            if !trusted.released {
                let place = format!("{client}/{route}.graphql");
                missing.push(Problem::at(
                    place,
                    format!("is not in {MANIFEST}; add it with `milepost operations manifest`"),
                ));
            }
        }
    }
    writeln!(
        text,
        "At most: cost {}, depth {}, {} fields, {} aliases, {} root fields, {} directives.",
        largest.cost, largest.depth, largest.fields, largest.aliases, largest.roots, largest.directives
    )?;
    print(&text)?;
    refuse(&missing)
}

async fn add(folder: &Path) -> Result<()> {
    for (client, documents) in &right(folder).await? {
        let file = folder.join(client).join(MANIFEST);
        let before = before(&file)?;
        let all = trusted::released(documents, &before);
        let new = all.len() - before.len();
        if new > 0 || !file.exists() {
            write(&file, all)?;
        }
        print(&format!("{client}: {new} added\n"))?;
    }
    Ok(())
}

async fn take(folder: &Path, client: &str, file: &Path) -> Result<()> {
    let gateway = Gateway::new(false);
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let taken = manifest::read(&text).map_err(|what| anyhow::anyhow!("{}: {what}", file.display()))?;
    let own = folder.join(client).join(MANIFEST);
    let mut all = before(&own)?;
    let known = all.len();
    let mut problems = Vec::new();
    for item in taken {
        if all.iter().any(|one| one.id == item.id) {
            continue;
        }
        match trusted::ready(&gateway, &item.body).await {
            Ok(trusted) => {
                let (name, kind) = (trusted.name, trusted.kind.to_string());
                all.push(Item { name, kind, body: trusted.text, ..item });
            }
            Err(wrong) => {
                let place = format!("{}, {}", file.display(), item.id);
                problems.extend(wrong.into_iter().map(|what| Problem::at(&place, what)));
            }
        }
    }
    refuse(&problems)?;
    let new = all.len() - known;
    all.sort_by(|one, other| one.name.cmp(&other.name));
    write(&own, all)?;
    print(&format!("{client}: {new} added\n"))
}

/// The list as it is; empty when there is none.
fn before(file: &Path) -> Result<Vec<Item>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    manifest::read(&text).map_err(|what| anyhow::anyhow!("{}: {what}", file.display()))
}

/// Beside first, then in its place: a list that is half written would take apps their documents.
fn write(file: &Path, items: Vec<Item>) -> Result<()> {
    let beside = file.with_extension("json.new");
    std::fs::write(&beside, manifest::write(items)).with_context(|| beside.display().to_string())?;
    std::fs::rename(&beside, file).with_context(|| file.display().to_string())
}
