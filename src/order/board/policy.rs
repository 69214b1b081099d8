//! Who sees the board, and who says which milestones orders have.

use entity::order::order;
use entity::{OrderStatus, StoreId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use super::super::policy as orders;
use crate::access::{Access, Viewer, ViewerKind};
use crate::graph::Result;

/// States of an order that is on the board: firm, and not yet handed over.
pub const ON_BOARD: [OrderStatus; 5] = [
    OrderStatus::Placed,
    OrderStatus::Locked,
    OrderStatus::Contracted,
    OrderStatus::InFulfillment,
    OrderStatus::ReadyForDelivery,
];

/// Orders that staff and operators see to, those of one store if it is `asked` for; see [`orders::ways_at`]. Nobody else has a board.
///
/// # Errors
/// Not for this caller.
pub fn ways(viewer: &Viewer, asked: Option<StoreId>) -> Result<(Vec<Condition>, Condition)> {
    viewer.staff_or_refuse()?;
    orders::ways_at(viewer, asked)
}

/// Orders on the board. One that stands nowhere is in none of its indexes.
pub fn on_board() -> Condition {
    Condition::all().add(order::Column::CurrentMilestone.is_not_null()).add(order::Column::Status.is_in(ON_BOARD))
}

/// Who reads and writes templates of milestones: operators.
pub fn templates(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}
