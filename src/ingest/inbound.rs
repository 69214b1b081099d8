//! What an event type is: the one trait that each of them fulfils, beside the room whose things it speaks of.

use std::any::Any;
use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use futures_util::future::BoxFuture;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reason::Reason;
use super::sender::Sender;
use crate::app::App;
use crate::events::Topic;
use crate::graph::Result;
use crate::store::Tx;
use crate::values::text;

/// One event, read.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// What it says.
    pub data: T,
    /// The event's time, when it has one.
    pub time: Option<DateTime<Utc>>,
}

/// What becomes of one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It was done, and so was this besides, as in `BODY SKIPPED`.
    Applied(Vec<String>),
    /// It waits for what comes with this subject.
    Held(Reason, String),
    /// It comes too late: what it speaks of has moved on in another way.
    Outdated,
    /// It is not done.
    Refused(Reason),
}

impl Verdict {
    /// Done, and nothing besides.
    pub const DONE: Self = Self::Applied(Vec::new());
}

impl From<Reason> for Verdict {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

/// Where events are worked on: a write transaction, and for whom.
pub struct Desk<'a> {
    /// The transaction.
    pub tx: &'a mut Tx,
    /// The process.
    pub app: &'a App,
    /// Who sent the events.
    pub sender: &'a Sender,
}

/// An event type.
///
/// Rules decide before anything is written: an event that is held or refused leaves nothing behind, and none can spoil the
/// others. A failure of the store is an error and takes the whole part back.
pub trait Inbound: Send + Sync + 'static {
    /// The CloudEvents `type`; a change that breaks a sender gets a new version.
    const TYPE: &'static str;

    /// The room that it belongs to.
    const DOMAIN: &'static str;

    /// What its data looks like; the doc comment is the type's description.
    type Data: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static;

    /// An example that is taken when what it names is there.
    fn example() -> Self::Data;

    /// What it is about, as in `vehicle/L00C5D1EXTX000001`: of two events of one subject the later one counts.
    fn subject(data: &Self::Data) -> String;

    /// For which subjects others may be waiting that can be tried again once this is done.
    fn wakes(data: &Self::Data) -> Vec<String> {
        vec![Self::subject(data)]
    }

    /// The member that names a thing which happens once: an event of a subject that was done for its source before is a
    /// repetition, under whatever id it comes. None where a later event of a subject says how it is now.
    const ONCE: Option<&'static str> = None;

    /// Whether an event that happened before the last one of its subject comes too late. False where the type's own rule gives
    /// the same in any order.
    const IN_ORDER: bool = true;

    /// What is told to whoever follows the room's own stream, when it is done; for what is the same for everybody.
    const TELLS: Option<Topic> = None;

    /// When it happened, as the data says it; for events without `time`.
    fn moment(_data: &Self::Data) -> Option<DateTime<Utc>> {
        None
    }

    /// Does what events of different subjects say, and answers for each what became of it.
    fn apply(desk: &mut Desk<'_>, items: &[Item<Self::Data>]) -> impl Future<Output = Result<Vec<Verdict>>> + Send;
}

/// The data of an event whose type is known to the registry alone.
pub type AnyData = Box<dyn Any + Send + Sync>;

/// An event's data, read.
pub struct Read {
    /// See [`Inbound::subject`].
    pub subject: String,
    /// See [`Inbound::wakes`].
    pub wakes: Vec<String>,
    /// See [`Inbound::moment`].
    pub moment: Option<DateTime<Utc>>,
    /// The data.
    pub data: AnyData,
}

/// See [`Inbound::apply`].
pub type Apply = for<'a> fn(Desk<'a>, Vec<Item<AnyData>>) -> BoxFuture<'a, Result<Vec<Verdict>>>;

/// An event type as a value.
pub struct EventType {
    /// See [`Inbound::TYPE`].
    pub name: &'static str,
    /// See [`Inbound::DOMAIN`].
    pub domain: &'static str,
    /// See [`Inbound::ONCE`].
    pub once: Option<&'static str>,
    /// See [`Inbound::IN_ORDER`].
    pub in_order: bool,
    /// See [`Inbound::TELLS`].
    pub tells: Option<Topic>,
    /// JSON Schema of its data.
    pub schema: fn() -> Value,
    /// An example of its data.
    pub example: fn() -> Value,
    /// Reads data.
    pub read: fn(&Value) -> Result<Read, Reason>,
    /// Does what events say.
    pub apply: Apply,
}

