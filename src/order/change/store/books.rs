//! An order's money: what is here, and what of it has to go back.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::order::{change_request, order, payment, refund};
use entity::{ChangeRequestId, ChangeState, OrderId, PaymentId, PaymentOutcome, PaymentStep, RefundId, RefundState};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::super::rules::queue::{Waits, fail, is_made, join, leave};
use super::super::rules::table::waits_in;
use crate::order::rules::payment::{Back, Paid, order_payment_status, paid_minor};
use crate::order::store::Attempt;
use crate::store::Tx;

/// What of an order's money has to go back. Read under the order's lock: whoever writes refunds and requests holds it.
#[derive(Debug)]
pub struct Books {
    refunds: Vec<refund::Model>,
    /// What a request that waits for a decision would give back, fen.
    asked_minor: i64,
}

/// Which money went back.
#[derive(Clone, Debug)]
pub enum Went {
    /// On a payment, as it stands now.
    On(payment::Model),
    /// One refund, under this number of the bank; on this payment, as it stands now.
    By(RefundId, String, Option<payment::Model>),
}

impl Books {
    /// Of one order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(tx: &Tx, of: &order::Model) -> Result<Self, DbErr> {
        Self::on(tx.conn(), of).await
    }

    /// As [`Books::of`], to be looked at alone where no transaction holds the order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn on(conn: &impl ConnectionTrait, of: &order::Model) -> Result<Self, DbErr> {
        let order = of.id;
        let refunds = refund::Entity::find()
            .filter(refund::Column::OrderId.eq(order))
            .order_by_asc(refund::Column::CreatedAt)
            .order_by_asc(refund::Column::Id)
            .all(conn)
            .await?;
        let asked = match of.has_open_change_request {
            true => {
                change_request::Entity::find()
                    .filter(change_request::Column::OrderId.eq(order))
                    .filter(change_request::Column::State.eq(ChangeState::Submitted))
                    .all(conn)
                    .await?
            }
            false => Vec::new(),
        };
        // Of an order that goes on meanwhile nothing is to go back before it is granted.
        let waits = asked.iter().filter(|request| waits_in(request.kind).is_some());
        Ok(Self { refunds, asked_minor: waits.map(|request| request.refund_minor).sum() })
    }

    /// Once the request that waited is decided or taken back.
    #[must_use]
    pub fn without_request(self) -> Self {
        Self { asked_minor: 0, ..self }
    }

    /// Brings the sums of an order up to date with its payments.
    pub fn sum(&self, order: &mut order::Model, payments: &[payment::Model]) {
        let on_payments = self.open().filter(|row| row.payment_id.is_some());
        let due = on_payments.map(|row| row.amount_minor).sum::<i64>() + self.asked_minor;
        let paid: Vec<Paid> = payments.iter().map(Paid::from).collect();
        order.paid_minor = paid_minor(&paid);
        order.payment_status = order_payment_status(order.total_minor, due, &paid);
    }

    /// What has to go back on one payment, fen.
    pub fn due_on_minor(&self, payment: PaymentId) -> i64 {
        self.open().filter(|row| row.payment_id == Some(payment)).map(|row| row.amount_minor).sum()
    }

    /// A payment without what is on its way back already.
    pub fn staying(&self, row: &payment::Model) -> Paid {
        let paid = Paid::from(row);
        Paid { amount_minor: paid.amount_minor - self.due_on_minor(row.id), ..paid }
    }

    fn open(&self) -> impl Iterator<Item = &refund::Model> {
        self.refunds.iter().filter(|row| row.state != RefundState::Done)
    }

    /// Notes that money has to go back: on a payment, or on top of all; once what was invoiced is red.
    pub fn owe(
        &mut self,
        tx: &mut Tx,
        order: OrderId,
        payment: Option<&payment::Model>,
        amount_minor: i64,
        request: Option<ChangeRequestId>,
    ) {
        self.owe_when(tx, order, payment, amount_minor, (request, true));
    }

    /// As [`Books::owe`]; false for what waits for no red letter, since its invoice stays what it is.
    pub fn owe_when(
        &mut self,
        tx: &mut Tx,
        order: OrderId,
        payment: Option<&payment::Model>,
        amount_minor: i64,
        (request, waits_for_red): (Option<ChangeRequestId>, bool),
    ) {
        let now = tx.now();
        let until = payment.map_or(0, |payment| {
            let mut queue = self.queue(payment.id);
            let until = join(&mut queue, Back::of(payment).provider_minor, amount_minor);
            let before = self.refunds.clone();
            self.line_up(&queue);
            self.write(tx, &before);
            until
        });
        let row = refund::Model {
            id: RefundId::generate(),
            order_id: order,
            change_request_id: request,
            payment_id: payment.map(|payment| payment.id),
            amount_minor,
            until_minor: until,
            waits_for_red,
            state: RefundState::Created,
            reference: None,
            failure: None,
            checked_at: None,
            created_at: now,
            done_at: None,
        };
        tx.insert([row.clone().into_active_model().reset_all()]);
        if let Some(payment) = payment {
            let asked = Attempt::of(payment, PaymentStep::Refund, PaymentOutcome::Request, now);
            tx.insert([asked.about(amount_minor).row()]);
        }
        self.refunds.push(row);
    }

    /// Whether a refund waits for the provider, or to be handed to it.
    pub fn is_under_way(&self, id: RefundId) -> bool {
        let own = self.refunds.iter().find(|row| row.id == id);
        own.is_some_and(|row| matches!(row.state, RefundState::Created | RefundState::Pending))
    }

    /// Whether what the provider has given back on a payment makes a refund that is not yet noted as made.
    pub fn makes_more(&self, payment: &payment::Model) -> bool {
        let back = Back::of(payment).provider_minor;
        self.open().any(|row| row.payment_id == Some(payment.id) && is_made(row.until_minor, back))
    }

    /// Notes that money has gone back; a request of which it was the last is done. Answers these.
    pub fn went_back(&mut self, tx: &mut Tx, went: &Went) -> Vec<ChangeRequestId> {
        let before = self.refunds.clone();
        match went {
            Went::On(payment) => self.made_on(payment, tx.now()),
            Went::By(id, reference, on) => {
                if let Some(payment) = on {
                    let mut queue = self.queue(payment.id);
                    leave(&mut queue, id);
                    self.line_up(&queue);
                }
                if let Some(row) = self.refunds.iter_mut().find(|row| row.id == *id) {
                    row.reference = Some(reference.clone());
                    made(row, tx.now());
                }
                // What stood behind it may have been made before.
                if let Some(payment) = on {
                    self.made_on(payment, tx.now());
                }
            }
        }
        self.write(tx, &before);
        self.end_requests(tx, &before)
    }

    /// Notes that the provider will not make one, and why; what stood behind it may be made already. Answers the requests that are done
    /// with that.
    pub fn failed(&mut self, tx: &mut Tx, id: RefundId, payment: &payment::Model, code: &str) -> Vec<ChangeRequestId> {
        let before = self.refunds.clone();
        let mut queue = self.queue(payment.id);
        fail(&mut queue, Back::of(payment).provider_minor, &id);
        self.line_up(&queue);
        if let Some(row) = self.refunds.iter_mut().find(|row| row.id == id) {
            row.state = RefundState::Failed;
            row.failure = Some(code.to_owned());
        }
        self.made_on(payment, tx.now());
        self.write(tx, &before);
        self.end_requests(tx, &before)
    }

    /// What is not made yet of a payment.
    fn queue(&self, payment: PaymentId) -> Vec<Waits<RefundId>> {
        let own = self.open().filter(|row| row.payment_id == Some(payment));
        let waits = own.map(|row| Waits {
            refund: row.id,
            amount_minor: row.amount_minor,
            until_minor: row.until_minor,
            failed: row.state == RefundState::Failed,
        });
        waits.collect()
    }

    fn line_up(&mut self, queue: &[Waits<RefundId>]) {
        for row in &mut self.refunds {
            if let Some(waits) = queue.iter().find(|waits| waits.refund == row.id) {
                row.until_minor = waits.until_minor;
            }
        }
    }

    fn made_on(&mut self, payment: &payment::Model, now: DateTime<Utc>) {
        let back = Back::of(payment).provider_minor;
        for row in &mut self.refunds {
            if row.payment_id == Some(payment.id) && row.state != RefundState::Done && is_made(row.until_minor, back) {
                made(row, now);
            }
        }
    }

    /// Writes what has changed of refunds that were there, and no more: whoever asks for them claims them without the order's lock.
    fn write(&self, tx: &mut Tx, before: &[refund::Model]) {
        for (row, was) in self.refunds.iter().zip(before).filter(|(row, was)| row != was) {
            let mut change = refund::ActiveModel { ..Default::default() };
            if row.state != was.state {
                change.state = Set(row.state);
                change.done_at = Set(row.done_at);
                change.failure = Set(row.failure.clone());
            }
            if row.reference != was.reference {
                change.reference = Set(row.reference.clone());
            }
            if row.until_minor != was.until_minor {
                change.until_minor = Set(row.until_minor);
            }
            tx.put_one(refund::Entity::update_many().set(change).filter(refund::Column::Id.eq(row.id)));
        }
    }

    /// Ends requests of which the last money has gone back since; answers these.
    fn end_requests(&self, tx: &mut Tx, before: &[refund::Model]) -> Vec<ChangeRequestId> {
        let now = tx.now();
        let done =
            |(row, was): &(&refund::Model, &refund::Model)| row.state == RefundState::Done && row.state != was.state;
        let made = self.refunds.iter().zip(before).filter(done);
        let mut requests: BTreeSet<_> = made.filter_map(|(row, _)| row.change_request_id).collect();
        requests.retain(|request| self.open().all(|row| row.change_request_id != Some(*request)));
        for request in &requests {
            let done = change_request::ActiveModel {
                state: Set(ChangeState::Done),
                done_at: Set(Some(now)),
                ..Default::default()
            };
            let executing = change_request::Entity::update_many()
                .set(done)
                .filter(change_request::Column::Id.eq(*request))
                .filter(change_request::Column::State.eq(ChangeState::Executing));
            tx.put(executing);
        }
        requests.into_iter().collect()
    }
}

fn made(row: &mut refund::Model, now: DateTime<Utc>) {
    row.state = RefundState::Done;
    row.done_at = Some(now);
    row.failure = None;
}
