//! The development key: known to everybody, so that a first try needs no issuer. Production does not take it.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};

use super::token::{Audience, Claims};
use crate::access::{Scope, Viewer};
use crate::settings::AuthSettings;

/// The key's id.
pub const KID: &str = "dev";

/// Worth nothing, on purpose.
const SEED: &[u8; 32] = b"milepost development signing key";

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(SEED).expect("32 bytes are a seed")
}

/// The public part, 32 bytes.
pub fn public_key() -> Vec<u8> {
    pair().public_key().as_ref().to_vec()
}

pub(super) fn decoding_key() -> DecodingKey {
    DecodingKey::from_ed_der(&public_key())
}

/// Signs any claims with the development key.
///
/// # Errors
/// When the claims cannot be written as JSON.
pub fn sign(claims: &impl serde::Serialize) -> Result<String, jsonwebtoken::errors::Error> {
    let key = pair().to_pkcs8().map_err(|_| jsonwebtoken::errors::ErrorKind::InvalidEddsaKey)?;
    let header = Header { kid: Some(KID.to_owned()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(key.as_ref()))
}

/// The claims of a viewer, from now on for this long; none for anonymous callers, who have no token.
pub fn claims(
    auth: &AuthSettings,
    viewer: &Viewer,
    now: chrono::DateTime<chrono::Utc>,
    ttl: chrono::Duration,
) -> Option<Claims> {
    let names: Vec<&str> = viewer
        .scopes
        .iter()
        .map(|scope| match scope {
            Scope::PiiRead => "pii:read",
        })
        .collect();
    Some(Claims {
        iss: auth.issuer.clone(),
        aud: Audience::One(auth.audience.clone()),
        sub: viewer.actor(),
        role: viewer.role()?,
        store: viewer.store(),
        scope: names.join(" "),
        exp: (now + ttl).timestamp(),
        iat: Some(now.timestamp()),
        nbf: None,
    })
}