impl EventType {
    /// The value of a type.
    pub const fn of<T: Inbound>() -> Self {
        Self {
            name: T::TYPE,
            domain: T::DOMAIN,
            once: T::ONCE,
            in_order: T::IN_ORDER,
            tells: T::TELLS,
            schema: schema::<T>,
            example: || {
                let mut example = serde_json::to_value(T::example()).expect("an example is plain data");
                without_nulls(&mut example);
                example
            },
            read: read::<T>,
            apply: |mut desk, items| {
                Box::pin(async move {
                    let items: Vec<Item<T::Data>> = items
                        .into_iter()
                        .filter_map(|item| Some(Item { data: *item.data.downcast().ok()?, time: item.time }))
                        .collect();
                    T::apply(&mut desk, &items).await
                })
            },
        }
    }
}

/// Leaves out what an example does not say.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// Structs of event data: how they are written in JSON, and that nothing unknown may stand in them.
macro_rules! data {
    ($($item:item)*) => {
        $(
            #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            $item
        )*
    };
}
pub(crate) use data;

fn schema<T: Inbound>() -> Value {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<T::Data>().to_value();
    if let Some(members) = schema.as_object_mut() {
        members.insert("$id".to_owned(), format!("urn:{}", T::TYPE).into());
    }
    schema
}

fn read<T: Inbound>(data: &Value) -> Result<Read, Reason> {
    let parsed: Result<T::Data, _> = serde_path_to_error::deserialize(data);
    match parsed {
        Ok(parsed) => {
            can_be(data, &mut Vec::new())?;
            let subject = T::subject(&parsed);
            if !may_stand(&subject) {
                return Err(Reason::invalid("", "ingest-key"));
            }
            Ok(Read { subject, wakes: T::wakes(&parsed), moment: T::moment(&parsed), data: Box::new(parsed) })
        }
        // What serde says may hold a value; only where it is, and what is missing, are told on.
        Err(error) => {
            let mut path = path(error.path());
            let said = error.inner().to_string();
            if let Some(name) = said.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
                path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            }
            Err(Reason::invalid(&path, "ingest-shape"))
        }
    }
}

/// Most characters of a subject, and of what an event waits for.
const MAX_SUBJECT: u32 = 255;

/// Whether a subject can be kept.
pub fn may_stand(subject: &str) -> bool {
    text::line(subject, MAX_SUBJECT).is_ok_and(|line| line == subject)
}

/// Seconds of the years 1900 to 2199, in which all times lie that data speaks of.
const TIMES: std::ops::Range<i64> = -2_208_988_800..7_258_118_400;

/// Refuses what no value is: times that no reckoning expects, which a calendar of thousands of years would let pass, and
/// the character that PostgreSQL keeps in no text.
fn can_be<'v>(value: &'v Value, path: &mut Vec<Cow<'v, str>>) -> Result<(), Reason> {
    match value {
        Value::String(text) if text.contains('\0') => Err(Reason::invalid(&path.join("."), "ingest-nul")),
        Value::String(text) => {
            let moment = text.parse::<DateTime<Utc>>().ok();
            let moment = moment.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN).and_utc()));
            match moment {
                Some(moment) if !TIMES.contains(&moment.timestamp()) => {
                    Err(Reason::invalid(&path.join("."), "ingest-far-time"))
                }
                _ => Ok(()),
            }
        }
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            path.push(Cow::Borrowed(name));
            can_be(member, path)?;
            path.pop();
            Ok(())
        }),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(at, item)| {
            path.push(Cow::Owned(at.to_string()));
            can_be(item, path)?;
            path.pop();
            Ok(())
        }),
        _ => Ok(()),
    }
}

/// The path in the way of the rest: `prices.3.trimCode`.
fn path(path: &serde_path_to_error::Path) -> String {
    let steps = path.iter().filter_map(|step| match step {
        serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
        serde_path_to_error::Segment::Map { key } => Some(key.clone()),
        serde_path_to_error::Segment::Enum { variant } => Some(variant.clone()),
        serde_path_to_error::Segment::Unknown => None,
    });
    steps.collect::<Vec<_>>().join(".")
}
