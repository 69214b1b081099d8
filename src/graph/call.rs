//! One request: who asks, in which language, at what moment, and the links it has opened.

use std::any::TypeId;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::{Columns, Locale, Sealed, Wanted};
use tokio::time::Instant;

use super::answer::{Known, Needs, Selected};
use super::error::Result;
use super::link::{Link, Links, Relation};
use super::share::Seat;
use crate::access::{Disclosure, Standing, Viewer};
use crate::app::App;
use crate::events::feed::Place;
use crate::events::hub::Reader;
use crate::events::position::Position;
use crate::store::Lane;
use crate::store::vault::Personal;

/// One request. Cheap to clone.
pub type Call = Arc<CallState>;

/// See [`Call`].
pub struct CallState {
    /// The process.
    pub app: App,
    /// Who asks.
    pub viewer: Viewer,
    /// Language of texts.
    pub locale: Locale,
    /// The request's moment; one for all its rules.
    pub now: DateTime<Utc>,
    /// Named in answers and log lines.
    pub request_id: String,
    /// Whether an idempotency key brought back an earlier outcome.
    pub replayed: AtomicBool,
    lane: Lane,
    links: Links,
    known: Known,
    needs: OnceLock<Arc<Needs>>,
    expected: Mutex<Vec<(TypeId, Selected)>>,
    /// Where who asks can change while it is answered.
    standing: Option<Standing>,
    /// Where a subscription goes on, when the transport says so.
    resume: OnceLock<Position>,
    /// Where a subscription stood that goes on.
    goes_on: OnceLock<Place>,
    /// The reader that has watched over its stream since.
    reader: Mutex<Option<Reader>>,
    /// Who is told where the subscription rests.
    seat: OnceLock<Arc<Seat>>,
    /// The place after the message that was just made, for the transport to take along.
    place: Mutex<Option<Position>>,
    /// How long a query or a mutation may take; for good without.
    patience: OnceLock<Duration>,
    /// Widths of pictures that the app is made for.
    image_widths: OnceLock<Arc<[u32]>>,
}

impl CallState {
    /// A request of this viewer.
    pub fn new(app: App, viewer: Viewer, locale: Locale, request_id: String) -> Call {
        let now = app.clock.now();
        Self::at(app, viewer, locale, request_id, now)
    }

    /// A request of this viewer at a moment.
    pub fn at(app: App, viewer: Viewer, locale: Locale, request_id: String, now: DateTime<Utc>) -> Call {
        Self::opened(app, viewer, None, locale, request_id, now)
    }

    /// A request of one who may renew their token while it is answered.
    pub fn lasting(app: App, standing: Standing, locale: Locale, request_id: String) -> Call {
        let now = app.clock.now();
        Self::opened(app, standing.viewer(), Some(standing), locale, request_id, now)
    }

    fn opened(
        app: App,
        viewer: Viewer,
        standing: Option<Standing>,
        locale: Locale,
        request_id: String,
        now: DateTime<Utc>,
    ) -> Call {
        Arc::new(Self {
            lane: Lane::new(app.db.clone()),
            app,
            viewer,
            locale,
            now,
            request_id,
            standing,
            replayed: AtomicBool::new(false),
            links: Links::default(),
            known: Known::default(),
            needs: OnceLock::new(),
            expected: Mutex::default(),
            resume: OnceLock::new(),
            goes_on: OnceLock::new(),
            reader: Mutex::default(),
            seat: OnceLock::new(),
            place: Mutex::default(),
            patience: OnceLock::new(),
            image_widths: OnceLock::new(),
        })
    }

    /// The same caller at this moment, with the rights of now and nothing read yet: for each message of a stream.
    pub fn renewed(&self) -> Call {
        let (app, locale, request_id) = (self.app.clone(), self.locale, self.request_id.clone());
        let call = match &self.standing {
            Some(standing) => Self::lasting(app, standing.clone(), locale, request_id),
            None => Self::new(app, self.viewer.clone(), locale, request_id),
        };
        call.shows(self.shown());
        call
    }

    /// Pictures are shown this wide, ascending.
    pub fn shows(&self, widths: Option<&Arc<[u32]>>) {
        if let Some(widths) = widths {
            let _ = self.image_widths.set(widths.clone());
        }
    }

    /// What [`CallState::shows`] was told.
    pub fn shown(&self) -> Option<&Arc<[u32]>> {
        self.image_widths.get()
    }

    /// How wide the app shows pictures, ascending; empty where nobody said.
    pub fn image_widths(&self) -> &[u32] {
        self.shown().map_or(&[], |widths| widths)
    }

    /// The same request from its beginning, with nothing read yet and the time that is left.
    pub fn anew(&self) -> Call {
        let call = self.renewed();
        if let Some(end) = self.lane.end() {
            call.lane.end_at(end);
        }
        call
    }

    /// A query or a mutation may take so long, from [`CallState::begin`] on.
    pub fn within(&self, patience: Duration) {
        let _ = self.patience.set(patience);
    }

    /// The work on a query or a mutation begins.
    pub fn begin(&self) {
        if let Some(patience) = self.patience.get() {
            self.lane.end_at(Instant::now() + *patience);
        }
    }

    /// Who asks, for as long as the answers go on.
    pub fn standing(&self) -> Standing {
        self.standing.clone().unwrap_or_else(|| Standing::of(self.viewer.clone()))
    }

