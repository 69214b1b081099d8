//! A subscription as its transport sees it. Behind it stands, by turns, a run of the engine of its own, or one that is
//! shared: equal subscriptions that rest at the same place are told together, so that an event is judged, read and written as
//! JSON once for all of them. Whoever falls behind, or loses the shared run, goes on alone from its own place. Who rests
//! alone has no run at all: what is kept is a place, and a reader that wakes it.
//!
//! Equal are subscriptions of the same document, variables, caller, rights, language and widths of pictures, whatever
//! position they began from. A run that fails for now is begun again where it stood.

mod leader;
mod operation;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;
use std::time::Duration;

use entity::Locale;
use futures_util::StreamExt;
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream};
use serde_json::value::RawValue;
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use self::leader::Room;
pub use self::operation::Operation;
use self::operation::Sameness;
use super::call::{Call, CallState};
use super::gateway::{Gateway, Payload, Told};
use crate::access::Standing;
use crate::app::App;
use crate::events::feed::Place;
use crate::events::hub::Reader;
use crate::events::position::Position;
use crate::store::Db;

/// The subscriptions that are open, by what makes them equal. Cheap to clone.
#[derive(Clone, Default)]
pub struct Shares(Arc<Mutex<HashMap<Sameness, Weak<Share>>>>);

/// What equal subscriptions share.
struct Share {
    shares: Shares,
    sameness: Sameness,
    /// Wakes the first when a second comes.
    joined: Arc<Notify>,
    /// The run that tells all who sit in it.
    room: Mutex<Option<Room>>,
}

impl Shares {
    /// The share of these subscriptions, and whether others are in it already.
    fn enter(&self, sameness: Sameness) -> Arc<Share> {
        let mut shares = self.0.lock().expect("no panic while held");
        if let Some(share) = shares.get(&sameness).and_then(Weak::upgrade) {
            // One who is just not listening finds out when it next rests.
            share.joined.notify_waiters();
            return share;
        }
        let share = Arc::new(Share { shares: self.clone(), sameness, joined: Arc::default(), room: Mutex::default() });
        shares.insert(sameness, Arc::downgrade(&share));
        share
    }

    /// How many sets of equal subscriptions there are.
    pub fn len(&self) -> usize {
        self.0.lock().expect("no panic while held").len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut shares = self.shares.0.lock().expect("no panic while held");
        // Another may have been made since the last holder of this one left.
        if shares.get(&self.sameness).is_some_and(|there| there.strong_count() == 0) {
            shares.remove(&self.sameness);
        }
    }
}

/// Where a run of the engine rests, for the subscription it tells.
#[derive(Default)]
pub struct Seat {
    rest: Mutex<Option<(Place, Reader)>>,
    rests: Notify,
}

impl Seat {
    /// It rests here, with this reader; none when it has something to tell.
    pub fn rest(&self, rest: Option<(Place, Reader)>) {
        let rests = rest.is_some();
        *self.rest.lock().expect("no panic while held") = rest;
        if rests {
            self.rests.notify_one();
        }
    }

    fn place(&self) -> Option<Place> {
        self.rest.lock().expect("no panic while held").as_ref().map(|(place, _)| *place)
    }

    fn rested(&self) -> Option<(Place, Reader)> {
        self.rest.lock().expect("no panic while held").clone()
    }
}

/// What goes from a shared run to those who sit in it.
type Frame = Arc<Shared>;

/// A message that is told to several.
#[derive(Debug)]
struct Shared {
    json: Arc<RawValue>,
    /// The place after it.
    place: Place,
}

/// How the next message comes.
enum Way {
    /// From a run of one's own.
    Alone(Run),
    /// From nowhere, until this reader has news.
    Asleep(Place, Reader),
    /// From the shared one.
    Together(broadcast::Receiver<Frame>),
}

/// A subscription.
struct Subscriber {
    gateway: Gateway,
    operation: Arc<Operation>,
    caller: Caller,
    /// Renewals of the caller's token up to which the share fits.
    renewals: u64,
    /// None for what cannot be shared.
    share: Option<Arc<Share>>,
    way: Way,
    /// Where it stands.
    place: Option<Place>,
    patience: Patience,
    over: bool,
}

