//! CloudEvents 1.0 in JSON: what surrounds an event's data.

use aws_lc_rs::digest;
use chrono::{DateTime, SubsecRound, Utc};
use entity::InboundCode;
use serde_json::{Map, Value};

use super::reason::Reason;
use crate::values::text;

/// Most characters of `id`, `source`, `type` and `subject`.
const MAX_ATTRIBUTE: u32 = 255;

/// An event as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// `id`: with `source` the event's identity.
    pub id: String,
    /// `source`: who says so.
    pub source: String,
    /// `type`.
    pub kind: String,
    /// `subject`, when it is given.
    pub subject: Option<String>,
    /// `time`, to the microsecond.
    pub time: Option<DateTime<Utc>>,
    /// Extension `sequence`: orders the events of a subject from one source.
    pub sequence: Option<i64>,
    /// `data`.
    pub data: Value,
}

/// An event that has no envelope in order, and what can be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Its `source`, when it has one.
    pub source: Option<String>,
    /// Its `id`, when it has one.
    pub id: Option<String>,
    /// What is wrong.
    pub reason: Reason,
}

impl Envelope {
    /// Reads an event. Extension attributes that we do not know count for nothing.
    ///
    /// # Errors
    /// The first attribute that breaks a rule of CloudEvents 1.0, or one of ours.
    pub fn read(event: &Value) -> Result<Self, Broken> {
        let empty = Map::new();
        let attributes = event.as_object().unwrap_or(&empty);
        let named = |name: &str| attributes.get(name).and_then(Value::as_str).map(str::to_owned);
        Self::attributes(attributes).map_err(|reason| Broken { source: named("source"), id: named("id"), reason })
    }

    fn attributes(attributes: &Map<String, Value>) -> Result<Self, Reason> {
        if required(attributes, "specversion")? != "1.0" {
            return Err(wrong("specversion", "ingest-specversion"));
        }
        let id = required(attributes, "id")?;
        let source = required(attributes, "source")?;
        let kind = required(attributes, "type")?;
        let subject = optional(attributes, "subject")?;
        let json = optional(attributes, "datacontenttype")?.is_none_or(|text| {
            let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            essence == "application/json" || essence.ends_with("+json")
        });
        if !json {
            return Err(wrong("datacontenttype", "ingest-data-json"));
        }
        let time = match optional(attributes, "time")? {
            Some(time) => Some(moment(&time).ok_or_else(|| wrong("time", "ingest-time"))?),
            None => None,
        };
        let sequence = match attributes.get("sequence") {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => return Err(wrong("sequence", "ingest-sequence")),
        };
        if attributes.get("sequence").is_some_and(|given| !given.is_null()) && sequence.is_none_or(|n| n < 0) {
            return Err(wrong("sequence", "ingest-sequence"));
        }
        let data = match attributes.get("data") {
            Some(data @ Value::Object(_)) => data.clone(),
            _ => return Err(wrong("data", "ingest-data-object")),
        };
        Ok(Self { id, source, kind, subject, time, sequence, data })
    }

    /// SHA-256 of what the event says, whatever the order of its members: with the same identity, another one is a
    /// conflict.
    pub fn hash(&self) -> Vec<u8> {
        let mut content = String::new();
        let time = self.time.map(|time| time.to_rfc3339());
        let head = serde_json::json!([self.kind, self.subject, time, self.sequence]);
        canonical(&head, &mut content);
        canonical(&self.data, &mut content);
        digest::digest(&digest::SHA256, content.as_bytes()).as_ref().to_vec()
    }

    /// As it is kept while it may be tried again.
    pub fn to_value(&self) -> Value {
        let mut event = Map::new();
        for (name, value) in [("id", &self.id), ("source", &self.source), ("type", &self.kind)] {
            event.insert(name.to_owned(), value.as_str().into());
        }
        event.insert("specversion".to_owned(), "1.0".into());
        if let Some(subject) = &self.subject {
            event.insert("subject".to_owned(), subject.as_str().into());
        }
        if let Some(time) = self.time {
            event.insert("time".to_owned(), time.to_rfc3339().into());
        }
        if let Some(sequence) = self.sequence {
            event.insert("sequence".to_owned(), sequence.into());
        }
        event.insert("data".to_owned(), self.data.clone());
        Value::Object(event)
    }
}

