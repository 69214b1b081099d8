//! What an answer's status says, for clients that look at it first.

use async_graphql::{Response, Value};
use axum::http::StatusCode;

use crate::edge::answer;
use crate::graph::user_error;

/// The status of an answer: 200 when anything was found or done, else that of the first thing that went wrong.
pub fn of(response: &Response) -> StatusCode {
    let Value::Object(data) = &response.data else { return of_errors(response) };
    // A mutation that was refused says so in its payload.
    if let Some(error) = user_error::all(&response.data).next() {
        return of_user_error(error);
    }
    if data.values().any(|field| *field != Value::Null) {
        return StatusCode::OK;
    }
    if response.errors.is_empty() { nothing(data.len()) } else { of_errors(response) }
}

/// The status of an answer without errors and without objects, as JSON: whether all its root fields are null.
pub fn of_json(data: &[u8]) -> StatusCode {
    match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(data) {
        Ok(data) if data.values().all(serde_json::Value::is_null) => nothing(data.len()),
        _ => StatusCode::OK,
    }
}

/// The status of an answer without errors whose root fields, so many, are all null.
fn nothing(fields: usize) -> StatusCode {
    if fields == 0 { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

fn of_errors(response: &Response) -> StatusCode {
    answer::code(response).map_or(StatusCode::INTERNAL_SERVER_ERROR, answer::status_of)
}

/// The status of what a user can put right.
fn of_user_error(error: &Value) -> StatusCode {
    // The operation may not ask for it.
    let Some(code) = user_error::code(error) else { return StatusCode::UNPROCESSABLE_ENTITY };
    match code {
        "FORBIDDEN" => StatusCode::FORBIDDEN,
        "NOT_FOUND" => StatusCode::NOT_FOUND,
        "DUPLICATE"
        | "INVALID_TRANSITION"
        | "VERSION_CONFLICT"
        | "IDEMPOTENCY_IN_PROGRESS"
        | "PRICE_CHANGED"
        | "VEHICLE_UNAVAILABLE" => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
