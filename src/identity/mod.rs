//! Who asks: a bearer token becomes a [`Viewer`](crate::access::Viewer) (guarantees 6.3).

pub mod dev;
pub mod jwks;
pub mod signature;
pub mod token;
pub mod withdrawn;

pub use jwks::Keys;
pub use token::{Claims, Identity, TokenError};
pub use withdrawn::Withdrawn;
