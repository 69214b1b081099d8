//! The floor: the workloads' answers from hand-written handlers.

use std::io::Write;

use anyhow::{Context, Result};
use clap::Parser;
use milepost::settings::{Settings, Sources};
use milepost_bench::floor::{Floor, router};

/// Answers the bench's workloads without GraphQL. Database, keys and pool come from the same settings as the
/// gateway's (MILEPOST_…), so that both sides stand on the same ground.
#[derive(Parser)]
#[command(name = "floor", max_term_width = 100)]
struct Options {
    /// PostgreSQL's address (also: MILEPOST_DATABASE_URL).
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Address and port to listen on; port 0 takes a free one (also: MILEPOST_LISTEN).
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut sources = Sources::of_process(None);
    sources.command_line.extend(options.database.map(|url| ("--database", "database_url", url)));
    sources.command_line.extend(options.listen.map(|listen| ("--listen", "listen", listen)));
    let settings = Settings::load(&sources)?;
    let listener = tokio::net::TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    writeln!(std::io::stdout(), "floor on http://{}", listener.local_addr()?)?;
    axum::serve(listener, router(Floor::open(&settings)?)).await?;
    Ok(())
}
