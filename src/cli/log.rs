//! `milepost log`.

use anyhow::Result;
use entity::log::{event, stream};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder, QuerySelect};

use super::print;
use crate::app::Clock;
use crate::events::epoch;
use crate::serve;
use crate::settings::Settings;

#[derive(clap::Subcommand)]
pub enum Step {
    /// Say which history the log has, and what it keeps.
    Status,
    /// Begin a new history, for clients to start from a snapshot.
    ///
    /// After an older state of the database was put back in place. A recovery to a point in time, a promotion, a restored
    /// dump and a SQLite file that was replaced are seen without it.
    Renew,
}

pub async fn run(step: Step, settings: Settings) -> Result<()> {
    let db = serve::connect(&settings, false).await?;
    let now = Clock::default().now();
    let epoch = match step {
        Step::Status => epoch::settle(&db, now).await?,
        Step::Renew => epoch::renew(&db, now).await?,
    };
    let oldest = event::Entity::find()
        .select_only()
        .column(event::Column::OccurredAt)
        .order_by_asc(event::Column::OccurredAt)
        .into_tuple::<chrono::DateTime<chrono::Utc>>()
        .one(db.conn())
        .await?;
    let oldest = oldest.map_or_else(|| "-".to_owned(), |time| time.to_rfc3339());
    let (streams, entries) =
        (stream::Entity::find().count(db.conn()).await?, event::Entity::find().count(db.conn()).await?);
    print(&format!("epoch    {epoch}\nstreams  {streams}\nentries  {entries}\noldest   {oldest}\n"))?;
    db.close().await?;
    Ok(())
}
