//! Taking events in: in parts, each of them one transaction, in which every event is claimed, put in its place, done or
//! not done, and recorded. What waits for something that a part has brought is tried again in the same transaction.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use entity::upstream::inbound_event;
use entity::{Codes, InboundCode, InboundEventId, InboundState, UpstreamSystemId};
use sea_orm::DbErr;
use serde_json::Value;

use super::envelope::{Broken, Envelope};
use super::inbound::{AnyData, Desk, EventType, Item, Read};
use super::position::Position;
use super::reason::Reason;
use super::record::{self, Settled};
use super::registry;
use super::sender::Sender;
use crate::app::App;
use crate::graph::{Error, Result};
use crate::store::Tx;
use crate::store::fault::Fault;

/// What an event's sender is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The event's source, when it has one.
    pub source: Option<String>,
    /// Its id, when it has one.
    pub id: Option<String>,
    /// Whether it had come before; the rest then is what became of it at that time.
    pub repeated: bool,
    /// What became of it.
    pub settled: Settled,
}

/// An event on its way.
struct Arrival {
    /// Its place in the answer.
    at: usize,
    envelope: Envelope,
    hash: Vec<u8>,
    id: InboundEventId,
    kind: Option<&'static EventType>,
    read: Option<Read>,
    settled: Option<Settled>,
}

