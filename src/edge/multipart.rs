//! Subscriptions in a multipart body, as Apollo's clients speak them (`subscriptionSpec=1.0`): a part for each answer, an
//! empty one as a sign of life, errors that end the stream beside the payload.

use serde_json::json;

use super::accept::Form;
use super::answer::Body;
use super::follow::Framing;
use crate::events::position::Position;

/// See the module.
pub enum Parts {}

/// A part is whole once the boundary after it is there, so each brings that along.
fn part(json: &str) -> String {
    format!("\r\ncontent-type: application/json\r\n\r\n{json}\r\n--graphql")
}

impl Framing for Parts {
    const FORM: Form = Form::Multipart;
    /// The first boundary and a sign of life.
    const OPENING: &'static str = "\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql";
    const ALIVE: &'static str = "\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql";
    const COMPLETE: &'static str = "--\r\n";

    /// The place is the message's own `cursor`: a part has no field for it.
    fn next(answer: &Body<'_>, _place: Option<Position>) -> String {
        part(&format!("{{\"payload\":{}}}", answer.to_json()))
    }

    fn fatal(answer: &Body<'_>) -> String {
        part(&json!({ "payload": null, "errors": answer.errors() }).to_string())
    }
}
