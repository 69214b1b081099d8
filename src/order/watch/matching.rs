//! Cars that are there for orders that wait for one (C079): given by one process at a time, without anybody's call.

use chrono::{DateTime, TimeDelta, Utc};
use entity::OrderId;
use entity::order::match_turn;
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{LOOK, MOST, Watch, told};
use crate::graph::Result;
use crate::order::store::{Place, give_all, waiting};
use crate::store::Tx;

/// Who gives them, in the histories.
const ACTOR: &str = "system";

/// Most orders that one turn looks at; the next one goes on behind them.
const WALKED: usize = 500;

/// After so long a process that took a turn and did not come back has lost it.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// The row by which the processes agree.
const ROW: i32 = 1;

/// A turn that is taken.
struct Turn {
    /// Behind which order it begins; none: with the one that has waited longest.
    after: Option<Place>,
}

impl Watch<'_> {
    /// Gives cars, a turn after so long, unless this process leaves that to others.
    pub(super) async fn giving(&self, after: Option<TimeDelta>) {
        let Some(after) = after else { return };
        let pause = after.to_std().unwrap_or(LOOK).min(LOOK);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            told(self.give_turn(after).await, "orders that wait for a car");
        }
    }

    /// One turn, if it is due and nobody is at it: from the order that has waited longest on, page by page, each in a transaction of its
    /// own. One that cannot have a car, or at which something fails, holds up none of those behind it: after so many the next turn goes
    /// on where this one ends, and from the first order again when all were looked at.
    async fn give_turn(&self, after: TimeDelta) -> Result<()> {
        let Some(Turn { after: mut place }) = self.take_turn(after).await? else { return Ok(()) };
        let mut walked = 0;
        while walked < WALKED && !self.stop.is_cancelled() {
            let page = waiting(self.db.conn(), place, MOST).await?;
            for (_, id) in &page {
                if let Err(error) = self.give(*id).await {
                    tracing::warn!(?error, order = %id, "an order that waits for a car could not be looked at");
                }
            }
            walked += page.len();
            let all = (page.len() as u64) < MOST;
            place = page.last().copied().filter(|_| !all);
            if all {
                break;
            }
        }
        Ok(self.end_turn(place).await?)
    }

    async fn give(&self, id: OrderId) -> Result<()> {
        let mut tx = Tx::begin(&self.db, self.app.clock.now()).await?;
        for (order, car) in give_all(&mut tx, ACTOR, &[id]).await? {
            tracing::info!(%order, %car, "an order that waited has got a car");
        }
        Ok(tx.commit(&self.app.hub).await?)
    }

    /// Takes the turn for a while, and says where it begins; mostly it is not due, and a look holds up nobody.
    async fn take_turn(&self, after: TimeDelta) -> Result<Option<Turn>, DbErr> {
        use match_turn::Column as Row;
        let now = self.app.clock.now();
        let due = || Row::Id.eq(ROW).and(Row::EndedAt.lte(now - after)).and(Row::LeasedUntil.lte(now));
        let Some(turn) = match_turn::Entity::find().filter(due()).one(self.db.conn()).await? else { return Ok(None) };
        let tx = Tx::begin(&self.db, now).await?;
        let mut claim = Query::update();
        claim.table(match_turn::Entity).value(Row::LeasedUntil, now + LEASE).and_where(due()).returning_col(Row::Id);
        let taken = tx.conn().query_one(&claim).await?.is_some();
        tx.commit(&self.app.hub).await?;
        Ok(taken.then(|| Turn { after: turn.after_placed_at.zip(turn.after_id) }))
    }

    /// Gives the turn back, and notes where the next one begins.
    async fn end_turn(&self, place: Option<Place>) -> Result<(), DbErr> {
        let now: DateTime<Utc> = self.app.clock.now();
        let (after_placed_at, after_id) = place.unzip();
        let change = match_turn::ActiveModel {
            ended_at: Set(now),
            leased_until: Set(now),
            after_placed_at: Set(after_placed_at),
            after_id: Set(after_id),
            ..Default::default()
        };
        let mut tx = Tx::begin(&self.db, now).await?;
        tx.put_one(match_turn::Entity::update_many().set(change).filter(match_turn::Column::Id.eq(ROW)));
        tx.commit(&self.app.hub).await?;
        Ok(())
    }
}
