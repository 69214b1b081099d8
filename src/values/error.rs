//! The one error of this folder: which rule a text broke. It never carries the text, which may be personal data.

/// A value was refused. `rule` is the key of the message (and of `UserError.constraint`), not the message itself.
///
/// Keys in use: `required`, `too-long`, `control-character`, `phone`, `person-name`, `email`, `resident-id`,
/// `credit-code`, `vin`, `city-code`, `plate`, `money`, `latitude`, `longitude`, `radius`, `month`, `locale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the value breaks the rule `{rule}`")]
pub struct Invalid {
    /// Key of the broken rule, in kebab case.
    pub rule: &'static str,
    /// The limit that was passed, for rules that have one; a parameter of the message.
    pub max: Option<u32>,
}

impl Invalid {
    /// Nothing was given where something is needed.
    pub const REQUIRED: Self = Self::rule("required");
    /// A control or text-direction character.
    pub const CONTROL_CHARACTER: Self = Self::rule("control-character");

    /// A broken rule without parameters.
    pub const fn rule(rule: &'static str) -> Self {
        Self { rule, max: None }
    }

    /// More than `max` characters.
    pub const fn too_long(max: u32) -> Self {
        Self { rule: "too-long", max: Some(max) }
    }
}
