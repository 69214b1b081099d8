//! The record of what came in: claimed before anything is done, so that of two who send one event one does it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::upstream::{inbound_event, subject};
use entity::{Codes, InboundCode, InboundEventId, InboundState, Sealed};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
};

use super::envelope::Envelope;
use super::inbound::{Verdict, may_stand};
use super::position::Position;
use super::reason::Reason;
use crate::store::rows::{ByPlace, among};
use crate::store::{Tx, Vault};

/// Rows of one statement: all tables stay below the 32,766 values that SQLite takes.
pub const ROWS: usize = 1000;

/// Label of sealed bodies.
const BODY: &[u8] = b"inbound-event.body";

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// Its state.
    pub state: InboundState,
    /// Why, unless it was applied.
    pub reason: Option<Reason>,
    /// What was filled in besides.
    pub implied: Vec<String>,
    /// The subject that it waits for.
    pub waits_for: Option<String>,
}

impl Settled {
    /// It comes too late.
    pub fn outdated() -> Self {
        Self {
            state: InboundState::Outdated,
            reason: Some(Reason::new(InboundCode::NewerApplied, "ingest-outdated")),
            implied: Vec::new(),
            waits_for: None,
        }
    }

    /// It is not done.
    pub fn refused(reason: Reason) -> Self {
        Self { state: InboundState::Refused, reason: Some(reason), implied: Vec::new(), waits_for: None }
    }

    /// As it was kept.
    pub fn of_row(row: &inbound_event::Model) -> Self {
        let reason = row.code.zip(row.text_key.as_deref());
        let reason = reason.map(|(code, key)| Reason::of_kept(code, key, row.text_args.as_ref(), row.field.as_deref()));
        Self { state: row.state, reason, implied: row.implied.0.clone(), waits_for: row.waits_for.clone() }
    }
}

impl From<Verdict> for Settled {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Applied(implied) => Self { state: InboundState::Applied, reason: None, implied, waits_for: None },
            // Nothing can ever come with that name.
            Verdict::Held(reason, waits_for) if !may_stand(&waits_for) => Self::refused(Reason {
                code: InboundCode::Invalid,
                key: "ingest-key".into(),
                args: Vec::new(),
                ..reason
            }),
            Verdict::Held(reason, waits_for) => Self {
                state: InboundState::Held,
                reason: Some(reason),
                implied: Vec::new(),
                waits_for: Some(waits_for),
            },
            Verdict::Outdated => Self::outdated(),
            Verdict::Refused(reason) => Self::refused(reason),
        }
    }
}

/// Claims records: those that come back differ from ours in `id` were there before. Waits for who has claimed one and not
/// committed yet; in sorted order, so that two cannot wait for each other.
pub async fn claim(
    tx: &Tx,
    mut rows: Vec<inbound_event::Model>,
) -> Result<HashMap<(String, String), inbound_event::Model>, DbErr> {
    rows.sort_by(|a, b| (&a.source, &a.reference).cmp(&(&b.source, &b.reference)));
    let known =
        OnConflict::columns([inbound_event::Column::Source, inbound_event::Column::Reference]).do_nothing().to_owned();
    let mut taken = 0;
    for part in rows.chunks(ROWS) {
        let part = part.iter().map(|row| row.clone().into_active_model().reset_all());
        let insert = inbound_event::Entity::insert_many(part).on_conflict(known.clone());
        taken += tx.conn().execute(&insert.into_query()).await?.rows_affected();
    }
    let mut found = HashMap::new();
    if taken < rows.len() as u64 {
        let mut by_source: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in &rows {
            by_source.entry(&row.source).or_default().push(&row.reference);
        }
        let backend = tx.conn().get_database_backend();
        for (source, references) in by_source {
            for references in references.chunks(ROWS) {
                let before = inbound_event::Entity::find()
                    .filter(inbound_event::Column::Source.eq(source))
                    .filter(among(backend, inbound_event::Column::Reference, references.iter().copied()));
                for row in before.by_place(tx.conn()).await? {
                    found.insert((row.source.clone(), row.reference.clone()), row);
                }
            }
        }
    }
    for row in rows {
        found.entry((row.source.clone(), row.reference.clone())).or_insert(row);
    }
    Ok(found)
}

