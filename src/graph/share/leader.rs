//! The run that tells all who sit in a room.

use std::sync::{Arc, Weak};

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::broadcast;

use super::{Frame, Operation, Patience, Seat, Share, Shared};
use crate::access::Viewer;
use crate::events::feed::Place;
use crate::events::hub::Reader;
use crate::graph::call::{Call, CallState};
use crate::graph::gateway::{Gateway, Told};

/// Messages that one who sits here may fall behind; further behind, the log is the buffer.
const BEHIND: usize = 64;

/// Those who are told together.
pub struct Room {
    /// Where all of them stand.
    place: Place,
    frames: broadcast::Sender<Frame>,
}

/// Sits down in the room of equal subscriptions; opens it, with a run that goes on from here, when there is none. None when
/// its people stand elsewhere.
pub fn sit_down(
    share: &Arc<Share>,
    gateway: &Gateway,
    operation: &Arc<Operation>,
    call: &Call,
    place: Place,
    reader: &Reader,
) -> Option<broadcast::Receiver<Frame>> {
    let mut room = share.room.lock().expect("no panic while held");
    if let Some(room) = room.as_ref() {
        return (room.place == place).then(|| room.frames.subscribe());
    }
    let (frames, seat) = broadcast::channel(BEHIND);
    *room = Some(Room { place, frames: frames.clone() });
    // Each of them watches over the end of their own token.
    let viewer = Viewer { expires_at: None, ..call.renewed().viewer.clone() };
    let widths = call.shown();
    let call = CallState::new(call.app.clone(), viewer, call.locale, call.request_id.clone());
    call.shows(widths);
    let leader = Leader {
        share: Arc::downgrade(share),
        gateway: gateway.clone(),
        operation: operation.clone(),
        call,
        place,
        reader: Some(reader.clone()),
        frames,
    };
    tokio::spawn(leader.lead());
    Some(seat)
}

struct Leader {
    share: Weak<Share>,
    gateway: Gateway,
    operation: Arc<Operation>,
    call: Call,
    place: Place,
    /// Has watched over the stream for the first who came.
    reader: Option<Reader>,
    frames: broadcast::Sender<Frame>,
}

impl Leader {
    /// Tells all until nobody is left, or until there is something that is not for all: then each hears it alone.
    async fn lead(mut self) {
        let mut patience = Patience::default();
        let (mut answers, mut seat) = self.begin().await;
        loop {
            let told = tokio::select! {
                biased;
                () = self.frames.closed() => {
                    if self.leave_if_empty() {
                        return;
                    }
                    continue;
                }
                told = answers.next() => told,
                () = seat.rests.notified() => {
                    if let Some(place) = seat.place() {
                        self.move_to(place, None);
                    }
                    continue;
                }
            };
            match told {
                Some(Told { fault: true, .. }) => match patience.wait() {
                    Some(wait) => {
                        tokio::time::sleep(wait).await;
                        (answers, seat) = self.begin().await;
                    }
                    None => break,
                },
                Some(Told { payload, place: Some(position), .. }) => {
                    let Some(json) = payload.into_json() else { break };
                    patience = Patience::default();
                    let place = Place { position, previous: Some(position.sequence) };
                    self.move_to(place, Some(Arc::new(Shared { json, place })));
                }
                _ => break,
            }
        }
    }

    /// A run from where the room stands.
    async fn begin(&mut self) -> (BoxStream<'static, Told>, Arc<Seat>) {
        let call = self.call.renewed();
        call.go_on(self.place, self.reader.take());
        let seat = Arc::new(Seat::default());
        call.seated(seat.clone());
        (self.gateway.run_subscription(&self.operation, call).await, seat)
    }

    /// The room stands here, from the moment on that this was told.
    fn move_to(&mut self, place: Place, frame: Option<Frame>) {
        self.place = place;
        let Some(share) = self.share.upgrade() else { return };
        let mut room = share.room.lock().expect("no panic while held");
        if let Some(frame) = frame {
            // Nobody may be there just now.
            let _ = self.frames.send(frame);
        }
        if let Some(room) = room.as_mut() {
            room.place = place;
        }
    }

    /// Closes the room when nobody sits there; one may have come meanwhile.
    fn leave_if_empty(&self) -> bool {
        let Some(share) = self.share.upgrade() else { return true };
        let mut room = share.room.lock().expect("no panic while held");
        let empty = self.frames.receiver_count() == 0;
        if empty {
            *room = None;
        }
        empty
    }
}

/// However it ends: with the last sender all who sit here are told that it is over.
impl Drop for Leader {
    fn drop(&mut self) {
        let Some(share) = self.share.upgrade() else { return };
        let Ok(mut room) = share.room.lock() else { return };
        // Another may have been opened meanwhile.
        if room.as_ref().is_some_and(|room| room.frames.same_channel(&self.frames)) {
            *room = None;
        }
    }
}
