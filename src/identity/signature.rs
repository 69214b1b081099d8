//! Signatures of messages after Standard Webhooks, of those that come and those that go: HMAC-SHA256 over
//! `id.timestamp.body`, the raw bytes, before anything in them is looked at.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};

/// What a request says of its signature.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or several `v1,<base64>`, separated by spaces.
    pub signatures: &'a str,
}

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The id is empty, too long, or holds the separator.
    #[error("malformed id")]
    Id,
    /// The timestamp is no number, or out of the window.
    #[error("stale timestamp")]
    Timestamp,
    /// None of the signatures is of a key that counts.
    #[error("wrong signature")]
    Signature,
}

/// Longest `webhook-id`.
const MAX_ID: usize = 255;

/// Signatures that are looked at: one for each key in a rotation, and room.
const MAX_SIGNATURES: usize = 8;

/// Beginning of a secret as people pass it on.
const PREFIX: &str = "whsec_";

/// Bytes of a new secret; the specification wants 24 to 64.
const LENGTH: usize = 32;

/// A new secret.
pub fn new_secret() -> [u8; LENGTH] {
    let mut secret = [0; LENGTH];
    rand::fill(&mut secret).expect("the system gives random bytes");
    secret
}

/// A secret as people pass it on: `whsec_` and base64.
pub fn to_text(secret: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(secret))
}

/// A secret from its text.
pub fn of_text(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix(PREFIX)?).ok()
}

/// Checks what is seen without the body.
///
/// # Errors
/// What is wrong first: the id, the time.
pub fn timely(signed: Signed<'_>, now: DateTime<Utc>, window: TimeDelta) -> Result<(), SignatureError> {
    if signed.id.is_empty() || signed.id.len() > MAX_ID || signed.id.contains('.') {
        return Err(SignatureError::Id);
    }
    let seconds = Some(signed.timestamp).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let at = seconds.and_then(|text| text.parse().ok()).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let at = at.ok_or(SignatureError::Timestamp)?;
    if (now - at).abs() > window {
        return Err(SignatureError::Timestamp);
    }
    Ok(())
}

/// Checks a signature against the keys that count now. Each comparison takes the same time whatever is wrong.
///
/// # Errors
/// What is wrong first: the id, the time, the signature.
pub fn verify(
    secrets: &[Vec<u8>],
    signed: Signed<'_>,
    body: &[u8],
    now: DateTime<Utc>,
    window: TimeDelta,
) -> Result<(), SignatureError> {
    timely(signed, now, window)?;
    let content = content(signed.id, signed.timestamp, body);
    let mut right = false;
    for given in signed.signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).take(MAX_SIGNATURES) {
        let Ok(tag) = STANDARD.decode(given) else { continue };
        for secret in secrets {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            right |= hmac::verify(&key, &content, &tag).is_ok();
        }
    }
    if right { Ok(()) } else { Err(SignatureError::Signature) }
}

/// Signs a body, as a sender does: the value of `webhook-signature`.
pub fn sign(secret: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, &content(id, &timestamp.to_string(), body));
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

fn content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn check(
        secrets: &[&[u8]],
        id: &str,
        timestamp: &str,
        signatures: &str,
        body: &[u8],
    ) -> Result<(), SignatureError> {
        let secrets: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.to_vec()).collect();
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        verify(&secrets, Signed { id, timestamp, signatures }, body, now, TimeDelta::minutes(5))
    }

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_specifications_example_is_signed_alike() {
        let secret = of_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(to_text(&secret), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn either_of_two_keys_counts_and_no_other() {
        let signature = sign(b"new", "m", NOW, b"x");
        let (old, other) = (sign(b"old", "m", NOW, b"x"), sign(b"other", "m", NOW, b"x"));
        let now = NOW.to_string();
        let keys: &[&[u8]] = &[b"new", b"old"];
        assert_eq!(check(keys, "m", &now, &signature, b"x"), Ok(()));
        assert_eq!(check(keys, "m", &now, &old, b"x"), Ok(()));
        assert_eq!(check(keys, "m", &now, &format!("{other} v2,abc {old}"), b"x"), Ok(()));
        for wrong in [other.as_str(), "", "v1,", "v1,???", old.trim_start_matches("v1,")] {
            assert_eq!(check(keys, "m", &now, wrong, b"x"), Err(SignatureError::Signature), "{wrong}");
        }
        assert_eq!(check(&[], "m", &now, &signature, b"x"), Err(SignatureError::Signature));
    }

    #[test]
    fn the_window_is_five_minutes_either_way() {
        for (seconds, right) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
            let at = NOW + seconds;
            let signature = sign(b"key", "m", at, b"x");
            let found = check(&[b"key"], "m", &at.to_string(), &signature, b"x");
            assert_eq!(found, if right { Ok(()) } else { Err(SignatureError::Timestamp) }, "{seconds}");
        }
        for timestamp in ["", "now", "-1", "1700000000.0", "99999999999999999999"] {
            assert_eq!(check(&[b"key"], "m", timestamp, "v1,", b"x"), Err(SignatureError::Timestamp), "{timestamp}");
        }
    }

    #[test]
    fn an_id_with_the_separator_is_refused() {
        // Else `a.1` at 2 and `a` at `1.2` would be signed alike.
        for id in ["", "a.1", &"x".repeat(256)] {
            let signature = sign(b"key", id, NOW, b"x");
            assert_eq!(check(&[b"key"], id, &NOW.to_string(), &signature, b"x"), Err(SignatureError::Id));
        }
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_noticed(body in prop::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, bit in 0_u8..8) {
            let signature = sign(b"key", "m", NOW, &body);
            prop_assert_eq!(check(&[b"key"], "m", &NOW.to_string(), &signature, &body), Ok(()));
            let mut changed = body.clone();
            changed[at.index(body.len())] ^= 1 << bit;
            let found = check(&[b"key"], "m", &NOW.to_string(), &signature, &changed);
            prop_assert_eq!(found, Err(SignatureError::Signature));
        }
    }
}
