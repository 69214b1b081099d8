//! Street addresses, as a person writes them.

use super::error::Invalid;
use super::{mask, text};

/// An address of 1 to 200 characters on one line; personal data of the sensitive kind (domain.md C036).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PostalAddress(String);

impl PostalAddress {
    /// Most characters of an address.
    pub const MAX: u32 = 200;

    /// Reads an address. Nobody looks it up here.
    ///
    /// # Errors
    /// `required`, `too-long`, `control-character`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text::line(text, Self::MAX).map(Self)
    }

    /// The clear address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Down to the district: `上海市浦东新区****`.
    pub fn masked(&self) -> String {
        mask::postal_address(&self.0)
    }
}

super::masked_debug!(PostalAddress);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_bounded_and_masked() {
        let address = PostalAddress::parse(" 上海市浦东新区世纪大道100号 ").unwrap();
        assert_eq!(address.as_str(), "上海市浦东新区世纪大道100号");
        assert_eq!(format!("{address:?}"), "PostalAddress(上海市浦东新区****)");
        assert_eq!(PostalAddress::parse(&"路".repeat(201)), Err(Invalid::too_long(200)));
        assert_eq!(PostalAddress::parse(""), Err(Invalid::REQUIRED));
    }
}
