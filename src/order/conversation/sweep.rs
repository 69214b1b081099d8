//! Files that are not wanted any more: not uploaded in time, not sent in time, taken back, or of an order that is forgotten. The row says
//! so first, then the bytes go, then the row: whatever breaks off in between is done again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::order::shared_file;
use entity::{MessageId, OrderId, SharedFileId, SharedFileState};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio_util::sync::CancellationToken;

use super::rules::talk::{UNSENT_FOR, UPLOAD_FOR};
use super::store::{folder, object_begin};
use crate::app::App;
use crate::graph::{Error, Result};
use crate::store::Tx;

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(60);

/// After how many looks one is taken at what uploads have left that broke off with their process.
const LEFTOVERS_EVERY: u32 = 60;

/// Most of one part.
const MOST: u64 = 50;

/// Removes them, again and again, until it is told to stop.
pub async fn sweep(app: App, stop: CancellationToken) {
    let mut turns = 0_u32;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        match tidy(&app, &stop).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "files that nobody has sent were removed"),
            Err(error) => tracing::warn!(?error, "files could not be removed; the next turn tries again"),
        }
        // That walks over all of the folder.
        if turns.is_multiple_of(LEFTOVERS_EVERY) {
            match app.files.remove_leftovers(app.clock.now() - UPLOAD_FOR).await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "what uploads had left that broke off was removed"),
                Err(error) => tracing::warn!(?error, "what uploads had left could not be removed"),
            }
        }
        turns = turns.wrapping_add(1);
    }
}

/// Removes what is due; answers how many files that were.
///
/// # Errors
/// When a store fails; what was removed before stays removed.
pub async fn tidy(app: &App, stop: &CancellationToken) -> Result<u64> {
    let mut removed = 0;
    loop {
        let now = app.clock.now();
        let found: Vec<(SharedFileId, OrderId)> = shared_file::Entity::find()
            .select_only()
            .columns([shared_file::Column::Id, shared_file::Column::OrderId])
            .filter(due(now))
            .order_by_asc(shared_file::Column::CreatedAt)
            .limit(MOST)
            .into_tuple()
            .all(app.db.aside().conn())
            .await?;
        let mut gone = 0_u64;
        for (id, order) in &found {
            if stop.is_cancelled() {
                return Ok(removed);
            }
            // One that cannot be removed does not stand in the way of the others.
            match remove(app, *order, *id, due(now)).await {
                Ok(one) => {
                    gone += 1;
                    removed += u64::from(one);
                }
                Err(error) => tracing::warn!(?error, file = %id, "a file was not removed; the next turn tries again"),
            }
        }
        if (found.len() as u64) < MOST || gone == 0 {
            return Ok(removed);
        }
    }
}

/// What nobody waits for any more.
fn due(now: DateTime<Utc>) -> Condition {
    use shared_file::Column as File;
    let since = |state: SharedFileState, before: DateTime<Utc>| {
        Condition::all().add(File::State.eq(state)).add(File::CreatedAt.lt(before))
    };
    Condition::all().add(File::MessageId.is_null()).add(
        Condition::any()
            .add(File::State.eq(SharedFileState::Removed))
            .add(since(SharedFileState::Pending, now - UPLOAD_FOR))
            .add(since(SharedFileState::Uploaded, now - UNSENT_FOR)),
    )
}

/// Removes one; false when it was sent after all.
async fn remove(app: &App, order: OrderId, id: SharedFileId, rows: Condition) -> Result<bool> {
    let of_file = Condition::all().add(shared_file::Column::Id.eq(id)).add(rows);
    if marked(app, of_file).await? == 0 {
        return Ok(false);
    }
    app.files.remove_in(&folder(order), &object_begin(id)).await.map_err(failed)?;
    forget(app, Condition::all().add(shared_file::Column::Id.eq(id))).await?;
    Ok(true)
}

/// Removes all files of an order, those that were sent too, for whoever has to forget its customer; answers how many. Messages stay
/// without them.
///
/// # Errors
/// When a store fails; called again, it goes on.
pub async fn remove_files_of(app: &App, order: OrderId) -> Result<u64> {
    let of_order = || Condition::all().add(shared_file::Column::OrderId.eq(order));
    let rows = marked(app, of_order()).await?;
    // By the folder's name, so that what no row names goes with them.
    app.files.remove_in(&folder(order), "").await.map_err(failed)?;
    forget(app, of_order()).await?;
    Ok(rows)
}

fn failed(error: object_store::Error) -> Error {
    Error::hidden(error.to_string())
}

/// From here on nobody has these files, or finishes them.
async fn marked(app: &App, rows: Condition) -> Result<u64> {
    let tx = Tx::begin(&app.db.aside(), app.clock.now()).await?;
    let marked = shared_file::Entity::update_many()
        .col_expr(shared_file::Column::State, Expr::value(SharedFileState::Removed))
        .col_expr(shared_file::Column::MessageId, Expr::value(None::<MessageId>))
        .filter(rows)
        .exec(tx.conn())
        .await?;
    tx.commit(&app.hub).await?;
    Ok(marked.rows_affected)
}

async fn forget(app: &App, rows: Condition) -> Result<()> {
    let tx = Tx::begin(&app.db.aside(), app.clock.now()).await?;
    let gone = Condition::all().add(rows).add(shared_file::Column::State.eq(SharedFileState::Removed));
    shared_file::Entity::delete_many().filter(gone).exec(tx.conn()).await?;
    tx.commit(&app.hub).await?;
    Ok(())
}
