//! Loading files of events in bulk: the same shapes, the same rules and the same record as events that are sent.
//!
//! A file is read in parts, each of them taken in as a batch is. What was taken in before is known by its record, so a load
//! that was cut off is simply run again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use entity::InboundState;
use entity::upstream::inbound_event;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};

use super::inbound::EventType;
use super::record::ROWS;
use super::sender::Sender;
use super::take::{Outcome, take};
use super::{registry, retry};
use crate::app::App;
use crate::graph::Error;
use crate::seed::Progress;
use crate::store::growth;
use crate::store::rows::{ByPlace, among};

/// What is loaded, and how.
#[derive(Clone, Debug)]
pub struct Import {
    /// `.csv`, or lines of JSON.
    pub files: Vec<PathBuf>,
    /// The type of rows that do not say it: of CSV, and of lines that are no events but data.
    pub kind: Option<String>,
    /// The source of rows that do not say it.
    pub source: String,
    /// The time of rows that do not say it; the file's own when left out.
    pub time: Option<DateTime<Utc>>,
    /// Rows of one transaction.
    pub part: usize,
    /// Where refused and waiting rows are told, a line of JSON each.
    pub report: PathBuf,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Done.
    pub applied: u64,
    /// Known from before.
    pub repeated: u64,
    /// Too late.
    pub outdated: u64,
    /// Still waiting.
    pub held: u64,
    /// Not done.
    pub refused: u64,
}

impl Counts {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.applied + self.repeated + self.outdated + self.held + self.refused
    }
}

/// A row of a file, as an event, or why it is none.
struct Row {
    line: u64,
    bytes: u64,
    event: Result<Value, String>,
    /// Whether the file cannot be read on.
    last: bool,
}

impl Row {
    fn of(line: u64, bytes: u64, event: Result<Value, String>) -> Self {
        Self { line, bytes, event, last: false }
    }

    /// What is no text is a row like another; what the disk does not give is the end.
    fn unread(line: u64, error: &std::io::Error) -> Self {
        let last = error.kind() != std::io::ErrorKind::InvalidData;
        Self { line, bytes: 0, event: Err(error.to_string()), last }
    }
}

/// Parts that are taken in at once: SQLite has one writer.
fn at_once(app: &App) -> usize {
    if app.db.backend() == DbBackend::Postgres { 4 } else { 1 }
}

/// Loads the files, one after the other.
///
/// # Errors
/// When a file cannot be read, or the store fails; what was loaded stays, and the same call goes on from there.
pub async fn run(app: &App, import: &Import, progress: &dyn Progress) -> Result<Counts> {
    let sizes = import.files.iter().map(|file| {
        std::fs::metadata(file).map(|meta| meta.len()).with_context(|| format!("cannot read {}", file.display()))
    });
    let size: u64 = sizes.sum::<Result<u64>>()?;
    progress.begin("bytes", size);
    let mut report = Report::default();
    let _watch = growth::watch(&app.db);
    for file in &import.files {
        load(app, import, file, &mut report, progress).await?;
    }
    // What waited for a row of another part that was taken in at the same moment.
    let mut left = u64::MAX;
    while report.counts.held > 0 && report.counts.held < left {
        left = report.counts.held;
        patiently(|| retry::all_held(app)).await?;
        report.look_again(app).await?;
    }
    // What comes next finds the tables as they are now.
    if let Err(error) = growth::look(&app.db).await {
        tracing::debug!(%error, "tables that have grown were not looked at");
    }
    progress.finish();
    report.write(&import.report)?;
    Ok(report.counts)
}

/// Waits between tries of what failed for now: a lock not had, a server that starts again.
const WAITS: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

async fn patiently<T, F: Future<Output = crate::graph::Result<T>>>(work: impl Fn() -> F) -> Result<T> {
    let mut waits = WAITS.into_iter();
    loop {
        match work().await {
            Ok(done) => return Ok(done),
            Err(error) => match waits.next().filter(|_| error.is_transient()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(store_failed(error)),
            },
        }
    }
}

