//! From a token to a viewer. Everything that does not fit is one refusal to the caller; the reason is for the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{Role, StoreId};
use jsonwebtoken::Validation;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use super::jwks::{Key, Keys};
use super::withdrawn::Withdrawn;
use crate::access::{Scope, Viewer, ViewerKind};
use crate::app::Clock;
use crate::settings::AuthSettings;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// For whom.
    pub aud: Audience,
    /// Whom it speaks for: the prefixed id of a customer, a member of staff or an upstream system.
    pub sub: String,
    /// As what.
    pub role: Role,
    /// The store of its staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// Extra rights, separated by spaces; those that we do not know count for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// End of its life, in seconds since 1970.
    pub exp: i64,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Not to be used before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
}

/// One audience or several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// Why a token is refused. For the log; the caller hears one text for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The header is not `Bearer` and a token.
    #[error("not a bearer token")]
    Scheme,
    /// Not a token, or claims are missing.
    #[error("malformed")]
    Malformed,
    /// No key of this id, or no id.
    #[error("unknown key")]
    UnknownKey,
    /// The header names another algorithm than the key's.
    #[error("the key is for another algorithm")]
    Algorithm,
    /// The signature is not the key's.
    #[error("wrong signature")]
    Signature,
    /// Another issuer.
    #[error("wrong issuer")]
    Issuer,
    /// For somebody else.
    #[error("wrong audience")]
    Audience,
    /// Its life is over.
    #[error("expired")]
    Expired,
    /// Its life has not begun.
    #[error("not valid yet")]
    Early,
    /// Its owner's tokens were withdrawn after it was made.
    #[error("withdrawn")]
    Withdrawn,
    /// The subject is not of the role's kind, or the store is missing or too much.
    #[error("role and subject do not fit")]
    Subject,
}

/// Longest token.
const MAX_TOKEN: usize = 8192;

/// Reads tokens. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    keys: Arc<Keys>,
    issuer: Arc<str>,
    audience: Arc<str>,
    leeway: chrono::Duration,
    clock: Clock,
    withdrawn: Withdrawn,
    /// Tokens whose signature was found good, with the key that it was made with. A caller sends the same one for hours,
    /// and checking a signature costs as much as a small statement.
    signed: Cache<String, (Arc<Key>, Arc<Claims>)>,
}

/// Room for the tokens that are kept, bytes of text.
const ROOM: u64 = 4 << 20;

impl Identity {
    /// Reads tokens of one issuer.
    pub fn new(auth: &AuthSettings, keys: Arc<Keys>, clock: Clock, withdrawn: Withdrawn) -> Self {
        Self {
            keys,
            issuer: auth.issuer.as_str().into(),
            audience: auth.audience.as_str().into(),
            leeway: chrono::Duration::from_std(auth.leeway).unwrap_or_default(),
            clock,
            withdrawn,
            signed: Cache::builder()
                .max_capacity(ROOM)
                .weigher(|token: &String, _| u32::try_from(token.len()).unwrap_or(u32::MAX))
                .build(),
        }
    }

    /// The audience of what is not for one app.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The issuer's keys.
    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The viewer of an `Authorization` header's value, whose token has to be for this audience; anonymous without one,
    /// never with a wrong one.
    ///
    /// # Errors
    /// When there is a token that does not count.
    pub async fn viewer(&self, authorization: Option<&str>, audience: &str) -> Result<Viewer, TokenError> {
        let Some(authorization) = authorization else { return Ok(Viewer::anonymous()) };
        let (scheme, token) = authorization.trim().split_once(' ').ok_or(TokenError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::Scheme);
        }
        let claims = self.verify(token.trim()).await?;
        if !claims.aud.names(audience) {
            return Err(TokenError::Audience);
        }
        viewer_of(&claims)
    }

    /// The claims of a token that counts.
    async fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Malformed);
        }
        let claims = self.signed_claims(token).await?;
        let now = self.clock.now();
        if moment(claims.exp)? + self.leeway <= now {
            return Err(TokenError::Expired);
        }
        for start in [claims.iat, claims.nbf].into_iter().flatten() {
            if moment(start)? - self.leeway > now {
                return Err(TokenError::Early);
            }
        }
        if !self.withdrawn.counts(&claims.sub, claims.iat.map(moment).transpose()?) {
            return Err(TokenError::Withdrawn);
        }
        Ok(claims)
    }

    /// The claims of a token that the issuer signed for us, whatever its times.
    async fn signed_claims(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        if let Some((key, claims)) = self.signed.get(token)
            && self.keys.holds(&key)
        {
            return Ok(claims);
        }
        // Of the header only `kid` is used, and `alg` to compare; `jku`, `x5u` and `jwk` are never looked at.
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        let key = self.keys.find(&kid).await.ok_or(TokenError::UnknownKey)?;
        if header.alg != key.algorithm {
            return Err(TokenError::Algorithm);
        }
        let mut validation = Validation::new(key.algorithm);
        // Times and names are compared below, by our clock.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &validation)
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenError::Signature,
                _ => TokenError::Malformed,
            })?
            .claims;
        if *claims.iss != *self.issuer {
            return Err(TokenError::Issuer);
        }
        let claims = Arc::new(claims);
        self.signed.insert(token.to_owned(), (key, claims.clone()));
        Ok(claims)
    }

    /// How long until the end of a viewer's token; none for anonymous callers. Without leeway: what goes on for long
    /// is no request that was on its way.
    pub fn remaining(&self, viewer: &Viewer) -> Option<std::time::Duration> {
        Some((viewer.expires_at? - self.clock.now()).to_std().unwrap_or_default())
    }
}

/// Seconds since 1970; far-off ones are refused, so that adding the leeway cannot overflow.
fn moment(seconds: i64) -> Result<DateTime<Utc>, TokenError> {
    // The year 9999.
    const LAST: i64 = 253_402_300_799;
    (0..=LAST).contains(&seconds).then(|| DateTime::from_timestamp(seconds, 0)).flatten().ok_or(TokenError::Malformed)
}

fn viewer_of(claims: &Claims) -> Result<Viewer, TokenError> {
    let wrong = |_| TokenError::Subject;
    let kind = match (claims.role, claims.store) {
        (Role::Customer, None) => ViewerKind::Customer(claims.sub.parse().map_err(wrong)?),
        (role @ (Role::Consultant | Role::StoreManager), Some(store)) => {
            ViewerKind::Staff { id: claims.sub.parse().map_err(wrong)?, store, manager: role == Role::StoreManager }
        }
        (Role::Operator, None) => ViewerKind::Operator(claims.sub.parse().map_err(wrong)?),
        (Role::PartnerSystem, None) => ViewerKind::System(claims.sub.parse().map_err(wrong)?),
        (Role::Customer | Role::Operator | Role::PartnerSystem, Some(_))
        | (Role::Consultant | Role::StoreManager, None) => {
            return Err(TokenError::Subject);
        }
    };
    let scopes: BTreeSet<Scope> = claims.scope.split(' ').filter_map(Scope::parse).collect();
    let issued_at = claims.iat.map(moment).transpose()?;
    Ok(Viewer { kind, scopes, expires_at: Some(moment(claims.exp)?), issued_at })
}
