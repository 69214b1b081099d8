//! `milepost serve`.

use std::fmt::Write;
use std::io::IsTerminal;

use anyhow::{Context, Result};
use chrono::Duration;
use entity::Role;
use tokio::signal::unix::{SignalKind, signal};

use super::progress::Bar;
use super::{load, print};
use crate::access::Viewer;
use crate::app::Clock;
use crate::identity::dev;
use crate::seed::demo_people;
use crate::serve::{self, Options};
use crate::settings::{AuthSettings, Sources};

#[derive(clap::Args, Default)]
pub struct Args {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Make answers up: of the right types for every document, without a look at the database. Not in production.
    #[arg(long)]
    mock: bool,
}

/// How long the printed tokens live.
const TTL: Duration = Duration::hours(12);

pub async fn run(args: Args, mut sources: Sources) -> Result<()> {
    if let Some(listen) = args.listen {
        sources.command_line.push(("--listen", "listen", listen));
    }
    if args.mock {
        sources.command_line.push(("--mock", "mock", "true".to_owned()));
    }
    let settings = load(&sources)?;
    // Before anything is open, so that no signal is missed.
    let mut hangup = signal(SignalKind::hangup()).context("cannot listen to signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen to signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen to signals")?;
    let dev = settings.dev();
    if dev && !settings.listen.ip().is_loopback() {
        tracing::warn!("development mode, with keys that everybody knows, on an address that others may reach");
    }
    let auth = settings.auth.clone();
    let mut options = Options::default();
    if std::io::stderr().is_terminal() {
        options.progress = Box::new(Bar::default());
    }

    let mut running = tokio::select! {
        running = serve::start_with(settings, options) => running?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    print(&greeting(&running.url(), dev.then_some(&auth))?)?;
    loop {
        tokio::select! {
            ended = running.failed() => ended?,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => reload(&running).await,
        }
    }
    tracing::info!("ending");
    tokio::select! {
        ended = running.shutdown() => ended,
        // A second Ctrl-C does not wait.
        _ = interrupt.recv() => Ok(()),
    }
}

/// Reads the operations again; where one is wrong, those of before go on.
async fn reload(running: &serve::Running) {
    match running.trusted.reload(false).await {
        Ok(count) => tracing::info!(documents = count, "the operations were read again"),
        Err(problems) => tracing::error!(problems = problems.len(), "the operations stay as they were"),
    }
}

/// Where to go, and in development with which tokens.
fn greeting(url: &str, dev: Option<&AuthSettings>) -> Result<String> {
    let ws = url.replacen("http", "ws", 1);
    let mut text = String::new();
    if dev.is_some() {
        writeln!(text, "GraphiQL       {url}/")?;
    }
    writeln!(text, "GraphQL        {url}/graphql")?;
    writeln!(text, "Subscriptions  {ws}/graphql/ws, or {url}/graphql with accept: text/event-stream")?;
    if let Some(auth) = dev {
        let people = demo_people();
        writeln!(text, "\nTokens for {} hours:", TTL.num_hours())?;
        for (who, role) in
            [("customer", Role::Customer), ("consultant", Role::Consultant), ("operator", Role::Operator)]
        {
            let viewer = Viewer::of(people.of_role(Some(role)));
            let claims = dev::claims(auth, &viewer, Clock::default().now(), TTL);
            let token = claims.map(|claims| dev::sign(&claims)).transpose()?.unwrap_or_default();
            writeln!(text, "{who:<14} {token}")?;
        }
        writeln!(text, "\nSend one as `authorization: Bearer …`; `milepost token --help` makes others.")?;
    }
    Ok(text)
}
