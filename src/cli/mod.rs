//! The command line. An error is one line on stderr; exit code 2 is a wrong call or a wrong setting, 1 anything else.

mod events;
mod explain;
mod import;
mod log;
mod migrate;
mod operations;
mod progress;
mod sandbox;
mod schema;
mod seed;
mod serve;
mod token;

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::settings::{DEFAULTS, LogFormat, LogSettings, Settings, SettingsError, Sources};

/// The front door of car retail: one GraphQL schema over customer, lead, catalog, inventory, order and loyalty.
///
/// Without a command it serves. With nothing set it uses a SQLite file below data/, fills it with demo data, and
/// prints addresses and tokens to begin with.
#[derive(Parser)]
#[command(name = "milepost", version, max_term_width = 100)]
struct Cli {
    /// The settings file; milepost.toml when there is one, and this is not given (also: MILEPOST_CONFIG).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve HTTP, WebSocket and server-sent events until Ctrl-C or SIGTERM.
    Serve(serve::Args),
    /// Bring the database's tables up or down, or say where they stand.
    #[command(subcommand)]
    Migrate(migrate::Step),
    /// Look at the event log, or begin a new history of it.
    #[command(subcommand)]
    Log(log::Step),
    /// Fill an empty database with demo data.
    Seed(seed::Args),
    /// Load files of events in bulk, as NDJSON or CSV; run again after a cut, it goes on.
    Import(import::Args),
    /// List the types of events that systems may send, or print one's JSON Schema and example.
    Events(events::Args),
    /// Print a token signed with the development key.
    Token(token::Args),
    /// Look after the operations of the apps: check them, list them by id.
    #[command(subcommand)]
    Operations(operations::Step),
    /// Print the schema, as schema.graphql holds it; or compare it with an older one.
    Schema {
        #[command(subcommand)]
        step: Option<schema::Step>,
    },
    /// Print what a document costs, how many statements it takes, whether its answer is kept, and who may ask it.
    ///
    /// It runs over demo data in a database of its own that goes away again; what it changes is gone too.
    Explain(explain::Args),
    /// Serve stand-ins for the systems behind the gateway: payments, loans, signatures, invoices. Nothing they do is real.
    Sandbox(sandbox::Args),
    /// Print every setting with its default and meaning.
    Settings,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("no runtime: {error}"), 1),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<SettingsError>() {
            Some(wrong) => failed(wrong, 2),
            // The causes in one line, each after a colon.
            None => failed(&format!("{error:#}"), 1),
        },
    }
}

fn failed(error: &dyn Display, code: u8) -> ExitCode {
    for line in error.to_string().lines() {
        // When stderr is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "milepost: {line}");
    }
    code.into()
}

async fn run(cli: Cli) -> Result<()> {
    let sources = Sources::of_process(cli.config.or_else(|| std::env::var_os("MILEPOST_CONFIG").map(PathBuf::from)));
    match cli.command.unwrap_or_else(|| Command::Serve(serve::Args::default())) {
        Command::Serve(args) => serve::run(args, sources).await,
        Command::Migrate(step) => migrate::run(step, load(&sources)?).await,
        Command::Log(step) => log::run(step, load(&sources)?).await,
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Seed(args) => seed::run(args, load(&sources)?).await,
        Command::Import(args) => import::run(args, load(&sources)?).await,
        Command::Events(args) => events::run(&args),
        Command::Token(args) => token::run(&args, &load(&sources)?),
        Command::Operations(step) => operations::run(step, &sources).await,
        Command::Schema { step } => schema::run(step, &sources).await,
        Command::Explain(args) => explain::run(args, &sources).await,
        Command::Settings => print(DEFAULTS),
    }
}

/// Reads the settings and sets up logging, which they name.
fn load(sources: &Sources) -> Result<Settings> {
    let settings = Settings::load(sources)?;
    logging(&settings.log);
    Ok(settings)
}

fn logging(log: &LogSettings) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let set = match log.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only when the process logs already, as under a test.
    drop(set);
}

/// Writes to stdout; a reader that has gone (`| head`) is not an error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
