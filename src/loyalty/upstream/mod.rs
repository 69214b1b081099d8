//! What the loyalty engine tells: levels, what there is for points, points, and who stands where.

mod membership;
mod points;
mod reward;
mod tier;

pub use membership::MembershipReported;
pub use points::PointsReported;
pub use reward::RewardReported;
pub use tier::TierReported;
