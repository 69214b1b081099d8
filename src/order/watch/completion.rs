//! Orders that are registered, and whose seven days are over: they are COMPLETED (domain.md 3.2).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{milestone, order};
use entity::{MilestoneCode, MilestoneState, OrderId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{MOST, Watch};
use crate::graph::Result;
use crate::order::rules::handover::{GRACE_DAYS, grace_over};
use crate::order::rules::status::{OrderFacts, OrderMove, move_order};
use crate::order::store::Revision;
use crate::store::Tx;

/// Time between two looks: nobody waits for what happens after seven days.
pub(super) const PAUSE: Duration = Duration::from_secs(60);

/// Who completes them, in the histories.
const ACTOR: &str = "system";

/// The condition of the index by which they are found; as text, since no parameter proves an index's.
const DELIVERED: &str = "status = 'DELIVERED'";

impl Watch<'_> {
    /// Completes what is due.
    pub(super) async fn completions(&self) -> Result<()> {
        // What could not be completed holds up no other, and is not looked at again before the next look.
        let mut passed: Option<(DateTime<Utc>, OrderId)> = None;
        loop {
            let now = self.app.clock.now();
            let mut select = order::Entity::find()
                .select_only()
                .column(order::Column::DeliveredAt)
                .column(order::Column::Id)
                .filter(due(now))
                .order_by_asc(order::Column::DeliveredAt)
                .order_by_asc(order::Column::Id)
                .limit(MOST);
            if let Some((at, id)) = passed {
                let same = order::Column::DeliveredAt.eq(at).and(order::Column::Id.gt(id));
                select = select.filter(order::Column::DeliveredAt.gte(at));
                select = select.filter(order::Column::DeliveredAt.gt(at).or(same));
            }
            let due: Vec<(DateTime<Utc>, OrderId)> = select.into_tuple().all(self.db.conn()).await?;
            for (_, id) in &due {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if let Err(error) = self.complete(*id).await {
                    tracing::warn!(?error, %id, "an order was not completed; the next look tries again");
                }
            }
            passed = due.last().copied();
            if (due.len() as u64) < MOST {
                return Ok(());
            }
        }
    }

    /// Completes one, judged under its lock.
    async fn complete(&self, id: OrderId) -> Result<()> {
        let mut tx = Tx::begin(&self.db, self.app.clock.now()).await?;
        let now = tx.now();
        let Some(mut revision) = Revision::open(&tx, Condition::all(), id, ACTOR.to_owned()).await? else {
            return Ok(());
        };
        let rows = milestone::Entity::find().filter(milestone::Column::OrderId.eq(id)).all(tx.conn()).await?;
        let reached: Vec<_> = rows.iter().map(|row| (row.code, row.state, row.actual_at)).collect();
        let facts = OrderFacts { grace_over: grace_over(&reached, now), ..Default::default() };
        // Another process may have been faster, or a milestone taken back.
        if let Ok(to) = move_order(revision.order.status, OrderMove::Complete, &facts) {
            revision.set_status(to, now, None);
            revision.save(&mut tx);
        }
        Ok(tx.commit(&self.app.hub).await?)
    }
}

/// What [`grace_over`] says, as far as a statement finds it.
fn due(now: DateTime<Utc>) -> Condition {
    let before = now - TimeDelta::days(GRACE_DAYS);
    let reached = |code: MilestoneCode, how: SimpleExpr| {
        let own = Query::select()
            .expr(Expr::val(1))
            .from(milestone::Entity)
            .and_where(
                Expr::col((milestone::Entity, milestone::Column::OrderId)).equals((order::Entity, order::Column::Id)),
            )
            .and_where(milestone::Column::Code.eq(code))
            .and_where(how)
            .to_owned();
        Expr::exists(own)
    };
    let done = || milestone::Column::State.eq(MilestoneState::Done).and(milestone::Column::ActualAt.lte(before));
    Condition::all()
        .add(Expr::cust(DELIVERED))
        .add(order::Column::DeliveredAt.lte(before))
        .add(reached(MilestoneCode::HandedOver, done()))
        .add(reached(MilestoneCode::OwnershipTransferred, done()))
        .add(reached(MilestoneCode::PlateReady, done().or(milestone::Column::State.eq(MilestoneState::Skipped))))
}
