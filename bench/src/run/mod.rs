//! The runner: seeds a database, checks that both sides answer the same, measures them in turn, and reports.

mod compare;
mod ground;
mod growth;
mod measure;
mod options;
mod procfs;
mod report;
mod stats;
mod workload;
mod wrk;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use milepost::app::Clock;
use reqwest::Client;

use ground::{Server, Services};
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
    let services = Services::of(&options.services)?;
    if options.growth {
        return growth::run(options, &services).await;
    }
    let orders = options.orders();
    say(&format!("seeding {orders} orders"))?;
    services.seeded(DATABASE, orders).await?;
    let stand = Stand::new(&services, DATABASE).await?;
    let mut report = Report {
        date: Clock::default().now().format("%Y-%m-%d %H:%M UTC").to_string(),
        orders,
        processors: std::thread::available_parallelism().map_or(0, usize::from),
        seconds: options.seconds,
        answers: Vec::new(),
        rows: Vec::new(),
    };
    let mut meter = Meter::new(&services).await?;
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
    admin: sqlx::PgPool,
    floor: Server,
    gateway: Server,
    workloads: Vec<Workload>,
    database: String,
}

impl Stand {
    async fn new(services: &Services, database: &str) -> Result<Self> {
        Ok(Self {
            client: Client::new(),
            admin: services.pool("postgres").await?,
            floor: services.floor(database).await?,
            gateway: services.gateway(database).await?,
            workloads: workload::all(&services.pool(database).await?).await?,
            database: database.to_owned(),
        })
    }

    fn names(&self) -> String {
        self.workloads.iter().map(|workload| workload.name).collect::<Vec<_>>().join(", ")
    }

    async fn statements(&self, workload: &Workload, server: &Server) -> Result<Vec<Statement>> {
        statements(&self.client, &self.admin, &self.database, workload, server).await
    }

    /// GraphQL's errors come with status 200, which wrk takes for success: after the load both are asked once more.
    async fn still_good(&self, workload: &Workload) -> Result<()> {
        for server in [&self.floor, &self.gateway] {
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
    let (agreement, bytes) = compare::compare(&stand.client, workload, &stand.floor, &stand.gateway).await?;
    say(&format!("{}: {}, {bytes} bytes", workload.name, agreement.words()))?;
    answers.push((workload.name, agreement.words(), bytes));
    let sides = [&stand.floor, &stand.gateway];
    // Pools fill, statements are prepared, pages are read.
    for server in sides {
        meter.window(server, workload, Known::Ahead, 32, 1).await?;
    }
    let mut counted = Vec::new();
    for server in sides {
        let found = stand.statements(workload, server).await?;
        counted.push(a_request(&found));
        if options.statements {
            print_statements(server, &found)?;
        }
    }
    let mut rows = Vec::new();
    for known in [Known::Ahead, Known::Never] {
        for connections in options.connections() {
            let (mut floor, mut gateway) = (Vec::new(), Vec::new());
            for _ in 0..options.rounds() {
                floor.push(meter.window(&stand.floor, workload, known, connections, options.seconds).await?);
                gateway.push(meter.window(&stand.gateway, workload, known, connections, options.seconds).await?);
            }
            rows.push(Row {
                workload: workload.name,
                document: known.name(),
                connections,
                floor,
                gateway,
                floor_statements: counted[0],
                gateway_statements: counted[1],
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

fn say(line: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}
