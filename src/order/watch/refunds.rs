//! Money that has to go back, on payments that the provider has taken.

use entity::order::{order, payment, refund};
use entity::{PaymentOutcome, PaymentStep, RefundId, RefundState};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};

use super::{ACTOR, MOST, Run, Watch, event, goes_on};
use crate::graph::Result;
use crate::ingest::Sender;
use crate::order::change::rules::queue::is_made;
use crate::order::change::{Books, tell_done, waits_for_red};
use crate::order::rules::payment::Back;
use crate::order::store::{Attempt, Revision};
use crate::ports::payment::GiveBack;
use crate::ports::{PaymentProvider, PortError};
use crate::store::Tx;

/// The condition of the index by which they are found; what the maker pays on top is nothing of the provider's.
const WAITING: &str = "state IN ('CREATED', 'PENDING') AND payment_id IS NOT NULL";

/// That none of the same payment is before it: the provider says how much went back in all, so they are asked for one after another.
const FIRST: &str = "NOT EXISTS (SELECT 1 FROM refund earlier WHERE earlier.order_id = refund.order_id
    AND earlier.payment_id = refund.payment_id AND earlier.state IN ('CREATED', 'PENDING')
    AND earlier.until_minor < refund.until_minor)";

impl Watch<'_> {
    /// Gives back what is due.
    pub(super) async fn refunds(&self, provider: &dyn PaymentProvider) -> Result<()> {
        loop {
            let now = self.app.clock.now();
            let checked = Expr::col(refund::Column::CheckedAt);
            let due = Query::select()
                .column(refund::Column::Id)
                .from(refund::Entity)
                .and_where(Expr::cust(WAITING))
                .and_where(checked.clone().is_null().or(checked.lt(now - self.app.ports.terms.check_after)))
                .and_where(waits_for_red().not())
                .and_where(Expr::cust(FIRST))
                .order_by(refund::Column::CheckedAt, Order::Asc)
                .to_owned();
            // With the provider before it is asked: an answer that is lost is not to look as if nothing had been asked.
            let mut claim = Query::update();
            claim
                .table(refund::Entity)
                .value(refund::Column::CheckedAt, now)
                .value(refund::Column::State, RefundState::Pending)
                .returning_col(refund::Column::Id);
            let due: Vec<RefundId> = self.claim(due, claim, refund::Column::Id).await?;
            let mut run = Run::default();
            for (at, id) in due.iter().enumerate() {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if !run.goes_on(id, self.refund(provider, *id).await) {
                    let columns = (refund::Column::Id, refund::Column::CheckedAt);
                    return Ok(self.left_over::<refund::Entity, _>(columns, &due[at + 1..]).await?);
                }
            }
            if (due.len() as u64) < MOST {
                return Ok(());
            }
        }
    }

    /// Asks the provider for one, again where it was asked before, and takes in what it says of the payment; false when it is not
    /// reached, by anybody.
    async fn refund(&self, provider: &dyn PaymentProvider, id: RefundId) -> Result<bool> {
        let conn = self.db.conn();
        let Some(due) = refund::Entity::find_by_id(id).one(conn).await? else { return Ok(true) };
        let Some(paid) = due.payment_id else { return Ok(true) };
        let Some(paid) = payment::Entity::find_by_id(paid).one(conn).await? else { return Ok(true) };
        let Some(order) = order::Entity::find_by_id(due.order_id).one(conn).await? else { return Ok(true) };
        let asked = GiveBack {
            payment_id: paid.provider_payment_id.unwrap_or(paid.id),
            reference: paid.provider_reference.clone(),
            amount_minor: due.amount_minor,
        };
        match provider.give_back(id, &asked).await {
            Ok(Some(standing)) => {
                // Said before, it may have been heard as the word of another.
                if standing.refunded_minor > Back::of(&paid).provider_minor
                    || is_made(due.until_minor, standing.refunded_minor)
                {
                    let told = event(&order.number, &paid, &standing, self.app.clock.now());
                    self.go_in(&Sender::asked(ACTOR), told).await?;
                }
                Ok(true)
            }
            // Paid by another way, and goes back by another.
            Ok(None) => self.cannot(&due, &paid, "NOT_FOUND").await.map(|()| true),
            Err(PortError::Declined(code)) => self.cannot(&due, &paid, &code).await.map(|()| true),
            Err(error) => Ok(goes_on(&error, &id)),
        }
    }

    /// Notes that the provider cannot: somebody has to, by another way.
    async fn cannot(&self, due: &refund::Model, paid: &payment::Model, code: &str) -> Result<()> {
        tracing::warn!(refund = %due.id, code, "the payment provider gives no money back");
        let mut tx = Tx::begin(&self.db, self.app.clock.now()).await?;
        let Some(mut revision) = Revision::open(&tx, Condition::all(), due.order_id, ACTOR.to_owned()).await? else {
            return Ok(tx.rollback().await?);
        };
        // As it stands now that nobody else writes.
        let paid = payment::Entity::find_by_id(paid.id).one(tx.conn()).await?;
        let mut books = Books::of(&tx, revision.before()).await?;
        let (Some(paid), true) = (paid, books.is_under_way(due.id)) else { return Ok(tx.rollback().await?) };
        let now = tx.now();
        let over = books.failed(&mut tx, due.id, &paid, code);
        tell_done(&tx, &mut revision, &over).await?;
        let failed = Attempt::of(&paid, PaymentStep::Refund, PaymentOutcome::Failure, now);
        tx.insert([failed.about(due.amount_minor).because(code).row()]);
        revision.payment_changed(&paid, now);
        revision.save(&mut tx);
        Ok(tx.commit(&self.app.hub).await?)
    }
}
