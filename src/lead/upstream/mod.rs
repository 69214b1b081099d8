//! What platforms and the CRM tell of leads and of what is to be done with them.

mod follow_up;
mod lead;
mod submitted;

pub use follow_up::FollowUpReported;
pub use lead::LeadReported;
pub use submitted::LeadSubmitted;

/// The subject of a lead.
pub fn subject(number: &str) -> String {
    format!("lead/{number}")
}
