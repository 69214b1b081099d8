//! Looks after what the payment provider, the lender and the providers of signatures and of invoices are at (C067, C068, C072,
//! C074, C075): what they have said and was not heard is asked for, what has run out is closed, invoices that are wanted are handed
//! over, and money that has to go back is given back. Orders whose days of grace are over are completed, and those that nobody made firm in
//! time run out (C064). What the stretches of orders' ways took is measured (C085), and orders that wait are given the cars that are there
//! (C079). Every process does; they share the work.
//!
//! What it finds goes in as an event, by the way of those that they send, so there is one that decides.

mod completion;
mod contracts;
mod expiry;
mod finance;
mod invoices;
mod matching;
mod quantiles;
mod refunds;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{order, payment};
use entity::{InboundState, PaymentId, PaymentState};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Order, Query, SelectStatement, UpdateStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, TryGetable,
    Value as SeaValue,
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use self::expiry::run_out;
pub use self::invoices::pursue;
use crate::app::App;
use crate::graph::Result;
use crate::ingest::{Inbound, Sender, take};
use crate::order::rules::payment::{Back, has_arrived, has_failed};
use crate::order::rules::payment_word::after_word;
use crate::order::rules::status::is_ended;
use crate::order::upstream::PaymentReported;
use crate::ports::payment::Standing;
use crate::ports::{PaymentProvider, PortError};
use crate::store::{Db, Tx};

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(5);

/// Most of one look.
const MOST: u64 = 50;

/// How often what the provider says and is not applied goes in again.
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// Who pays and gives back, in the histories.
const ACTOR: &str = "payment-provider";

/// What the events name as their source.
const SOURCE: &str = "urn:milepost:payment-provider";

/// The condition of the index by which they are found; as text, since no parameter proves an index's.
const WAITING: &str = "((state IN ('PENDING', 'AUTHORIZED') AND expires_at IS NOT NULL) OR left_open)";

/// After so many that could not be looked after, one after another, a look ends: whoever is asked is away.
const MISSES: u32 = 3;

/// How many could not be looked after, one after another. One alone holds nobody up.
#[derive(Default)]
struct Run(u32);

impl Run {
    /// Whether the next can be looked after; `looked` is what came of this one, false when it was not reached.
    fn goes_on(&mut self, id: &impl std::fmt::Display, looked: Result<bool>) -> bool {
        self.0 = match looked {
            Ok(true) => 0,
            Ok(false) => self.0 + 1,
            Err(error) => {
                tracing::warn!(?error, %id, "could not be looked after; the next turn tries again");
                self.0 + 1
            }
        };
        self.0 < MISSES
    }
}

/// Who asks, with what.
struct Watch<'a> {
    app: &'a App,
    db: Db,
    stop: &'a CancellationToken,
}

/// What is done once in a while, and by this process only where it says after how long.
#[derive(Clone, Copy, Debug)]
pub struct Every {
    /// What the stretches of orders' ways took is measured.
    pub measure: Option<TimeDelta>,
    /// Cars are given to the orders that wait for one.
    pub give_cars: Option<TimeDelta>,
}

/// Looks until it is told to stop; after each system by itself, so that none waits for another.
pub async fn watch(app: App, every: Every, stop: CancellationToken) {
    let watch = Watch { app: &app, db: app.db.aside(), stop: &stop };
    tokio::join!(
        watch.money(),
        watch.loans(),
        watch.papers(),
        watch.invoicing(),
        watch.grace(),
        watch.expecting(every.measure),
        watch.giving(every.give_cars)
    );
}

fn told(done: Result<()>, what: &str) {
    if let Err(error) = done {
        tracing::warn!(?error, what, "could not be looked after; the next turn tries again");
    }
}