/// The answers of a subscription.
pub fn subscribe(gateway: Gateway, operation: Operation, call: Call) -> BoxStream<'static, Told> {
    let operation = Arc::new(operation);
    let caller = Caller::of(&call);
    let share = operation.sameness(&call).map(|sameness| gateway.shares().enter(sameness));
    let way = alone(&gateway, &operation, &call);
    let subscriber = Subscriber {
        renewals: caller.standing.renewals(),
        gateway,
        operation,
        caller,
        share,
        way,
        place: None,
        patience: Patience::default(),
        over: false,
    };
    Box::pin(stream::unfold(subscriber, |mut subscriber| async move {
        let told = subscriber.next().await?;
        Some((told, subscriber))
    }))
}

/// Who subscribed, without what a run of the engine reads.
struct Caller {
    app: App,
    standing: Standing,
    locale: Locale,
    request_id: Box<str>,
    image_widths: Option<Arc<[u32]>>,
    /// Where the transport said that the subscription goes on.
    resumed: Option<Position>,
}

impl Caller {
    fn of(call: &Call) -> Self {
        Self {
            app: call.app.clone(),
            standing: call.standing(),
            locale: call.locale,
            request_id: call.request_id.as_str().into(),
            image_widths: call.shown().cloned(),
            resumed: call.resumed(),
        }
    }

    /// A call of this moment.
    fn call(&self) -> Call {
        let call =
            CallState::lasting(self.app.clone(), self.standing.clone(), self.locale, self.request_id.to_string());
        call.shows(self.image_widths.as_ref());
        call
    }
}

/// A run of the engine for one.
fn alone(gateway: &Gateway, operation: &Arc<Operation>, call: &Call) -> Way {
    let seat = Arc::new(Seat::default());
    call.seated(seat.clone());
    let (gateway, operation, call) = (gateway.clone(), operation.clone(), call.clone());
    Way::Alone(Run { answers: Some(Answers::New { gateway, operation, call }), seat, step: None })
}

/// The answers of a run.
enum Answers {
    /// It has not begun: one that waits for its turn takes no room, however many come at once.
    New { gateway: Gateway, operation: Arc<Operation>, call: Call },
    /// It is under way.
    Begun(BoxStream<'static, Told>),
}

impl Answers {
    fn begin(self) -> BoxStream<'static, Told> {
        match self {
            Self::New { gateway, operation, call } => {
                let begun = async move { gateway.run_subscription(&operation, call).await };
                stream::once(begun).flatten().boxed()
            }
            Self::Begun(answers) => answers,
        }
    }
}

/// A run of the engine, as far as its next word. It gets there in a task of its own: others may wait for what it holds on
/// the way, so it does not wait for a client that does not read.
struct Run {
    /// There between two steps.
    answers: Option<Answers>,
    seat: Arc<Seat>,
    step: Option<AbortOnDropHandle<Stepped>>,
}

/// How far a run has come.
struct Stepped {
    woken: Woken,
    /// What goes on from there; none when it rests, so that it takes no room until its client has been told.
    answers: Option<BoxStream<'static, Told>>,
}

impl Run {
    async fn step(&mut self, db: &Db) -> Woken {
        if let Some(answers) = self.answers.take() {
            let (seat, db) = (self.seat.clone(), db.clone());
            self.step = Some(AbortOnDropHandle::new(tokio::spawn(async move {
                // Many come back at once: some of them at a time, so that connections are left to those who ask.
                let _turn = db.turn().await;
                let mut answers = answers.begin();
                let woken = wake(&mut answers, &seat).await;
                let told = matches!(&woken, Woken::Told(Some(told)) if !told.fault);
                if !told {
                    return Stepped { woken, answers: Some(answers) };
                }
                // Most have no more to say for now.
                match futures_util::poll!(answers.next()) {
                    Poll::Pending if seat.rested().is_some() => Stepped { woken, answers: None },
                    Poll::Pending => Stepped { woken, answers: Some(answers) },
                    Poll::Ready(None) => Stepped { woken, answers: Some(stream::empty().boxed()) },
                    Poll::Ready(Some(next)) => {
                        let answers = stream::once(ready(next)).chain(answers).boxed();
                        Stepped { woken, answers: Some(answers) }
                    }
                }
            })));
        }
        let Some(step) = &mut self.step else { return Woken::Told(None) };
        match step.await {
            Ok(Stepped { woken, answers }) => {
                (self.answers, self.step) = (answers.map(Answers::Begun), None);
                woken
            }
            // The runtime is going down.
            Err(_) => Woken::Told(None),
        }
    }
}

