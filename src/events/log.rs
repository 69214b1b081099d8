//! The log: every state change appends its event in its own transaction. Sequences are gapless within a stream
//! and in commit order, since the counter's row stays locked until the commit (guarantees 1.1).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::log::{event, stream};
use entity::{EventId, EventKind};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// An entry as it stands in the log.
pub type Entry = event::Model;

/// An event to be written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its type.
    pub kind: EventKind,
    /// Prefixed id of what changed.
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

/// Appends the drafts in order; answers the new head of each stream. Two statements, whatever the number.
pub async fn append(
    conn: &impl ConnectionTrait,
    drafts: &[Draft],
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, i64>, DbErr> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for name in drafts.iter().flat_map(|draft| &draft.streams) {
        *counts.entry(name).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(BTreeMap::new());
    }
    // BTreeMap: rows are locked in sorted order, so two writers cannot wait for each other.
    let mut bump = Query::insert();
    bump.into_table(stream::Entity).columns([stream::Column::Stream, stream::Column::Head]);
    for (name, count) in &counts {
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
    let mut heads = BTreeMap::new();
    for row in conn.query_all(&bump).await? {
        heads.insert(row.try_get::<String>("", "stream")?, row.try_get::<i64>("", "head")?);
    }

    let mut next: BTreeMap<&str, i64> =
        counts.iter().map(|(name, count)| (*name, heads.get(*name).copied().unwrap_or(*count) - count)).collect();
    let mut rows = Vec::new();
    for draft in drafts {
        let event_id = EventId::generate();
        for name in &draft.streams {
            let sequence = next.entry(name).or_default();
            *sequence += 1;
            rows.push(event::ActiveModel {
                stream: Set(name.clone()),
                sequence: Set(*sequence),
                event_id: Set(event_id),
                kind: Set(draft.kind),
                aggregate_id: Set(draft.aggregate.clone()),
                aggregate_version: Set(draft.version),
                payload: Set(draft.payload.clone()),
                occurred_at: Set(now),
            });
        }
    }
    event::Entity::insert_many(rows).exec_without_returning(conn).await?;
    Ok(heads)
}

/// Reads a stream after a sequence, at most `limit` entries, oldest first.
pub async fn read(conn: &impl ConnectionTrait, stream: &str, after: i64, limit: u64) -> Result<Vec<Entry>, DbErr> {
    event::Entity::find()
        .filter(event::Column::Stream.eq(stream))
        .filter(event::Column::Sequence.gt(after))
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .all(conn)
        .await
}

/// The last sequence of a stream; zero when nothing was ever written to it.
pub async fn head(conn: &impl ConnectionTrait, stream: &str) -> Result<i64, DbErr> {
    Ok(stream::Entity::find_by_id(stream.to_owned()).one(conn).await?.map_or(0, |row| row.head))
}

/// The heads of several streams, in one statement.
pub async fn heads(conn: &impl ConnectionTrait, streams: &[String]) -> Result<BTreeMap<String, i64>, DbErr> {
    let rows = stream::Entity::find().filter(stream::Column::Stream.is_in(streams)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.stream, row.head)).collect())
}
