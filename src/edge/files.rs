//! Files behind links that the schema gives: who has the link may open it for a while, since a browser's page or a phone's viewer
//! sends no token. And files that come in, behind links of the same kind.

use axum::Extension;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::SharedFileType;
use serde::Deserialize;

use super::accept::Form;
use super::log::RequestId;
use super::{Edge, answer, spoken};
use crate::files::rules::{content_type, extension, is_image};
use crate::graph::{Code, Error};
use crate::order::conversation::{Opened, Received, opened, receive};
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
        Err(error) => refusal(&edge, &headers, &error, &id),
    }
}

fn refusal(edge: &Edge, headers: &HeaderMap, error: &Error, id: &str) -> Response {
    let refused = answer::refusal(error, spoken(edge, headers), id);
    let code = answer::code(&refused);
    let status = match code {
        Some(Code::LimitExceeded) => StatusCode::PAYLOAD_TOO_LARGE,
        code => code.map_or(StatusCode::INTERNAL_SERVER_ERROR, answer::status_of),
    };
    answer::sent(Form::Json, status, answer::Body::new(&refused, 1).to_json().into())
}

/// `PUT` or `POST /files/upload?key=…`: the bytes of a file that was announced by `fileUploadCreate`, as the body itself or as the first
/// file of a form, as browsers and mini-programs send it. 201, and what came in.
pub async fn upload(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    Query(link): Query<Link>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let key = link.key.unwrap_or_default();
    let taken = match is_form(&headers) {
        true => of_form(&edge, &key, request).await,
        false => receive(&edge.app, &key, request.into_body().into_data_stream()).await,
    };
    match taken.and_then(|received| Ok(serde_json::to_vec(&received)?)) {
        Ok(body) => answer::sent(Form::Json, StatusCode::CREATED, body),
        Err(error) => refusal(&edge, &headers, &error, &id),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

async fn of_form(edge: &Edge, key: &str, request: Request) -> Result<Received, Error> {
    let broken = || Error::shown(Code::BadUserInput, "file-form");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        if field.file_name().is_some() {
            return receive(&edge.app, key, field).await;
        }
    }
    Err(broken())
}

/// `GET /files/download?key=…`; 404 for what is not a link of this gateway, or no longer. Nothing in it runs in a browser: it is what its
/// type says, and what is no picture is kept and not shown.
pub async fn shared(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    Query(link): Query<Link>,
    headers: HeaderMap,
) -> Response {
    let found = opened(&edge.app, &link.key.unwrap_or_default()).await;
    match found.and_then(|found| found.ok_or_else(|| Error::shown(Code::NotFound, "file-not-found"))) {
        Ok(file) => handed_out(file),
        Err(error) => refusal(&edge, &headers, &error, &id),
    }
}

fn handed_out(file: Opened) -> Response {
    let disposition = disposition(&file.name, file.file_type);
    let mut response = Body::from_stream(file.bytes).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, content_type(file.file_type)),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.size));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// How a file is shown and called; its own name as RFC 8187 writes it, beside one that everything reads.
fn disposition(name: &str, file_type: SharedFileType) -> String {
    let how = if is_image(file_type) { "inline" } else { "attachment" };
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{how}; filename=\"file.{}\"; filename*=UTF-8''{encoded}", extension(file_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition("合同 \"1\"\r\nX: y.pdf", SharedFileType::Pdf),
            "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C%20%221%22%0D%0AX%3A%20y.pdf"
        );
        assert_eq!(disposition("a.jpg", SharedFileType::Jpeg), "inline; filename=\"file.jpg\"; filename*=UTF-8''a.jpg");
    }
}