fn store_failed(error: Error) -> anyhow::Error {
    match error {
        Error::Hidden(hidden) => anyhow::anyhow!("{}", hidden.message),
        error => anyhow::anyhow!("{error}"),
    }
}

async fn load(app: &App, import: &Import, file: &Path, report: &mut Report, progress: &dyn Progress) -> Result<()> {
    let sender = Sender::import();
    let rows = Rows::open(import, file)?;
    let name = file.display().to_string();
    let mut parts = futures_util::stream::iter(Parts { rows, size: import.part.max(1) })
        .map(|rows| {
            let (app, sender) = (app.clone(), &sender);
            async move {
                let events: Vec<Value> = rows.iter().filter_map(|row| row.event.as_ref().ok().cloned()).collect();
                let outcomes = patiently(|| take(&app, sender, &events, events.len())).await?;
                anyhow::Ok((rows, outcomes))
            }
        })
        .buffered(at_once(app));
    while let Some((rows, outcomes)) = parts.try_next().await? {
        progress.advance(rows.iter().map(|row| row.bytes).sum());
        if let Some(Row { line, event: Err(error), .. }) = rows.iter().find(|row| row.last) {
            bail!("{name}, line {line}: {error}");
        }
        let mut outcomes = outcomes.into_iter();
        for row in rows {
            match &row.event {
                Ok(_) => {
                    let outcome = outcomes.next().context("a row without an outcome")?;
                    report.note(&name, row.line, &outcome);
                }
                Err(wrong) => report.broken(&name, row.line, wrong),
            }
        }
    }
    Ok(())
}

/// Rows in parts.
struct Parts {
    rows: Rows,
    size: usize,
}

impl Iterator for Parts {
    type Item = Vec<Row>;

    fn next(&mut self) -> Option<Vec<Row>> {
        let part: Vec<Row> = self.rows.by_ref().take(self.size).collect();
        (!part.is_empty()).then_some(part)
    }
}

/// The rows of a file.
enum Rows {
    Lines { lines: std::io::Lines<BufReader<File>>, at: u64, usual: Usual },
    Csv { records: csv::StringRecordsIntoIter<File>, headers: csv::StringRecord, schema: Value, at: u64, usual: Usual },
}

/// What rows that do not say it are.
struct Usual {
    kind: Option<&'static EventType>,
    source: String,
    time: DateTime<Utc>,
}

impl Rows {
    fn open(import: &Import, path: &Path) -> Result<Self> {
        let opened = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let written = opened.metadata().and_then(|meta| meta.modified()).ok();
        let time = import.time.or(written.map(DateTime::<Utc>::from)).unwrap_or(DateTime::UNIX_EPOCH);
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let kind = match &import.kind {
            Some(kind) => Some(
                registry::find(kind).with_context(|| format!("there is no event type {kind}; see milepost events"))?,
            ),
            None => registry::find(stem),
        };
        let usual = Usual { kind, source: import.source.clone(), time };
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            let Some(kind) = kind else {
                bail!("{}: which type are its rows of? Name the file after it, or give --type", path.display());
            };
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(opened);
            let headers = reader.headers().with_context(|| format!("{}: no first line", path.display()))?.clone();
            return Ok(Self::Csv { records: reader.into_records(), headers, schema: (kind.schema)(), at: 1, usual });
        }
        Ok(Self::Lines { lines: BufReader::with_capacity(1 << 20, opened).lines(), at: 0, usual })
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        match self {
            Self::Lines { lines, at, usual } => loop {
                *at += 1;
                let line = match lines.next()? {
                    Ok(line) => line,
                    Err(error) => return Some(Row::unread(*at, &error)),
                };
                if line.trim().is_empty() {
                    continue;
                }
                let bytes = line.len() as u64 + 1;
                let event = match serde_json::from_str::<Value>(&line) {
                    Ok(value) => usual.event(value, *at),
                    Err(_) => Err("not JSON".to_owned()),
                };
                return Some(Row::of(*at, bytes, event));
            },
            Self::Csv { records, headers, schema, at, usual } => {
                *at += 1;
                let record = match records.next()? {
                    Ok(record) => record,
                    Err(error) => {
                        return Some(match error.kind() {
                            csv::ErrorKind::Io(error) => Row::unread(*at, error),
                            _ => Row::of(*at, 0, Err(error.to_string())),
                        });
                    }
                };
                let bytes = record.as_slice().len() as u64 + record.len() as u64;
                let event = usual.event(of_record(headers, &record, schema), *at);
                Some(Row::of(*at, bytes, event))
            }
        }
    }
}

