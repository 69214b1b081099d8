//! Who may see how prices compare over all stores: operators.

use crate::access::{Access, Viewer, ViewerKind};

/// What the viewer may see.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}
