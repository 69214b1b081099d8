//! Files at rest: sealed with AES-256-GCM in parts, so that neither their writer nor their reader holds more than one part. Each file
//! has a key of its own, which stands before its bytes, sealed by the vault for the file's name alone. The number of a part, and whether
//! it is the last one, are its nonce (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár): parts that were changed,
//! exchanged, left out or put behind do not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use axum::body::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::store::Vault;

/// Clear bytes of a part.
const PART: usize = 64 << 10;

/// What a part is longer sealed.
const TAG: usize = 16;

/// A file's key.
const KEY: usize = 32;

/// Before the key, so that another way of sealing can be told.
const FORMAT: u8 = 1;

/// Why a file does not open. Says nothing about what is in it.
#[derive(Debug, thiserror::Error)]
#[error("a sealed file does not open")]
pub struct Broken;

fn label(name: &str) -> Vec<u8> {
    [b"file:", name.as_bytes()].concat()
}

fn key(bytes: &[u8]) -> Result<LessSafeKey, Broken> {
    UnboundKey::new(&AES_256_GCM, bytes).map(LessSafeKey::new).map_err(|_| Broken)
}

/// Of one key no part has the nonce of another.
fn nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    nonce[NONCE_LEN - 1] = u8::from(last);
    Nonce::assume_unique_for_key(nonce)
}

/// Seals the bytes of a file as they come.
pub struct Sealer {
    key: LessSafeKey,
    number: u64,
    clear: Vec<u8>,
    out: Vec<u8>,
}

impl Sealer {
    /// For a file of this name.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new(vault: &Vault, name: &str) -> Result<Self, Broken> {
        let mut own = [0; KEY];
        rand::fill(&mut own).map_err(|_| Broken)?;
        let sealed = vault.seal_bytes(&label(name), &own);
        let mut out = vec![FORMAT];
        out.extend_from_slice(&u16::try_from(sealed.len()).map_err(|_| Broken)?.to_be_bytes());
        out.extend_from_slice(&sealed);
        Ok(Self { key: key(&own)?, number: 0, clear: Vec::new(), out })
    }

    /// Takes bytes; what of the sealed file is ready.
    ///
    /// # Errors
    /// Never of bytes that fit into memory.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Bytes, Broken> {
        while !bytes.is_empty() {
            // A part is sealed when there is more behind it: the last one is marked.
            if self.clear.len() == PART {
                self.seal(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.clear.len()));
            self.clear.extend_from_slice(now);
            bytes = later;
        }
        Ok(std::mem::take(&mut self.out).into())
    }

    /// The rest of the sealed file, after which nothing comes.
    ///
    /// # Errors
    /// As [`Sealer::push`].
    pub fn take_rest(&mut self) -> Result<Bytes, Broken> {
        self.seal(true)?;
        Ok(std::mem::take(&mut self.out).into())
    }

    fn seal(&mut self, last: bool) -> Result<(), Broken> {
        let tag = self.key.seal_in_place_separate_tag(nonce(self.number, last), Aad::empty(), &mut self.clear);
        let tag = tag.map_err(|_| Broken)?;
        self.out.append(&mut self.clear);
        self.out.extend_from_slice(tag.as_ref());
        self.number += 1;
        Ok(())
    }
}

/// Opens a sealed file as it comes.
struct Opener {
    key: Option<LessSafeKey>,
    label: Vec<u8>,
    number: u64,
    /// What stands before the parts, as long as its key is not read.
    head: Vec<u8>,
    sealed: Vec<u8>,
}

impl Opener {
    fn new(name: &str) -> Self {
        Self { key: None, label: label(name), number: 0, head: Vec::new(), sealed: Vec::new() }
    }

    /// Takes of the beginning what the key needs; what is left.
    fn begin<'b>(&mut self, vault: &Vault, mut bytes: &'b [u8]) -> Result<&'b [u8], Broken> {
        const HEAD: usize = 3;
        while self.key.is_none() && !bytes.is_empty() {
            let wanted = match self.head[..] {
                [FORMAT, high, low, ..] => HEAD + usize::from(u16::from_be_bytes([high, low])),
                [] | [FORMAT] | [FORMAT, _] => HEAD,
                _ => return Err(Broken),
            };
            let (now, later) = bytes.split_at(bytes.len().min(wanted - self.head.len()));
            self.head.extend_from_slice(now);
            bytes = later;
            if wanted > HEAD && self.head.len() == wanted {
                let own = vault.open_bytes(&self.label, &self.head[HEAD..]).map_err(|_| Broken)?;
                self.key = Some(key(&own)?);
            }
        }
        Ok(bytes)
    }

    /// Takes bytes behind the beginning; what of the file is known to be whole.
    fn push(&mut self, mut bytes: &[u8]) -> Result<Bytes, Broken> {
        let mut clear = Vec::new();
        while !bytes.is_empty() {
            if self.sealed.len() == PART + TAG {
                self.open(false, &mut clear)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PART + TAG - self.sealed.len()));
            self.sealed.extend_from_slice(now);
            bytes = later;
        }
        Ok(clear.into())
    }

    fn finish(mut self) -> Result<Bytes, Broken> {
        let mut clear = Vec::new();
        self.open(true, &mut clear)?;
        Ok(clear.into())
    }

    fn open(&mut self, last: bool, clear: &mut Vec<u8>) -> Result<(), Broken> {
        let key = self.key.as_ref().ok_or(Broken)?;
        let opened = key.open_in_place(nonce(self.number, last), Aad::empty(), &mut self.sealed);
        clear.extend_from_slice(opened.map_err(|_| Broken)?);
        self.sealed.clear();
        self.number += 1;
        Ok(())
    }
}

