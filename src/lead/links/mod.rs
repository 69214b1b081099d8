//! How the rows of the lead room are found from other rows.

mod lead;
mod parts;
mod work;

pub use lead::LeadById;
pub use parts::{TimelineOfLead, TouchpointsOfLead};
pub use work::{FollowUpTaskById, FollowUpsOfLead, TestDriveById, TestDrivesOfLead};

/// Most rows of one kind that a lead shows, newest first. Anybody can send forms without end.
const MOST: u64 = 100;
