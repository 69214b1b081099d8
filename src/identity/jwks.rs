//! The issuer's public keys by id. The algorithm belongs to the key; a token cannot choose it (RFC 8725).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::dev;
use crate::settings::KeySource;

/// A public key with the one algorithm that it is for.
pub struct Key {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// The key.
    pub key: DecodingKey,
}

type KeySet = HashMap<String, Arc<Key>>;

/// Shortest time between two reads that unknown ids make for, so that forged ids cost the issuer nothing.
const COOL_DOWN: Duration = Duration::from_secs(10);

/// Longest wait for the issuer.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest key set.
const MAX_BYTES: usize = 1 << 20;

/// The keys in force.
pub struct Keys {
    current: ArcSwap<KeySet>,
    source: Source,
    /// Whether the development key counts.
    dev: bool,
    cool_down: Duration,
    /// When an unknown id last made for a read. Held while reading: who waits finds the new keys.
    last: Mutex<Option<Instant>>,
}

enum Source {
    Dev,
    File(PathBuf),
    Url(reqwest::Url, reqwest::Client),
}

/// Why there are no new keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The address is not one, or no client could be made.
    #[error("the key set's address: {0}")]
    Address(String),
    /// The file cannot be read.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    File(PathBuf, std::io::Error),
    /// The issuer does not answer, or with an error.
    #[error("the issuer does not answer with keys: {0}")]
    Fetch(String),
    /// Not a JWK set.
    #[error("not a JWK set: {0}")]
    Format(#[from] serde_json::Error),
    /// Nothing that we can use.
    #[error("the key set has no usable key (Ed25519, P-256 or RSA from 2048 bits, with a `kid`)")]
    Empty,
}

impl Keys {
    /// Keys of this source, none read yet except the development key when it counts.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn new(source: &KeySource, dev: bool) -> Result<Arc<Self>, KeysError> {
        let source = match source {
            KeySource::Dev => Source::Dev,
            KeySource::File(path) => Source::File(path.clone()),
            KeySource::Url(url) => {
                let url = url.parse().map_err(|e| KeysError::Address(format!("{e}")))?;
                let client = reqwest::Client::builder()
                    .timeout(FETCH_TIMEOUT)
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .map_err(|e| KeysError::Address(chain(&e)))?;
                Source::Url(url, client)
            }
        };
        let keys = Self { current: ArcSwap::default(), source, dev, cool_down: COOL_DOWN, last: Mutex::new(None) };
        keys.put(KeySet::new());
        Ok(Arc::new(keys))
    }

    fn put(&self, mut keys: KeySet) {
        if self.dev {
            // Last, so that no issuer's key of this id takes its place.
            let key = Key { algorithm: Algorithm::EdDSA, key: dev::decoding_key() };
            keys.insert(dev::KID.to_owned(), Arc::new(key));
        }
        self.current.store(Arc::new(keys));
    }

    /// Whether there is any key.
    pub fn ready(&self) -> bool {
        !self.current.load().is_empty()
    }

    /// Whether this very key counts now: one that was read again is another.
    pub fn holds(&self, key: &Arc<Key>) -> bool {
        self.current.load().values().any(|known| Arc::ptr_eq(known, key))
    }

    /// The key of an id. An unknown id reads the keys again, once in the cool-down, whoever asks.
    pub async fn find(self: &Arc<Self>, kid: &str) -> Option<Arc<Key>> {
        if let Some(key) = self.current.load().get(kid) {
            return Some(key.clone());
        }
        if matches!(self.source, Source::Dev) {
            return None;
        }
        let keys = self.clone();
        // In a task of its own: a caller who leaves must not use up the cool-down for nothing.
        let read = tokio::spawn(async move {
            let mut last = keys.last.lock().await;
            if last.is_some_and(|at| at.elapsed() < keys.cool_down) {
                return;
            }
            if let Err(error) = keys.refresh().await {
                tracing::warn!(%error, "keys could not be read; the old ones stay");
            }
            *last = Some(Instant::now());
        });
        if let Err(error) = read.await {
            tracing::error!(%error, "reading keys failed");
        }
        self.current.load().get(kid).cloned()
    }

    /// Reads the keys; when that fails the old ones stay.
    ///
    /// # Errors
    /// When there are no new keys.
    pub async fn refresh(&self) -> Result<(), KeysError> {
        let text = match &self.source {
            Source::Dev => return Ok(()),
            Source::File(path) => tokio::fs::read(path).await.map_err(|e| KeysError::File(path.clone(), e))?,
            Source::Url(url, client) => fetch(client, url).await?,
        };
        let keys = parse(&text, self.dev)?;
        tracing::debug!(keys.count = keys.len(), "keys read");
        self.put(keys);
        Ok(())
    }

    /// Reads the keys again and again.
    pub async fn keep_fresh(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        if matches!(self.source, Source::Dev) {
            return;
        }
        loop {
            // Without any key nobody can sign in: ask again soon.
            let pause = if self.ready() { every } else { self.cool_down };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "keys could not be read; the old ones stay");
            }
        }
    }
}

