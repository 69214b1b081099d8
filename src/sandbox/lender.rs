//! A lender. Who opens the page of an application plays the customer and the lender alike: looks at it, asks for more, gives
//! it, approves, rejects, signs, pays out; and says how the gateway hears of it. The same by `POST` with a form, for tests. A
//! principal that ends in 13 fen is declined when it is handed over; conditions lower what is lent by a tenth.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use chrono::TimeDelta;
use entity::FinanceApplicationState;
use serde::Deserialize;
use serde_json::json;

use super::{Outside, Refused, Told, escaped};
use crate::order::rules::finance::{FinanceMove, move_application};
use crate::ports::lender::{Application, Receipt, Standing};

#[derive(Clone)]
struct Lender {
    outside: Outside,
    books: Arc<Mutex<HashMap<String, File>>>,
}

#[derive(Clone)]
struct File {
    application: Application,
    standing: Standing,
}

/// What somebody does with an application.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deed {
    Review,
    Ask,
    Approve,
    Conditions,
    Reject,
    Sign,
    Disburse,
}

impl From<Deed> for FinanceMove {
    fn from(deed: Deed) -> Self {
        match deed {
            Deed::Review => Self::Review,
            Deed::Ask => Self::AskForMore,
            Deed::Approve => Self::Approve,
            Deed::Conditions => Self::ApproveConditionally,
            Deed::Reject => Self::Reject,
            Deed::Sign => Self::SignContract,
            Deed::Disburse => Self::Disburse,
        }
    }
}

#[derive(Deserialize)]
struct Act {
    deed: Deed,
    #[serde(default)]
    told: Told,
    /// How long an approval holds, seconds; as the lender likes when left out.
    valid: Option<u32>,
}

pub(super) fn router(outside: Outside) -> Router {
    Router::new()
        .route("/applications/{id}", put(submit).get(find))
        .route("/applications/{id}/supplement", post(supplement))
        .route("/applications/{id}/withdraw", post(withdraw))
        .route("/apply/{id}", get(page).post(act))
        .with_state(Lender { outside, books: Arc::default() })
}

impl Lender {
    fn books(&self) -> MutexGuard<'_, HashMap<String, File>> {
        self.books.lock().expect("no panic while held")
    }

    /// Moves an application, if the table has such a step.
    fn go(&self, id: &str, action: FinanceMove) -> Result<File, Refused> {
        let now = self.outside.clock.now();
        let mut books = self.books();
        let file = books.get_mut(id).ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
        let standing = &mut file.standing;
        let Ok(to) = move_application(standing.state, action) else { return Ok(file.clone()) };
        standing.state = to;
        standing.occurred_at = Some(now);
        standing.note = None;
        let asked = file.application.principal_minor;
        match action {
            FinanceMove::Approve => standing.approved_minor = Some(asked),
            FinanceMove::ApproveConditionally => {
                standing.approved_minor = Some(asked / 10 * 9);
                standing.note = Some("首付提高一成".into());
            }
            FinanceMove::AskForMore => standing.note = Some("请补充近半年收入流水".into()),
            FinanceMove::Reject => standing.note = Some("综合评分不足".into()),
            FinanceMove::Disburse => {
                standing.payment_reference = Some(format!("LN{}", id.trim_start_matches("fna_")));
            }
            _ => {}
        }
        Ok(file.clone())
    }

    /// Tells the gateway how an application stands.
    fn tell(&self, id: &str, File { application, standing }: &File, told: Told) {
        let data = json!({
            "orderNumber": application.order_number,
            "applicationId": id,
            "reference": standing.reference,
            "state": standing.state,
            "approvedMinor": standing.approved_minor,
            "validUntil": standing.valid_until,
            "note": standing.note,
            "paymentReference": standing.payment_reference,
            "occurredAt": standing.occurred_at,
        });
        self.outside.say("cn.milepost.order.finance-application.v1", id, &data, told);
    }
}

