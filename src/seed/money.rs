//! The payments of an order, in step with its state (C064, C065, C067).

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{change_request, order, payment};
use entity::{
    ChangeKind, ChangeState, Fault, OrderEventKind, OrderId, OrderStatus, PaymentMethod, PaymentPurpose, PaymentState,
};

use super::batch::Batch;
use super::delivery::{Delivery, Terms};
use super::world::Generator;
use crate::order::rules::payment::Paid;

/// Earnest deposit, fen (domain.md 4.3).
const EARNEST_MINOR: i64 = 500_000;

/// What went back, and what is still to go back.
pub(super) struct Money {
    pub payments: Vec<payment::Model>,
    pub refund_due_minor: i64,
}

impl Money {
    pub(super) fn paid(&self) -> Vec<Paid> {
        self.payments.iter().map(Paid::from).collect()
    }
}

impl Generator<'_> {
    /// Payments of an order over `total_minor`. `intention_at` is when the small deposit was paid.
    pub(super) fn money(
        &mut self,
        order_id: OrderId,
        terms: &Terms,
        total_minor: i64,
        intention_at: Option<DateTime<Utc>>,
        delivery: &Delivery,
    ) -> Money {
        let &Terms { status, turn, loan, .. } = terms;
        let mut payments = Vec::new();
        let mut pay = |purpose, method, state, amount_minor, at: DateTime<Utc>, dice: &mut super::dice::Dice| {
            let captured = matches!(state, PaymentState::Captured);
            let with_provider = state != PaymentState::Created;
            let id: entity::PaymentId = dice.id();
            payments.push(payment::Model {
                id,
                order_id,
                purpose,
                method,
                state,
                amount_minor,
                carried_minor: 0,
                carried_from_id: None,
                refunded_minor: 0,
                refunded_elsewhere_minor: 0,
                provider_reference: with_provider.then(|| format!("DEMO{}", &id.to_string()[4..])),
                captured_at: captured.then_some(at),
                created_at: at - TimeDelta::minutes(2),
                checkout_url: None,
                checkout_token: None,
                expires_at: None,
                checked_at: None,
                failure: (state == PaymentState::Failed).then(|| "CARD_DECLINED".to_owned()),
                provider_payment_id: None,
                left_open: false,
            });
        };
        let wallet = [PaymentMethod::WechatPay, PaymentMethod::Alipay, PaymentMethod::Unionpay];
        let small = *self.dice.pick(&[9_900, 29_900, 49_900, 99_900]);
        if status == OrderStatus::Draft {
            let state = [
                None,
                Some(PaymentState::Created),
                Some(PaymentState::Pending),
                Some(PaymentState::Failed),
                Some(PaymentState::Cancelled),
                Some(PaymentState::Expired),
                Some(PaymentState::Authorized),
            ][turn % 7];
            if let Some(state) = state {
                let method = *self.dice.pick(&wallet);
                pay(PaymentPurpose::IntentionDeposit, method, state, small, delivery.last_at, &mut self.dice);
            }
        }
        let mut kept = 0;
        if let Some(at) = intention_at {
            let method = *self.dice.pick(&wallet);
            pay(PaymentPurpose::IntentionDeposit, method, PaymentState::Captured, small, at, &mut self.dice);
            kept += small;
        }
        if let Some(at) = delivery.placed_at {
            let method = *self.dice.pick(&wallet);
            pay(PaymentPurpose::EarnestDeposit, method, PaymentState::Captured, EARNEST_MINOR, at, &mut self.dice);
            kept += EARNEST_MINOR;
        }
        let balance_at = delivery.at(entity::MilestoneCode::BalancePaid);
        if let Some(at) = balance_at {
            let mut rest = total_minor - kept;
            if status == OrderStatus::Completed && turn % 11 == 1 {
                // Paid a hundred yuan too much; it has not been asked back yet.
                rest += 10_000;
            }
            let lent = if loan { total_minor * 7 / 10 / 100_000 * 100_000 } else { 0 };
            if lent > 0 {
                let method = PaymentMethod::LoanDisbursement;
                pay(PaymentPurpose::Balance, method, PaymentState::Captured, lent, at, &mut self.dice);
            }
            let method = *self.dice.pick(&[PaymentMethod::BankTransfer, PaymentMethod::Pos]);
            let at = at - TimeDelta::minutes(20);
            pay(PaymentPurpose::Balance, method, PaymentState::Captured, rest - lent, at, &mut self.dice);
        } else if status == OrderStatus::InFulfillment && turn % 4 == 1 {
            let at = delivery.last_at;
            let part = (total_minor - kept) / 2;
            pay(PaymentPurpose::Balance, PaymentMethod::BankTransfer, PaymentState::Captured, part, at, &mut self.dice);
            let (method, state) = (PaymentMethod::Pos, PaymentState::Pending);
            pay(PaymentPurpose::Balance, method, state, total_minor - kept - part, at, &mut self.dice);
        }
        let refund_due_minor = refund(status, turn, delivery, &mut payments);
        Money { payments, refund_due_minor }
    }
}