/// Writes what became of claimed events. Rows are claimed as applied, so those that were need no word.
pub async fn settle(tx: &Tx, vault: &Vault, all: &[(InboundEventId, &Envelope, &Settled)]) -> Result<(), DbErr> {
    for (id, envelope, settled) in all {
        let implied = !settled.implied.is_empty();
        if settled.state == InboundState::Applied && !implied {
            continue;
        }
        let may_be_tried = matches!(settled.state, InboundState::Held | InboundState::Refused);
        let body = may_be_tried.then(|| seal(vault, envelope));
        let change = inbound_event::ActiveModel { body: Set(body), ..as_kept(settled) };
        write(tx, *id, change).await?;
    }
    Ok(())
}

/// Writes what became of an event that was tried again.
pub async fn settle_again(tx: &Tx, row: &inbound_event::Model, settled: &Settled) -> Result<(), DbErr> {
    let done = matches!(settled.state, InboundState::Applied | InboundState::Outdated);
    let mut change = inbound_event::ActiveModel {
        attempts: Set(row.attempts.saturating_add(1)),
        settled_at: Set(tx.now()),
        ..as_kept(settled)
    };
    if done {
        change.body = Set(None);
    }
    let update = inbound_event::Entity::update_many()
        .set(change)
        .filter(inbound_event::Column::Id.eq(row.id))
        .filter(inbound_event::Column::State.is_in([InboundState::Held, InboundState::Refused]))
        .into_query();
    if tx.conn().execute(&update).await?.rows_affected() == 1 {
        return Ok(());
    }
    // Another has done it in the meantime: what was done here is taken back.
    Err(DbErr::RecordNotUpdated)
}

/// Notes that these were looked at, so that others get their turn.
pub async fn looked_at(tx: &Tx, ids: &[InboundEventId]) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    let update = inbound_event::Entity::update_many()
        .set(inbound_event::ActiveModel { settled_at: Set(tx.now()), ..Default::default() })
        .filter(inbound_event::Column::Id.is_in(ids.iter().copied()))
        .into_query();
    tx.conn().execute(&update).await?;
    Ok(())
}

async fn write(tx: &Tx, id: InboundEventId, change: inbound_event::ActiveModel) -> Result<(), DbErr> {
    let update = inbound_event::Entity::update_many().set(change).filter(inbound_event::Column::Id.eq(id)).into_query();
    tx.conn().execute(&update).await?;
    Ok(())
}

fn as_kept(settled: &Settled) -> inbound_event::ActiveModel {
    let reason = settled.reason.as_ref();
    inbound_event::ActiveModel {
        state: Set(settled.state),
        code: Set(reason.map(|reason| reason.code)),
        text_key: Set(reason.map(|reason| reason.key.to_string())),
        text_args: Set(reason.map(Reason::kept_args)),
        field: Set(reason.and_then(|reason| reason.field.clone())),
        implied: Set(settled.implied.iter().cloned().collect::<Codes>()),
        waits_for: Set(settled.waits_for.clone()),
        ..Default::default()
    }
}

/// The event as it is kept while it may be tried again: sealed, since it may hold personal values.
fn seal(vault: &Vault, envelope: &Envelope) -> Sealed {
    Sealed(vault.seal_bytes(BODY, envelope.to_value().to_string().as_bytes()))
}

/// The event of a record that may be tried again.
pub fn opened(vault: &Vault, row: &inbound_event::Model) -> Option<Envelope> {
    let body = vault.open_bytes(BODY, &row.body.as_ref()?.0).ok()?;
    Envelope::read(&serde_json::from_slice(&body).ok()?).ok()
}

