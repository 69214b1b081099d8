//! The short code by which a configuration is shared (C043). Whoever has it may look, so it is drawn at random from
//! 2^40, and it is read aloud and typed, so it has no letters that look like digits.

/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a new code.
pub const LENGTH: usize = 8;
/// Characters of a typed code that are looked at.
const TYPED: usize = 16;

/// The code of random bytes, five bits of each.
pub fn of_bytes(random: [u8; LENGTH]) -> String {
    random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// A code as it was typed, as it stands in the store: no blanks or hyphens, capitals, O as 0, I and L as 1.
pub fn normalise(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(TYPED)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_easily_mistaken_is_read_as_meant() {
        assert_eq!(normalise(" o1il-8zk4 "), "01118ZK4");
    }

    proptest! {
        #[test]
        fn a_code_is_its_own_normal_form(random: [u8; LENGTH]) {
            let code = of_bytes(random);
            prop_assert_eq!(normalise(&code.to_lowercase()), code);
        }

        #[test]
        fn a_longer_text_is_no_code(text in "[0-9A-Z]{9,40}") {
            prop_assert!((LENGTH + 1..=TYPED).contains(&normalise(&text).len()));
        }
    }
}
