//! Shared ground of the rooms: cities, stores and their staff. Furnished like a room.

mod inputs;
mod links;
mod queries;
mod types;
pub mod upstream;

pub use inputs::GeoPointInput;
pub use inputs::StoreWhereInput;
pub use links::{CityByCode, OrganizationById, StaffById, StoreById};
pub use queries::{Queries, measured};
pub use types::{City, GeoDatum, Organization, Staff, Store};