type Stored = BoxStream<'static, object_store::Result<Bytes>>;

/// The clear bytes of a sealed file. The stream ends with an error where the file is not whole; what came before it was.
///
/// # Errors
/// When its key does not open, or the store fails.
pub async fn opened(vault: &Vault, name: &str, mut sealed: Stored) -> object_store::Result<Stored> {
    let mut opener = Opener::new(name);
    let mut first = Bytes::new();
    while opener.key.is_none() {
        let bytes = sealed.try_next().await?.ok_or_else(|| broken(Broken))?;
        let left = opener.begin(vault, &bytes).map_err(broken)?.len();
        first = bytes.slice(bytes.len() - left..);
    }
    let sealed = stream::iter([Ok(first)]).chain(sealed).boxed();
    let clear = stream::try_unfold(Some((opener, sealed)), |state| async move {
        let Some((mut opener, mut sealed)) = state else { return Ok(None) };
        match sealed.try_next().await? {
            Some(bytes) => Ok(Some((opener.push(&bytes).map_err(broken)?, Some((opener, sealed))))),
            None => Ok(Some((opener.finish().map_err(broken)?, None))),
        }
    });
    // A part may not be there yet.
    Ok(clear.try_filter(|bytes| std::future::ready(!bytes.is_empty())).boxed())
}

fn broken(error: Broken) -> object_store::Error {
    object_store::Error::Generic { store: "sealed files", source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn vault() -> Vault {
        Vault::new(&BTreeMap::from([("k1".to_owned(), [1; 32])]), "k1", &[9; 32]).unwrap()
    }

    fn sealed(name: &str, clear: &[u8], step: usize) -> Vec<u8> {
        let mut sealer = Sealer::new(&vault(), name).unwrap();
        let mut out = Vec::new();
        for bytes in clear.chunks(step) {
            out.extend_from_slice(&sealer.push(bytes).unwrap());
        }
        out.extend_from_slice(&sealer.take_rest().unwrap());
        out
    }

    fn open(name: &str, sealed: &[u8], step: usize) -> Result<Vec<u8>, Broken> {
        let (vault, mut opener, mut out) = (vault(), Opener::new(name), Vec::new());
        for bytes in sealed.chunks(step) {
            let bytes = opener.begin(&vault, bytes)?;
            out.extend_from_slice(&opener.push(bytes)?);
        }
        out.extend_from_slice(&opener.finish()?);
        Ok(out)
    }

    fn clear(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
    }

    #[test]
    fn parts_that_were_changed_exchanged_or_left_out_do_not_open() {
        let whole = sealed("a", &clear(3 * PART + 5), PART);
        let head = whole.len() - (3 * (PART + TAG) + 5 + TAG);
        let part = |n: usize| &whole[head + n * (PART + TAG)..(head + (n + 1) * (PART + TAG)).min(whole.len())];
        let of = |parts: &[&[u8]]| [&[&whole[..head]], parts].concat().concat();
        assert!(open("a", &of(&[part(0), part(1), part(2), part(3)]), 1000).is_ok());
        for wrong in [
            of(&[part(0), part(2), part(1), part(3)]),
            of(&[part(0), part(1), part(2)]),
            of(&[part(0), part(1), part(3)]),
            of(&[part(1), part(2), part(3)]),
            of(&[part(3)]),
            of(&[part(0), part(1), part(2), part(3), part(3)]),
            of(&[]),
            whole[..head / 2].to_vec(),
            Vec::new(),
            clear(200),
        ] {
            assert!(open("a", &wrong, 1000).is_err(), "{} bytes", wrong.len());
        }
        assert!(open("b", &whole, 1000).is_err(), "it is another file's");
        assert_ne!(sealed("a", b"x", 1), sealed("a", b"x", 1), "each has a key of its own");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_sealed_opens_however_it_comes(
            length in prop_oneof![0_usize..300, PART - 2..PART + 3, 2 * PART - 2..2 * PART + 3],
            (one, other) in (1_usize..2 * PART, 1_usize..2 * PART), at in any::<prop::sample::Index>(),
        ) {
            let whole = sealed("orders/a", &clear(length), one);
            prop_assert_eq!(open("orders/a", &whole, other).unwrap(), clear(length));
            let mut changed = whole.clone();
            let place = at.index(whole.len());
            changed[place] ^= 1;
            prop_assert!(open("orders/a", &changed, other).is_err());
            prop_assert!(open("orders/a", &whole[..place], other).is_err());
        }
    }
}
