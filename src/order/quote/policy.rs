//! Who may see and make which kept prices: customers their own, staff those of their store; operators see all.

use entity::order::quote;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use crate::access::{Access, Viewer, ViewerKind};

/// Those that the viewer may see.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            changeable(viewer)
        }
    }
}

/// Those that the viewer may put together anew.
pub fn changeable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(quote::Column::CustomerId.eq(id))),
        ViewerKind::Staff { store, .. } => Access::Rows(Condition::all().add(quote::Column::StoreId.eq(store))),
        ViewerKind::Anonymous | ViewerKind::Operator(_) | ViewerKind::System(_) => Access::Closed,
    }
}
