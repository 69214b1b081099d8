//! What the lead room looks like.

mod follow_up;
mod history;
mod lead;
mod test_drive;

pub use follow_up::FollowUpTask;
pub use history::{LeadEvent, LeadTouchpoint};
pub use lead::{Lead, LeadAction};
pub use test_drive::TestDrive;