    /// How long the caller's token still counts, renewed or not; none for callers without one.
    pub fn left(&self) -> Option<Duration> {
        let end = match &self.standing {
            Some(standing) => standing.viewer().expires_at,
            None => self.viewer.expires_at,
        };
        end.map(|end| (end - self.app.clock.now()).to_std().unwrap_or_default())
    }

    /// The transport says where a subscription goes on.
    pub fn resume_at(&self, place: Position) {
        let _ = self.resume.set(place);
    }

    /// Where the transport says that a subscription goes on; stronger than what its arguments say, which a browser that
    /// comes back sends as they were at first.
    pub fn resumed(&self) -> Option<Position> {
        self.resume.get().copied()
    }

    /// The subscription was begun earlier, stood here, and goes on as if it had never ended; from a reader that has watched
    /// over its stream since, if there is one.
    pub fn go_on(&self, place: Place, reader: Option<Reader>) {
        let _ = self.resume.set(place.position);
        let _ = self.goes_on.set(place);
        *self.reader.lock().expect("no panic while held") = reader;
    }

    /// Takes the reader of [`CallState::go_on`].
    pub fn take_reader(&self) -> Option<Reader> {
        self.reader.lock().expect("no panic while held").take()
    }

    /// See [`CallState::go_on`]. What was asked when it was begun need not be asked again: each message is judged.
    pub fn goes_on(&self) -> Option<Place> {
        self.goes_on.get().copied()
    }

    /// Tells this seat where the subscription rests.
    pub fn seated(&self, seat: Arc<Seat>) {
        let _ = self.seat.set(seat);
    }

    /// The subscription rests here; none as soon as it has something to tell.
    pub fn rests(&self, place: Option<(Place, Reader)>) {
        if let Some(seat) = self.seat.get() {
            seat.rest(place);
        }
    }

    /// A message was made, after which the subscription stands here.
    pub fn stands_at(&self, place: Position) {
        *self.place.lock().expect("no panic while held") = Some(place);
    }

    /// Takes the place of the message that was just made.
    pub fn take_place(&self) -> Option<Position> {
        self.place.lock().expect("no panic while held").take()
    }

    /// For reads.
    pub fn db(&self) -> &Lane {
        &self.lane
    }

    /// The link of a relation, opened at its first use.
    pub fn link<R: Relation>(self: &Arc<Self>) -> Link<R> {
        self.links.get(self)
    }

    /// What a relation has for a key, fetched before.
    ///
    /// # Errors
    /// [`Error::Missing`](super::Error::Missing) when it was not; it is noted, and the field is asked again later.
    pub fn found<R: Relation>(&self, key: &R::Key) -> Result<Arc<R::Found>> {
        self.known.found::<R>(key, None)
    }

    /// What this relation finds is going to be shown with this: it is fetched along.
    pub fn expect<R: Relation>(&self, selected: Selected) {
        self.expected.lock().expect("no panic while held").push((TypeId::of::<R>(), selected));
    }

    /// What is going to be shown of what this relation finds, as far as that is known.
    pub fn expected<R: Relation>(&self) -> Option<Selected> {
        let expected = self.expected.lock().expect("no panic while held");
        expected.iter().find(|(relation, _)| *relation == TypeId::of::<R>()).map(|(_, selected)| selected.clone())
    }

    /// Reads only the columns that a plan looks at, from now on.
    pub fn read_only(&self, needs: &Arc<Needs>) {
        // A call runs one plan.
        let _ = self.needs.set(needs.clone());
    }

    /// The columns of a table that the plan looks at, and those that the reader itself does.
    pub fn wanted<R: Columns>(&self, own: Wanted) -> Wanted {
        self.needs.get().map_or(Wanted::ALL, |needs| needs.of::<R>(own))
    }

    /// What this call has found.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Fetches what was missing, a statement for each relation. Whether anything was.
    pub async fn fetch_missing(self: &Arc<Self>) -> Result<bool> {
        self.known.fetch(self).await
    }

    /// Fetches what was missing together with what other resolvers of the request miss at the same time.
    pub async fn load_missing(self: &Arc<Self>) -> Result<()> {
        self.known.load(self).await
    }

    /// Drops what the links hold. After a commit it is of yesterday: a document may have a second mutation.
    pub fn forget(&self) {
        self.links.clear();
        self.known.clear();
    }

    /// A personal value as this disclosure allows.
    pub fn show(&self, kind: Personal, sealed: &Sealed, disclosure: Disclosure) -> Result<String> {
        Ok(self.app.vault.show(kind, sealed, disclosure)?)
    }

    /// Picks the text of the request's language.
    pub fn pick(&self, zh: &str, en: &str) -> String {
        match self.locale {
            Locale::ZhCn => zh,
            Locale::En => en,
        }
        .to_owned()
    }

    /// Notes that an earlier outcome was brought back.
    pub fn mark_replayed(&self) {
        self.replayed.store(true, Ordering::Relaxed);
    }
}

/// Gives resolvers the call without a typed look-up in each of them.
pub trait CallExt {
    /// The request being answered.
    fn call(&self) -> &Call;
}

impl CallExt for Context<'_> {
    fn call(&self) -> &Call {
        self.data_unchecked::<Call>()
    }
}
