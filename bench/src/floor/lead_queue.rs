//! `lead-queue`: the newest leads of the caller's store. One statement.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use entity::{LeadId, PrefixedId, Sealed};
use milepost::access::{Disclosure, Scope};
use milepost::store::vault::Personal;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::wire::{Data, First, Id, Named, Page, Refused, Time, page_size};
use super::{Caller, Floor};
use crate::pool::fetch;

/// Whoever sees a store's lead sees its customer. The limit is a literal: a plan for any limit looks so bad to
/// PostgreSQL that it would plan each request anew.
const SQL: &str = "
    SELECT l.id, l.number, l.stage, l.intent_level, l.score, l.channel, l.name, l.phone, l.created_at,
           l.next_follow_up_at, c.display_name, f.name AS owner_name,
           CASE WHEN $2 THEN m.name_en ELSE m.name_zh END AS model_name
    FROM (SELECT * FROM lead WHERE store_id = $1 ORDER BY created_at DESC, id DESC LIMIT {LIMIT}) l
    JOIN vehicle_model m ON m.id = l.model_id
    LEFT JOIN customer c ON c.id = l.customer_id
    LEFT JOIN staff f ON f.id = l.owner_id
    ORDER BY l.created_at DESC, l.id DESC";

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<LeadId>,
    number: String,
    stage: String,
    intent_level: String,
    score: i32,
    channel: String,
    name: Option<Vec<u8>>,
    phone: Vec<u8>,
    created_at: Time,
    next_follow_up_at: Option<Time>,
    display_name: Option<String>,
    owner_name: Option<Vec<u8>>,
    model_name: String,
}

#[derive(Serialize)]
struct Answer {
    leads: Page<Lead>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Lead {
    id: Id<LeadId>,
    number: String,
    stage: String,
    intent_level: String,
    score: i32,
    channel: String,
    name: Option<String>,
    phone: String,
    created_at: Time,
    next_follow_up_at: Option<Time>,
    customer: Option<Customer>,
    model: Named,
    owner: Option<Named>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    display_name: String,
}

pub async fn answer(
    caller: Caller,
    State(floor): State<Arc<Floor>>,
    Json(First { first }): Json<First>,
) -> Result<Data<impl Serialize>, Refused> {
    let sql = SQL.replace("{LIMIT}", &page_size(first)?.to_string());
    let mut conn = floor.pool.acquire().await?;
    let rows: Vec<Row> = fetch!(fetch_all, &mut conn, AssertSqlSafe(sql), caller.store()?.uuid(), caller.english())?;
    drop(conn);
    let personal = if caller.viewer.has(Scope::PiiRead) { Disclosure::Clear } else { Disclosure::Masked };
    let show = |kind, sealed, disclosure| floor.vault.show(kind, &Sealed(sealed), disclosure);
    let leads = Page::of(rows, first, |row| {
        // A colleague's name is not masked for staff.
        let owner = row.owner_name.map(|name| show(Personal::Name, name, Disclosure::Clear)).transpose()?;
        Ok(Lead {
            id: row.id,
            number: row.number,
            stage: row.stage,
            intent_level: row.intent_level,
            score: row.score,
            channel: row.channel,
            name: row.name.map(|name| show(Personal::Name, name, personal)).transpose()?,
            phone: show(Personal::Phone, row.phone, personal)?,
            created_at: row.created_at,
            next_follow_up_at: row.next_follow_up_at,
            customer: row.display_name.map(|display_name| Customer { display_name }),
            model: Named { name: row.model_name },
            owner: owner.map(|name| Named { name }),
        })
    })?;
    Ok(Data::new(Answer { leads }))
}
