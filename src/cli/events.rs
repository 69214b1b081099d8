//! `milepost events`.

use anyhow::{Context, Result};
use serde_json::json;

use super::print;
use crate::ingest::registry::{TYPES, find};

#[derive(clap::Args)]
pub struct Args {
    /// A type: its JSON Schema and an example. Left out, all types are listed.
    #[arg(value_name = "TYPE")]
    kind: Option<String>,
}

pub fn run(args: &Args) -> Result<()> {
    match &args.kind {
        Some(name) => {
            let kind = find(name).with_context(|| format!("there is no event type {name}"))?;
            let told = json!({
                "type": kind.name, "domain": kind.domain, "schema": (kind.schema)(), "example": (kind.example)(),
            });
            print(&format!("{told:#}\n"))
        }
        None => print(&list()),
    }
}

/// Each type with its domain and what it is.
pub fn list() -> String {
    let mut text = String::new();
    for kind in TYPES {
        let schema = (kind.schema)();
        let said = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
        let first = said.split_inclusive(". ").next().unwrap_or_default().trim_end();
        text.push_str(&format!("{:<10} {:<48} {first}\n", kind.domain, kind.name));
    }
    text
}
