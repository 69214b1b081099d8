//! Why an event was not done, in a form that can be kept and worded later in any language.

use std::borrow::Cow;

use entity::{InboundCode, Locale};
use serde_json::{Map, Value};

use crate::graph::text::{Arg, text_with};
use crate::values::error::Invalid;

/// Why an event was not done. Speaks of codes and numbers only, never of a personal value: it is kept and logged.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What kind of reason it is.
    pub code: InboundCode,
    /// Key of its text in `locales/`.
    pub key: Cow<'static, str>,
    /// What the text speaks of.
    pub args: Vec<(Cow<'static, str>, Arg)>,
    /// The attribute or value at fault, as in `data.prices.3.trimCode`.
    pub field: Option<String>,
}

impl Reason {
    /// A reason with the key of its text.
    pub fn new(code: InboundCode, key: &'static str) -> Self {
        Self { code, key: Cow::Borrowed(key), args: Vec::new(), field: None }
    }

    /// A value of `data` that breaks a rule; `key` names the rule's text.
    pub fn invalid(field: &str, key: &'static str) -> Self {
        Self::new(InboundCode::Invalid, key).at(field)
    }

    /// A value of `data` that one of `values` refused.
    pub fn value(field: &str, invalid: Invalid) -> Self {
        let reason = Self::invalid(field, invalid.rule);
        match invalid.max {
            Some(max) => reason.with("max", i64::from(max)),
            None => reason,
        }
    }

    /// At a path below `data`.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.field = Some(if field.is_empty() { "data".to_owned() } else { format!("data.{field}") });
        self
    }

    /// With what the text speaks of.
    #[must_use]
    pub fn with(mut self, name: &'static str, arg: impl Into<Arg>) -> Self {
        self.args.push((Cow::Borrowed(name), arg.into()));
        self
    }

    /// The text in a language.
    pub fn message(&self, locale: Locale) -> String {
        text_with(locale, &self.key, self.args.iter().map(|(name, arg)| (name.as_ref(), arg)))
    }

    /// The arguments as they are kept.
    pub fn kept_args(&self) -> Value {
        let args = self.args.iter().map(|(name, arg)| {
            let value = match arg {
                Arg::Number(number) => Value::from(*number),
                Arg::Text(text) => Value::from(text.as_str()),
            };
            (name.to_string(), value)
        });
        Value::Object(args.collect::<Map<_, _>>())
    }

    /// A reason as it was kept.
    pub fn of_kept(code: InboundCode, key: &str, args: Option<&Value>, field: Option<&str>) -> Self {
        let args = args.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| {
            let arg = match value {
                Value::Number(number) => Arg::Number(number.as_i64().unwrap_or_default()),
                value => Arg::Text(value.as_str().unwrap_or_default().to_owned()),
            };
            (Cow::Owned(name.clone()), arg)
        });
        Self { code, key: Cow::Owned(key.to_owned()), args: args.collect(), field: field.map(str::to_owned) }
    }
}