impl Watch<'_> {
    /// Waits until it is time to look again, or somebody wakes it; false when it is told to stop.
    async fn turn(&self, wake: &Notify, check_after: TimeDelta) -> bool {
        let pause = check_after.to_std().unwrap_or(LOOK).min(LOOK);
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = wake.notified() => true,
            () = tokio::time::sleep(pause) => true,
        }
    }

    async fn money(&self) {
        let ports = &self.app.ports;
        let Some(provider) = ports.payments.as_deref() else { return };
        while self.turn(&ports.wake.money, ports.terms.check_after).await {
            let (payments, refunds) = tokio::join!(self.payments(provider), self.refunds(provider));
            told(payments, "payments");
            told(refunds, "refunds");
        }
    }

    /// Approvals run out whether or not there is a lender to ask.
    async fn loans(&self) {
        let ports = &self.app.ports;
        while self.turn(&ports.wake.loans, ports.lender_check_after).await {
            told(self.applications(ports.lender.as_deref()).await, "loans");
        }
    }

    async fn papers(&self) {
        let ports = &self.app.ports;
        let Some(signing) = ports.signing.as_deref() else { return };
        while self.turn(&ports.wake.contracts, ports.signing_check_after).await {
            told(self.contracts(signing).await, "contracts");
        }
    }

    async fn invoicing(&self) {
        let ports = &self.app.ports;
        let Some(invoices) = ports.invoices.as_deref() else { return };
        while self.turn(&ports.wake.invoices, ports.invoices_check_after).await {
            told(self.invoices(invoices).await, "invoices");
        }
    }

    /// Orders come to their end by themselves, which nobody waits for.
    async fn grace(&self) {
        let mut pause = LOOK;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            told(self.completions().await, "orders whose days of grace are over");
            told(self.expiries().await, "orders that nobody made firm");
            pause = completion::PAUSE;
        }
    }

    /// Asks about payments that the provider waits for.
    async fn payments(&self, provider: &dyn PaymentProvider) -> Result<()> {
        loop {
            let now = self.app.clock.now();
            let columns = (payment::Column::Id, payment::Column::CheckedAt);
            let due: Vec<PaymentId> =
                self.unasked::<payment::Entity, _>(columns, WAITING, now, self.app.ports.terms.check_after).await?;
            let mut run = Run::default();
            for (at, id) in due.iter().enumerate() {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if !run.goes_on(id, self.payment(provider, *id, now).await) {
                    return Ok(self.left_over::<payment::Entity, _>(columns, &due[at + 1..]).await?);
                }
            }
            if (due.len() as u64) < MOST {
                return Ok(());
            }
        }
    }

    /// Takes rows among those of an index's condition that were asked about longer than so long ago, the longest first, and notes
    /// that they are asked about now.
    async fn unasked<E: EntityTrait, K: TryGetable + PartialEq>(
        &self,
        (id, checked_at): (E::Column, E::Column),
        waiting: &'static str,
        now: DateTime<Utc>,
        check_after: TimeDelta,
    ) -> Result<Vec<K>, DbErr> {
        let due = Query::select()
            .column(id)
            .from(E::default())
            .and_where(Expr::cust(waiting))
            .and_where(Expr::col(checked_at).lt(now - check_after))
            .order_by(checked_at, Order::Asc)
            .to_owned();
        let mut claim = Query::update();
        claim.table(E::default()).value(checked_at, now).returning_col(id);
        self.claim(due, claim, id).await
    }

    /// Lets go of rows that were taken and not asked about: they are the first of the next look, and those that failed wait their turn.
    async fn left_over<E: EntityTrait, K: Into<SeaValue> + Copy>(
        &self,
        (id, checked_at): (E::Column, E::Column),
        rest: &[K],
    ) -> Result<(), DbErr> {
        if rest.is_empty() {
            return Ok(());
        }
        let tx = Tx::begin(&self.db, self.app.clock.now()).await?;
        let first = E::update_many().col_expr(checked_at, Expr::value(DateTime::<Utc>::UNIX_EPOCH));
        first.filter(id.is_in(rest.iter().copied())).exec(tx.conn()).await?;
        tx.commit(&self.app.hub).await
    }

    /// Takes rows of which `due` says the ids and that nobody else is at, in its order, and notes so by `claim`. Mostly there are none, and a
    /// look holds up nobody.
    async fn claim<K: TryGetable + PartialEq>(
        &self,
        mut due: SelectStatement,
        mut claim: UpdateStatement,
        id: impl sea_orm::sea_query::IntoColumnRef,
    ) -> Result<Vec<K>, DbErr> {
        due.limit(MOST);
        let wanted = self.db.conn().query_all(&due).await?;
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<K> = wanted.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, DbErr>>()?;
        due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        claim.and_where(Expr::col(id).in_subquery(due));
        // In the writers' queue, as every write.
        let tx = Tx::begin(&self.db, self.app.clock.now()).await?;
        let rows = tx.conn().query_all(&claim).await?;
        tx.commit(&self.app.hub).await?;
        let mut rows: Vec<K> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, DbErr>>()?;
        // What a write answers is in no order of its own.
        rows.sort_by_key(|row| wanted.iter().position(|id| id == row).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// Asks about one and takes in what is new; false when the provider is not reached, by anybody.
    async fn payment(&self, provider: &dyn PaymentProvider, id: PaymentId, now: DateTime<Utc>) -> Result<bool> {
        let conn = self.db.conn();
        let Some(row) = payment::Entity::find_by_id(id).one(conn).await? else { return Ok(true) };
        let Some(order) = order::Entity::find_by_id(row.order_id).one(conn).await? else { return Ok(true) };
        // Nobody is to pay for what is called off, or was paid by another way.
        let over = row.left_open || is_ended(order.status) || row.expires_at.is_some_and(|end| end <= now);
        let standing = match standing(provider, id, over).await {
            Ok(standing) => standing,
            Err(error) => return Ok(goes_on(&error, &id)),
        };
        if row.left_open {
            return self.left_open(&order, &row, standing, now).await.map(|()| true);
        }
        let standing = match standing {
            // What it does not know, or has closed because it ran out, nobody pays any more.
            None if over => closed(&row),
            Some(standing) if over && standing.state == PaymentState::Cancelled => {
                Standing { state: PaymentState::Expired, ..standing }
            }
            Some(standing) => standing,
            None => return Ok(true),
        };
        if after_word(row.state, standing.state) != row.state || standing.refunded_minor > Back::of(&row).provider_minor
        {
            self.go_in(&Sender::asked(ACTOR), event(&order.number, &row, &standing, now)).await?;
        }
        Ok(true)
    }

    /// Takes in what the provider says of a payment that other money closed: what was paid there as well is another payment. It is asked until
    /// that is in the books, or nobody can pay it there any more.
    async fn left_open(
        &self,
        order: &order::Model,
        row: &payment::Model,
        standing: Option<Standing>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let ended = match standing {
            Some(standing) if has_arrived(standing.state) => {
                let known = payment::Entity::find().filter(payment::Column::ProviderReference.eq(&standing.reference));
                if known.clone().count(self.db.conn()).await? == 0 {
                    self.go_in(&Sender::asked(ACTOR), event(&order.number, row, &standing, now)).await?;
                }
                known.count(self.db.conn()).await? > 0
            }
            Some(standing) => has_failed(standing.state),
            None => true,
        };
        if ended {
            let tx = Tx::begin(&self.db, now).await?;
            let over = payment::ActiveModel { left_open: Set(false), ..Default::default() };
            payment::Entity::update_many().set(over).filter(payment::Column::Id.eq(row.id)).exec(tx.conn()).await?;
            tx.commit(&self.app.hub).await?;
        }
        Ok(())
    }

    async fn go_in(&self, sender: &Sender, event: Value) -> Result<()> {
        go_in(self.app, sender, event).await
    }
}

/// Takes an event in; what is not applied stays on record for an operator.
async fn go_in(app: &App, sender: &Sender, event: Value) -> Result<()> {
    for outcome in take(app, sender, &[event], 1).await? {
        if matches!(outcome.settled.state, InboundState::Refused | InboundState::Held) {
            let reason = &outcome.settled.reason;
            tracing::warn!(event = outcome.id, ?reason, "what was asked for is not applied");
        }
    }
    Ok(())
}

/// How a payment stands; one that is over is called off, if it is not paid.
async fn standing(provider: &dyn PaymentProvider, id: PaymentId, over: bool) -> Result<Option<Standing>, PortError> {
    let standing = provider.find(id).await?;
    let open = |found: &Standing| matches!(found.state, PaymentState::Pending | PaymentState::Authorized);
    if over && standing.as_ref().is_some_and(open) { provider.cancel(id).await } else { Ok(standing) }
}

/// Whether somebody was reached who could not say.
fn goes_on(error: &PortError, id: &dyn std::fmt::Display) -> bool {
    tracing::warn!(%error, %id, "a provider or lender could not be asked");
    !matches!(error, PortError::Unreachable(_))
}

fn closed(row: &payment::Model) -> Standing {
    Standing {
        state: PaymentState::Expired,
        reference: row.provider_reference.clone().unwrap_or_else(|| row.id.to_string()),
        amount_minor: row.amount_minor,
        refunded_minor: 0,
        captured_at: None,
        failure: None,
    }
}

/// One of an id that is the same whenever the same is found, for a while.
fn event(order_number: &str, row: &payment::Model, standing: &Standing, now: DateTime<Utc>) -> Value {
    let again = now.timestamp() / AGAIN.num_seconds();
    json!({
        "specversion": "1.0",
        "id": format!("{}-{}-{}-{again}", row.id, standing.state, standing.refunded_minor),
        "source": SOURCE,
        "type": PaymentReported::TYPE,
        "data": {
            "orderNumber": order_number,
            "paymentId": row.id,
            "reference": standing.reference,
            "purpose": row.purpose,
            "method": row.method,
            "amountMinor": standing.amount_minor,
            "refundedMinor": standing.refunded_minor,
            "state": standing.state,
            "failure": standing.failure,
            "capturedAt": standing.captured_at,
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_alone_holds_nobody_up(looked in proptest::collection::vec(any::<bool>(), 0..20)) {
            let mut run = Run::default();
            let until = looked.iter().take_while(|reached| run.goes_on(&"", Ok(**reached))).count();
            let three = looked.windows(3).position(|three| !three.iter().any(|reached| *reached));
            prop_assert_eq!(until, three.map_or(looked.len(), |at| at + 2));
        }
    }
}
