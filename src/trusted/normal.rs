//! The normal form of a document and the id that follows from it. Both are those of graphql-js' `stripIgnoredCharacters`
//! and SHA-256, so a front end's build can make an id itself; only a block string stays as it is written.

use aws_lc_rs::digest;

/// The id of a document: SHA-256 of its normal form, 64 hexadecimal digits. What says nothing (spaces, commas, comments)
/// makes no difference to it.
pub fn id(text: &str) -> String {
    hash(normal(text))
}

/// SHA-256 of a text, 64 hexadecimal digits.
pub fn hash(text: impl AsRef<[u8]>) -> String {
    digest::digest(&digest::SHA256, text.as_ref()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How many tokens a document has.
pub fn tokens(text: &str) -> usize {
    let mut count = 0;
    walk(text, |_, _| count += 1);
    count
}

/// The document without what says nothing. Of a text that is no document something comes out as well; the parser refuses it.
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_word = false;
    walk(text, |token, is_word| {
        if after_word && (is_word || token == "...") {
            out.push(' ');
        }
        out.push_str(token);
        after_word = is_word;
    });
    out
}

/// Hands on each token, and whether it is a name, a number or a string.
fn walk<'t>(text: &'t str, mut each: impl FnMut(&'t str, bool)) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => {
                rest = &rest[first.len_utf8()..];
                continue;
            }
            '#' => {
                rest = &rest[rest.find(['\n', '\r']).unwrap_or(rest.len())..];
                continue;
            }
            '"' => string(rest),
            '.' if rest.starts_with("...") => 3,
            _ if is_punctuator(first) => 1,
            _ => word(rest),
        };
        let (token, behind) = rest.split_at(length);
        each(token, !is_punctuator(first) && token != "...");
        rest = behind;
    }
}

fn is_punctuator(c: char) -> bool {
    matches!(c, '!' | '$' | '&' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}')
}

/// The length of the name or number that the text begins with; of anything else, up to what ends one.
fn word(text: &str) -> usize {
    let ends = |(at, c): (usize, char)| {
        matches!(c, ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' | '#' | '"')
            || is_punctuator(c)
            || text[at..].starts_with("...")
    };
    // Whatever it begins with is of it, so that the walk goes on.
    text.char_indices().skip(1).find(|&(at, c)| ends((at, c))).map_or(text.len(), |(at, _)| at)
}

/// The length of the string that the text begins with, quotes and all.
fn string(text: &str) -> usize {
    const BLOCK: &str = "\"\"\"";
    if let Some(inner) = text.strip_prefix(BLOCK) {
        let mut from = 0;
        while let Some(at) = inner[from..].find(BLOCK).map(|at| from + at) {
            if !inner[..at].ends_with('\\') {
                return at + 2 * BLOCK.len();
            }
            from = at + BLOCK.len();
        }
        return text.len();
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            // No string goes over a line's end.
            '\n' | '\r' => return at,
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_says_nothing_goes_and_what_parts_words_stays() {
        for (text, form) in [
            ("", ""),
            ("query  A { a, b }", "query A{a b}"),
            (
                "query A($a: Int = -1.5e+3, $b: [ID!]!) { f(a: $a, b: $b) }",
                "query A($a:Int=-1.5e+3$b:[ID!]!){f(a:$a b:$b)}",
            ),
            ("{ a ... on B { c } ...D }", "{a ...on B{c}...D}"),
            ("{ a ...D\n...E }", "{a ...D ...E}"),
            ("\u{feff}{ a # b }\r\n c }", "{a c}"),
            (r#"{ f(a: "x , # \" y", b: "") }"#, r#"{f(a:"x , # \" y" b:"")}"#),
            (r#"{ f(a: "\\", b: "c") }"#, r#"{f(a:"\\" b:"c")}"#),
            (
                "{ f(a: \"\"\"x\n  \\\"\"\" , y\"\"\", b: 1) }",
                "{f(a:\"\"\"x\n  \\\"\"\" , y\"\"\"b:1)}".replace("\"\"\"b", "\"\"\" b").as_str(),
            ),
        ] {
            assert_eq!(normal(text), form, "{text}");
        }
    }

    #[test]
    fn the_id_is_the_hash_of_the_normal_form() {
        // printf '{a}' | sha256sum
        assert_eq!(id(" { a } # one"), "460c3a93211614ac783c0f1d1bbbcb45a6da87d6421b5c0771772588f1015ff8");
    }

    proptest! {
        #[test]
        fn it_comes_to_an_end_and_is_its_own_normal_form(text in "[a{}(#.,! \n\r$1é三-]{0,60}") {
            let once = normal(&text);
            prop_assert_eq!(normal(&once), once);
        }

        #[test]
        fn spaces_and_comments_between_words_make_no_difference(
            words in prop::collection::vec("[a-z]{1,5}", 1..8),
            gaps in prop::collection::vec("( |\t|,|\n|#[a-z\"{]{0,4}\n){1,3}", 8),
        ) {
            let spread: String = words.iter().zip(&gaps).map(|(word, gap)| format!("{word}{gap}")).collect();
            prop_assert_eq!(id(&spread), id(&words.join(" ")));
        }
    }
}
