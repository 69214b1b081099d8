//! A provider of invoices. It issues what it takes, and makes red what it is asked to, a moment later and by itself, unless
//! `POST /invoicing` with `hold=true` has it wait for somebody on the invoice's page; `told` says how the gateway hears of it. On
//! demand it does not: a title that names 拒开 is declined when it is handed over, one that names 开票失败 fails later, and with
//! `refuse=true` no red letter is taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use entity::vocabulary::InvoiceState;
use serde::Deserialize;
use serde_json::json;

use super::{Outside, Refused, Told, escaped};
use crate::order::rules::invoice::{InvoiceMove, move_invoice};
use crate::ports::invoice::{Draft, RedLetter, Standing};
use crate::values::money::Money;

/// How long it takes to issue one.
const WORK: Duration = Duration::from_millis(300);

#[derive(Clone)]
struct Invoicing {
    outside: Outside,
    books: Arc<Mutex<Books>>,
}

#[derive(Default)]
struct Books {
    files: HashMap<String, File>,
    /// Invoices issued and made red, so that each has a number of its own.
    issued: u64,
    manner: Manner,
}

#[derive(Clone)]
struct File {
    draft: Draft,
    standing: Standing,
}

/// How the provider works.
#[derive(Clone, Copy, Default, Deserialize)]
struct Manner {
    /// Whether it waits for somebody on the page.
    #[serde(default)]
    hold: bool,
    /// Whether it takes no red letter.
    #[serde(default)]
    refuse: bool,
    #[serde(default)]
    told: Told,
}

/// What somebody does with an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deed {
    Issue,
    Fail,
    Red,
}

#[derive(Deserialize)]
struct Act {
    deed: Deed,
    #[serde(default)]
    told: Told,
}

pub(super) fn router(outside: Outside) -> Router {
    Router::new()
        .route("/invoices/{id}", put(submit).get(find))
        .route("/invoices/{id}/red", post(red))
        .route("/invoicing", post(manner))
        .route("/invoice/{id}", get(page).post(act))
        .with_state(Invoicing { outside, books: Arc::default() })
}

impl Invoicing {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("no panic while held")
    }

    /// Moves an invoice, if the table has such a step.
    fn go(&self, id: &str, action: InvoiceMove) -> Result<File, Refused> {
        let now = self.outside.clock.now();
        let page = self.outside.own.join(&format!("/invoice/{id}")).map(String::from).ok();
        let mut books = self.books();
        let serial = books.issued + 1;
        let file = books.files.get_mut(id).ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
        let Ok(state) = move_invoice(file.standing.state, action) else { return Ok(file.clone()) };
        let number = format!("{}{serial:012}", now.format("%y310000"));
        let was = std::mem::replace(&mut file.standing, Standing::state(state, Some(now)));
        file.standing = match action {
            InvoiceMove::Issue => Standing {
                number: Some(number),
                code: Some("031002600111".into()),
                download_url: page,
                ..file.standing.clone()
            },
            InvoiceMove::Fail => Standing { failure: Some("TITLE_UNKNOWN".into()), ..file.standing.clone() },
            InvoiceMove::IssueRed => Standing { red_number: Some(number), state, occurred_at: Some(now), ..was },
            InvoiceMove::Take | InvoiceMove::RequestRed => Standing { state, occurred_at: Some(now), ..was },
        };
        let file = file.clone();
        books.issued = serial;
        Ok(file)
    }

    fn say(&self, id: &str, File { draft, standing }: &File, told: Told) {
        let data = json!({
            "orderNumber": draft.order_number,
            "invoiceId": id,
            "state": standing.state,
            "number": standing.number,
            "code": standing.code,
            "downloadUrl": standing.download_url,
            "redNumber": standing.red_number,
            "failure": standing.failure,
            "occurredAt": standing.occurred_at,
        });
        self.outside.say("cn.milepost.order.invoice.v1", id, &data, told);
    }

    /// Does a thing a moment later, unless it waits for somebody.
    fn later(&self, id: &str, action: InvoiceMove) {
        let (this, id, manner) = (self.clone(), id.to_owned(), self.books().manner);
        if manner.hold {
            return;
        }
        self.outside.tasks.spawn(async move {
            tokio::time::sleep(WORK).await;
            if let Ok(file) = this.go(&id, action) {
                this.say(&id, &file, manner.told);
            }
        });
    }
}

