//! Where rules, lines and statements are kept.

mod amounts;
mod draw;
mod due;
mod reconcile;
mod statement;

pub use amounts::{Amounts, CHANNELS};
pub use draw::{draw, issue};
pub use due::{Due, lines_of};
pub use reconcile::{Reckoned, reconcile};
pub use statement::{Step, adjusting_line, locked, step, to_draft};
