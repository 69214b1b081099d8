//! Number plates of new-energy vehicles (GA 36; domain.md 3.4).

use super::error::Invalid;
use super::mask;

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// A green plate of eight characters: `沪AD12345` for small cars, `沪A12345D` for large ones.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Plate(String);

impl Plate {
    /// Reads a plate; small letters are taken as capitals, spaces and the middle dot are ignored.
    ///
    /// # Errors
    /// `required` if empty, else `plate`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text: String =
            text.chars().filter(|c| !c.is_whitespace() && !"·•".contains(*c)).map(|c| c.to_ascii_uppercase()).collect();
        if text.is_empty() {
            return Err(Invalid::REQUIRED);
        }
        let chars: Vec<char> = text.chars().collect();
        let right = match chars[..] {
            [province, office, ref serial @ ..] => {
                PROVINCES.contains(province) && is_letter(office) && (is_small(serial) || is_large(serial))
            }
            _ => false,
        };
        if right { Ok(Self(text)) } else { Err(Invalid::rule("plate")) }
    }

    /// The clear plate.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `沪AD****5`.
    pub fn masked(&self) -> String {
        mask::plate(&self.0)
    }
}

/// A letter other than I and O.
fn is_letter(c: char) -> bool {
    c.is_ascii_uppercase() && c != 'I' && c != 'O'
}

/// The letters that say how the car is driven.
fn is_kind(c: char) -> bool {
    matches!(c, 'A'..='H' | 'J' | 'K')
}

fn is_small(serial: &[char]) -> bool {
    matches!(serial, [kind, second, digits @ ..]
        if is_kind(*kind) && (is_letter(*second) || second.is_ascii_digit())
            && digits.len() == 4 && digits.iter().all(char::is_ascii_digit))
}

fn is_large(serial: &[char]) -> bool {
    matches!(serial, [digits @ .., kind] if is_kind(*kind) && digits.len() == 5 && digits.iter().all(char::is_ascii_digit))
}

super::masked_debug!(Plate);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_and_large_plates_are_read() {
        for text in ["沪AD12345", "沪A·D12345", "苏ed12345", "粤BDF1234", "沪A12345D"] {
            assert!(Plate::parse(text).is_ok(), "of {text}");
        }
        assert_eq!(Plate::parse("沪AD12345").unwrap().masked(), "沪AD****5");
    }

    #[test]
    fn other_plates_are_refused() {
        for text in
            ["沪A12345", "沪AD1234", "沪ID12345", "港AD12345", "沪AL12345", "沪ADO1234", "沪A12345L", "AD123456", "沪"]
        {
            assert_eq!(Plate::parse(text), Err(Invalid::rule("plate")), "of {text}");
        }
        assert_eq!(Plate::parse(" "), Err(Invalid::REQUIRED));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,12}") {
            let _ = Plate::parse(&text);
        }
    }
}
