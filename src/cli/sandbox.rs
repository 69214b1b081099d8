//! `milepost sandbox`.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use reqwest::Url;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::print;
use crate::app::Clock;
use crate::identity::signature::to_text;
use crate::sandbox;

#[derive(clap::Args)]
pub struct Args {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The gateway that its events go to.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    gateway: Url,
}

pub async fn run(args: Args) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen to signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen to signals")?;
    let stop = CancellationToken::new();
    let sandbox = sandbox::start(args.listen, &args.gateway, Clock::default(), stop.clone()).await?;
    print(&format!(
        "Sandbox        {}\n\nThe gateway finds it with\nMILEPOST_PAYMENTS__PROVIDER_URL={own}\nMILEPOST_PAYMENTS__PROVIDER_SECRET={secret}\n\
         MILEPOST_FINANCE__LENDER_URL={own}\nMILEPOST_FINANCE__LENDER_SECRET={secret}\n\
         MILEPOST_CONTRACTS__SIGNING_URL={own}\nMILEPOST_CONTRACTS__SIGNING_SECRET={secret}\n\
         MILEPOST_INVOICES__PROVIDER_URL={own}\nMILEPOST_INVOICES__PROVIDER_SECRET={secret}\n",
        sandbox.url,
        own = sandbox.url.as_str().trim_end_matches('/'),
        secret = to_text(sandbox::SECRET),
    ))?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
    Ok(())
}
