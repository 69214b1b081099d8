//! Names of people, and the names they choose to be shown by.

use super::error::Invalid;
use super::{mask, text};

/// A name of 1 to 60 characters on one line, trimmed. Serves for real names (personal data) and for display names.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// Most characters of a name.
    pub const MAX: u32 = 60;

    /// Reads a name.
    ///
    /// # Errors
    /// `required`, `too-long`, `control-character`; `person-name` if there is neither a letter nor a digit.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text::line(text, Self::MAX)?;
        if name.chars().any(char::is_alphanumeric) { Ok(Self(name)) } else { Err(Invalid::rule("person-name")) }
    }

    /// The clear name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `张**`.
    pub fn masked(&self) -> String {
        mask::person_name(&self.0)
    }
}

super::masked_debug!(PersonName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_peoples_are_read() {
        for name in ["张三", "阿依古丽·买买提", "Anne-Marie O'Neil", "007"] {
            assert_eq!(PersonName::parse(&format!(" {name} ")).as_ref().map(PersonName::as_str), Ok(name));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!(PersonName::parse("  "), Err(Invalid::REQUIRED));
        assert_eq!(PersonName::parse("***"), Err(Invalid::rule("person-name")));
        assert_eq!(PersonName::parse("a\nb"), Err(Invalid::CONTROL_CHARACTER));
        assert!(PersonName::parse(&"长".repeat(60)).is_ok());
        assert_eq!(PersonName::parse(&"长".repeat(61)), Err(Invalid::too_long(60)));
    }

    #[test]
    fn debug_output_is_masked() {
        assert_eq!(format!("{:?}", PersonName::parse("张三丰").unwrap()), "PersonName(张**)");
    }
}
