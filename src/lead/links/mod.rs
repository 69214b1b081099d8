//! How the rows of the lead room are found from other rows.

mod lead;
mod parts;
mod work;

pub use lead::LeadById;
pub use parts::{TimelineOfLead, TouchpointsOfLead};
pub use work::{FollowUpTaskById, FollowUpsOfLead, TestDriveById, TestDrivesOfLead};

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Order, Query, SelectStatement, WindowStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, FromQueryResult};

use crate::graph::Call;

/// Most rows of one kind that a lead shows. Anybody can send forms without end.
const NEWEST: u64 = 100;

/// The newest rows of each lead, at most [`NEWEST`], newest first, in one statement.
async fn newest<R, C>(call: &Call, mut rows: SelectStatement, lead_id: C, at: C, id: C) -> Result<Vec<R>, DbErr>
where
    R: FromQueryResult,
    C: ColumnTrait,
{
    let mut window = WindowStatement::partition_by(lead_id.as_column_ref());
    window.order_by(at.as_column_ref(), Order::Desc).order_by(id.as_column_ref(), Order::Desc);
    rows.expr_window_as(Expr::cust("ROW_NUMBER()"), window, "place");
    let kept = Query::select()
        .column(Asterisk)
        .from_subquery(rows, "ranked")
        .and_where(Expr::col("place").lte(NEWEST))
        .order_by(at.as_str(), Order::Desc)
        .order_by(id.as_str(), Order::Desc)
        .to_owned();
    call.db().query_all(&kept).await?.iter().map(|row| R::from_query_result(row, "")).collect()
}
