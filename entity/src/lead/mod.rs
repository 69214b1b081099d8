//! Leads (domain.md 1.3).

pub mod dedupe;
pub mod event;
pub mod follow_up_task;
#[expect(clippy::module_inception, reason = "the table has its domain's name")]
pub mod lead;
pub mod test_drive;
pub mod touchpoint;