impl Usual {
    /// A row as an event. What has no id gets one of its place and content, so that the same row of the same file is the
    /// same event.
    fn event(&self, value: Value, line: u64) -> Result<Value, String> {
        if value.get("specversion").is_some() {
            return Ok(value);
        }
        let Some(kind) = self.kind else { return Err("no event, and no type is given".to_owned()) };
        let time = self.time + TimeDelta::microseconds(i64::try_from(line).unwrap_or_default());
        let content = format!("{}\n{}\n{line}\n{value}", kind.name, self.time.to_rfc3339());
        let hash = digest::digest(&digest::SHA256, content.as_bytes());
        let id: String = hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(json!({
            "specversion": "1.0", "id": id, "source": self.source, "type": kind.name,
            "time": time.to_rfc3339(), "data": value,
        }))
    }
}

/// A record of a CSV file as data: a column for each value, `a.b` for a value within a value, `|` between the values of a
/// list; an empty cell says nothing. What a cell is, the type's schema says.
fn of_record(headers: &csv::StringRecord, record: &csv::StringRecord, schema: &Value) -> Value {
    let mut data = Value::Object(Map::new());
    for (name, cell) in headers.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        let mut here = &mut data;
        let mut of = schema;
        let mut steps = name.trim().split('.').peekable();
        while let Some(step) = steps.next() {
            of = resolved(schema, &of["properties"][step]);
            let Some(members) = here.as_object_mut() else { break };
            if steps.peek().is_none() {
                members.insert(step.to_owned(), of_cell(schema, of, cell));
                break;
            }
            here = members.entry(step.to_owned()).or_insert_with(|| Value::Object(Map::new()));
        }
    }
    data
}

/// A schema behind a reference, or the one that is not null of two.
fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        return resolved(root, &root["$defs"][name]);
    }
    match schema["anyOf"].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null")) {
        Some(one) => resolved(root, one),
        None => schema,
    }
}

fn of_cell(root: &Value, schema: &Value, cell: &str) -> Value {
    let is = |kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    let text = || Value::from(cell);
    if is("array") {
        let items = resolved(root, &schema["items"]);
        return cell.split('|').map(|one| of_cell(root, items, one.trim())).collect();
    }
    if is("integer") {
        return cell.trim().parse::<i64>().map_or_else(|_| text(), Value::from);
    }
    if is("number") {
        return cell.trim().parse::<f64>().map_or_else(|_| text(), Value::from);
    }
    if is("boolean") {
        return match cell.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => true.into(),
            "false" | "0" => false.into(),
            _ => text(),
        };
    }
    text()
}

/// What came of the rows.
#[derive(Default)]
struct Report {
    counts: Counts,
    lines: Vec<Line>,
}

/// A row that was not done.
struct Line {
    told: Value,
    /// Source and id of one that waits.
    waits: Option<(String, String)>,
}

