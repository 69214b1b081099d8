//! Unified social credit codes of companies (GB 32100; domain.md 3.4).

use std::fmt;

use super::error::Invalid;

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A unified social credit code with right check character. Public, not personal data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    /// Reads a code; small letters are taken as capitals.
    ///
    /// # Errors
    /// `required` if empty, else `credit-code`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().to_ascii_uppercase();
        if text.is_empty() {
            return Err(Invalid::REQUIRED);
        }
        let right = text.len() == 18 && check_character(text.as_bytes()) == text.as_bytes().last().copied();
        if right { Ok(Self(text)) } else { Err(Invalid::rule("credit-code")) }
    }

    /// The eighteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_character(bytes: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in bytes.get(..17)?.iter().zip(WEIGHTS) {
        sum += ALPHABET.iter().position(|a| a == byte)? * weight;
    }
    Some(ALPHABET[(31 - sum % 31) % 31])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_vectors_of_the_domain_are_read() {
        for text in ["91310115MA1K000016", "91440300MA5F00002D", " 91440300ma5f00002d "] {
            assert!(CreditCode::parse(text).is_ok(), "of {text}");
        }
    }

    #[test]
    fn wrong_check_letters_and_lengths_are_refused() {
        for text in [
            "91310115MA1K000017",
            "91310115MA1K00001",
            "9I310115MA1K000016",
            "91310115MA1K00001６",
            "９1310115MA1K0000",
        ] {
            assert_eq!(CreditCode::parse(text), Err(Invalid::rule("credit-code")), "of {text}");
        }
        assert_eq!(CreditCode::parse(""), Err(Invalid::REQUIRED));
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_always_seen(body in "[0-9A-HJ-NP-RTUWXY]{17}", place in 0usize..17, by in 1usize..31) {
            let mut bytes = body.into_bytes();
            bytes.push(check_character(&bytes).unwrap());
            prop_assert!(CreditCode::parse(std::str::from_utf8(&bytes).unwrap()).is_ok());
            let at = ALPHABET.iter().position(|a| *a == bytes[place]).unwrap();
            bytes[place] = ALPHABET[(at + by) % 31];
            prop_assert!(CreditCode::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }
    }
}