fn wrong(attribute: &str, key: &'static str) -> Reason {
    Reason { field: Some(attribute.to_owned()), ..Reason::new(InboundCode::Invalid, key) }
}

fn required(attributes: &Map<String, Value>, name: &str) -> Result<String, Reason> {
    optional(attributes, name)?.ok_or_else(|| wrong(name, "required"))
}

/// A text without characters that would break a line, a log or a column.
fn optional(attributes: &Map<String, Value>, name: &str) -> Result<Option<String>, Reason> {
    match attributes.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(given)) => match text::line(given, MAX_ATTRIBUTE) {
            // Identity is kept as it came: what `line` would trim is no identity.
            Ok(line) if line == *given => Ok(Some(line)),
            _ => Err(wrong(name, "ingest-attribute")),
        },
        Some(_) => Err(wrong(name, "ingest-attribute")),
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc).trunc_subsecs(6);
    // The year 9999: what both databases keep.
    (0..=253_402_300_799).contains(&time.timestamp()).then_some(time)
}

/// Writes a value with sorted members.
fn canonical(value: &Value, into: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            into.push('{');
            for name in names {
                into.push_str(&Value::from(name.as_str()).to_string());
                into.push(':');
                canonical(&members[name], into);
                into.push(',');
            }
            into.push('}');
        }
        Value::Array(items) => {
            into.push('[');
            for item in items {
                canonical(item, into);
                into.push(',');
            }
            into.push(']');
        }
        value => into.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "specversion": "1.0", "id": "e-1", "source": "urn:oms", "type": "t.v1", "time": "2026-11-24T12:00:00.1234567+08:00",
            "sequence": "7", "traceparent": "ignored", "data": { "a": 1, "b": { "c": [1, 2], "d": null } },
        })
    }

    #[test]
    fn an_event_is_read_and_unknown_extensions_are_passed_over() {
        let read = Envelope::read(&event()).unwrap();
        assert_eq!((read.id.as_str(), read.source.as_str(), read.kind.as_str()), ("e-1", "urn:oms", "t.v1"));
        assert_eq!(read.time.unwrap().to_rfc3339(), "2026-11-24T04:00:00.123456+00:00");
        assert_eq!(read.sequence, Some(7));
        assert_eq!(Envelope::read(&read.to_value()).unwrap(), read);
    }

    #[test]
    fn the_hash_is_of_the_content_and_not_of_its_writing() {
        let read = Envelope::read(&event()).unwrap();
        let mut other = event();
        other["data"] = json!({ "b": { "d": null, "c": [1, 2] }, "a": 1 });
        other["sequence"] = json!(7);
        assert_eq!(Envelope::read(&other).unwrap().hash(), read.hash());
        for (at, value) in [("/data/a", json!(2)), ("/data/b/c/0", json!("1")), ("/type", json!("t.v2"))] {
            let mut changed = event();
            *changed.pointer_mut(at).unwrap() = value;
            assert_ne!(Envelope::read(&changed).unwrap().hash(), read.hash(), "{at}");
        }
    }

    #[test]
    fn a_wrong_attribute_is_named() {
        for (name, value) in [
            ("specversion", json!("0.3")),
            ("id", json!("")),
            ("id", json!("a\u{0}b")),
            ("id", json!(" a")),
            ("source", json!(5)),
            ("type", Value::Null),
            ("type", json!("x".repeat(256))),
            ("subject", json!(["x"])),
            ("time", json!("yesterday")),
            ("sequence", json!(-1)),
            ("sequence", json!("first")),
            ("sequence", json!(true)),
            ("datacontenttype", json!("text/xml")),
            ("data", json!([1])),
        ] {
            let mut changed = event();
            changed[name] = value.clone();
            let broken = Envelope::read(&changed).unwrap_err();
            assert_eq!(broken.reason.field.as_deref(), Some(name), "{name}: {value}");
        }
        let broken = Envelope::read(&json!("no object")).unwrap_err();
        assert_eq!((broken.id, broken.source), (None, None));
    }
}
