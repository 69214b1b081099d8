//! Who may see and change webhooks: operators.

use crate::access::{Access, Viewer, ViewerKind};
use crate::graph::Result;

/// Endpoints and deliveries that the viewer may see.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}

/// Refuses who may not change them.
///
/// # Errors
/// For everybody but operators.
pub fn change_or_refuse(viewer: &Viewer) -> Result<()> {
    readable(viewer).or_refuse(viewer).map(drop)
}
