//! Personal data at rest: sealed with AES-256-GCM under a key whose id stands beside the ciphertext, and found
//! through a keyed hash (HMAC-SHA-256). The clear value leaves this file only with a [`Disclosure`].

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{Blind, Sealed};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::Disclosure;
use crate::values::mask;

/// What a sealed value is. Part of the seal, so that a ciphertext moved to another column does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    /// A person's name.
    Name,
    /// A phone number, E.164.
    Phone,
    /// An e-mail address.
    Email,
    /// A postal address.
    Address,
    /// A resident id number; masked even for its owner (domain.md 3.6).
    ResidentId,
    /// The vehicle identification number of somebody's own car.
    Vin,
    /// What people write to each other, and what they call their files.
    Message,
}

impl Personal {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Name => b"name",
            Self::Phone => b"phone",
            Self::Email => b"email",
            Self::Address => b"address",
            Self::ResidentId => b"resident-id",
            Self::Vin => b"vin",
            Self::Message => b"message",
        }
    }

    /// The masked form (domain.md 3.6).
    fn mask(self, clear: &str) -> String {
        match self {
            Self::Name => mask::person_name(clear),
            Self::Phone => mask::phone(clear),
            Self::Email => mask::email(clear),
            Self::Address => mask::postal_address(clear),
            Self::ResidentId => mask::resident_id(clear),
            Self::Vin => mask::vin(clear),
            Self::Message => mask::message(clear),
        }
    }
}

/// Why a value could not be sealed or opened. Says nothing about the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No key of this id in the settings.
    #[error("no vault key with the id {0:?}")]
    UnknownKey(String),
    /// Not a sealed value, sealed for something else, or tampered with.
    #[error("a sealed value does not open")]
    Broken,
}

const FORMAT: u8 = 1;

/// The keys. Values sealed under an older key stay readable as long as that key is in the settings.
pub struct Vault {
    keys: BTreeMap<String, LessSafeKey>,
    current: String,
    blind: hmac::Key,
}