impl Generator<'_> {
    /// The request by which an order was called off, or is to be (C075); its history is told already.
    pub(super) fn request_of(&mut self, order: &order::Model, money: &Money, batch: &mut Batch) {
        let asked = batch
            .order_events
            .iter()
            .rev()
            .take_while(|event| event.order_id == order.id)
            .find(|event| event.kind == OrderEventKind::CancellationRequested);
        let Some((asked, from_status)) = asked.and_then(|event| Some((event, event.from_status?))) else { return };
        let done = order.status == OrderStatus::Cancelled;
        let came = money.payments.iter().filter(|payment| payment.captured_at.is_some());
        let (refund_minor, kept) = came.fold((0, 0), |(back, kept), payment| {
            (back + payment.refunded_minor, kept + payment.amount_minor - payment.refunded_minor)
        });
        batch.change_requests.push(change_request::Model {
            id: self.dice.id(),
            order_id: order.id,
            kind: ChangeKind::Cancel,
            state: if done { ChangeState::Done } else { ChangeState::Submitted },
            from_status,
            fault: Fault::Customer,
            reason: order.cancel_reason.clone().unwrap_or_default(),
            refund_minor: if done { refund_minor } else { money.refund_due_minor },
            forfeited_minor: if done { kept } else { 0 },
            compensation_minor: 0,
            red_invoice_number: None,
            asked: None,
            buyer_name: None,
            buyer_id_number: None,
            consequences: None,
            quoted_version: None,
            new_order_id: None,
            requested_by: asked.actor.clone(),
            decided_by: done.then(|| "system".to_owned()),
            decision_note: None,
            requested_at: asked.occurred_at,
            decided_at: done.then_some(order.updated_at),
            done_at: done.then_some(order.updated_at),
        });
    }
}

/// Gives money back as the state of the order says; answers what is still due. The matrix of domain.md 3.2: all before
/// the lock or by the template half of the earnest, nothing of it after the lock, all after a return.
fn refund(status: OrderStatus, turn: usize, delivery: &Delivery, payments: &mut [payment::Model]) -> i64 {
    let locked = delivery.is_done(entity::MilestoneCode::ConfigLocked);
    let mut due = 0;
    for payment in payments.iter_mut().filter(|payment| payment.state == PaymentState::Captured) {
        let earnest = payment.purpose == PaymentPurpose::EarnestDeposit;
        let back = match (earnest, locked) {
            (true, true) if status != OrderStatus::Returned => 0,
            (true, false) if turn % 3 == 1 => payment.amount_minor / 2,
            _ => payment.amount_minor,
        };
        match status {
            OrderStatus::Expired | OrderStatus::Cancelled | OrderStatus::Returned if back > 0 => {
                payment.refunded_minor = back;
                payment.state =
                    if back == payment.amount_minor { PaymentState::Refunded } else { PaymentState::PartiallyRefunded };
            }
            // Half of the running cancellations have been answered: their money is on its way.
            OrderStatus::CancellationRequested if turn.is_multiple_of(2) => due += back,
            _ => {}
        }
    }
    due
}