async fn submit(
    State(lender): State<Lender>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Receipt>, Refused> {
    lender.outside.check(&format!("PUT applications/{id}"), &headers, &body)?;
    let application: Application =
        serde_json::from_slice(&body).map_err(|_| Refused(StatusCode::BAD_REQUEST, "SHAPE"))?;
    if application.principal_minor % 100 == 13 {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "OUT_OF_POLICY"));
    }
    let reference = format!("SBL{}", id.trim_start_matches("fna_"));
    let mut books = lender.books();
    if books.get(&id).is_some_and(|known| known.application != application) {
        return Err(Refused(StatusCode::CONFLICT, "OTHER_APPLICATION"));
    }
    books.entry(id.clone()).or_insert_with(|| File {
        application,
        standing: Standing {
            state: FinanceApplicationState::Submitted,
            reference: reference.clone(),
            approved_minor: None,
            valid_until: None,
            note: None,
            payment_reference: None,
            occurred_at: Some(lender.outside.clock.now()),
        },
    });
    let form_url = lender.outside.own.join(&format!("/apply/{id}")).map(String::from).ok();
    Ok(Json(Receipt { reference, form_url }))
}

async fn find(
    State(lender): State<Lender>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Standing>, Refused> {
    lender.outside.check(&format!("GET applications/{id}"), &headers, b"")?;
    let found = lender.books().get(&id).map(|file| file.standing.clone());
    let standing = found.ok_or(Refused(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
    let now = lender.outside.clock.now();
    let over = standing.valid_until.is_some_and(|end| end <= now);
    if over { lender.go(&id, FinanceMove::Expire).map(|file| Json(file.standing)) } else { Ok(Json(standing)) }
}

async fn supplement(
    State(lender): State<Lender>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    lender.outside.check(&format!("POST applications/{id}/supplement"), &headers, &body)?;
    lender.go(&id, FinanceMove::Supplement).map(|file| Json(file.standing))
}

async fn withdraw(
    State(lender): State<Lender>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Standing>, Refused> {
    lender.outside.check(&format!("POST applications/{id}/withdraw"), &headers, &body)?;
    lender.go(&id, FinanceMove::Withdraw).map(|file| Json(file.standing))
}

/// Does what the form says; what the table has no step for stays as it is, and is told again.
async fn act(State(lender): State<Lender>, Path(id): Path<String>, Form(act): Form<Act>) -> Response {
    let mut file = match lender.go(&id, act.deed.into()) {
        Ok(file) => file,
        Err(refused) => return refused.into_response(),
    };
    if let (Some(seconds), Deed::Approve | Deed::Conditions) = (act.valid, act.deed) {
        let until = lender.outside.clock.now() + TimeDelta::seconds(seconds.into());
        file.standing.valid_until = Some(until);
        lender.books().insert(id.clone(), file.clone());
    }
    lender.tell(&id, &file, act.told);
    Redirect::to(&format!("/apply/{id}")).into_response()
}

async fn page(State(lender): State<Lender>, Path(id): Path<String>) -> Response {
    let Some(File { application, standing }) = lender.books().get(&id).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let amount = crate::values::money::Money::from_minor(application.principal_minor);
    // Values of the gateway's own making: numbers, codes and an amount.
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<title>沙箱贷款</title><style>body{{font:16px system-ui;max-width:28rem;margin:3rem auto;padding:0 1rem}}button{{font:inherit;
padding:.6rem 1.2rem;margin:.2rem}}dt{{color:#666}}dd{{margin:0 0 .6rem}}</style>
<h1>沙箱贷款</h1><p>没有真实放款。</p>
<dl><dt>订单</dt><dd>{}</dd><dt>方案</dt><dd>{}</dd><dt>贷款额</dt><dd>¥ {amount}</dd><dt>状态</dt><dd id=\"state\">{}</dd></dl>
<form method=\"post\"><label>回调 <select name=\"told\"><option value=\"once\">一次<option value=\"twice\">重复
<option value=\"late\">延迟<option value=\"never\">丢失</select></label><p>
<button name=\"deed\" value=\"review\">审核</button><button name=\"deed\" value=\"ask\">要求补件</button>
<button name=\"deed\" value=\"approve\">批准</button><button name=\"deed\" value=\"conditions\">有条件批准</button>
<button name=\"deed\" value=\"reject\">拒绝</button><button name=\"deed\" value=\"sign\">签约</button>
<button name=\"deed\" value=\"disburse\">放款</button></form></html>",
        escaped(&application.order_number),
        escaped(&application.plan_code),
        standing.state,
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
