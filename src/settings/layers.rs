//! The layers of settings, laid over each other with the memory of where each value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat, Map, Source, Value, ValueKind};

use super::{DEFAULTS, Sources};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A settings file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// An option of the command line.
    CommandLine(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::CommandLine(option) => write!(f, "option {option}"),
        }
    }
}

/// A wrong setting. Never shows the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, as in `database.max_connections`; empty for a whole file.
    pub key: String,
    /// Where its value came from.
    pub origin: Origin,
    /// What is wrong, following the key: "must be …".
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.origin, self.message)
        } else {
            write!(f, "setting {} ({}) {}", self.key, self.origin, self.message)
        }
    }
}

/// Wrong settings, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The lines.
    pub problems: Vec<Problem>,
}

impl SettingsError {
    pub(super) fn plain(message: &str) -> Self {
        let problem = Problem { key: String::new(), origin: Origin::Default, message: message.to_owned() };
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}

/// Variables with our prefix that are not settings: of the tests and of the scripts.
const NOT_SETTINGS: [&str; 2] = ["MILEPOST_CONFIG", "MILEPOST_BIN"];

/// Values by dotted key, each with its origin, and what was found wrong with them.
pub(super) struct Layers {
    values: BTreeMap<String, (Value, Origin)>,
    unread: BTreeMap<String, (Value, Origin)>,
    problems: Vec<Problem>,
}

impl Layers {
    pub(super) fn defaults() -> Self {
        let mut layers = Self { values: BTreeMap::new(), unread: BTreeMap::new(), problems: Vec::new() };
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml).collect().expect("a test reads the defaults");
        layers.lay(defaults, |_| Origin::Default);
        layers
    }

    pub(super) fn collect(sources: &Sources) -> Result<Self, SettingsError> {
        let mut layers = Self::defaults();
        let default_file = Path::new("milepost.toml");
        let file = match &sources.file {
            Some(named) => Some(named.as_path()),
            None => default_file.exists().then_some(default_file),
        };
        if let Some(path) = file {
            let origin = Origin::File(path.to_owned());
            let failed = |message: String| SettingsError {
                problems: vec![Problem { key: String::new(), origin: origin.clone(), message }],
            };
            let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
            let values = File::from_str(&text, FileFormat::Toml)
                .collect()
                .map_err(|error| failed(one_line(&error.to_string())))?;
            layers.lay(values, |_| origin.clone());
        }
        let environment: Map<String, String> = sources
            .environment
            .iter()
            .filter(|(name, _)| !name.starts_with("MILEPOST_TEST_") && !NOT_SETTINGS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let environment = Environment::with_prefix("MILEPOST")
            .prefix_separator("_")
            .separator("__")
            .source(Some(environment))
            .collect()
            .map_err(|error| SettingsError::plain(&one_line(&error.to_string())))?;
        layers
            .lay(environment, |key| Origin::Environment(format!("MILEPOST_{}", key.replace('.', "__").to_uppercase())));
        for (option, key, value) in &sources.command_line {
            let value = Value::new(None, value.as_str());
            layers.values.insert((*key).to_owned(), (value, Origin::CommandLine(option)));
        }
        layers.unread = layers.values.clone();
        Ok(layers)
    }

    fn lay(&mut self, values: Map<String, Value>, origin: impl Fn(&str) -> Origin) {
        let mut open: Vec<(String, Value)> = values.into_iter().collect();
        while let Some((key, value)) = open.pop() {
            match value.kind {
                ValueKind::Table(table) => {
                    open.extend(table.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
                }
                _ => {
                    let from = origin(&key);
                    self.values.insert(key, (value, from));
                }
            }
        }
    }

    /// A value as text; none for a list.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.values.get(key).and_then(|(value, _)| value.clone().into_string().ok())
    }

    /// Reads a value; `allowed` says after "must be" what it may be.
    pub(super) fn read<T>(&mut self, key: &str, allowed: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.unread.remove(key);
        let value = self.text(key).and_then(|text| parse(text.trim()));
        if value.is_none() {
            self.problem(key, allowed);
        }
        value
    }

    /// Reads a whole number within bounds.
    pub(super) fn number<N: TryFrom<u64>>(&mut self, key: &str, least: u64, most: u64) -> Option<N> {
        self.read(key, &format!("a whole number from {least} to {most}"), |text| {
            let number = text.parse().ok().filter(|number| (least..=most).contains(number))?;
            N::try_from(number).ok()
        })
    }

    /// Notes that a value is not allowed.
    pub(super) fn problem(&mut self, key: &str, allowed: &str) {
        let origin = self.values.get(key).map_or(Origin::Default, |(_, origin)| origin.clone());
        self.problems.push(Problem { key: key.to_owned(), origin, message: format!("must be {allowed}") });
    }

    /// Keys below a table whose keys are free, with their last part.
    pub(super) fn below(&self, table: &str) -> Vec<(String, String)> {
        let prefix = format!("{table}.");
        self.values.keys().filter_map(|key| key.strip_prefix(&prefix).map(|id| (key.clone(), id.to_owned()))).collect()
    }

    /// What was found wrong, unknown settings among it.
    pub(super) fn finish(self) -> Result<(), SettingsError> {
        let mut problems = self.problems;
        let known = Self::defaults();
        for (key, (_, origin)) in self.unread {
            let table = key.rsplit_once('.').map_or("", |(table, _)| table);
            let mut beside: Vec<&str> = known
                .values
                .keys()
                .filter(|known| known.rsplit_once('.').map_or("", |(table, _)| table) == table)
                .map(String::as_str)
                .collect();
            if beside.is_empty() {
                beside = known.values.keys().map(String::as_str).collect();
            }
            let message = format!("does not exist; there are {}", beside.join(", "));
            problems.push(Problem { key, origin, message });
        }
        if problems.is_empty() { Ok(()) } else { Err(SettingsError { problems }) }
    }
}

/// The place and the reason of a message over several lines.
fn one_line(message: &str) -> String {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(first), Some(last)) => format!("{first}: {last}"),
        (Some(only), None) => only.to_owned(),
        _ => String::new(),
    }
}
