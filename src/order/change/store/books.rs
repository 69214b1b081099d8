//! An order's money: what is here, and what of it has to go back.

use std::collections::BTreeSet;

use entity::order::{change_request, order, payment, refund};
use entity::{ChangeRequestId, ChangeState, OrderId, PaymentId, PaymentOutcome, PaymentStep, RefundId, RefundState};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::super::rules::table::waits_in;
use crate::order::rules::payment::{Paid, order_payment_status, paid_minor};
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
    /// One refund, under this number of the bank.
    By(RefundId, String),
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
            let before = self.open().filter(|row| row.payment_id == Some(payment.id)).map(|row| row.amount_minor);
            payment.refunded_minor + before.sum::<i64>() + amount_minor
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

    /// Notes that money has gone back; a request of which it was the last is done. Answers these.
    pub fn went_back(&mut self, tx: &mut Tx, went: &Went) -> Vec<ChangeRequestId> {
        let now = tx.now();
        let by_hand = match went {
            Went::By(id, _) => self.refunds.iter().find(|row| row.id == *id).cloned(),
            Went::On(_) => None,
        };
        let mut requests = BTreeSet::new();
        for row in self.refunds.iter_mut().filter(|row| row.state != RefundState::Done) {
            match went {
                Went::On(payment)
                    if row.payment_id == Some(payment.id) && payment.refunded_minor >= row.until_minor => {}
                Went::By(id, reference) if row.id == *id => row.reference = Some(reference.clone()),
                // It went before others of its payment, which are done that much later.
                Went::By(..) if by_hand.as_ref().is_some_and(|own| precedes(row, own)) => {
                    row.until_minor += by_hand.as_ref().map_or(0, |own| own.amount_minor);
                    write(tx, row);
                    continue;
                }
                Went::On(_) | Went::By(..) => continue,
            }
            row.state = RefundState::Done;
            row.done_at = Some(now);
            row.failure = None;
            write(tx, row);
            requests.extend(row.change_request_id);
        }
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

/// Whether a refund was to go back before another of the same payment.
fn precedes(row: &refund::Model, other: &refund::Model) -> bool {
    row.payment_id.is_some() && row.payment_id == other.payment_id && row.until_minor < other.until_minor
}

fn write(tx: &mut Tx, row: &refund::Model) {
    let change = row.clone().into_active_model().reset_all();
    tx.put_one(refund::Entity::update_many().set(change).filter(refund::Column::Id.eq(row.id)));
}
