//! A payment provider. Who opens the page of a payment pays it, declines it or walks away, and says how the gateway hears of
//! it; the same by `POST` with a form, for tests. An amount that ends in 13 fen is declined when it is handed over. Money goes
//! back as soon as it is asked for, and the gateway hears of it by an event; but not an amount that ends in 31 fen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use entity::PaymentState;
use serde::Deserialize;
use serde_json::json;

use super::{Outside, Refused, Told, escaped};
use crate::ports::payment::{Checkout, GiveBack, Standing, Submission};

#[derive(Clone)]
struct Provider {
    outside: Outside,
    books: Arc<Mutex<Books>>,
}

#[derive(Default)]
struct Books {
    payments: HashMap<String, Account>,
    /// Refunds that were made.
    refunds: HashMap<String, GiveBack>,
}

#[derive(Clone)]
struct Account {
    submission: Submission,
    standing: Standing,
}

/// What somebody does with a payment.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deed {
    Pay,
    Decline,
    Cancel,
}

#[derive(Deserialize)]
struct Act {
    deed: Deed,
    #[serde(default)]
    told: Told,
}

pub(super) fn router(outside: Outside) -> Router {
    Router::new()
        .route("/payments/{id}", put(submit).get(find))
        .route("/payments/{id}/cancel", post(cancel))
        .route("/refunds/{id}", put(give_back))
        .route("/pay/{id}", get(page).post(act))
        .with_state(Provider { outside, books: Arc::default() })
}

impl Provider {
    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().expect("no panic while held")
    }

    fn checkout(&self, id: &str) -> Checkout {
        let url = self.outside.own.join(&format!("/pay/{id}")).map(String::from).ok();
        Checkout { url, token: Some(json!({ "prepay_id": format!("sandbox-{id}") }).to_string()) }
    }

    /// Tells the gateway how a payment stands.
    fn tell(&self, id: &str, account: &Account, told: Told) {
        let Account { submission, standing } = account;
        let data = json!({
            "orderNumber": submission.order_number,
            "paymentId": id,
            "reference": standing.reference,
            "purpose": submission.purpose,
            "method": submission.method,
            "amountMinor": submission.amount_minor,
            "refundedMinor": standing.refunded_minor,
            "state": standing.state,
            "failure": standing.failure,
            "capturedAt": standing.captured_at,
        });
        self.outside.say("cn.milepost.order.payment.v1", id, &data, told);
    }
}

