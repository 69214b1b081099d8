//! Orders that nobody made firm in time: intentions are EXPIRED and their deposits go back, drafts are CANCELLED (C064; domain.md 3.2).

use chrono::{DateTime, Utc};
use entity::order::{order, payment};
use entity::{OrderId, PaymentState};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{MOST, Watch};
use crate::app::App;
use crate::graph::Result;
use crate::order::change::{let_run_out, payments_of};
use crate::order::rules::expiry::{Waiting, at_deadline, is_overdue};
use crate::order::rules::status::{OrderFacts, move_order};
use crate::order::store::Revision;
use crate::store::{Db, Tx};

/// Who lets them run out, in the histories.
const ACTOR: &str = "system";

/// The condition of the index by which they are found; as text, since no parameter proves an index's.
const NOT_FIRM: &str = "status IN ('DRAFT', 'INTENTION')";

/// States of a payment of which nobody knows yet how it ends, once it is with its provider.
const OPEN: [PaymentState; 2] = [PaymentState::Pending, PaymentState::Authorized];

impl Watch<'_> {
    /// Lets run out what is due, each by itself: one that fails stops no other, and is tried again with the next look.
    pub(super) async fn expiries(&self) -> Result<()> {
        let mut after = None;
        loop {
            let due = self.overdue(after).await?;
            for (id, _) in &due {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if let Err(error) = run_out(self.app, &self.db, *id).await {
                    tracing::warn!(?error, order = %id, "an order could not be let run out; the next look tries again");
                }
            }
            match due.last() {
                Some((id, deadline)) if due.len() as u64 >= MOST => after = Some((*deadline, *id)),
                _ => return Ok(()),
            }
        }
    }

    /// The next that are due, the longest first.
    async fn overdue(&self, after: Option<(DateTime<Utc>, OrderId)>) -> Result<Vec<(OrderId, DateTime<Utc>)>> {
        use order::Column::{Id, IntentionDeadline};
        let later = after.map(|(deadline, id)| {
            Condition::any()
                .add(IntentionDeadline.gt(deadline))
                .add(Condition::all().add(IntentionDeadline.eq(deadline)).add(Id.gt(id)))
        });
        let due = order::Entity::find()
            .select_only()
            .column(Id)
            .column(IntentionDeadline)
            .filter(overdue(self.app.clock.now()).add_option(later))
            .order_by_asc(IntentionDeadline)
            .order_by_asc(Id)
            .limit(MOST);
        Ok(due.into_tuple().all(self.db.conn()).await?)
    }
}

/// What [`is_overdue`] says, as far as a statement finds it.
fn overdue(now: DateTime<Utc>) -> Condition {
    let being_paid = Query::select()
        .expr(Expr::val(1))
        .from(payment::Entity)
        .and_where(Expr::col((payment::Entity, payment::Column::OrderId)).equals((order::Entity, order::Column::Id)))
        .and_where(payment::Column::State.is_in(OPEN))
        .and_where(payment::Column::ExpiresAt.is_not_null())
        .to_owned();
    Condition::all()
        .add(Expr::cust(NOT_FIRM))
        .add(order::Column::IntentionDeadline.lte(now))
        .add(order::Column::HasOpenChangeRequest.eq(false))
        .add(Expr::exists(being_paid).not())
}

/// Lets one order run out, judged under its lock: its deposit goes back, and so does all that it held. False when it is not due after
/// all, since another process was faster, or somebody made it firm.
///
/// # Errors
/// When the store fails; nothing has changed then.
pub async fn run_out(app: &App, db: &Db, id: OrderId) -> Result<bool> {
    let mut tx = Tx::begin(db, app.clock.now()).await?;
    let now = tx.now();
    let Some(mut revision) = Revision::open(&tx, Condition::all(), id, ACTOR.to_owned()).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    // Read under the order's lock: whoever writes payments holds it.
    let payments = payments_of(&tx, id).await?;
    let order = &revision.order;
    let waiting = Waiting {
        deadline: order.intention_deadline,
        has_open_request: order.has_open_change_request,
        is_being_paid: payments.iter().any(|row| OPEN.contains(&row.state) && row.expires_at.is_some()),
    };
    let facts = OrderFacts { intention_overdue: is_overdue(&waiting, now), ..OrderFacts::default() };
    let to = at_deadline(order.status)
        .filter(|_| facts.intention_overdue)
        .and_then(|action| move_order(order.status, action, &facts).ok());
    let Some(to) = to else {
        tx.rollback().await?;
        return Ok(false);
    };
    let_run_out(&mut tx, &mut revision, to).await?;
    revision.save(&mut tx);
    tx.commit(&app.hub).await?;
    app.ports.wake.all();
    Ok(true)
}
