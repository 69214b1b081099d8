//! Places: cities, organisations, stores and their staff. Shared ground of the six domains.

pub mod city;
pub mod organization;
pub mod staff;
pub mod store;
pub mod store_service;
