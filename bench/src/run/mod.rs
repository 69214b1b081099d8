//! The runner: seeds a database, checks that both sides answer the same, measures them in turn, and reports.

mod compare;
mod disk;
pub mod ground;
mod growth;
mod measure;
mod options;
pub mod procfs;
mod report;
mod stats;
mod workload;
mod wrk;

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use milepost::app::Clock;
use reqwest::Client;

use ground::{Ground, Server};
use measure::{Meter, Statement, a_request, statements};
pub use options::Options;
use report::{Report, Row};
use workload::{Known, Workload};

/// The database's name.
const DATABASE: &str = "bench";

/// Does what the options ask for.
///
/// # Errors
/// When a step fails, the answers differ, or a request failed under load.
pub async fn run(options: &Options) -> Result<()> {
    let ground = Ground::of(&options.services, options.sqlite)?;
    if let Some(sizes) = options.growth() {
        return growth::run(options, &ground, &sizes).await;
    }
    let orders = options.orders();
    disk::enough(ground.disk(), orders)?;
    say(&format!("seeding {orders} orders"))?;
    ground.seeded(DATABASE, orders).await?;
    let stand = Stand::new(&ground, DATABASE).await?;
    let mut report = Report {
        date: Clock::default().now().format("%Y-%m-%d %H:%M UTC").to_string(),
        database: if options.sqlite { "SQLite" } else { "PostgreSQL" },
        orders,
        processors: std::thread::available_parallelism().map_or(0, usize::from),
        seconds: options.seconds,
        answers: Vec::new(),
        rows: Vec::new(),
    };
    let mut meter = Meter::new(&ground).await?;
    let wanted: Vec<&Workload> = stand.workloads.iter().filter(|workload| options.wants(workload.name)).collect();
    ensure!(!wanted.is_empty(), "no such workload; there are {}", stand.names());
    for workload in wanted {
        report.rows.extend(measured(options, &stand, &mut meter, workload, &mut report.answers).await?);
        stand.still_good(workload).await?;
        // What is measured is kept, whatever comes next.
        write(options, &report)?;
    }
    say(&format!("\n{}", report.table().trim_end()))?;
    say(&format!("figures in {}", file(options).display()))?;
    let errors: u64 = report.rows.iter().map(Row::errors).sum();
    ensure!(errors == 0, "{errors} requests failed");
    Ok(())
}

/// Two servers over one database, and what they are asked.
struct Stand {
    client: Client,
    admin: Option<sqlx::PgPool>,
    floor: Server,
    gateway: Server,
    /// A gateway that keeps answers.
    keeper: Server,
    workloads: Vec<Workload>,
    database: String,
}

impl Stand {
    async fn new(ground: &Ground, database: &str) -> Result<Self> {
        Ok(Self {
            client: Client::new(),
            admin: ground.admin().await?,
            floor: ground.floor(database).await?,
            gateway: ground.gateway(database).await?,
            keeper: ground.keeper(database).await?,
            workloads: workload::all(&mut ground.conn(database).await?).await?,
            database: database.to_owned(),
        })
    }

    fn names(&self) -> String {
        self.workloads.iter().map(|workload| workload.name).collect::<Vec<_>>().join(", ")
    }

    /// What one side sends; SQLite does not tell.
    async fn statements(&self, workload: &Workload, server: &Server) -> Result<Option<Vec<Statement>>> {
        let Some(admin) = &self.admin else { return Ok(None) };
        statements(&self.client, admin, &self.database, workload, server).await.map(Some)
    }

    /// The sides that answer a workload, in the order of measuring.
    fn sides(&self, workload: &Workload) -> Vec<&Server> {
        let floor = self.admin.is_some() || workload.on_sqlite;
        let gateway = if workload.kept { &self.keeper } else { &self.gateway };
        floor.then_some(&self.floor).into_iter().chain([gateway]).collect()
    }

    /// GraphQL's errors come with status 200, which wrk takes for success: after the load both are asked once more.
    async fn still_good(&self, workload: &Workload) -> Result<()> {
        for server in self.sides(workload) {
            let number = format!("after-{}", server.name);
            let text = compare::ask(&self.client, workload, server, Known::Ahead, &number).await?;
            ensure!(!text.contains("\"errors\":"), "{}: {}: {text}", workload.name, server.name);
        }
        Ok(())
    }
}

/// All rows of one workload.
async fn measured(
    options: &Options,
    stand: &Stand,
    meter: &mut Meter<'_>,
    workload: &Workload,
    answers: &mut Vec<(&'static str, &'static str, usize)>,
) -> Result<Vec<Row>> {
    let sides = stand.sides(workload);
    let (agreement, bytes) = compare::compare(&stand.client, workload, &sides).await?;
    say(&format!("{}: {}, {bytes} bytes", workload.name, agreement.words()))?;
    answers.push((workload.name, agreement.words(), bytes));
    // Pools fill, statements are prepared, pages are read.
    for server in &sides {
        meter.window(server, workload, Known::Ahead, 32, 1).await?;
    }
    let mut rows = Vec::new();
    let mut counted = HashMap::new();
    for server in &sides {
        let Some(found) = stand.statements(workload, server).await? else { continue };
        counted.insert(server.name, a_request(&found));
        if options.statements {
            print_statements(server, &found)?;
        }
    }
    // What was never asked is not there.
    let documents = if workload.kept { &[Known::Ahead][..] } else { &[Known::Ahead, Known::Never] };
    for known in documents.iter().copied() {
        for connections in options.connections() {
            let (mut floor, mut gateway) = (Vec::new(), Vec::new());
            for _ in 0..options.rounds() {
                for server in &sides {
                    let sample = meter.window(server, workload, known, connections, options.seconds).await?;
                    if server.name == stand.floor.name { &mut floor } else { &mut gateway }.push(sample);
                }
            }
            rows.push(Row {
                workload: workload.name,
                document: known.name(),
                connections,
                floor,
                gateway,
                floor_statements: counted.get(stand.floor.name).copied(),
                gateway_statements: counted.get(stand.gateway.name).copied(),
            });
        }
    }
    Ok(rows)
}

fn print_statements(server: &Server, found: &[Statement]) -> Result<()> {
    for Statement { calls, query } in found {
        let text: String = query.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect();
        say(&format!("  {} {calls:>4} × {text}", server.name))?;
    }
    Ok(())
}

/// Where the figures go.
fn file(options: &Options) -> PathBuf {
    options.out.clone().unwrap_or_else(|| PathBuf::from("bench/results/latest.json"))
}

/// Writes the figures where they were asked for.
fn write<T: serde::Serialize>(options: &Options, figures: &T) -> Result<()> {
    let file = file(options);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&file, serde_json::to_string_pretty(figures)?).with_context(|| file.display().to_string())
}

/// Prints a line at once.
///
/// # Errors
/// When nobody reads.
pub fn say(line: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}