impl Subscriber {
    async fn next(&mut self) -> Option<Told> {
        while !self.over {
            match &mut self.way {
                Way::Alone(run) => {
                    let told = match run.step(&self.caller.app.db).await {
                        Woken::Told(told) => told,
                        Woken::Rests => {
                            self.settle();
                            continue;
                        }
                    };
                    let Some(told) = told else {
                        self.over = true;
                        break;
                    };
                    if told.fault
                        && let Some(wait) = self.patience.wait()
                    {
                        tracing::debug!(request.id = &*self.caller.request_id, "a subscription waits for the store");
                        tokio::time::sleep(wait).await;
                        self.go_alone(None);
                        continue;
                    }
                    self.over = told.fault;
                    if run.answers.is_none() {
                        self.settle();
                    }
                    if let Some(position) = told.place {
                        self.place = Some(Place { position, previous: Some(position.sequence) });
                        self.patience = Patience::default();
                    }
                    return Some(told);
                }
                Way::Asleep(..) => self.sleep().await,
                Way::Together(frames) => match frames.recv().await {
                    Ok(frame) if self.renewals == self.caller.standing.renewals() => {
                        self.place = Some(frame.place);
                        let payload = Payload::Shared(frame.json.clone());
                        return Some(Told { payload, place: Some(frame.place.position), fault: false });
                    }
                    // Too slow, or the shared run ended, or the rights are no longer those of the others.
                    _ => self.go_alone(None),
                },
            }
        }
        None
    }

    /// The run rests, if it still does: then it is over, and what follows comes from where it stood.
    fn settle(&mut self) {
        let Way::Alone(run) = &self.way else { return };
        if let Some((place, reader)) = run.seat.rested() {
            self.place = Some(place);
            self.way = Way::Asleep(place, reader);
        }
    }

    /// Waits for news, or for others to sit down with.
    async fn sleep(&mut self) {
        // Not the share itself: who holds that is counted.
        let joined = self.share.as_ref().map(|share| share.joined.clone());
        let joined = async {
            match &joined {
                Some(joined) => joined.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(joined);
        // Who comes from here on is heard of.
        let _ = futures_util::poll!(joined.as_mut());
        self.try_join();
        let Way::Asleep(place, reader) = &mut self.way else { return };
        let Some(epoch) = place.position.epoch else { return self.go_alone(None) };
        let another = tokio::select! {
            biased;
            () = reader.news(place.position.sequence, epoch) => false,
            () = &mut joined => true,
        };
        if !another {
            let reader = reader.clone();
            self.go_alone(Some(reader));
        }
    }

    /// Sits down with the others, if there are any, and all stand at one place.
    fn try_join(&mut self) {
        let (Way::Asleep(place, reader), Some(share)) = (&self.way, &self.share) else { return };
        let alone = Arc::strong_count(share) < 2 || self.renewals != self.caller.standing.renewals();
        if !alone
            && let Some(frames) =
                leader::sit_down(share, &self.gateway, &self.operation, &self.caller.call(), *place, reader)
        {
            self.way = Way::Together(frames);
        }
    }

    /// Goes on alone from where it stands.
    fn go_alone(&mut self, reader: Option<Reader>) {
        let call = self.caller.call();
        if self.renewals != self.caller.standing.renewals() {
            self.renewals = self.caller.standing.renewals();
            let sameness = self.operation.sameness(&call);
            self.share = sameness.map(|sameness| self.gateway.shares().enter(sameness));
        }
        match self.place {
            Some(place) => call.go_on(place, reader),
            None => {
                if let Some(position) = self.caller.resumed {
                    call.resume_at(position);
                }
            }
        }
        self.way = alone(&self.gateway, &self.operation, &call);
    }
}

/// What wakes one who is alone.
enum Woken {
    /// The run tells something, or ended.
    Told(Option<Told>),
    /// It rests.
    Rests,
}

async fn wake(answers: &mut BoxStream<'static, Told>, seat: &Seat) -> Woken {
    tokio::select! {
        biased;
        told = answers.next() => Woken::Told(told),
        () = seat.rests.notified() => Woken::Rests,
    }
}

/// How long a store that fails is tried again before its subscriptions end.
#[derive(Default)]
struct Patience {
    since: Option<Instant>,
    last: Duration,
}

impl Patience {
    /// Longest trouble.
    const MOST: Duration = Duration::from_secs(60);
    const FIRST_WAIT: Duration = Duration::from_millis(100);
    const LONGEST_WAIT: Duration = Duration::from_secs(2);

    /// How long to wait before the next try; none when it took too long already.
    fn wait(&mut self) -> Option<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        self.last = (self.last * 2).clamp(Self::FIRST_WAIT, Self::LONGEST_WAIT);
        (since.elapsed() < Self::MOST).then_some(self.last)
    }
}
