//! `milepost migrate`.

use anyhow::{Result, bail};
use migration::{MigrationStatus, Migrator, MigratorTrait};

use super::print;
use crate::serve;
use crate::settings::Settings;

#[derive(clap::Subcommand)]
pub enum Step {
    /// Run the steps that are missing. `serve` does it too.
    Up,
    /// Take back the last steps, with the data in their tables.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1, value_name = "N")]
        steps: u32,
        /// Do it in production too.
        #[arg(long)]
        yes: bool,
    },
    /// Say which steps have run.
    Status,
    /// Drop every table of the database and run all steps.
    Fresh {
        /// Do it in production too.
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(step: Step, settings: Settings) -> Result<()> {
    if let Step::Down { yes: false, .. } | Step::Fresh { yes: false } = step
        && !settings.dev()
    {
        bail!("this loses data; say --yes to do it in production");
    }
    let db = serve::connect(&settings, false).await?;
    match step {
        Step::Up => serve::migrate(&settings, &db).await?,
        Step::Down { steps, .. } => Migrator::down(db.conn(), Some(steps)).await?,
        Step::Fresh { .. } => Migrator::fresh(db.conn()).await?,
        Step::Status => {}
    }
    let mut text = String::new();
    for step in Migrator::get_migration_with_status_read_only(db.conn()).await? {
        let word = match step.status() {
            MigrationStatus::Applied => "applied",
            MigrationStatus::Pending => "pending",
        };
        text.push_str(&format!("{word}  {}\n", step.name()));
    }
    print(&text)?;
    db.close().await?;
    Ok(())
}
