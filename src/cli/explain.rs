//! `milepost explain`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use async_graphql::Variables;
use async_graphql::parser::types::OperationType;

use super::{load, print};
use crate::graph::gateway::Document;
use crate::rehearsal::{Rehearsal, Seen, roles};
use crate::settings::Sources;
use crate::trusted;

#[derive(clap::Args)]
pub struct Args {
    /// A file with one operation; - for the standard input.
    document: PathBuf,
    /// Its variables as JSON. What has to be given and is not is made up, with ids of the demo.
    #[arg(long, value_name = "JSON", value_parser = variables)]
    variables: Option<Variables>,
}

pub async fn run(args: Args, sources: &Sources) -> Result<()> {
    let settings = load(sources)?;
    let text = read(&args.document)?;
    let mut rehearsal = Rehearsal::open(&settings).await?;
    let trusted = match trusted::ready(rehearsal.gateway(), &text).await {
        Ok(trusted) => trusted,
        Err(wrong) => bail!("{}: {}", args.document.display(), wrong.join("\n")),
    };
    let given = args.variables.unwrap_or_default();
    let mut seen = Vec::new();
    for (at, role) in roles().enumerate() {
        // What one has done the next would find done.
        if at > 0 && trusted.kind == OperationType::Mutation {
            rehearsal = Rehearsal::open(&settings).await?;
        }
        if let Some(one) = rehearsal.run(&trusted.document, &given, role).await {
            seen.push((role.map_or_else(|| "anonymous".to_owned(), |role| role.to_string()), one));
        }
    }
    let mut text = format!("{} {} {}\n", trusted.kind, trusted.name, trusted.id);
    about(&mut text, trusted.kind, &trusted.document)?;
    runs(&mut text, &seen)?;
    print(&text)
}

fn read(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        return Ok(std::io::read_to_string(std::io::stdin())?);
    }
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

/// What can be told without running it.
fn about(text: &mut String, kind: OperationType, document: &Document) -> Result<()> {
    let measure = document.measure(None, None).unwrap_or_default();
    writeln!(text, "cost        {} at most", measure.cost)?;
    writeln!(
        text,
        "size        depth {}, {} fields, {} aliases, {} root fields, {} directives",
        measure.depth, measure.fields, measure.aliases, measure.roots, measure.directives
    )?;
    match document.freshness(None) {
        Some(fresh) => {
            let topics: Vec<&str> = fresh.topics.iter().map(|topic| topic.stream()).collect();
            let until = if topics.is_empty() { String::new() } else { format!(", or until {}", topics.join(", ")) };
            let whose = if fresh.varies { "one for each customer" } else { "one for all" };
            writeln!(text, "kept        {} s{until}; {whose}", fresh.max_age.as_secs())?;
        }
        None if kind == OperationType::Query => writeln!(text, "kept        no: it is of one caller")?,
        None => writeln!(text, "kept        no")?,
    }
    for one in document.deprecated().iter().flat_map(|uses| uses.iter()) {
        writeln!(text, "deprecated  {} until {}: {}", one.coordinate, one.until, one.instead)?;
    }
    Ok(())
}

/// What was seen of it.
fn runs(text: &mut String, seen: &[(String, Seen)]) -> Result<()> {
    if seen.is_empty() {
        writeln!(text, "statements  not counted: a subscription has no end")?;
        return Ok(());
    }
    let by_plan = seen.iter().any(|(_, one)| one.by_plan);
    writeln!(text, "answered    by {}", if by_plan { "its plan" } else { "the engine" })?;
    writeln!(text, "asked by, over the demo data on SQLite")?;
    for (role, one) in seen {
        let cost = one.cost.map_or_else(String::new, |cost| format!(", cost {cost}"));
        let codes = if one.codes.is_empty() { String::new() } else { format!(": {}", one.codes.join(", ")) };
        writeln!(text, "  {role:<15} {} statements{cost}{codes}", one.statements)?;
    }
    Ok(())
}

fn variables(text: &str) -> Result<Variables, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
