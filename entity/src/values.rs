//! Column types that several tables share.

use sea_orm::{DbErr, DeriveValueType, FromJsonQueryResult, TryFromU64};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A personal value as it stands in the store: key id, nonce, ciphertext and tag. Only the vault opens it.
#[derive(Clone, Default, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// A keyed hash by which a personal value is found without being readable.
#[derive(Clone, Default, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Blind(pub Vec<u8>);

impl fmt::Debug for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blind(…)")
    }
}

impl TryFromU64 for Blind {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Blind"))
    }
}

/// A short list of codes, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Codes(pub Vec<String>);

impl Codes {
    /// Whether `code` is in the list.
    pub fn has(&self, code: &str) -> bool {
        self.0.iter().any(|c| c == code)
    }
}

impl<S: Into<String>> FromIterator<S> for Codes {
    fn from_iter<I: IntoIterator<Item = S>>(codes: I) -> Self {
        Self(codes.into_iter().map(Into::into).collect())
    }
}
