//! Who may see what in the order room.

use crate::access::{Access, Viewer};

/// Rows that the viewer may see.
pub fn readable(_viewer: &Viewer) -> Access {
    Access::Closed
}
