//! What the CRM tells of customers and of what they agreed to.

mod consent;
mod dealings;
mod profile;

pub use consent::ConsentReported;
pub use dealings::customers_of;
pub use profile::ProfileReported;

/// The subject of a customer.
pub fn subject(number: &str) -> String {
    format!("customer/{number}")
}
