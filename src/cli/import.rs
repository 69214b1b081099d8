//! `milepost import`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};

use super::print;
use super::progress::Bar;
use crate::app::{AppState, Clock};
use crate::events::Hub;
use crate::identity::Withdrawn;
use crate::ingest::import::{self, Import};
use crate::seed::{Progress, Silent};
use crate::serve;
use crate::settings::Settings;

#[derive(clap::Args)]
pub struct Args {
    /// Files to load, in this order: lines of JSON, each an event or its data; or CSV, each row the data of an event.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The type of rows that do not say it; left out, the file's name without its ending.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// The source of rows that do not say it.
    #[arg(long, default_value = "urn:milepost:import")]
    source: String,
    /// The time of rows that do not say it, as in 2026-11-24T00:00:00Z; left out, when the file was written.
    #[arg(long, value_name = "TIME")]
    time: Option<DateTime<Utc>>,
    /// Where refused and waiting rows are told, a line of JSON each.
    #[arg(long, default_value = "milepost-import-report.ndjson", value_name = "FILE")]
    report: PathBuf,
    /// Rows of one transaction.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    part: u16,
}

pub async fn run(args: Args, settings: Settings) -> Result<()> {
    let db = serve::open(&settings, false).await?;
    let vault = serve::vault(&settings.vault)?;
    let (hub, clock, withdrawn) = (Hub::default(), Clock::default(), Withdrawn::default());
    let app = Arc::new(AppState {
        db,
        vault,
        hub,
        withdrawn,
        webhooks: Default::default(),
        ports: Default::default(),
        press: None,
        files: Default::default(),
        orders: settings.orders,
        clock,
        dev: settings.dev(),
    });
    let progress: Box<dyn Progress> =
        if std::io::stderr().is_terminal() { Box::new(Bar::default()) } else { Box::new(Silent) };
    let import = Import {
        files: args.files,
        kind: args.kind,
        source: args.source,
        time: args.time,
        part: usize::from(args.part),
        report: args.report.clone(),
    };
    let began = Instant::now();
    let counts = import::run(&app, &import, progress.as_ref()).await?;
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = counts.rows() as f64 / seconds.max(0.001);
    let mut text = String::new();
    for (name, count) in [
        ("applied", counts.applied),
        ("known from before", counts.repeated),
        ("outdated", counts.outdated),
        ("waiting", counts.held),
        ("refused", counts.refused),
    ] {
        text.push_str(&format!("{count:>9}  {name}\n"));
    }
    text.push_str(&format!("{:>9}  rows in {seconds:.1} s, {rate:.0} rows a second\n", counts.rows()));
    print(&text)?;
    app.db.close().await?;
    let left = counts.held + counts.refused;
    if left > 0 {
        bail!("{left} rows were not done; {} says why", args.report.display());
    }
    Ok(())
}
