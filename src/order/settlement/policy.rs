//! Who may see and do what of settlement: operators all; a store's manager what is their store's. It is money between companies, so
//! consultants and customers see nothing of it.

use entity::order::{settlement_line, settlement_statement};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use crate::access::{Access, Viewer, ViewerKind};

/// Statements that the viewer may see.
pub fn readable(viewer: &Viewer) -> Access {
    of(viewer, settlement_statement::Column::StoreId)
}

/// Lines that the viewer may see, whether they are on a statement or not.
pub fn lines(viewer: &Viewer) -> Access {
    of(viewer, settlement_line::Column::StoreId)
}

fn of(viewer: &Viewer, store_id: impl ColumnTrait) -> Access {
    match viewer.kind {
        ViewerKind::Staff { manager: true, store, .. } => Access::Rows(Condition::all().add(store_id.eq(store))),
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}

/// Statements that the viewer agrees to or disputes: a manager those of the store. For an organisation, whose people do not come here,
/// an operator notes what it said; an operator cannot speak for a store.
pub fn answerable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => {
            Access::Rows(Condition::all().add(settlement_statement::Column::OrganizationId.is_not_null()))
        }
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            readable(viewer)
        }
    }
}

/// What only the car maker does and sees: rules, drawing up, putting right, invoices and payments, reckoning up.
pub fn manages(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}
