//! What a document costs without the database, in instructions of the processor: these do not wander with the machine.
//!
//! `bench/instructions` runs the program of this name three times: to seed a SQLite file, under callgrind to answer from
//! it, and to compare what callgrind counted with the counts of record.

mod cases;
mod counted;
mod dumps;
mod record;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeZone, Utc};
use clap::Parser;
use entity::Locale;
use milepost::app::{App, AppState, Clock};
use milepost::events::Hub;
use milepost::graph::Gateway;
use milepost::graph::call::CallState;
use milepost::graph::gateway::Reply;
use milepost::graph::parse;
use milepost::seed::{self, Silent, Volume};
use milepost::serve;
use milepost::settings::{Settings, Sources};
use milepost::store::Db;
use milepost::store::db::DbOptions;

use cases::{Case, Work};
use counted::{Counted, counted_until_here};
use record::{Counts, Record, Records};

/// Counts the instructions that documents cost. Call bench/instructions, which puts the steps together.
#[derive(Parser)]
#[command(name = "instructions")]
pub enum Step {
    /// Seeds a SQLite file; the same rows each time.
    Seed {
        /// The file, which is not there yet.
        database: PathBuf,
    },
    /// Answers each document several times and prints its name for each; to be run under callgrind.
    Answer {
        /// The file of `seed`.
        database: PathBuf,
    },
    /// Compares what was counted with the counts of record.
    Compare {
        /// What `answer` printed.
        names: PathBuf,
        /// What callgrind wrote, without the number at its end.
        dumps: PathBuf,
        /// The counts of record.
        record: PathBuf,
        /// Writes the new counts down as those of record.
        #[arg(long)]
        accept: bool,
        /// The profile of the build.
        #[arg(long)]
        profile: String,
        /// The compiler's version, on which counts hang.
        #[arg(long)]
        built: String,
    },
}

/// How often each document is counted; the middle one counts. Tables with random keys wander a little.
const TIMES: usize = 5;

/// The moment of the demo data and of all requests, so that texts have the same length each day.
fn moment() -> Result<DateTime<Utc>> {
    Utc.with_ymd_and_hms(2026, 11, 2, 4, 0, 0).single().context("a moment")
}

/// Does a step.
///
/// # Errors
/// When it fails, or a count has grown.
pub fn run(step: &Step) -> Result<()> {
    // One thread, so that all that is counted is this one's; SQLite has a thread of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match step {
        Step::Seed { database } => runtime.block_on(seed(database)),
        Step::Answer { database } => runtime.block_on(answer(database)),
        Step::Compare { names, dumps, record, accept, profile, built } => {
            let names = std::fs::read_to_string(names).with_context(|| names.display().to_string())?;
            let counts = dumps::medians(names.lines(), dumps)?;
            compare(counts, record, *accept, profile, built)
        }
    }
}

async fn app(database: &Path, create: bool) -> Result<App> {
    let environment = [("MILEPOST_DATABASE_URL".to_owned(), format!("sqlite:{}", database.display()))].into();
    let settings = Settings::load(&Sources { environment, ..Sources::default() })?;
    let db = if create {
        serve::open(&settings, false).await?
    } else {
        Db::connect(&DbOptions::new(format!("sqlite:{}", database.display()))).await?
    };
    let clock = Clock::shifted(moment()? - Clock::default().now());
    Ok(Arc::new(AppState {
        db,
        vault: serve::vault(&settings.vault)?,
        hub: Hub::default(),
        clock,
        webhooks: Default::default(),
        ports: Default::default(),
        press: None,
        files: Default::default(),
        orders: Default::default(),
        withdrawn: Default::default(),
        dev: false,
    }))
}

async fn seed(database: &Path) -> Result<()> {
    ensure!(!database.exists(), "{} is there already", database.display());
    let app = app(database, true).await?;
    // So many that the demo store has a whole board.
    let volume = Volume::demo().with_orders(2000);
    seed::run(&app.db, &app.vault, moment()?, &volume, &Silent).await?;
    app.db.close().await?;
    Ok(())
}

async fn answer(database: &Path) -> Result<()> {
    let app = app(database, false).await?;
    let gateway = Gateway::new(false);
    let call = |case: &Case| CallState::new(app.clone(), case.viewer.clone(), Locale::ZhCn, "bench".to_owned());
    let mut stdout = std::io::stdout().lock();
    for case in cases::all() {
        // The statements are prepared, the rows in SQLite's cache, and a known document is known.
        for _ in 0..2 {
            let reading = gateway.read(case.request(""), None).await;
            let Reply::Data { json: data, .. } = gateway.answer(reading, call(&case)).await else {
                anyhow::bail!("{}: left to the engine", case.name);
            };
            ensure!(data.len() >= case.bytes, "{}: no more than {} bytes", case.name, data.len());
        }
        for time in 0..TIMES {
            match case.work {
                Work::Answer => {
                    let (request, call) = (case.request(""), call(&case));
                    let work = async { gateway.answer(gateway.read(request, None).await, call).await };
                    let reply = Counted::new(work).await;
                    counted_until_here();
                    ensure!(matches!(reply, Reply::Data { .. }), "{}: left to the engine", case.name);
                }
                Work::Read => {
                    let mut request = case.request(&format!("_{time}"));
                    let work = async {
                        // As the edge does it.
                        parse::ahead(&mut request);
                        gateway.read(request, None).await
                    };
                    let reading = Counted::new(work).await;
                    counted_until_here();
                    ensure!(reading.fits(), "{}: not understood", case.name);
                }
            }
            writeln!(stdout, "{}", case.name)?;
        }
    }
    Ok(())
}

fn compare(counts: Counts, file: &Path, accept: bool, profile: &str, built: &str) -> Result<()> {
    let mut records: Records = match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| file.display().to_string())?,
        Err(error) if accept && error.kind() == std::io::ErrorKind::NotFound => Records::new(),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    let mut stdout = std::io::stdout().lock();
    if let Some(record) = records.get(profile) {
        let verdict = record.verdict(&counts, built);
        write!(stdout, "{}", verdict.table)?;
        ensure!(verdict.good || accept, "costs have grown; if that is meant: bench/instructions --accept");
    } else {
        ensure!(accept, "no counts of record for {profile}: bench/instructions --accept");
    }
    if accept {
        let tolerance_percent = records.get(profile).map_or(record::TOLERANCE_PERCENT, |old| old.tolerance_percent);
        records.insert(profile.to_owned(), Record { built: built.to_owned(), tolerance_percent, counts });
        std::fs::write(file, serde_json::to_string_pretty(&records)? + "\n")?;
        writeln!(stdout, "these are the counts of record now: {}", file.display())?;
    }
    Ok(())
}
