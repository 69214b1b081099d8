//! Who may see what in the loyalty room.

use crate::access::{Access, Viewer};

/// Rows that the viewer may see.
pub fn readable(_viewer: &Viewer) -> Access {
    Access::Closed
}
