//! What plants, carriers and dealers' systems report of cars, and the policies by which dealers see each other's.

mod allocation;
mod car;
mod leg;
mod policy;
mod production;
mod quality_case;
mod transfer;
mod vehicle;

pub use allocation::AllocationReported;
pub use leg::LegReported;
pub use policy::PolicyReported;
pub use production::ProductionReported;
pub use quality_case::QualityCaseReported;
pub use transfer::TransferReported;
pub use vehicle::VehicleReported;
