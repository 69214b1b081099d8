//! Leads (domain.md 1.3).

pub mod dedupe;
pub mod event;
pub mod follow_up_task;
pub mod lead;
pub mod test_drive;
pub mod touchpoint;
