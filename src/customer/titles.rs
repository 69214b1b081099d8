//! How titles of invoices are kept: sealed, whole.

use entity::Sealed;

use super::rules::invoice_title::Title;
use crate::graph::Error;
use crate::store::Vault;

const LABEL: &[u8] = b"invoice-title";

/// A title as it is kept.
pub fn seal(vault: &Vault, title: &Title) -> Sealed {
    let plain = serde_json::to_vec(title).expect("a title is plain JSON");
    Sealed(vault.seal_bytes(LABEL, &plain))
}

/// A title that was kept.
///
/// # Errors
/// When it was sealed under a key that is gone.
pub fn open(vault: &Vault, sealed: &Sealed) -> Result<Title, Error> {
    let plain = vault.open_bytes(LABEL, &sealed.0)?;
    serde_json::from_slice(&plain).map_err(|error| Error::hidden(format!("a title of an invoice: {error}")))
}
