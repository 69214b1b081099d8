//! Rows of files, and the names of their objects.

use entity::order::shared_file;
use entity::{OrderId, SharedFileId, SharedFileState};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use crate::app::App;
use crate::files::random;
use crate::graph::Result;
use crate::store::Tx;

/// The folder of an order's files, by which all of them are found and removed.
pub fn folder(order: OrderId) -> String {
    format!("orders/{order}")
}

/// What the names of a file's objects begin with: each attempt to upload it has one.
pub fn object_begin(file: SharedFileId) -> String {
    format!("{file}-")
}

/// A new name for the bytes of a file.
pub fn object_name(order: OrderId, file: SharedFileId) -> String {
    format!("{}/{}{}", folder(order), object_begin(file), random())
}

/// Notes that a file is there; false when it was not waited for any more.
///
/// # Errors
/// When the store fails.
pub async fn finished(app: &App, row: &shared_file::Model, object: &str, sha256: &str) -> Result<bool> {
    use shared_file::Column as File;
    let tx = Tx::begin(&app.db, app.clock.now()).await?;
    let done = shared_file::Entity::update_many()
        .col_expr(File::State, Expr::value(SharedFileState::Uploaded))
        .col_expr(File::Sha256, Expr::value(sha256))
        .col_expr(File::Object, Expr::value(object))
        .col_expr(File::UploadedAt, Expr::value(tx.now()))
        .filter(File::Id.eq(row.id))
        .filter(File::State.eq(SharedFileState::Pending))
        .exec(tx.conn())
        .await?;
    tx.commit(&app.hub).await?;
    Ok(done.rows_affected > 0)
}

/// How many bytes the files of an order have, with those that are announced and not there yet.
///
/// # Errors
/// When the store fails.
pub async fn bytes_of(tx: &Tx, order: OrderId) -> Result<i64, DbErr> {
    use shared_file::Column as File;
    let sum: Option<Option<i64>> = shared_file::Entity::find()
        .select_only()
        // A sum is of a wider type on PostgreSQL.
        .expr(Func::sum(Expr::col(File::SizeBytes)).cast_as(Alias::new("bigint")))
        .filter(File::OrderId.eq(order))
        .filter(File::State.ne(SharedFileState::Removed))
        .into_tuple()
        .one(tx.conn())
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}

/// How many files somebody has on an order that are not sent.
///
/// # Errors
/// When the store fails.
pub async fn unsent(tx: &Tx, order: OrderId, actor: &str) -> Result<u64, DbErr> {
    use shared_file::Column as File;
    shared_file::Entity::find()
        .filter(File::OrderId.eq(order))
        .filter(File::UploadedBy.eq(actor))
        .filter(File::MessageId.is_null())
        .filter(File::State.ne(SharedFileState::Removed))
        .count(tx.conn())
        .await
}
