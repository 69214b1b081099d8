//! Vehicle identification numbers (GB 16735, ISO 3779; domain.md 3.4).

use super::error::Invalid;
use super::mask;

const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// A VIN with right check digit, in capitals. No `Display`: who may see it whole is a question of policy
/// (domain.md 3.7).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vin(String);

impl Vin {
    /// Reads a VIN; small letters are taken as capitals.
    ///
    /// # Errors
    /// `required` if empty, else `vin`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().to_ascii_uppercase();
        if text.is_empty() {
            return Err(Invalid::REQUIRED);
        }
        let right = text.len() == 17 && check_digit(&text) == text.chars().nth(8);
        if right { Ok(Self(text)) } else { Err(Invalid::rule("vin")) }
    }

    /// All seventeen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `L00C5A1E9*****001`.
    pub fn masked(&self) -> String {
        mask::vin(&self.0)
    }

    /// The last six characters, as dealers quote a car.
    pub fn last_six(&self) -> &str {
        &self.0[11..]
    }
}

/// Check digit (position 9) of seventeen characters: the weighted sum modulo 11, ten written as `X`. None if a
/// character is not of the alphabet. What stands at position 9 has weight 0 and does not count, so that a seed can
/// put anything there first.
pub fn check_digit(text: &str) -> Option<char> {
    if text.chars().count() != WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (c, weight) in text.chars().zip(WEIGHTS) {
        sum += value(c)? * weight;
    }
    char::from_digit(sum % 11, 10).or(Some('X'))
}

fn value(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        'A'..='H' => Some(u32::from(c) - u32::from('A') + 1),
        'J'..='N' => Some(u32::from(c) - u32::from('J') + 1),
        'P' => Some(7),
        'R' => Some(9),
        'S'..='Z' => Some(u32::from(c) - u32::from('S') + 2),
        _ => None,
    }
}

super::masked_debug!(Vin);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_vectors_of_the_domain_are_read() {
        for text in [
            "1M8GDM9AXKP042788",
            "11111111111111111",
            "L00C5A1E9TY000001",
            "L00C5A1E0TY000002",
            "L00C7B2R0TY000017",
            "L00C9C1P1SY000123",
            "L00C3A1E5TY004567",
            "l00c3a1e5ty004567",
        ] {
            assert!(Vin::parse(text).is_ok(), "of {text}");
        }
        assert_eq!(check_digit("1M8GDM9A0KP042788"), Some('X'));
    }

    #[test]
    fn wrong_check_letters_and_lengths_are_refused() {
        for text in [
            "L00C5A1E8TY000001",
            "L00C5A1E9TY00000",
            "I1111111111111111",
            "O1111111111111111",
            "Q1111111111111111",
            "1111111111111111１",
        ] {
            assert_eq!(Vin::parse(text), Err(Invalid::rule("vin")), "of {text}");
        }
        assert_eq!(Vin::parse(""), Err(Invalid::REQUIRED));
    }

    #[test]
    fn a_vin_shows_its_end_and_hides_its_serial() {
        let vin = Vin::parse("L00C5A1E9TY000001").unwrap();
        assert_eq!(vin.last_six(), "000001");
        assert_eq!(format!("{vin:?}"), "Vin(L00C5A1E9*****001)");
    }

    proptest! {
        #[test]
        fn a_vin_with_its_check_digit_is_read_and_with_another_is_not(body in "[A-HJ-NPR-Z0-9]{17}", other in "[0-9X]") {
            let check = check_digit(&body).unwrap();
            let with = |digit: &str| Vin::parse(&format!("{}{digit}{}", &body[..8], &body[9..]));
            prop_assert!(with(&check.to_string()).is_ok());
            prop_assume!(!other.starts_with(check));
            prop_assert!(with(&other).is_err());
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = Vin::parse(&text);
        }
    }
}
