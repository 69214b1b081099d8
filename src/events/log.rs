//! The log: every state change appends its event in its own transaction. Sequences are gapless within a stream
//! and in commit order, since the counter's row stays locked until the commit (guarantees 1.1).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use entity::log::{event, stream};
use entity::{Columns, EventId, EventKind, PrefixedId};
use sea_orm::sea_query::{
    Expr, ExprTrait, OnConflict, PostgresQueryBuilder, Query, SqlWriter as _, SqlWriterValues, Value,
};
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};

use super::bus::Heads;
use super::oem::OEM;

/// An entry as it stands in the log.
pub type Entry = event::Model;

/// An event to be written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its type.
    pub kind: EventKind,
    /// Prefixed id of what changed; of what upstream alone names, its name there, as in `price-book/CN/3`.
    pub aggregate: String,
    /// Version of it after the change.
    pub version: i32,
    /// Where it is to be read: `order:ord_…`, `store:sto_…`, `customer:cus_…`.
    pub streams: Vec<String>,
    /// Ids and codes only; never personal data.
    pub payload: serde_json::Value,
}

/// The stream of something with an id: `order:ord_…`.
pub fn stream_of(kind: &str, id: impl std::fmt::Display) -> String {
    format!("{kind}:{id}")
}

/// Events laid out for the log.
pub struct Batch<'d> {
    /// How many entries each stream gets. Sorted: counters are locked in this order, so that two writers cannot wait for
    /// each other.
    counts: BTreeMap<&'d str, i64>,
    rows: Vec<Row<'d>>,
    now: DateTime<Utc>,
}

/// An entry before its stream's new head is known.
struct Row<'d> {
    stream: &'d str,
    /// How many entries of the batch follow it on its stream.
    behind: i64,
    /// Whether it is the first of the event's copies, which gets a number on the stream of everything ([`super::oem`]).
    first: bool,
    event_id: EventId,
    draft: &'d Draft,
}

/// On PostgreSQL, in a statement that has a row `done`: the counters, then the events, which take their numbers from
/// them. A `?` is a parameter: arrays, so that the text is the same for any number of events and its plan is kept.
const APPEND: &str = ", bumped AS (
        INSERT INTO event_stream AS s (stream, head)
        SELECT n.stream, n.entries FROM done, unnest(?, ?) AS n (stream, entries)
        ON CONFLICT (stream) DO UPDATE SET head = s.head + excluded.head RETURNING stream, head
    ), logged AS (
        INSERT INTO event (stream, sequence, event_id, kind, aggregate_id, aggregate_version, payload, occurred_at,
            oem_sequence)
        SELECT stream, head - e.behind, e.event_id, e.kind, e.aggregate_id, e.aggregate_version, e.payload, ?,
            CASE WHEN e.first THEN 0 END
        FROM bumped JOIN unnest(?, ?, ?, ?, ?, ?, ?, ?)
            AS e (stream, behind, event_id, kind, aggregate_id, aggregate_version, payload, first) USING (stream)
    )";

