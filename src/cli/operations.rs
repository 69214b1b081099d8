//! `milepost operations`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use async_graphql::Variables;
use async_graphql::parser::types::OperationType;
use chrono::NaiveDate;
use clap::Subcommand;
use entity::Role;
use entity::trusted::document_use;

use super::{load, print};
use crate::app::Clock;
use crate::graph::Gateway;
use crate::graph::cost::Measure;
use crate::rehearsal::Rehearsal;
use crate::serve;
use crate::settings::{Settings, Sources};
use crate::trusted::folder::{MANIFEST, Problem};
use crate::trusted::manifest::{self, Item};
use crate::trusted::{self, Catalogue, Trusted, normal};

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
    /// Take a document out of a client's manifest, unless an app asked for it lately: names the versions that did.
    Retire {
        /// The client.
        client: String,
        /// The document's id, or so much of it that it is the only one.
        id: String,
        /// How many days nobody may have asked for it, 1 to 400.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=400))]
        days: u32,
        #[command(flatten)]
        folder: Folder,
    },
    /// List how often each version of a client asked for each of its documents.
    Usage {
        /// The client.
        client: String,
        /// In how many days, 1 to 400.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
        days: u32,
        #[command(flatten)]
        folder: Folder,
    },
    /// Print the OpenAPI document of a client's operations, as /bff serves them.
    Openapi {
        /// The client.
        client: String,
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

pub async fn run(step: Step, sources: &Sources) -> Result<()> {
    match step {
        Step::Retire { client, id, days, folder: Folder { folder } } => {
            let known = uses(sources, &client, days).await?;
            retire(&folder, &client, &id, &known, days).await
        }
        Step::Usage { client, days, folder: Folder { folder } } => {
            usage(&folder, &client, &uses(sources, &client, days).await?.uses)
        }
        Step::Check(Folder { folder }) => check(&folder, &Settings::load(sources)?).await,
        Step::Manifest(Folder { folder }) => add(&folder).await,
        Step::Take { client, file, folder: Folder { folder } } => take(&folder, &client, &file).await,
        Step::Openapi { client, folder: Folder { folder } } => {
            let catalogue = right(&folder).await?;
            let documents = catalogue.get(&client).with_context(|| format!("no folder for {client}"))?;
            print(&format!("{:#}\n", trusted::openapi::document(&client, documents)))
        }
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

/// Names every problem, if there is one.
pub fn refuse(problems: &[Problem]) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    bail!("{}", lines.join("\n"))
}

async fn check(folder: &Path, settings: &Settings) -> Result<()> {
    let catalogue = right(folder).await?;
    let mut text = String::new();
    let mut problems = Vec::new();
    let mut largest = Measure::default();
    let rehearsal = Rehearsal::open(settings).await?;
    for (client, documents) in &catalogue {
        let roles = settings.clients.get(client).map(|client| client.roles.as_slice()).unwrap_or_default();
        let most = settings.clients.get(client).map(|client| client.max_cost);
        if most.is_none() {
            problems.push(Problem::at(client, "is the folder of no client in the settings"));
        }
        let deadlines = settings.clients.get(client).into_iter().flat_map(|client| client.operation_deadlines.keys());
        for route in deadlines.filter(|route| documents.by_route(route).is_none()) {
            problems.push(Problem::at(client, format!("has a deadline for {route}, and no such operation")));
        }
        for (route, trusted) in documents.current() {
            let measure = trusted.document.measure(None, None).unwrap_or_default();
            largest = largest.max(measure);
            let (kind, id) = (trusted.kind, &trusted.id[..12]);
            let kept = trusted.document.freshness(None);
            let kept = kept.map_or_else(String::new, |fresh| format!(" kept {} s", fresh.max_age.as_secs()));
            let statements = statements(&rehearsal, trusted, roles).await;
            let statements = statements.map_or_else(|| "-".to_owned(), |count| count.to_string());
            writeln!(
                text,
                "{client:<14} {route:<28} {kind:<12} {id} cost {:>5} depth {:>2} statements {statements:>2}{kept}",
                measure.cost, measure.depth
            )?;
            let place = format!("{client}/{route}.graphql");
            if !trusted.released {
                let what = format!("is not in {MANIFEST}; add it with `milepost operations manifest`");
                problems.push(Problem::at(&place, what));
            }
            if let Some(most) = most.filter(|most| measure.cost > *most) {
                let what = format!("costs {}, and clients.{client}.max_cost is {most}", measure.cost);
                problems.push(Problem::at(&place, what));
            }
        }
    }
    writeln!(
        text,
        "At most: cost {}, depth {}, {} fields, {} aliases, {} root fields, {} directives.",
        largest.cost, largest.depth, largest.fields, largest.aliases, largest.roots, largest.directives
    )?;
    print(&text)?;
    refuse(&problems)
}

/// The most statements that a query takes of those who may come with its app, over the demo data on SQLite. What a mutation
/// takes depends on what it is given: see `milepost explain`.
async fn statements(rehearsal: &Rehearsal, trusted: &Trusted, roles: &[Option<Role>]) -> Option<u64> {
    if trusted.kind != OperationType::Query {
        return None;
    }
    let mut most = None;
    for role in roles {
        let seen = rehearsal.run(&trusted.document, &Variables::default(), *role).await;
        most = most.max(seen.filter(|seen| seen.codes.is_empty()).map(|seen| seen.statements));
    }
    most
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
        if let Some(one) = all.iter().find(|one| one.id == item.id) {
            if normal::id(&one.body) != normal::id(&item.body) {
                problems.push(Problem::at(&item.id, "is the id of another document here"));
            }
            continue;
        }
        match trusted::ready(&gateway, &item.body).await {
            Ok(trusted) => {
                let (name, kind) = (trusted.name, trusted.kind.to_string());
                // As it stands, since its id may be the hash of that.
                all.push(Item { name, kind, ..item });
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

/// What the store knows of an app's documents.
pub struct Known {
    /// The uses of the last days.
    uses: Vec<document_use::Model>,
    /// Since when uses are counted.
    first: Option<NaiveDate>,
    today: NaiveDate,
}

/// Reads that of the last days.
pub async fn uses(sources: &Sources, client: &str, days: u32) -> Result<Known> {
    // As it is: a database that is made here would know of no use.
    let db = serve::connect(&load(sources)?, false).await?;
    let today = Clock::default().now().date_naive();
    let uses = trusted::usage::since(db.conn(), client, today, days).await;
    let first = trusted::usage::first_day(db.conn(), client).await;
    db.close().await?;
    Ok(Known { uses: uses?, first: first?, today })
}

impl Known {
    /// A line for each version of an app that asked for a document in the last days.
    pub fn told(&self, client: &str, document: &str) -> Vec<String> {
        let own = self.uses.iter().filter(|one| one.document == document);
        let versions = tally(own.map(|one| (one.version.as_str(), one)));
        let line = |(version, (count, last)): (&&str, &(i64, NaiveDate))| {
            format!("{client} {}, {count} times, last on {last}", named_version(version))
        };
        versions.iter().map(line).collect()
    }
}

async fn retire(folder: &Path, client: &str, id: &str, known: &Known, days: u32) -> Result<()> {
    let file = folder.join(client).join(MANIFEST);
    let mut all = before(&file)?;
    let mut named = all.iter().filter(|item| item.id.starts_with(id));
    let (Some(item), None) = (named.next().cloned(), named.next()) else {
        bail!("{}: {id} is not the beginning of exactly one id", file.display());
    };
    let catalogue = right(folder).await?;
    let current = catalogue.get(client).and_then(|documents| documents.by_id(&item.id));
    if current.is_some_and(|trusted| trusted.current) {
        bail!(
            "{} is what {client}/{}.graphql holds; remove or change that first",
            item.name,
            trusted::route(&item.name)
        );
    }
    let own = normal::id(&item.body);
    let told = known.told(client, &own);
    if !told.is_empty() {
        let lines: Vec<String> = told.iter().map(|line| format!("{} {line}", item.name)).collect();
        bail!("it is still asked for:\n{}", lines.join("\n"));
    }
    // Nothing known is no proof that nobody asks.
    let since = known.first.map_or(0, |first| (known.today - first).num_days());
    if since < i64::from(days) {
        bail!("what {client} asks for has been counted for {since} days, and {days} have to be known; see --days");
    }
    all.retain(|one| one.id != item.id);
    write(&file, all)?;
    print(&format!("{client}: {} {} retired\n", item.name, item.id))
}

/// How often each was asked for, and on which day last.
fn tally<'a, K: Ord>(uses: impl Iterator<Item = (K, &'a document_use::Model)>) -> BTreeMap<K, (i64, NaiveDate)> {
    let mut sums = BTreeMap::new();
    for (key, one) in uses {
        let (count, last) = sums.entry(key).or_insert((0, one.day));
        *count += one.uses;
        *last = one.day.max(*last);
    }
    sums
}

fn named_version(version: &str) -> String {
    if version.is_empty() { "of no named version".to_owned() } else { format!("version {version}") }
}

fn usage(folder: &Path, client: &str, uses: &[document_use::Model]) -> Result<()> {
    let released = before(&folder.join(client).join(MANIFEST))?;
    let names: HashMap<String, &str> =
        released.iter().map(|item| (normal::id(&item.body), item.name.as_str())).collect();
    // The coordinates of what is to go are `milepost schema deprecations` to tell.
    let documents = uses.iter().filter(|one| !one.document.contains('.'));
    let sums = tally(documents.map(|one| {
        let name = names.get(&one.document).copied().unwrap_or_default();
        ((name, one.document.as_str(), one.version.as_str()), one)
    }));
    let mut text = String::new();
    for ((name, document, version), (count, last)) in sums {
        let id = document.get(..12).unwrap_or(document);
        writeln!(text, "{name:<28} {id:<12} {:<24} {count:>10} {last}", named_version(version))?;
    }
    print(&text)
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
