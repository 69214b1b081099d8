//! Who may see and register systems: operators alone.

use crate::access::{Access, Viewer, ViewerKind};

/// Systems and what they sent. A system itself reads nothing here: it has its answers.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
        ViewerKind::Operator(_) => Access::all(),
    }
}