impl<'d> Batch<'d> {
    /// The drafts in their order.
    pub fn of(drafts: &'d [Draft], now: DateTime<Utc>) -> Self {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for name in drafts.iter().flat_map(|draft| &draft.streams) {
            *counts.entry(name).or_default() += 1;
        }
        let mut left = counts.clone();
        let mut rows = Vec::new();
        for draft in drafts {
            let event_id = EventId::generate();
            for (place, stream) in draft.streams.iter().enumerate() {
                let behind = left.entry(stream).or_default();
                *behind -= 1;
                rows.push(Row { stream, behind: *behind, first: place == 0, event_id, draft });
            }
        }
        Self { counts, rows, now }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The entries of the streams that are `wanted`, once their new heads are known.
    pub fn entries(&self, heads: &Heads, wanted: impl Fn(&str) -> bool) -> Vec<Entry> {
        let rows = self.rows.iter().filter(|row| wanted(row.stream));
        let entry = |row: &Row<'_>| {
            Some(Entry {
                stream: row.stream.to_owned(),
                sequence: heads.get(row.stream)? - row.behind,
                event_id: row.event_id,
                kind: row.draft.kind,
                aggregate_id: row.draft.aggregate.clone(),
                aggregate_version: row.draft.version,
                payload: row.draft.payload.clone(),
                occurred_at: self.now,
                oem_sequence: row.first.then_some(0),
            })
        };
        rows.filter_map(entry).collect()
    }

    /// Appends them in two statements, whatever their number; answers the new head of each stream.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn append(&self, conn: &impl ConnectionTrait) -> Result<Heads, DbErr> {
        if self.is_empty() {
            return Ok(Heads::new());
        }
        let mut bump = Query::insert();
        bump.into_table(stream::Entity).columns([stream::Column::Stream, stream::Column::Head]);
        for (name, count) in &self.counts {
            bump.values_panic([(*name).into(), (*count).into()]);
        }
        bump.on_conflict(
            OnConflict::column(stream::Column::Stream)
                .value(
                    stream::Column::Head,
                    Expr::col((stream::Entity, stream::Column::Head)).add(Expr::cust("excluded.head")),
                )
                .to_owned(),
        )
        .returning(Query::returning().columns([stream::Column::Stream, stream::Column::Head]));
        let mut heads = Heads::new();
        for row in conn.query_all(&bump).await? {
            heads.insert(row.try_get("", "stream")?, row.try_get("", "head")?);
        }
        let rows = self.rows.iter().map(|row| event::ActiveModel {
            stream: Set(row.stream.to_owned()),
            sequence: Set(heads.get(row.stream).copied().unwrap_or_default() - row.behind),
            event_id: Set(row.event_id),
            kind: Set(row.draft.kind),
            aggregate_id: Set(row.draft.aggregate.clone()),
            aggregate_version: Set(row.draft.version),
            payload: Set(row.draft.payload.clone()),
            occurred_at: Set(self.now),
            oem_sequence: Set(row.first.then_some(0)),
        });
        event::Entity::insert_many(rows).exec_without_returning(conn).await?;
        Ok(heads)
    }

    /// For PostgreSQL: the same as parts of a statement that has a row `done`, without which no counter is touched.
    /// `bumped` has the new heads.
    pub fn append_after_done(&self, sql: &mut SqlWriterValues) {
        fn each<'a, T>(rows: &'a [Row<'_>], get: impl Fn(&'a Row<'a>) -> T) -> Vec<T> {
            rows.iter().map(get).collect()
        }
        let (streams, counts): (Vec<String>, Vec<i64>) =
            self.counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).unzip();
        let rows = &self.rows;
        let values: [Value; 11] = [
            streams.into(),
            counts.into(),
            self.now.into(),
            each(rows, |row| row.stream.to_owned()).into(),
            each(rows, |row| row.behind).into(),
            each(rows, |row| row.event_id.uuid()).into(),
            each(rows, |row| row.draft.kind.to_value()).into(),
            each(rows, |row| row.draft.aggregate.clone()).into(),
            each(rows, |row| row.draft.version).into(),
            each(rows, |row| row.draft.payload.clone()).into(),
            each(rows, |row| row.first).into(),
        ];
        let mut values = values.into_iter();
        for (place, text) in APPEND.split('?').enumerate() {
            if let Some(value) = (place > 0).then(|| values.next()).flatten() {
                sql.push_param(value, &PostgresQueryBuilder);
            }
            let _ = sql.write_str(text);
        }
    }
}

/// Reads a stream after a sequence, at most `limit` entries, oldest first.
pub async fn read(conn: &impl ConnectionTrait, stream: &str, after: i64, limit: u64) -> Result<Vec<Entry>, DbErr> {
    if stream == OEM {
        return read_oem(conn, after, limit).await;
    }
    event::Entity::find()
        .filter(event::Column::Stream.eq(stream))
        .filter(event::Column::Sequence.gt(after))
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .all(conn)
        .await
}

