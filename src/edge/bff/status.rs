//! What an answer's status says, for clients that look at it first.

use async_graphql::{Response, Value};
use axum::http::StatusCode;

use crate::edge::answer;

/// The status of an answer: 200 when anything was found or done, else that of the first thing that went wrong.
pub fn of(response: &Response) -> StatusCode {
    let Value::Object(data) = &response.data else { return of_errors(response) };
    // A mutation that was refused says so in its payload.
    let refused = data.values().find_map(|field| match field {
        Value::Object(payload) => match payload.get("userErrors") {
            Some(Value::List(errors)) => errors.first(),
            _ => None,
        },
        _ => None,
    });
    if let Some(error) = refused {
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
    let code = match error {
        Value::Object(error) => error.get("code"),
        _ => None,
    };
    let code = match code {
        Some(Value::Enum(code)) => code.as_str(),
        Some(Value::String(code)) => code,
        // The operation does not ask.
        _ => return StatusCode::UNPROCESSABLE_ENTITY,
    };
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