impl Report {
    fn note(&mut self, file: &str, line: u64, outcome: &Outcome) {
        let settled = &outcome.settled;
        match (settled.state, outcome.repeated) {
            (InboundState::Applied, false) => self.counts.applied += 1,
            (InboundState::Applied | InboundState::Outdated, true) => self.counts.repeated += 1,
            (InboundState::Outdated, false) => self.counts.outdated += 1,
            (InboundState::Held, _) => self.counts.held += 1,
            (InboundState::Refused, _) => self.counts.refused += 1,
        }
        if !matches!(settled.state, InboundState::Held | InboundState::Refused) {
            return;
        }
        let reason = settled.reason.as_ref();
        let told = json!({
            "file": file, "line": line, "id": outcome.id, "state": settled.state,
            "code": reason.map(|reason| reason.code),
            "field": reason.and_then(|reason| reason.field.clone()),
            "message": reason.map(|reason| reason.message(entity::Locale::En)),
        });
        let waits = (settled.state == InboundState::Held).then(|| outcome.source.clone().zip(outcome.id.clone()));
        self.lines.push(Line { told, waits: waits.flatten() });
    }

    fn broken(&mut self, file: &str, line: u64, wrong: &str) {
        self.counts.refused += 1;
        let told = json!({ "file": file, "line": line, "state": "REFUSED", "code": "INVALID", "message": wrong });
        self.lines.push(Line { told, waits: None });
    }

    /// Strikes those off that wait no more.
    async fn look_again(&mut self, app: &App) -> Result<()> {
        let waiting: Vec<(String, String)> = self.lines.iter().filter_map(|line| line.waits.clone()).collect();
        let mut by_source: HashMap<&str, Vec<&str>> = HashMap::new();
        for (source, id) in &waiting {
            by_source.entry(source).or_default().push(id);
        }
        let mut now = HashMap::new();
        for (source, ids) in by_source {
            for ids in ids.chunks(ROWS) {
                let rows = inbound_event::Entity::find()
                    .filter(inbound_event::Column::Source.eq(source))
                    .filter(among(app.db.backend(), inbound_event::Column::Reference, ids.iter().copied()))
                    .by_place(app.db.conn())
                    .await?;
                now.extend(rows.into_iter().map(|row| ((row.source, row.reference), row.state)));
            }
        }
        let counts = &mut self.counts;
        self.lines.retain(|line| {
            let done = match line.waits.as_ref().and_then(|waits| now.get(waits)) {
                Some(InboundState::Applied) => &mut counts.applied,
                Some(InboundState::Outdated) => &mut counts.outdated,
                _ => return true,
            };
            *done += 1;
            counts.held -= 1;
            false
        });
        Ok(())
    }

    fn write(&self, path: &Path) -> Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let mut file =
            std::io::BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?);
        for line in &self.lines {
            writeln!(file, "{}", line.told)?;
        }
        Ok(file.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_by_the_types_schema() {
        let schema = (registry::find("cn.milepost.place.store.v1").unwrap().schema)();
        let headers =
            csv::StringRecord::from(vec!["code", "latitude", "serviceRadiusKm", "deliveryCenter", "services"]);
        let record = csv::StringRecord::from(vec!["YC1", "31.2", "30", "TRUE", "SALES|DELIVERY"]);
        let expected = json!({
            "code": "YC1", "latitude": 31.2, "serviceRadiusKm": 30, "deliveryCenter": true,
            "services": ["SALES", "DELIVERY"],
        });
        assert_eq!(of_record(&headers, &record, &schema), expected);
        // What does not fit stays a text, and is refused by the type.
        let record = csv::StringRecord::from(vec!["", "far", "x", "perhaps", ""]);
        let expected = json!({ "latitude": "far", "serviceRadiusKm": "x", "deliveryCenter": "perhaps" });
        assert_eq!(of_record(&headers, &record, &schema), expected);
    }

    #[test]
    fn a_value_within_a_value_has_a_dotted_column() {
        let schema = (registry::find("cn.milepost.order.milestone.v1").unwrap().schema)();
        let headers = csv::StringRecord::from(vec!["orderNumber", "forecast.p50", "code"]);
        let record = csv::StringRecord::from(vec!["12", "2026-12-01T00:00:00Z", "SHIPPED"]);
        let expected = json!({ "orderNumber": "12", "forecast": { "p50": "2026-12-01T00:00:00Z" }, "code": "SHIPPED" });
        assert_eq!(of_record(&headers, &record, &schema), expected);
    }
}
