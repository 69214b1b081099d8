//! Who may see and tell what of single sales: a dealer's manager those of the store; operators see all. Others see statistics alone.

use entity::order::deal_price;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use crate::access::{Access, Viewer, ViewerKind};

/// Sales that the viewer may see.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Staff { manager: true, store, .. } => {
            Access::Rows(Condition::all().add(deal_price::Column::StoreId.eq(store)))
        }
        ViewerKind::Anonymous
        | ViewerKind::Customer(_)
        | ViewerKind::Staff { manager: false, .. }
        | ViewerKind::System(_) => Access::Closed,
    }
}