impl Vault {
    /// A vault over keys by id; `current` seals new values.
    ///
    /// # Errors
    /// When `current` is not among the keys.
    pub fn new(keys: &BTreeMap<String, [u8; 32]>, current: &str, blind: &[u8; 32]) -> Result<Self, VaultError> {
        if !keys.contains_key(current) || current.len() > usize::from(u8::MAX) {
            return Err(VaultError::UnknownKey(current.to_owned()));
        }
        let keys = keys
            .iter()
            .map(|(id, key)| {
                let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::UnknownKey(id.clone()))?;
                Ok((id.clone(), LessSafeKey::new(key)))
            })
            .collect::<Result<_, VaultError>>()?;
        Ok(Self { keys, current: current.to_owned(), blind: hmac::Key::new(hmac::HMAC_SHA256, blind) })
    }

    /// Seals a value under the current key.
    pub fn seal(&self, kind: Personal, clear: &str) -> Sealed {
        Sealed(self.seal_bytes(kind.label(), clear.as_bytes()))
    }

    /// Seals bytes of our own, such as a secret.
    pub fn seal_bytes(&self, label: &[u8], clear: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).expect("the system gives random bytes");
        self.sealed(label, clear, nonce)
    }

    /// Seals bytes that somebody else keeps for us, such as a cursor, whose values may be hidden from them. The same bytes
    /// are sealed in the same way, so that an answer that has not changed is the same to the byte: the nonce is made of
    /// them, as in a synthetic initialisation vector (RFC 5297). Who keeps two of the same row can therefore tell whether a
    /// hidden value has changed between them; not to what.
    pub fn seal_alike(&self, label: &[u8], clear: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.blind);
        for part in [b"nonce".as_slice(), &[0], label, &[0], clear] {
            context.update(part);
        }
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&context.sign().as_ref()[..NONCE_LEN]);
        self.sealed(label, clear, nonce)
    }

    fn sealed(&self, label: &[u8], clear: &[u8], nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let key = &self.keys[&self.current];
        let mut body = clear.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(label), &mut body)
            .expect("a short text can be sealed");
        let mut sealed = Vec::with_capacity(2 + self.current.len() + NONCE_LEN + body.len());
        sealed.push(FORMAT);
        sealed.push(u8::try_from(self.current.len()).expect("checked when made"));
        sealed.extend_from_slice(self.current.as_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed
    }

    /// The value as this disclosure allows. A resident id stays masked in any case.
    ///
    /// # Errors
    /// When the value does not open.
    pub fn show(&self, kind: Personal, sealed: &Sealed, disclosure: Disclosure) -> Result<String, VaultError> {
        let clear = self.open(kind, sealed)?;
        Ok(match (disclosure, kind) {
            (Disclosure::Clear, Personal::ResidentId) | (Disclosure::Masked, _) => kind.mask(&clear),
            (Disclosure::Clear, _) => clear,
        })
    }

    /// The hash under which a normalised value is found.
    pub fn blind(&self, kind: Personal, normalised: &str) -> Blind {
        let mut context = hmac::Context::with_key(&self.blind);
        context.update(kind.label());
        context.update(&[0]);
        context.update(normalised.as_bytes());
        Blind(context.sign().as_ref().to_vec())
    }

    /// Six digits that belong to something named, made of the key whenever they are wanted: kept nowhere, neither clear nor sealed
    /// nor as a hash, of which there are too few to hide one.
    pub fn six_digits(&self, label: &[u8], name: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.blind);
        for part in [b"six-digits".as_slice(), &[0], label, &[0], name] {
            context.update(part);
        }
        let mut first = [0; 8];
        first.copy_from_slice(&context.sign().as_ref()[..8]);
        // Of 2^64 numbers none is more likely than another by more than one in 10^13.
        format!("{:06}", u64::from_be_bytes(first) % 1_000_000)
    }

    /// Whether a sealed value is this one; for what comes in, which shows nothing to anybody.
    pub fn says(&self, kind: Personal, sealed: &Sealed, clear: &str) -> bool {
        self.open(kind, sealed).is_ok_and(|known| known == clear)
    }

    fn open(&self, kind: Personal, sealed: &Sealed) -> Result<String, VaultError> {
        String::from_utf8(self.open_bytes(kind.label(), &sealed.0)?).map_err(|_| VaultError::Broken)
    }

    /// Seals a value into an opaque text that a client keeps for us; alike, see [`Vault::seal_alike`].
    pub fn seal_text(&self, label: &[u8], value: &impl Serialize) -> String {
        let plain = serde_json::to_vec(value).expect("what is sealed is plain JSON");
        URL_SAFE_NO_PAD.encode(self.seal_alike(label, &plain))
    }

    /// Reads such a text of at most `max` characters; none when it is not one of ours.
    pub fn open_text<T: DeserializeOwned>(&self, label: &[u8], text: &str, max: usize) -> Option<T> {
        if text.len() > max {
            return None;
        }
        let plain = self.open_bytes(label, &URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Opens what [`Vault::seal_bytes`] or [`Vault::seal_alike`] sealed under the same label.
    ///
    /// # Errors
    /// When the bytes do not open.
    pub fn open_bytes(&self, label: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let [FORMAT, id_len, rest @ ..] = sealed else { return Err(VaultError::Broken) };
        let (id, rest) = rest.split_at_checked(usize::from(*id_len)).ok_or(VaultError::Broken)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(VaultError::Broken)?;
        let id = std::str::from_utf8(id).map_err(|_| VaultError::Broken)?;
        let key = self.keys.get(id).ok_or_else(|| VaultError::UnknownKey(id.to_owned()))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Broken)?;
        let mut body = body.to_vec();
        let clear = key.open_in_place(nonce, Aad::from(label), &mut body).map_err(|_| VaultError::Broken)?;
        Ok(clear.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(current: &str) -> Vault {
        let keys = BTreeMap::from([("k1".to_owned(), [1; 32]), ("k2".to_owned(), [2; 32])]);
        Vault::new(&keys, current, &[9; 32]).unwrap()
    }

    #[test]
    fn a_value_sealed_under_an_older_key_still_opens() {
        let sealed = vault("k1").seal(Personal::Phone, "+8613800001234");
        let newer = vault("k2");
        assert_eq!(newer.show(Personal::Phone, &sealed, Disclosure::Clear).unwrap(), "+8613800001234");
        assert_ne!(newer.show(Personal::Phone, &sealed, Disclosure::Masked).unwrap(), "+8613800001234");
    }

    #[test]
    fn what_is_kept_for_us_is_sealed_alike_and_what_we_keep_is_not() {
        let vault = vault("k1");
        let alike = |label: &[u8], clear: &[u8]| vault.seal_alike(label, clear);
        assert_eq!(alike(b"cursor", b"row 1"), alike(b"cursor", b"row 1"));
        assert_ne!(alike(b"cursor", b"row 1"), alike(b"cursor", b"row 2"));
        assert_ne!(alike(b"cursor", b"row 1"), alike(b"cursors", b"row 1"));
        assert_eq!(vault.open_bytes(b"cursor", &alike(b"cursor", b"row 1")).unwrap(), b"row 1");
        assert_ne!(vault.seal_bytes(b"secret", b"x"), vault.seal_bytes(b"secret", b"x"));
    }

    #[test]
    fn a_value_moved_to_another_column_or_altered_does_not_open() {
        let vault = vault("k1");
        let sealed = vault.seal(Personal::Name, "张三");
        assert_eq!(vault.show(Personal::Email, &sealed, Disclosure::Clear), Err(VaultError::Broken));
        let mut altered = sealed.clone();
        *altered.0.last_mut().unwrap() ^= 1;
        assert_eq!(vault.show(Personal::Name, &altered, Disclosure::Clear), Err(VaultError::Broken));
        for cut in 0..sealed.0.len() {
            assert!(vault.show(Personal::Name, &Sealed(sealed.0[..cut].to_vec()), Disclosure::Clear).is_err());
        }
    }

    #[test]
    fn six_digits_are_the_same_for_the_same_name_and_another_key_makes_others() {
        let digits = |vault: &Vault, name: &[u8]| vault.six_digits(b"pickup", name);
        let ours = vault("k1");
        for name in [b"a".as_slice(), b"b", b""] {
            let made = digits(&ours, name);
            assert!(made.len() == 6 && made.bytes().all(|byte| byte.is_ascii_digit()), "{made}");
            assert_eq!(digits(&vault("k2"), name), made, "keys that seal may change");
        }
        let other = Vault::new(&BTreeMap::from([("k1".to_owned(), [1; 32])]), "k1", &[8; 32]).unwrap();
        let differ = (0..20_u8).filter(|name| digits(&ours, &[*name]) != digits(&other, &[*name])).count();
        assert!(differ >= 19);
        let found: std::collections::BTreeSet<_> = (0..200_u8).map(|name| digits(&ours, &[name])).collect();
        assert!(found.len() >= 198);
    }

    #[test]
    fn a_resident_id_is_never_shown_in_clear() {
        let vault = vault("k1");
        let sealed = vault.seal(Personal::ResidentId, "11010519491231002X");
        let shown = vault.show(Personal::ResidentId, &sealed, Disclosure::Clear).unwrap();
        assert!(!shown.contains("19491231"));
    }

    #[test]
    fn the_same_text_of_two_kinds_has_two_hashes() {
        let vault = vault("k1");
        assert_eq!(vault.blind(Personal::Phone, "x"), vault.blind(Personal::Phone, "x"));
        assert_ne!(vault.blind(Personal::Phone, "x"), vault.blind(Personal::Email, "x"));
    }
}
