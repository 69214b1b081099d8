//! Customer profile (domain.md 1.2).

pub mod consent;
pub mod customer;
pub mod identity;
