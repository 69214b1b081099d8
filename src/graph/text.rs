//! Texts for people, from `locales/*.ftl`: one key a text, the same keys in both languages.

use std::sync::LazyLock;

use entity::Locale;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

static ZH: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle("zh-CN", include_str!("../../locales/zh-CN.ftl")));
static EN: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle("en", include_str!("../../locales/en.ftl")));

fn bundle(language: &str, source: &str) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = language.parse().expect("a language of ours");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks round arguments are for mixed writing directions; here they would be invisible noise.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned()).expect("a test reads both files");
    bundle.add_resource(resource).expect("a test reads both files");
    bundle
}

/// What a text speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A number.
    Number(i64),
    /// Another text, as a code or a name.
    Text(String),
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The text of a key in a language; the key itself when there is none (a test keeps that from happening).
pub fn text(locale: Locale, key: &str, args: &[(&'static str, Arg)]) -> String {
    text_with(locale, key, args.iter().map(|(name, arg)| (*name, arg)))
}

/// As [`text`], with arguments of any kept form.
pub fn text_with<'a>(locale: Locale, key: &str, args: impl Iterator<Item = (&'a str, &'a Arg)>) -> String {
    let bundle = match locale {
        Locale::ZhCn => &ZH,
        Locale::En => &EN,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return key.to_owned() };
    let mut fluent = FluentArgs::new();
    for (name, arg) in args {
        match arg {
            // As text, so that no language puts a separator into a number that a program may read back.
            Arg::Number(number) => fluent.set(name, FluentValue::from(number.to_string())),
            Arg::Text(text) => fluent.set(name, FluentValue::from(text.clone())),
        }
    }
    bundle.format_pattern(pattern, Some(&fluent), &mut Vec::new()).into_owned()
}

/// The language that an `Accept-Language` header asks for: the known one with the highest weight, else the usual one
/// (Chinese, if nothing else is set: domain.md 2.3, choice 10).
pub fn negotiate(header: Option<&str>, usual: Locale) -> Locale {
    let mut best = (0.0, usual);
    for part in header.unwrap_or_default().split(',').take(20) {
        let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = match parameters.trim().strip_prefix("q=") {
            Some(q) => q.trim().parse::<f64>().unwrap_or(0.0),
            None => 1.0,
        };
        let language = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let locale = match language.as_str() {
            "zh" => Locale::ZhCn,
            "*" => usual,
            "en" => Locale::En,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, locale);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter(|l| !l.starts_with(['#', ' ']))
            .filter_map(|l| l.split_once(" = "))
            .map(|(k, _)| k)
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let (zh, en) = (include_str!("../../locales/zh-CN.ftl"), include_str!("../../locales/en.ftl"));
        assert_eq!(keys(zh), keys(en));
        assert!(keys(en).iter().all(|key| text(Locale::En, key, &[]) != **key));
    }

    #[test]
    fn the_language_is_the_known_one_with_the_highest_weight() {
        for (header, locale) in [
            (None, Locale::ZhCn),
            (Some("en"), Locale::En),
            (Some("zh-Hans-CN,en;q=0.9"), Locale::ZhCn),
            (Some("fr, en;q=0.8, zh;q=0.3"), Locale::En),
            (Some("fr"), Locale::ZhCn),
            (Some("en;q=nonsense"), Locale::ZhCn),
        ] {
            assert_eq!(negotiate(header, Locale::ZhCn), locale, "{header:?}");
        }
    }
}
