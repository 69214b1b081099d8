//! Who asks: a bearer token becomes a [`Viewer`](crate::access::Viewer) (guarantees 6.3).

mod client;
pub mod dev;
pub mod jwks;
pub mod signature;
pub mod token;
pub mod withdrawn;

pub use client::{Client, Clients};
pub use jwks::Keys;
pub use token::{Claims, Identity, TokenError};
pub use withdrawn::Withdrawn;
