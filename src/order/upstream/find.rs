//! Finding the order that an event is about.

use chrono::{DateTime, Duration, Utc};
use entity::order::order;
use entity::place::store;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::store::Revision;
use crate::graph::Result;
use crate::ingest::keys::{line, waits};
use crate::ingest::{Desk, Reason, Verdict};

/// How far a clock of another machine may be ahead.
const CLOCK_SLACK: Duration = Duration::minutes(5);

/// Most characters of an order's number.
pub const MAX_NUMBER: u32 = 40;

/// The subject of an order: what waits for it is tried again whenever something of it was done.
pub fn subject(number: &str) -> String {
    format!("order/{number}")
}

/// Opens an order by its number and locks it; the outer error is the store's. One that the sender does not speak for is
/// refused: it must be one that its organisation's stores sell or hand over.
pub async fn open(desk: &mut Desk<'_>, number: &str) -> Result<Result<Revision, Verdict>> {
    if let Err(reason) = line("orderNumber", number, MAX_NUMBER) {
        return Ok(Err(reason.into()));
    }
    let tx = &*desk.tx;
    let found = order::Entity::find().filter(order::Column::Number.eq(number)).one(tx.conn()).await?;
    let Some(found) = found else { return Ok(Err(waits("orderNumber", subject(number)))) };
    if !desk.sender.reaches_all() {
        let stores = store::Entity::find()
            .filter(store::Column::Id.is_in([found.store_id, found.delivery_store_id]))
            .all(tx.conn())
            .await?;
        if !stores.iter().any(|store| desk.sender.reaches(store.organization_id)) {
            let foreign = stores.first().map(|store| desk.sender.check(store.organization_id, "orderNumber"));
            return Ok(Err(foreign
                .and_then(Result::err)
                .map_or_else(|| waits("orderNumber", subject(number)), Verdict::from)));
        }
    }
    let revision = Revision::open(tx, Condition::all(), found.id, desk.sender.actor.clone()).await?;
    Ok(revision.ok_or_else(|| waits("orderNumber", subject(number))))
}

/// A moment of something that has happened: not before `from`, and not in the future.
pub fn moment(
    desk: &Desk<'_>,
    field: &str,
    given: Option<DateTime<Utc>>,
    from: DateTime<Utc>,
) -> Result<DateTime<Utc>, Reason> {
    let now = desk.tx.now();
    let at = given.unwrap_or(now);
    if at < from || now + CLOCK_SLACK < at {
        let from = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        return Err(Reason::invalid(field, "order-moment").with("from", from));
    }
    // What a fast clock says has happened by now.
    Ok(at.min(now))
}
