//! GraphQL over server-sent events, "distinct connections mode": one operation a request, its answers as `next`
//! events, `complete` at the end. The id of an event is the place after it, which a browser sends back as `Last-Event-ID`.

use super::accept::Form;
use super::answer::Body;
use super::follow::Framing;
use crate::events::position::Position;

/// See the module.
pub enum Events {}

impl Framing for Events {
    const FORM: Form = Form::EventStream;
    /// A comment.
    const OPENING: &'static str = Self::ALIVE;
    const ALIVE: &'static str = ":\n\n";
    /// The data field has to be there, empty as it is: browsers drop an event without one.
    const COMPLETE: &'static str = "event: complete\ndata: \n\n";

    /// JSON has no line breaks of its own, so one data line holds it.
    fn next(answer: &Body<'_>, place: Option<Position>) -> String {
        let id = place.map_or_else(String::new, |place| format!("id: {place}\n"));
        format!("{id}event: next\ndata: {}\n\n", answer.to_json())
    }

    fn fatal(answer: &Body<'_>) -> String {
        Self::next(answer, None)
    }
}