/// Locks subjects for the rest of the transaction, in sorted order, and says which event of each was applied last.
pub async fn lock_subjects(tx: &Tx, subjects: &BTreeSet<&str>) -> Result<HashMap<String, Position>, DbErr> {
    let mut last = HashMap::new();
    let subjects: Vec<&str> = subjects.iter().copied().collect();
    for part in subjects.chunks(ROWS) {
        let rows = part.iter().map(|subject| subject::ActiveModel {
            subject: Set((*subject).to_owned()),
            source: Set(String::new()),
            reference: Set(String::new()),
            sequence: Set(None),
            occurred_at: Set(None),
        });
        // An update that changes nothing, for its lock and its answer.
        let same = OnConflict::column(subject::Column::Subject)
            .value(subject::Column::Subject, Expr::col((subject::Entity, subject::Column::Subject)))
            .to_owned();
        let mut insert = subject::Entity::insert_many(rows).on_conflict(same).into_query();
        insert.returning_all();
        let Statement { sql, values, .. } = tx.conn().get_database_backend().build(&insert);
        let backend = tx.conn().get_database_backend();
        let rows = tx.conn().query_all_raw(Statement { sql, values, db_backend: backend }).await?;
        for row in rows {
            let source: String = row.try_get("", "source")?;
            if source.is_empty() {
                continue;
            }
            let position = Position {
                source,
                reference: row.try_get("", "reference")?,
                sequence: row.try_get("", "sequence")?,
                time: row.try_get("", "occurred_at")?,
            };
            last.insert(row.try_get("", "subject")?, position);
        }
    }
    Ok(last)
}

/// Notes which event of each subject was applied last, and forgets the subjects of which none was.
pub async fn note_subjects(
    tx: &Tx,
    locked: &BTreeSet<&str>,
    before: &HashMap<String, Position>,
    applied: &HashMap<String, Position>,
) -> Result<(), DbErr> {
    let mut rows: Vec<subject::ActiveModel> = applied
        .iter()
        .map(|(subject, position)| subject::ActiveModel {
            subject: Set(subject.clone()),
            source: Set(position.source.clone()),
            reference: Set(position.reference.clone()),
            sequence: Set(position.sequence),
            occurred_at: Set(position.time),
        })
        .collect();
    rows.sort_by(|a, b| a.subject.as_ref().cmp(b.subject.as_ref()));
    let known = OnConflict::column(subject::Column::Subject)
        .update_columns([
            subject::Column::Source,
            subject::Column::Reference,
            subject::Column::Sequence,
            subject::Column::OccurredAt,
        ])
        .to_owned();
    for part in rows.chunks(ROWS) {
        let upsert = subject::Entity::insert_many(part.to_vec()).on_conflict(known.clone()).into_query();
        tx.conn().execute(&upsert).await?;
    }
    let none: Vec<&str> = locked
        .iter()
        .copied()
        .filter(|subject| !applied.contains_key(*subject) && !before.contains_key(*subject))
        .collect();
    if !none.is_empty() {
        let backend = tx.conn().get_database_backend();
        let delete = subject::Entity::delete_many()
            .filter(among(backend, subject::Column::Subject, none))
            .filter(subject::Column::Source.eq(""))
            .into_query();
        tx.conn().execute(&delete).await?;
    }
    Ok(())
}

/// Events of one waking; the sweep does the rest, so that what one event brings does not grow without bound.
const WOKEN: u64 = 200;

/// Events that wait for one of these subjects, in the order of their subjects' history; locked. Those that another is just
/// trying are left to it.
pub async fn waiting_for(tx: &Tx, subjects: &BTreeSet<String>) -> Result<Vec<inbound_event::Model>, DbErr> {
    let mut rows = Vec::new();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let backend = tx.conn().get_database_backend();
    for part in subjects.chunks(ROWS) {
        let mut select = inbound_event::Entity::find()
            .filter(among(backend, inbound_event::Column::WaitsFor, part.iter().copied()))
            .filter(inbound_event::Column::WaitsFor.is_not_null())
            .order_by_asc(inbound_event::Column::ReceivedAt)
            .order_by_asc(inbound_event::Column::Id)
            .limit(WOKEN);
        if backend == DbBackend::Postgres {
            select = select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        rows.extend(select.by_place(tx.conn()).await?);
    }
    sort(&mut rows);
    Ok(rows)
}

/// By sequence or time as far as they say, then by identity, so that all who look see one order.
pub fn sort(rows: &mut [inbound_event::Model]) {
    rows.sort_by(|a, b| {
        let key =
            |row: &inbound_event::Model| (row.occurred_at, row.sequence, row.source.clone(), row.reference.clone());
        key(a).cmp(&key(b))
    });
}

/// Condition for [`Expr`]: events that may be tried again.
pub fn may_be_tried() -> sea_orm::sea_query::SimpleExpr {
    inbound_event::Column::State
        .is_in([InboundState::Held, InboundState::Refused])
        .and(Expr::col((inbound_event::Entity, inbound_event::Column::Body)).is_not_null())
}