async fn submit(
    State(provider): State<Provider>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Checkout>, Refused> {
    provider.outside.check(&format!("PUT payments/{id}"), &headers, &body)?;
    let submission: Submission =
        serde_json::from_slice(&body).map_err(|_| Refused(StatusCode::BAD_REQUEST, "SHAPE"))?;
    if submission.amount_minor % 100 == 13 {
        return Err(Refused(StatusCode::PAYMENT_REQUIRED, "INSUFFICIENT_FUNDS"));
    }
    let mut books = provider.books();
    match books.payments.get(&id) {
        Some(known) if known.submission != submission => return Err(Refused(StatusCode::CONFLICT, "OTHER_PAYMENT")),
        Some(known) if known.standing.state != PaymentState::Pending => {
            return Err(Refused(StatusCode::CONFLICT, "NOT_OPEN"));
        }
        Some(_) => {}
        None => {
            let standing = Standing {
                state: PaymentState::Pending,
                reference: format!("SBX{}", id.trim_start_matches("pay_")),
                amount_minor: submission.amount_minor,
                refunded_minor: 0,
                captured_at: None,
                failure: None,
            };
            books.payments.insert(id.clone(), Account { submission, standing });
        }
    }
    drop(books);
    Ok(Json(provider.checkout(&id)))
}

async fn find(
    State(provider): State<Provider>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Standing>, Refused> {
    provider.outside.check(&format!("GET payments/{id}"), &headers, b"")?;
    let now = provider.outside.clock.now();
    let mut books = provider.books();
    let account = books.payments.get_mut(&id).ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
    if account.standing.state == PaymentState::Pending && account.submission.expires_at <= now {
        account.standing.state = PaymentState::Expired;
    }
    Ok(Json(account.standing.clone()))
}

async fn cancel(
    State(provider): State<Provider>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    provider.outside.check(&format!("POST payments/{id}/cancel"), &headers, &body)?;
    let mut books = provider.books();
    let account = books.payments.get_mut(&id).ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
    if account.standing.state == PaymentState::Pending {
        account.standing.state = PaymentState::Cancelled;
    }
    Ok(Json(account.standing.clone()))
}

async fn give_back(
    State(provider): State<Provider>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    provider.outside.check(&format!("PUT refunds/{id}"), &headers, &body)?;
    let refund: GiveBack = serde_json::from_slice(&body).map_err(|_| Refused(StatusCode::BAD_REQUEST, "SHAPE"))?;
    let payment = refund.payment_id.to_string();
    let (account, new) = {
        let mut books = provider.books();
        let new = match books.refunds.get(&id) {
            Some(known) if *known != refund => return Err(Refused(StatusCode::CONFLICT, "OTHER_REFUND")),
            known => known.is_none(),
        };
        let account = books.payments.get_mut(&payment).ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
        let Account { submission, standing } = &mut *account;
        if refund.reference.as_ref().is_some_and(|other| *other != standing.reference) {
            return Err(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"));
        }
        if new {
            let sum = standing.refunded_minor + refund.amount_minor;
            let paid = matches!(standing.state, PaymentState::Captured | PaymentState::PartiallyRefunded);
            if !paid || refund.amount_minor <= 0 || sum > submission.amount_minor {
                return Err(Refused(StatusCode::CONFLICT, "NOT_REFUNDABLE"));
            }
            if refund.amount_minor % 100 == 31 {
                return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "ACCOUNT_CLOSED"));
            }
            standing.refunded_minor = sum;
            standing.state =
                if sum == submission.amount_minor { PaymentState::Refunded } else { PaymentState::PartiallyRefunded };
        }
        let account = account.clone();
        books.refunds.insert(id, refund);
        (account, new)
    };
    if new {
        provider.tell(&payment, &account, Told::Once);
    }
    Ok(Json(account.standing))
}

/// Does what the form says; what is no longer open stays as it is, and is told again.
async fn act(State(provider): State<Provider>, Path(id): Path<String>, Form(act): Form<Act>) -> Response {
    let now = provider.outside.clock.now();
    let account = {
        let mut books = provider.books();
        let Some(account) = books.payments.get_mut(&id) else { return StatusCode::NOT_FOUND.into_response() };
        let standing = &mut account.standing;
        if standing.state == PaymentState::Pending {
            match act.deed {
                Deed::Pay => {
                    standing.state = PaymentState::Captured;
                    standing.captured_at = Some(now);
                }
                Deed::Decline => {
                    standing.state = PaymentState::Failed;
                    standing.failure = Some("CARD_DECLINED".into());
                }
                Deed::Cancel => standing.state = PaymentState::Cancelled,
            }
        }
        account.clone()
    };
    provider.tell(&id, &account, act.told);
    Redirect::to(&format!("/pay/{id}")).into_response()
}

async fn page(State(provider): State<Provider>, Path(id): Path<String>) -> Response {
    let Some(account) = provider.books().payments.get(&id).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Account { submission, standing } = account;
    let amount = crate::values::money::Money::from_minor(submission.amount_minor);
    let open = standing.state == PaymentState::Pending;
    // Values of the gateway's own making: a number, closed words and an amount; nothing that a page could be broken with.
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<title>沙箱支付</title><style>body{{font:16px system-ui;max-width:26rem;margin:3rem auto;padding:0 1rem}}button{{font:inherit;
padding:.6rem 1.2rem;margin:.2rem}}dt{{color:#666}}dd{{margin:0 0 .6rem}}</style>
<h1>沙箱支付</h1><p>没有真实资金往来。</p>
<dl><dt>订单</dt><dd>{}</dd><dt>金额</dt><dd>¥ {amount}</dd><dt>方式</dt><dd>{}</dd><dt>状态</dt><dd id=\"state\">{}</dd></dl>
<form method=\"post\"{}><label>回调 <select name=\"told\"><option value=\"once\">一次<option value=\"twice\">重复
<option value=\"late\">延迟<option value=\"never\">丢失</select></label><p>
<button name=\"deed\" value=\"pay\">支付</button><button name=\"deed\" value=\"decline\">拒绝</button>
<button name=\"deed\" value=\"cancel\">取消</button></form></html>",
        escaped(&submission.order_number),
        submission.method,
        standing.state,
        if open { "" } else { " hidden" },
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
