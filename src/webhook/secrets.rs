//! Secrets of endpoints at rest: sealed, and opened for signing alone.

use chrono::{DateTime, Utc};
use entity::Sealed;
use entity::webhook::endpoint;

use crate::identity::signature::of_text;
use crate::store::Vault;
use crate::store::vault::VaultError;

/// Part of the seal, so that a value moved here from elsewhere does not open.
const LABEL: &[u8] = b"webhook-secret";

/// Seals a secret as its holder keeps it, `whsec_…`.
pub fn seal(vault: &Vault, secret: &str) -> Sealed {
    Sealed(vault.seal_bytes(LABEL, secret.as_bytes()))
}

/// The secrets that sign at a moment, the newest first.
///
/// # Errors
/// When one does not open.
pub fn open(vault: &Vault, endpoint: &endpoint::Model, now: DateTime<Utc>) -> Result<Vec<Vec<u8>>, VaultError> {
    let previous = endpoint.previous_secret.as_ref().filter(|_| endpoint.previous_until.is_some_and(|end| now < end));
    std::iter::once(&endpoint.secret)
        .chain(previous)
        .map(|sealed| {
            let text = vault.open_bytes(LABEL, &sealed.0)?;
            std::str::from_utf8(&text).ok().and_then(of_text).ok_or(VaultError::Broken)
        })
        .collect()
}
