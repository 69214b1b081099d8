//! Resident identity numbers of eighteen characters (GB 11643; domain.md 3.4).

use chrono::{Datelike, NaiveDate};

use super::error::Invalid;
use super::{city_code, mask};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// A resident identity number with right check digit, province and birth date. Sensitive personal data (PIPL 28):
/// masked even for its owner.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResidentId(String);

impl ResidentId {
    /// Reads a number; a small `x` at the end is taken as `X`.
    ///
    /// # Errors
    /// `required` if empty, else `resident-id`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().to_ascii_uppercase();
        if text.is_empty() {
            return Err(Invalid::REQUIRED);
        }
        let right = check_digit(text.as_bytes()) == text.as_bytes().get(17).copied()
            && text.len() == 18
            && city_code::is_province(&text[..2])
            && birth_date(&text).is_some();
        if right { Ok(Self(text)) } else { Err(Invalid::rule("resident-id")) }
    }

    /// The clear number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `1***************2X`.
    pub fn masked(&self) -> String {
        mask::resident_id(&self.0)
    }

    /// Full years of age on `day`; 0 before birth. For age gates (domain.md C039; PIPL 31).
    pub fn age_on(&self, day: NaiveDate) -> u32 {
        birth_date(&self.0).and_then(|birth| day.years_since(birth)).unwrap_or(0)
    }
}

/// Check character of the first seventeen digits; none if they are not digits or fewer.
fn check_digit(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.get(..17)?;
    let mut sum = 0;
    for (byte, weight) in digits.iter().zip(WEIGHTS) {
        if !byte.is_ascii_digit() {
            return None;
        }
        sum += u32::from(byte - b'0') * weight;
    }
    Some(CHECKS[(sum % 11) as usize])
}

fn birth_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(6..14)?, "%Y%m%d").ok().filter(|birth| birth.year() >= 1850)
}

super::masked_debug!(ResidentId);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_vectors_of_the_domain_are_read() {
        for text in ["11010519491231002X", "11010519491231002x", "310101199001010012", "440305198808080020"] {
            assert!(ResidentId::parse(text).is_ok(), "of {text}");
        }
        assert_eq!(ResidentId::parse("11010519491231002X").unwrap().masked(), "1***************2X");
    }

    #[test]
    fn a_wrong_digit_date_or_province_is_refused() {
        for text in [
            "110105194912310021",
            "310101199002300017",
            "990101199001010012",
            "3101011990010100",
            "31010119900101001２",
            "31010119900101001a",
        ] {
            assert_eq!(ResidentId::parse(text), Err(Invalid::rule("resident-id")), "of {text}");
        }
        assert_eq!(ResidentId::parse(""), Err(Invalid::REQUIRED));
    }

    #[test]
    fn age_changes_on_the_birthday() {
        let id = ResidentId::parse("310101199001010012").unwrap();
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(id.age_on(day(2007, 12, 31)), 17);
        assert_eq!(id.age_on(day(2008, 1, 1)), 18);
        assert_eq!(id.age_on(day(1980, 1, 1)), 0);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_seen(serial in 0u32..1000, place in 0usize..17, by in 1u8..10) {
            let body = format!("31010119900101{serial:03}");
            let check = check_digit(body.as_bytes()).unwrap();
            let mut bytes = body.into_bytes();
            bytes.push(check);
            prop_assert!(ResidentId::parse(std::str::from_utf8(&bytes).unwrap()).is_ok());
            bytes[place] = b'0' + (bytes[place] - b'0' + by) % 10;
            prop_assert!(ResidentId::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = ResidentId::parse(&text);
        }
    }
}
