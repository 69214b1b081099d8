//! Looks after payments that the provider waits for (C067): what it has said and was not heard is asked for, and what has run
//! out is closed. Every process does; they share the work.
//!
//! What it finds goes in as an event, by the way of those that the provider sends, so there is one that decides.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{order, payment};
use entity::{PaymentId, PaymentState};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Order, Query};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::graph::Result;
use crate::ingest::{Inbound, Sender, take};
use crate::order::upstream::PaymentReported;
use crate::ports::PaymentProvider;
use crate::ports::payment::Standing;
use crate::store::Db;

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(5);

/// Most payments of one look.
const MOST: u64 = 50;

/// What the events name as their source.
const SOURCE: &str = "urn:milepost:payment-provider";

/// The condition of the index by which they are found; as text, since no parameter proves an index's.
const WAITING: &str = "state IN ('PENDING', 'AUTHORIZED') AND expires_at IS NOT NULL";

/// Looks until it is told to stop.
pub async fn watch(app: App, stop: CancellationToken) {
    let Some(provider) = app.ports.payments.clone() else { return };
    let look = app.ports.terms.check_after.to_std().unwrap_or(LOOK).min(LOOK);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(look) => {}
        }
        if let Err(error) = turn(&app, &provider).await {
            tracing::warn!(?error, "payments could not be looked after; the next turn tries again");
        }
    }
}

async fn turn(app: &App, provider: &Arc<dyn PaymentProvider>) -> Result<()> {
    let db = app.db.aside();
    loop {
        let now = app.clock.now();
        let due = claim(&db, now, app.ports.terms.check_after).await?;
        let mut events = Vec::new();
        for id in &due {
            match ask(provider, &db, *id, now).await {
                Ok(event) => events.extend(event),
                // It is away for all.
                Err(Asked::Provider(error)) => {
                    tracing::warn!(%error, "the payment provider was not reached");
                    break;
                }
                Err(Asked::Store(error)) => return Err(error.into()),
            }
        }
        if !events.is_empty() {
            take(app, &Sender::provider(), &events, events.len()).await?;
        }
        if (due.len() as u64) < MOST {
            return Ok(());
        }
    }
}

/// Takes those that nobody has asked about for a while, and notes that somebody does now.
async fn claim(db: &Db, now: DateTime<Utc>, after: TimeDelta) -> Result<Vec<PaymentId>, DbErr> {
    let due = Query::select()
        .column(payment::Column::Id)
        .from(payment::Entity)
        .and_where(Expr::cust(WAITING))
        .and_where(Expr::col(payment::Column::CheckedAt).lt(now - after))
        .order_by(payment::Column::CheckedAt, Order::Asc)
        .limit(MOST)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let claimed = Query::update()
        .table(payment::Entity)
        .value(payment::Column::CheckedAt, now)
        .and_where(Expr::col(payment::Column::Id).in_subquery(due))
        .returning_col(payment::Column::Id)
        .to_owned();
    let rows = db.conn().query_all(&claimed).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

enum Asked {
    Provider(crate::ports::PortError),
    Store(DbErr),
}

/// Asks about one; the event of what is new, if anything is.
async fn ask(
    provider: &Arc<dyn PaymentProvider>,
    db: &Db,
    id: PaymentId,
    now: DateTime<Utc>,
) -> Result<Option<Value>, Asked> {
    let found = payment::Entity::find_by_id(id).one(db.conn()).await.map_err(Asked::Store)?;
    let Some(row) = found else { return Ok(None) };
    let over = row.expires_at.is_some_and(|end| end <= now);
    let mut standing = provider.find(id).await.map_err(Asked::Provider)?;
    if over && standing.as_ref().is_some_and(|standing| standing.state == PaymentState::Pending) {
        standing = provider.cancel(id).await.map_err(Asked::Provider)?;
    }
    let standing = match standing {
        // What it does not know, or has closed because it ran out, nobody pays any more.
        None if over => closed(&row),
        Some(standing) if over && standing.state == PaymentState::Cancelled => {
            Standing { state: PaymentState::Expired, ..standing }
        }
        Some(standing) => standing,
        None => return Ok(None),
    };
    if standing.state == row.state {
        return Ok(None);
    }
    let order = order::Entity::find_by_id(row.order_id).one(db.conn()).await.map_err(Asked::Store)?;
    Ok(order.map(|order| event(&order.number, &row, &standing)))
}

fn closed(row: &payment::Model) -> Standing {
    Standing {
        state: PaymentState::Expired,
        reference: row.provider_reference.clone().unwrap_or_else(|| row.id.to_string()),
        refunded_minor: 0,
        captured_at: None,
        failure: None,
    }
}

/// One of an id that is the same whenever the same is found.
fn event(order_number: &str, row: &payment::Model, standing: &Standing) -> Value {
    json!({
        "specversion": "1.0",
        "id": format!("{}-{}-{}", row.id, standing.state, standing.refunded_minor),
        "source": SOURCE,
        "type": PaymentReported::TYPE,
        "data": {
            "orderNumber": order_number,
            "paymentId": row.id,
            "reference": standing.reference,
            "purpose": row.purpose,
            "method": row.method,
            "amountMinor": row.amount_minor,
            "refundedMinor": standing.refunded_minor,
            "state": standing.state,
            "failure": standing.failure,
            "capturedAt": standing.captured_at,
        },
    })
}
