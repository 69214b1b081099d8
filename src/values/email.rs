//! E-mail addresses.

use super::error::Invalid;
use super::mask;

/// An address that a mail system can be asked to try; only a mail proves more. The domain is kept in lower case, the
/// local part as given (RFC 5321 2.4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Most characters of an address (RFC 5321 4.5.3.1.3, path without brackets).
    pub const MAX: u32 = 254;

    /// Reads an address, without quoted local parts, comments or address literals.
    ///
    /// # Errors
    /// `required` if empty, `too-long` above 254, else `email`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::REQUIRED);
        }
        if text.chars().count() > Self::MAX as usize {
            return Err(Invalid::too_long(Self::MAX));
        }
        match text.split_once('@') {
            Some((local, domain)) if is_local(local) && is_domain(domain) => {
                Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
            }
            _ => Err(Invalid::rule("email")),
        }
    }

    /// The clear address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `d****@x.cn`.
    pub fn masked(&self) -> String {
        mask::email(&self.0)
    }
}

fn is_local(local: &str) -> bool {
    local.len() <= 64
        && local.split('.').all(|atom| {
            !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        })
}

fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let label_ok = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    labels.len() > 1
        && labels.iter().all(label_ok)
        && labels.last().is_some_and(|top| top.len() > 1 && top.bytes().any(|b| b.is_ascii_alphabetic()))
}

super::masked_debug!(Email);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_addresses_are_read() {
        for (text, kept) in [
            ("li.lei+car@Example.COM", "li.lei+car@example.com"),
            (" a@b.cn ", "a@b.cn"),
            ("Li_Lei@xn--fiqs8s.xn--fiqs8s", "Li_Lei@xn--fiqs8s.xn--fiqs8s"),
        ] {
            assert_eq!(Email::parse(text).as_ref().map(Email::as_str), Ok(kept));
        }
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "a",
            "a@",
            "@b.cn",
            "a@b",
            "a@@b.cn",
            "a@b@c.cn",
            ".a@b.cn",
            "a..b@c.cn",
            "a b@c.cn",
            "a@-b.cn",
            "a@b.c",
            "a@1.2.3.44",
            "李@b.cn",
            "a@b.cn\r\nBcc: c@d.cn",
        ] {
            assert_eq!(Email::parse(text), Err(Invalid::rule("email")), "of {text:?}");
        }
        assert_eq!(Email::parse(""), Err(Invalid::REQUIRED));
        assert_eq!(Email::parse(&format!("a@{}.cn", "b".repeat(254))), Err(Invalid::too_long(254)));
    }

    proptest! {
        #[test]
        fn parsing_its_own_form_changes_nothing(text in "[a-zA-Z0-9._+-]{1,20}@[a-zA-Z0-9.-]{1,20}\\.[a-z]{2,4}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
            }
        }
    }
}