async fn submit(
    State(invoicing): State<Invoicing>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    invoicing.outside.check(&format!("PUT invoices/{id}"), &headers, &body)?;
    let draft: Draft = serde_json::from_slice(&body).map_err(|_| Refused(StatusCode::BAD_REQUEST, "SHAPE"))?;
    if draft.title.name.contains("拒开") {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "TITLE"));
    }
    let fails = draft.title.name.contains("开票失败");
    let standing = Standing::state(InvoiceState::Issuing, Some(invoicing.outside.clock.now()));
    let (file, new) = {
        let mut books = invoicing.books();
        let known = books.files.get(&id).cloned();
        if known.as_ref().is_some_and(|known| known.draft.document_hash != draft.document_hash) {
            return Err(Refused(StatusCode::CONFLICT, "OTHER_INVOICE"));
        }
        let new = known.is_none();
        let file = known.unwrap_or(File { draft, standing });
        books.files.insert(id.clone(), file.clone());
        (file, new)
    };
    if new {
        invoicing.later(&id, if fails { InvoiceMove::Fail } else { InvoiceMove::Issue });
    }
    Ok(Json(file.standing))
}

async fn find(
    State(invoicing): State<Invoicing>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Standing>, Refused> {
    invoicing.outside.check(&format!("GET invoices/{id}"), &headers, b"")?;
    let found = invoicing.books().files.get(&id).map(|file| Json(file.standing.clone()));
    found.ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))
}

async fn red(
    State(invoicing): State<Invoicing>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    invoicing.outside.check(&format!("POST invoices/{id}/red"), &headers, &body)?;
    let _letter: RedLetter = serde_json::from_slice(&body).map_err(|_| Refused(StatusCode::BAD_REQUEST, "SHAPE"))?;
    if invoicing.books().manner.refuse {
        return Err(Refused(StatusCode::CONFLICT, "DEDUCTED"));
    }
    let before = invoicing.books().files.get(&id).map(|file| file.standing.state);
    let file = invoicing.go(&id, InvoiceMove::RequestRed)?;
    if before == Some(InvoiceState::Issued) {
        invoicing.later(&id, InvoiceMove::IssueRed);
    }
    Ok(Json(file.standing))
}

/// How it works from now on.
async fn manner(State(invoicing): State<Invoicing>, Form(manner): Form<Manner>) -> StatusCode {
    invoicing.books().manner = manner;
    StatusCode::NO_CONTENT
}

/// Does what the form says; what the table has no step for stays as it is, and is told again.
async fn act(State(invoicing): State<Invoicing>, Path(id): Path<String>, Form(act): Form<Act>) -> Response {
    let action = match act.deed {
        Deed::Issue => InvoiceMove::Issue,
        Deed::Fail => InvoiceMove::Fail,
        Deed::Red => InvoiceMove::IssueRed,
    };
    match invoicing.go(&id, action) {
        Ok(file) => invoicing.say(&id, &file, act.told),
        Err(refused) => return refused.into_response(),
    }
    Redirect::to(&format!("/invoice/{id}")).into_response()
}

async fn page(State(invoicing): State<Invoicing>, Path(id): Path<String>) -> Response {
    let Some(File { draft, standing }) = invoicing.books().files.get(&id).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let lines: String = draft
        .lines
        .iter()
        .map(|line| format!("<tr><td>{}<td>{}", escaped(&line.label), Money::from_minor(line.amount_minor)))
        .collect();
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<title>沙箱发票</title><style>body{{font:16px system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}button{{font:inherit;
padding:.6rem 1.2rem;margin:.2rem}}td{{padding:.2rem 1rem}}</style>
<h1>沙箱发票</h1><p>没有法律效力。状态：<b id=\"state\">{}</b></p>
<p>发票号码 {} · 红字发票号码 {}</p><p>购买方 {}</p><table>{lines}<tr><td>价税合计<td>{}<tr><td>其中税额<td>{}</table>
<form method=\"post\"><label>回调 <select name=\"told\"><option value=\"once\">一次<option value=\"twice\">重复
<option value=\"late\">延迟<option value=\"never\">丢失</select></label><p>
<button name=\"deed\" value=\"issue\">开具</button><button name=\"deed\" value=\"fail\">失败</button>
<button name=\"deed\" value=\"red\">红冲</button></form></html>",
        standing.state,
        standing.number.as_deref().unwrap_or("无"),
        standing.red_number.as_deref().unwrap_or("无"),
        escaped(&draft.title.name),
        Money::from_minor(draft.amount_minor),
        Money::from_minor(draft.tax_minor),
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
