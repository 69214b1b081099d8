//! Who may see and do what of quotas: operators all; staff see those of their store.

use entity::StoreId;
use entity::inventory::{quota, quota_entry};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use crate::access::{Access, Viewer, ViewerKind};

/// Quotas that the viewer may see.
pub fn readable(viewer: &Viewer) -> Access {
    of(viewer, quota::Column::StoreId)
}

/// Entries of ledgers that the viewer may see.
pub fn entries(viewer: &Viewer) -> Access {
    of(viewer, quota_entry::Column::StoreId)
}

fn of(viewer: &Viewer, store_id: impl ColumnTrait) -> Access {
    match viewer.kind {
        ViewerKind::Staff { store, .. } => Access::Rows(Condition::all().add(store_id.eq(store))),
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
    }
}

/// Whether the viewer may see how a store's quotas are used.
pub fn sees(viewer: &Viewer, store: StoreId) -> bool {
    match viewer.kind {
        ViewerKind::Staff { store: own, .. } => own == store,
        ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
    }
}

/// Who sets and ends quotas: operators.
pub fn manages(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}
