//! Files behind links that the schema gives: who has the link may open it for a while, since a browser's page or a phone's viewer
//! sends no token.

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::log::RequestId;
use super::{Edge, answer, spoken};
use crate::graph::{Code, Error};
use crate::order::printed;

/// What a link says.
#[derive(Deserialize)]
pub struct Link {
    key: Option<String>,
}

/// `GET /contracts/document.pdf?key=…`; 404 for what is not a link of this gateway, or no longer.
pub async fn contract(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    Query(link): Query<Link>,
    headers: HeaderMap,
) -> Response {
    let found = match link.key {
        Some(key) => printed(&edge.app, &key).await,
        None => Ok(None),
    };
    let found = found.and_then(|found| found.ok_or_else(|| Error::shown(Code::NotFound, "file-not-found")));
    match found {
        Ok(printed) => {
            let mut response = printed.file.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
            if let Ok(named) = HeaderValue::from_str(&format!("inline; filename=\"{}\"", printed.name)) {
                headers.insert(header::CONTENT_DISPOSITION, named);
            }
            response
        }
        Err(error) => {
            let refused = answer::refusal(&error, spoken(&edge, &headers), &id);
            let status = answer::code(&refused).map_or(StatusCode::INTERNAL_SERVER_ERROR, answer::status_of);
            let body = answer::Body::new(&refused, 1).to_json();
            answer::sent(super::accept::Form::Json, status, body.into())
        }
    }
}