async fn fetch(client: &reqwest::Client, url: &reqwest::Url) -> Result<Vec<u8>, KeysError> {
    let failed = |error: reqwest::Error| KeysError::Fetch(chain(&error));
    let mut response = client.get(url.clone()).send().await.map_err(failed)?;
    // No redirects: the client does not follow them, and a 3xx is not a key set.
    if !response.status().is_success() {
        return Err(KeysError::Fetch(format!("status {}", response.status())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            return Err(KeysError::Fetch("more than a megabyte".into()));
        }
    }
    Ok(body)
}

/// An error with its causes, which `Display` of reqwest leaves out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn parse(text: &[u8], dev: bool) -> Result<KeySet, KeysError> {
    let set: JwkSet = serde_json::from_slice(text)?;
    let mut keys = KeySet::new();
    for jwk in &set.keys {
        let kid = jwk.common.key_id.as_deref().unwrap_or_default();
        match usable(jwk, dev) {
            Ok(key) if !kid.is_empty() => drop(keys.insert(kid.to_owned(), Arc::new(key))),
            Ok(_) => tracing::warn!("a key without `kid` is left out"),
            Err(reason) => tracing::warn!(key.id = kid, reason, "a key is left out"),
        }
    }
    if keys.is_empty() { Err(KeysError::Empty) } else { Ok(keys) }
}

/// The key with its algorithm, or why it does not count.
fn usable(jwk: &Jwk, dev: bool) -> Result<Key, &'static str> {
    if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
        return Err("it is for encryption");
    }
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "its numbers are not base64url");
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            let public = bytes(&pair.x)?;
            if public.len() != 32 {
                return Err("it is not 32 bytes");
            }
            if !dev && public == dev::public_key() {
                return Err("it is the development key");
            }
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
            if bytes(&point.x)?.len() != 32 || bytes(&point.y)?.len() != 32 {
                return Err("it is not a point of 64 bytes");
            }
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(numbers) => {
            if bytes(&numbers.n)?.len() < 256 {
                return Err("it has less than 2048 bits");
            }
            bytes(&numbers.e)?;
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        _ => return Err("its kind is not taken (Ed25519, P-256, RSA are)"),
    };
    if jwk.common.key_algorithm.is_some_and(|alg| alg != named) {
        return Err("it is for another algorithm");
    }
    let key = DecodingKey::from_jwk(jwk).map_err(|_| "it cannot be read")?;
    Ok(Key { algorithm, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    const P256: &str = r#""kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM""#;

    fn ids(keys: &[String], dev: bool) -> Option<Vec<String>> {
        let text = format!("{{\"keys\":[{}]}}", keys.join(","));
        let mut ids: Vec<String> = parse(text.as_bytes(), dev).ok()?.into_keys().collect();
        ids.sort();
        Some(ids)
    }

    #[test]
    fn only_keys_of_the_three_kinds_with_an_id_count() {
        let keys = [
            format!(r#"{{"kid":"a","kty":"RSA","n":"{RSA_N}","e":"AQAB"}}"#),
            format!(r#"{{"kid":"b",{P256}}}"#),
            format!(r#"{{"kid":"c",{P256},"alg":"RS256"}}"#),
            format!(r#"{{"kid":"d",{P256},"use":"enc"}}"#),
            format!(r#"{{{P256}}}"#),
            r#"{"kid":"e","kty":"oct","k":"AAAA"}"#.to_owned(),
            r#"{"kid":"f","kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(),
            r#"{"kid":"g","kty":"OKP","crv":"Ed25519","x":"AAAA"}"#.to_owned(),
            r#"{"kid":"h","kty":"something new","z":1}"#.to_owned(),
        ];
        assert_eq!(ids(&keys, false).unwrap(), ["a", "b"]);
    }

    #[test]
    fn the_development_key_does_not_come_in_by_a_key_set() {
        let x = URL_SAFE_NO_PAD.encode(dev::public_key());
        let keys = [format!(r#"{{"kid":"x","kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)];
        assert_eq!(ids(&keys, false), None);
        assert_eq!(ids(&keys, true).unwrap(), ["x"]);
    }
}
