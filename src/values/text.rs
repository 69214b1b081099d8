//! Bounded free text: notes, feedback, names.

use super::error::Invalid;

/// Characters that no text of ours may hold: controls, and the marks that turn the direction of a text, with which a
/// name can be made to look like another.
pub fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Free text of several lines: trimmed, line ends made `\n`, at most `max` characters (not bytes).
///
/// # Errors
/// `required` if nothing is left, `too-long` above `max`, `control-character` for any but the line end.
pub fn note(text: &str, max: u32) -> Result<String, Invalid> {
    let text = text.replace("\r\n", "\n");
    bounded(&text, max, |c| c != '\n' && is_forbidden(c))
}

/// Text of one line: trimmed, at most `max` characters.
///
/// # Errors
/// As [`note`], and `control-character` for a line end.
pub fn line(text: &str, max: u32) -> Result<String, Invalid> {
    bounded(text, max, is_forbidden)
}

fn bounded(text: &str, max: u32, forbidden: impl Fn(char) -> bool) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::REQUIRED);
    }
    if text.chars().count() > max as usize {
        return Err(Invalid::too_long(max));
    }
    if text.chars().any(forbidden) {
        return Err(Invalid::CONTROL_CHARACTER);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_note_may_have_lines_and_a_line_may_not() {
        assert_eq!(note(" a\r\nb ", 3).as_deref(), Ok("a\nb"));
        assert_eq!(line("a\nb", 3), Err(Invalid::CONTROL_CHARACTER));
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(line("曜岑", 2).as_deref(), Ok("曜岑"));
        assert_eq!(line("曜岑汽", 2), Err(Invalid::too_long(2)));
    }

    #[test]
    fn empty_and_deceptive_texts_are_refused() {
        assert_eq!(note(" \n ", 9), Err(Invalid::REQUIRED));
        assert_eq!(note("a\u{0}b", 9), Err(Invalid::CONTROL_CHARACTER));
        assert_eq!(note("a\rb", 9), Err(Invalid::CONTROL_CHARACTER));
        assert_eq!(line("a\u{202e}b", 9), Err(Invalid::CONTROL_CHARACTER));
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_within_bounds_and_stable(text in any::<String>(), max in 0u32..50) {
            if let Ok(kept) = note(&text, max) {
                prop_assert!(kept.chars().count() <= max as usize);
                prop_assert!(!kept.chars().any(|c| c != '\n' && is_forbidden(c)));
                prop_assert_eq!(note(&kept, max), Ok(kept.clone()));
            }
        }
    }
}
