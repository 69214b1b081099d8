//! Customer profile (domain.md 1.2).

pub mod consent;
#[expect(clippy::module_inception, reason = "the table has its domain's name")]
pub mod customer;
pub mod identity;
pub mod invoice_profile;
pub mod owned_vehicle;