/// For each of these streams its head, and its entries after a number, at most so many, oldest first. In one statement of
/// PostgreSQL.
///
/// # Errors
/// When the store fails.
pub async fn read_on(
    conn: &impl ConnectionTrait,
    places: &[(&str, i64)],
    most: u64,
) -> Result<Vec<(i64, Vec<Entry>)>, DbErr> {
    let sql = format!(
        "SELECT place.nr, event_stream.head, {} FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS place (stream, after, nr)
        JOIN event_stream ON event_stream.stream = place.stream
        LEFT JOIN LATERAL (
            SELECT * FROM event WHERE event.stream = place.stream AND event.sequence > place.after
            ORDER BY event.sequence LIMIT {most}
        ) AS event ON TRUE
        ORDER BY place.nr, event.sequence",
        Entry::LIST
    );
    let (streams, after): (Vec<String>, Vec<i64>) =
        places.iter().map(|(stream, after)| ((*stream).to_owned(), *after)).unzip();
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [streams.into(), after.into()]);
    let mut found = vec![(0, Vec::new()); places.len()];
    for row in conn.query_all_raw(statement).await? {
        let place = usize::try_from(row.try_get_by::<i64, _>(0)? - 1).unwrap_or_default();
        let Some((head, entries)) = found.get_mut(place) else { continue };
        *head = row.try_get_by(1)?;
        // Beside a stream without any the entry's columns are empty.
        if row.try_get_by::<Option<String>, _>(2)?.is_some() {
            entries.push(Entry::read(&row, 2)?);
        }
    }
    Ok(found)
}

/// As the index has it; and what is forgotten is not told in part.
const KEPT: &str = "oem_sequence > 0 AND oem_sequence > (SELECT forgotten FROM event_stream WHERE stream = 'oem')";

/// The same for the stream of everything, whose entries stand on other streams; after what is forgotten of it.
async fn read_oem(conn: &impl ConnectionTrait, after: i64, limit: u64) -> Result<Vec<Entry>, DbErr> {
    let entries = event::Entity::find()
        .filter(event::Column::OemSequence.gt(after))
        .filter(Expr::cust(KEPT))
        .order_by_asc(event::Column::OemSequence)
        .limit(limit)
        .all(conn)
        .await?;
    let on_oem =
        |entry: Entry| Entry { stream: OEM.to_owned(), sequence: entry.oem_sequence.unwrap_or_default(), ..entry };
    Ok(entries.into_iter().map(on_oem).collect())
}

/// The last sequence of a stream; zero when nothing was ever written to it.
pub async fn head(conn: &impl ConnectionTrait, stream: &str) -> Result<i64, DbErr> {
    Ok(stream::Entity::find_by_id(stream.to_owned()).one(conn).await?.map_or(0, |row| row.head))
}

/// The heads of the streams that were written since a moment, as the writers' clocks have it.
pub async fn recent_heads(conn: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<Heads, DbErr> {
    // With an end, which no clock reaches, PostgreSQL plans for a part of the log: for all after any moment it reads the
    // whole table.
    let end = since + TimeDelta::days(365);
    let rows: Vec<(String, i64)> = event::Entity::find()
        .select_only()
        .column(event::Column::Stream)
        .column_as(event::Column::Sequence.max(), "head")
        .filter(event::Column::OccurredAt.between(since, end))
        .group_by(event::Column::Stream)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The heads of several streams, in one statement.
pub async fn heads(conn: &impl ConnectionTrait, streams: &[String]) -> Result<Heads, DbErr> {
    let rows = stream::Entity::find().filter(stream::Column::Stream.is_in(streams)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.stream, row.head)).collect())
}