/// Takes events in, `size` of them in each transaction, and answers for each in their order.
///
/// # Errors
/// When the store fails. What parts before have done stays; sending all again is safe.
pub async fn take(app: &App, sender: &Sender, events: &[Value], size: usize) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(events.len());
    for events in events.chunks(size.max(1)) {
        match part(app, sender, events, None).await {
            Ok(done) => outcomes.extend(done),
            // One that the store itself refuses would take the others with it for ever.
            Err(error) if error.fault() == Some(Fault::Refused) => {
                for event in events {
                    outcomes.push(take_one(app, sender, event).await?);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(outcomes)
}

async fn take_one(app: &App, sender: &Sender, event: &Value) -> Result<Outcome> {
    let event = std::slice::from_ref(event);
    let done = match part(app, sender, event, None).await {
        Err(error) if error.fault() == Some(Fault::Refused) => {
            tracing::error!(?error, "the store refused what the rules let pass");
            let refused = Settled::refused(Reason::new(InboundCode::Invalid, "ingest-store"));
            part(app, sender, event, Some(refused)).await
        }
        done => done,
    };
    done?.pop().ok_or_else(|| Error::hidden("a part without an outcome"))
}

/// Tries of a part that another one stood in the way of.
const TRIES: u32 = 4;

async fn part(app: &App, sender: &Sender, events: &[Value], forced: Option<Settled>) -> Result<Vec<Outcome>> {
    let mut tries = 1;
    loop {
        match attempt(app, sender, events, forced.as_ref()).await {
            // Two parts each waited for a thing of the other: one was taken back whole.
            Err(error) if error.fault() == Some(Fault::Conflict) && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

async fn attempt(app: &App, sender: &Sender, events: &[Value], forced: Option<&Settled>) -> Result<Vec<Outcome>> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; events.len()];
    let mut arrivals = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match arrive(app.clock.now(), sender, at, event) {
            Ok(arrival) => arrivals.push(arrival),
            Err(outcome) => outcomes[at] = Some(outcome),
        }
    }
    if !arrivals.is_empty() {
        let mut tx = Tx::begin(&app.db, app.clock.now()).await?;
        let Claim { mut fresh, echoes } = claim(&tx, sender, arrivals, &mut outcomes).await?;
        if let Some(forced) = forced {
            for arrival in &mut fresh {
                arrival.settled = Some(forced.clone());
            }
        }
        let wakes = work(&mut tx, app, sender, &mut fresh).await?;
        let settled: Vec<_> = fresh
            .iter()
            .filter_map(|arrival| Some((arrival.id, &arrival.envelope, arrival.settled.as_ref()?)))
            .collect();
        record::settle(&tx, &app.vault, &settled).await?;
        wake(&mut tx, app, wakes).await?;
        tx.commit(&app.hub).await?;
        for (at, id) in echoes {
            let first = fresh.iter().find(|first| first.id == id).and_then(|first| first.settled.clone());
            if let (Some(outcome), Some(settled)) = (&mut outcomes[at], first) {
                outcome.settled = settled;
            }
        }
        for arrival in fresh {
            let Some(settled) = arrival.settled else { continue };
            outcomes[arrival.at] = Some(Outcome {
                source: Some(arrival.envelope.source),
                id: Some(arrival.envelope.id),
                repeated: false,
                settled,
            });
        }
    }
    outcomes.into_iter().map(|outcome| outcome.ok_or_else(|| Error::hidden("an event without an outcome"))).collect()
}

/// How far a sender's clock may be ahead. One event of the year 2099 would make all that follow it outdated.
const EARLY: TimeDelta = TimeDelta::minutes(5);

/// Reads an event. What has no identity that its sender may use is answered and not recorded: the record is by source and
/// id, and nobody may take another's.
fn arrive(now: DateTime<Utc>, sender: &Sender, at: usize, event: &Value) -> Result<Arrival, Outcome> {
    let unrecorded = |source, id, reason| Outcome { source, id, repeated: false, settled: Settled::refused(reason) };
    let envelope = match Envelope::read(event) {
        Ok(envelope) => envelope,
        Err(Broken { source, id, reason }) => return Err(unrecorded(source, id, reason)),
    };
    if !sender.speaks_as(&envelope.source) {
        tracing::warn!(system = %sender.actor, "an event in another's name was refused");
        let reason = Reason::new(InboundCode::SourceNotAllowed, "ingest-source-not-allowed");
        let reason = Reason { field: Some("source".into()), ..reason };
        return Err(unrecorded(Some(envelope.source), Some(envelope.id), reason));
    }
    if envelope.time.is_some_and(|time| time > now + EARLY) {
        let reason = Reason { field: Some("time".into()), ..Reason::new(InboundCode::Invalid, "ingest-time-ahead") };
        return Err(unrecorded(Some(envelope.source), Some(envelope.id), reason));
    }
    let mut arrival = Arrival {
        at,
        hash: envelope.hash(),
        id: InboundEventId::generate(),
        kind: registry::find(&envelope.kind),
        read: None,
        settled: None,
        envelope,
    };
    read(sender, &mut arrival);
    Ok(arrival)
}

/// Reads an event's data, or says why not.
fn read(sender: &Sender, arrival: &mut Arrival) {
    let event = &arrival.envelope;
    let refused = match arrival.kind {
        None => {
            let reason = Reason::new(InboundCode::UnknownType, "ingest-unknown-type");
            Some(Reason { field: Some("type".into()), ..reason.with("type", event.kind.as_str()) })
        }
        Some(kind) => match sender.check_type(event) {
            Err(reason) => Some(reason),
            Ok(()) => match (kind.read)(&event.data) {
                Ok(read) => {
                    arrival.read = Some(read);
                    None
                }
                Err(reason) => Some(reason),
            },
        },
    };
    arrival.settled = refused.map(Settled::refused);
}

/// What is ours to do, and what repeats some of it within the part: by its place.
struct Claim {
    fresh: Vec<Arrival>,
    echoes: Vec<(usize, InboundEventId)>,
}

/// Claims the records of events; answers those that are ours to do. The others came before.
async fn claim(
    tx: &Tx,
    sender: &Sender,
    arrivals: Vec<Arrival>,
    outcomes: &mut [Option<Outcome>],
) -> Result<Claim, DbErr> {
    let mut rows: HashMap<(&str, &str), inbound_event::Model> = HashMap::new();
    for arrival in &arrivals {
        let identity = (arrival.envelope.source.as_str(), arrival.envelope.id.as_str());
        rows.entry(identity).or_insert_with(|| claimed(tx, sender, arrival));
    }
    let found = record::claim(tx, rows.into_values().collect()).await?;
    let mut claim = Claim { fresh: Vec::with_capacity(arrivals.len()), echoes: Vec::new() };
    let mut twins = Vec::new();
    for arrival in arrivals {
        let identity = (arrival.envelope.source.clone(), arrival.envelope.id.clone());
        let Some(row) = found.get(&identity) else { continue };
        if row.id == arrival.id {
            claim.fresh.push(arrival);
        } else {
            twins.push((arrival, row));
        }
    }
    let ours: BTreeSet<InboundEventId> = claim.fresh.iter().map(|arrival| arrival.id).collect();
    for (arrival, row) in twins {
        let same = row.hash == arrival.hash;
        let settled = if !same {
            let reason = Reason::new(InboundCode::IdConflict, "ingest-id-conflict");
            Settled::refused(Reason { field: Some("id".into()), ..reason })
        } else {
            if ours.contains(&row.id) {
                claim.echoes.push((arrival.at, row.id));
            }
            Settled::of_row(row)
        };
        outcomes[arrival.at] = Some(Outcome {
            source: Some(arrival.envelope.source),
            id: Some(arrival.envelope.id),
            repeated: same,
            settled,
        });
    }
    Ok(claim)
}

fn claimed(tx: &Tx, sender: &Sender, arrival: &Arrival) -> inbound_event::Model {
    inbound_event::Model {
        id: arrival.id,
        source: arrival.envelope.source.clone(),
        reference: arrival.envelope.id.clone(),
        system_id: sender.system,
        kind: arrival.envelope.kind.clone(),
        subject: arrival.read.as_ref().map(|read| read.subject.clone()),
        sequence: arrival.envelope.sequence,
        occurred_at: arrival.envelope.time,
        hash: arrival.hash.clone(),
        state: InboundState::Applied,
        code: None,
        text_key: None,
        text_args: None,
        field: None,
        implied: Codes::default(),
        waits_for: None,
        body: None,
        attempts: 1,
        received_at: tx.now(),
        settled_at: tx.now(),
    }
}

fn position(envelope: &Envelope, read: &Read) -> Position {
    Position {
        source: envelope.source.clone(),
        reference: envelope.id.clone(),
        sequence: envelope.sequence,
        time: envelope.time.or(read.moment),
    }
}

/// Puts events in their places and does what they say: of one subject one after the other, neighbours of one type
/// together. Answers the subjects that others may wait for.
async fn work(tx: &mut Tx, app: &App, sender: &Sender, arrivals: &mut [Arrival]) -> Result<BTreeSet<String>> {
    for arrival in arrivals.iter_mut().filter(|arrival| arrival.settled.is_none()) {
        let own = arrival.read.as_ref().map(|read| read.subject.as_str());
        if arrival.envelope.subject.as_deref().is_some_and(|given| !own.is_some_and(|own| names(own, given))) {
            let reason = Reason::new(InboundCode::Invalid, "ingest-subject").with("subject", own.unwrap_or_default());
            arrival.settled = Some(Settled::refused(Reason { field: Some("subject".into()), ..reason }));
        }
    }
    // What it wakes as well: that names the things it changes, which two parts then take in one order.
    let subjects: Vec<String> = arrivals
        .iter()
        .filter(|arrival| arrival.settled.is_none())
        .filter_map(|arrival| arrival.read.as_ref())
        .flat_map(|read| read.wakes.iter().chain([&read.subject]).cloned())
        .collect();
    let locked: BTreeSet<&str> = subjects.iter().map(String::as_str).collect();
    let mut wakes = BTreeSet::new();
    if locked.is_empty() {
        return Ok(wakes);
    }
    let before = record::lock_subjects(tx, &locked).await?;
    let mut last = before.clone();
    let mut applied: HashMap<String, Position> = HashMap::new();
    let mut next = 0;
    while next < arrivals.len() {
        let run = run(arrivals, &mut next, &last);
        let Some(kind) = run.first().and_then(|at| arrivals[*at].kind) else { break };
        let mut items = Vec::with_capacity(run.len());
        for at in &run {
            let data: Option<AnyData> =
                arrivals[*at].read.as_mut().map(|read| std::mem::replace(&mut read.data, Box::new(())));
            items.extend(data.map(|data| Item { data, time: arrivals[*at].envelope.time }));
        }
        let verdicts = (kind.apply)(Desk { tx: &mut *tx, app, sender }, items).await?;
        if verdicts.len() != run.len() {
            return Err(Error::hidden(format!("{} answered {} of {} events", kind.name, verdicts.len(), run.len())));
        }
        // What comes next reads what was written.
        tx.flush().await?;
        for (at, verdict) in run.into_iter().zip(verdicts) {
            let arrival = &mut arrivals[at];
            let settled = Settled::from(verdict);
            if let (InboundState::Applied, Some(read)) = (settled.state, &arrival.read) {
                let position = position(&arrival.envelope, read);
                last.insert(read.subject.clone(), position.clone());
                applied.insert(read.subject.clone(), position);
                wakes.extend(read.wakes.iter().cloned());
                if let Some(topic) = kind.tells {
                    tx.emit(topic.changed(&read.subject));
                }
            }
            arrival.settled = Some(settled);
        }
    }
    record::note_subjects(tx, &locked, &before, &applied).await?;
    Ok(wakes)
}

/// Whether a `subject` that an event gives is its own: the whole one, or the last step of it.
fn names(own: &str, given: &str) -> bool {
    own == given || own.rsplit('/').next() == Some(given)
}

/// The next events that can be done together: neighbours of one type about different subjects. Those that come too late
/// are told so on the way.
fn run(arrivals: &mut [Arrival], next: &mut usize, last: &HashMap<String, Position>) -> Vec<usize> {
    let mut run = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut of: Option<&str> = None;
    while let Some(arrival) = arrivals.get_mut(*next) {
        if arrival.settled.is_none()
            && let (Some(read), Some(kind)) = (&arrival.read, arrival.kind)
        {
            if of.is_some_and(|of| of != kind.name) || seen.contains(&read.subject) {
                break;
            }
            let last = last.get(&read.subject);
            if let Some(name) = kind.once.filter(|_| last.is_some_and(|last| last.source == arrival.envelope.source)) {
                let reason = Reason::new(InboundCode::Duplicate, "ingest-once").at(name);
                arrival.settled = Some(Settled::refused(reason));
            } else if kind.in_order && last.is_some_and(|last| position(&arrival.envelope, read).is_before(last)) {
                arrival.settled = Some(Settled::outdated());
            } else {
                of = Some(kind.name);
                seen.insert(read.subject.clone());
                run.push(*next);
            }
        }
        *next += 1;
    }
    run
}

/// Rounds of waking in one transaction; what is left is for the next one.
const ROUNDS: usize = 32;

/// Tries again what waits for these subjects, and what waits for those that this brings.
pub(super) async fn wake(tx: &mut Tx, app: &App, mut subjects: BTreeSet<String>) -> Result<()> {
    for _ in 0..ROUNDS {
        if subjects.is_empty() {
            return Ok(());
        }
        let waiting = record::waiting_for(tx, &subjects).await?;
        subjects = again(tx, app, waiting).await?;
    }
    Ok(())
}

/// Tries recorded events again; answers the subjects that others may wait for.
pub(super) async fn again(tx: &mut Tx, app: &App, rows: Vec<inbound_event::Model>) -> Result<BTreeSet<String>> {
    let mut wakes = BTreeSet::new();
    let mut passed_over = Vec::new();
    let mut senders: HashMap<Option<UpstreamSystemId>, Option<Sender>> = HashMap::new();
    for row in rows {
        let sender = match senders.get(&row.system_id) {
            Some(known) => known.clone(),
            None => {
                let found = match row.system_id {
                    None => Some(Sender::import()),
                    Some(id) => Sender::of(tx.conn(), id).await?,
                };
                senders.insert(row.system_id, found.clone());
                found
            }
        };
        // Of a system that is switched off nothing is done; it is kept.
        let (Some(sender), Some(envelope)) = (sender, record::opened(&app.vault, &row)) else {
            passed_over.push(row.id);
            continue;
        };
        let mut arrival = Arrival {
            at: 0,
            hash: row.hash.clone(),
            id: row.id,
            kind: registry::find(&envelope.kind),
            read: None,
            settled: None,
            envelope,
        };
        read(&sender, &mut arrival);
        let mut one = [arrival];
        wakes.extend(work(tx, app, &sender, &mut one).await?);
        let [arrival] = one;
        if let Some(settled) = &arrival.settled {
            record::settle_again(tx, &row, settled).await?;
        }
    }
    record::looked_at(tx, &passed_over).await?;
    Ok(wakes)
}
