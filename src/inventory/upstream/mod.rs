//! What plants, carriers and dealers' systems report of cars.

mod vehicle;

pub use vehicle::VehicleReported;
