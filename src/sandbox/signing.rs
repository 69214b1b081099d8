//! A provider of signatures. Who opens the page of a contract reads it and signs for all, declines, lets the time run out, or
//! agrees that a signed one is undone, or not; and says how the gateway hears of it. The same by `POST` with a form, for tests. A text
//! whose hash does not fit is declined when it is handed over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use entity::ContractState;
use serde::Deserialize;
use serde_json::json;

use super::{Outside, Refused, Told, escaped};
use crate::order::rules::contract::{ContractMove, move_contract};
use crate::order::rules::paper;
use crate::ports::signing::{Envelope, Receipt, Standing};

#[derive(Clone)]
struct Signing {
    outside: Outside,
    books: Arc<Mutex<HashMap<String, File>>>,
}

#[derive(Clone)]
struct File {
    envelope: Envelope,
    standing: Standing,
}

/// What somebody does with a contract.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deed {
    Sign,
    Decline,
    Expire,
    Agree,
    Rescind,
    Keep,
}

impl From<Deed> for ContractMove {
    fn from(deed: Deed) -> Self {
        match deed {
            Deed::Sign => Self::Complete,
            Deed::Decline => Self::Decline,
            Deed::Expire => Self::Expire,
            Deed::Agree => Self::AgreeToRescind,
            Deed::Rescind => Self::Rescind,
            Deed::Keep => Self::KeepInForce,
        }
    }
}

#[derive(Deserialize)]
struct Act {
    deed: Deed,
    #[serde(default)]
    told: Told,
}

pub(super) fn router(outside: Outside) -> Router {
    Router::new()
        .route("/contracts/{id}", put(submit).get(find))
        .route("/contracts/{id}/revoke", post(revoke))
        .route("/contracts/{id}/rescind", post(rescind))
        .route("/sign/{id}", get(page).post(act))
        .with_state(Signing { outside, books: Arc::default() })
}

impl Signing {
    fn books(&self) -> MutexGuard<'_, HashMap<String, File>> {
        self.books.lock().expect("no panic while held")
    }

    /// Moves a contract, if the table has such a step.
    fn go(&self, id: &str, action: ContractMove) -> Result<File, Refused> {
        let now = self.outside.clock.now();
        let mut books = self.books();
        let file = books.get_mut(id).ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
        if let Ok(state) = move_contract(file.standing.state, action) {
            file.standing = Standing { state, occurred_at: Some(now) };
        }
        Ok(file.clone())
    }
}

async fn submit(
    State(signing): State<Signing>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Receipt>, Refused> {
    signing.outside.check(&format!("PUT contracts/{id}"), &headers, &body)?;
    let envelope: Envelope = serde_json::from_slice(&body).map_err(|_| Refused(StatusCode::BAD_REQUEST, "SHAPE"))?;
    if paper::hash(&envelope.text) != envelope.document_hash {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "HASH"));
    }
    let mut books = signing.books();
    if books.get(&id).is_some_and(|known| known.envelope.document_hash != envelope.document_hash) {
        return Err(Refused(StatusCode::CONFLICT, "OTHER_CONTRACT"));
    }
    let occurred_at = Some(signing.outside.clock.now());
    let standing = Standing { state: ContractState::Signing, occurred_at };
    books.entry(id.clone()).or_insert(File { envelope, standing });
    let signing_url = signing.outside.own.join(&format!("/sign/{id}")).map(String::from).ok();
    Ok(Json(Receipt { reference: format!("SBS{}", id.trim_start_matches("ctr_")), signing_url }))
}

async fn find(
    State(signing): State<Signing>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Standing>, Refused> {
    signing.outside.check(&format!("GET contracts/{id}"), &headers, b"")?;
    let over = signing.books().get(&id).is_some_and(|file| file.envelope.expires_at <= signing.outside.clock.now());
    if over {
        return signing.go(&id, ContractMove::Expire).map(|file| Json(file.standing));
    }
    let found = signing.books().get(&id).map(|file| Json(file.standing.clone()));
    found.ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))
}

async fn revoke(
    State(signing): State<Signing>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    signing.outside.check(&format!("POST contracts/{id}/revoke"), &headers, &body)?;
    signing.go(&id, ContractMove::Revoke).map(|file| Json(file.standing))
}

async fn rescind(
    State(signing): State<Signing>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    signing.outside.check(&format!("POST contracts/{id}/rescind"), &headers, &body)?;
    signing.go(&id, ContractMove::StartRescinding).map(|file| Json(file.standing))
}

/// Does what the form says; what the table has no step for stays as it is, and is told again.
async fn act(State(signing): State<Signing>, Path(id): Path<String>, Form(act): Form<Act>) -> Response {
    let File { envelope, standing } = match signing.go(&id, act.deed.into()) {
        Ok(file) => file,
        Err(refused) => return refused.into_response(),
    };
    let data = json!({
        "orderNumber": envelope.order_number,
        "contractNumber": envelope.contract_number,
        "state": standing.state,
        "occurredAt": standing.occurred_at,
    });
    signing.outside.say("cn.milepost.order.contract.v1", &id, &data, act.told);
    Redirect::to(&format!("/sign/{id}")).into_response()
}

async fn page(State(signing): State<Signing>, Path(id): Path<String>) -> Response {
    let Some(File { envelope, standing }) = signing.books().get(&id).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<title>沙箱签约</title><style>body{{font:16px system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}button{{font:inherit;
padding:.6rem 1.2rem;margin:.2rem}}pre{{white-space:pre-wrap;font:inherit;border:1px solid #ccc;padding:1rem}}</style>
<h1>沙箱签约</h1><p>没有法律效力。状态：<b id=\"state\">{}</b></p><pre>{}</pre>
<form method=\"post\"><label>回调 <select name=\"told\"><option value=\"once\">一次<option value=\"twice\">重复
<option value=\"late\">延迟<option value=\"never\">丢失</select></label><p>
<button name=\"deed\" value=\"sign\">签署</button><button name=\"deed\" value=\"decline\">拒签</button>
<button name=\"deed\" value=\"expire\">过期</button><button name=\"deed\" value=\"agree\">同意解除</button>
<button name=\"deed\" value=\"rescind\">解除</button>
<button name=\"deed\" value=\"keep\">不同意解除</button></form></html>",
        standing.state,
        escaped(&envelope.text),
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
