//! `milepost seed`.

use std::io::IsTerminal;

use anyhow::{Result, bail};

use super::print;
use super::progress::Bar;
use crate::app::Clock;
use crate::seed::{self, CUT_OFF, Filling, Progress, Silent, Volume};
use crate::serve;
use crate::settings::Settings;

#[derive(clap::Args)]
pub struct Args {
    /// The least that shows everything, as the tests take it.
    #[arg(long)]
    small: bool,
    /// Start of the random numbers; the same number gives the same data.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many orders; with many of them, customers and cars are more too.
    #[arg(long, value_name = "N")]
    orders: Option<u32>,
    /// How many customers.
    #[arg(long, value_name = "N")]
    customers: Option<u32>,
    /// How many stores, at least 30.
    #[arg(long, value_name = "N")]
    stores: Option<u32>,
    /// How many new cars.
    #[arg(long, value_name = "N")]
    vehicles: Option<u32>,
}

pub async fn run(args: Args, settings: Settings) -> Result<()> {
    if !settings.dev() {
        bail!("demo data is for development; setting mode is production");
    }
    let usual = if args.small { Volume::small() } else { Volume::demo() };
    let usual = args.orders.map_or(usual, |orders| usual.with_orders(orders));
    let volume = Volume {
        seed: args.seed.unwrap_or(usual.seed),
        orders: usual.orders,
        customers: args.customers.unwrap_or(usual.customers),
        stores: args.stores.unwrap_or(usual.stores),
        vehicles: args.vehicles.unwrap_or(usual.vehicles),
    };
    let db = serve::open(&settings, false).await?;
    match seed::filling(&db).await? {
        Filling::Empty => {}
        Filling::Partial => bail!(CUT_OFF),
        Filling::Full => bail!("there is data already; `milepost migrate fresh` drops it"),
    }
    let vault = serve::vault(&settings.vault)?;
    let progress: Box<dyn Progress> =
        if std::io::stderr().is_terminal() { Box::new(Bar::default()) } else { Box::new(Silent) };
    let summary = seed::run(&db, &vault, Clock::default().now(), &volume, progress.as_ref()).await?;
    let mut text = String::new();
    for (table, rows) in &summary.tables {
        text.push_str(&format!("{rows:>8}  {table}\n"));
    }
    text.push_str(&format!("{:>8}  rows\n", summary.rows()));
    print(&text)?;
    db.close().await?;
    Ok(())
}
