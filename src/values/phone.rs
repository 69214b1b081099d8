//! Mobile numbers of the mainland (domain.md 3.4).

use super::error::Invalid;
use super::mask;

/// A mobile number, kept as E.164 (`+8613800001234`). Has no `Display`, so that it cannot slip into a text by `{}`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads `13800001234`, `+86 138-0000-1234` and the like; spaces and dashes are ignored.
    ///
    /// # Errors
    /// `required` if empty, `phone` if not `1[3-9]` and nine more digits.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if bare.is_empty() {
            return Err(Invalid::REQUIRED);
        }
        let national = bare.strip_prefix("+86").unwrap_or(&bare).as_bytes();
        let mobile = matches!(national, [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit));
        if !mobile {
            return Err(Invalid::rule("phone"));
        }
        Ok(Self(format!("+86{}", bare.strip_prefix("+86").unwrap_or(&bare))))
    }

    /// The clear number in E.164; what is sealed and hashed.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The eleven digits without the country code.
    pub fn national(&self) -> &str {
        &self.0[3..]
    }

    /// `138****1234`.
    pub fn masked(&self) -> String {
        mask::phone(&self.0)
    }
}

super::masked_debug!(Phone);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_usual_spellings_are_one_number() {
        for text in ["13800001234", "+8613800001234", " 138 0000 1234 ", "+86 138-0000-1234", "138-0000-1234"] {
            assert_eq!(Phone::parse(text).as_ref().map(Phone::e164), Ok("+8613800001234"), "of {text:?}");
        }
    }

    #[test]
    fn other_numbers_are_refused() {
        for text in [
            "12800001234",
            "1380000123",
            "138000012345",
            "+113800001234",
            "8613800001234",
            "021-58880000",
            "1380000123a",
            "１3800001234",
        ] {
            assert_eq!(Phone::parse(text), Err(Invalid::rule("phone")), "of {text:?}");
        }
        assert_eq!(Phone::parse(" - "), Err(Invalid::REQUIRED));
    }

    #[test]
    fn debug_output_is_masked() {
        assert_eq!(format!("{:?}", Phone::parse("13800001234")), "Ok(Phone(138****1234))");
    }

    proptest! {
        #[test]
        fn parsing_its_own_form_changes_nothing(national in "1[3-9][0-9]{9}") {
            let phone = Phone::parse(&national).unwrap();
            prop_assert_eq!(Phone::parse(phone.e164()), Ok(phone.clone()));
            prop_assert_eq!(phone.national(), national);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
            let _ = Phone::parse(&text);
        }
    }
}
