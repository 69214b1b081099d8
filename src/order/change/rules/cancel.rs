//! What comes back when an order is called off (C075; domain.md 3.2, "Refund matrix").

use entity::vocabulary::{Fault, OrderStatus, PaymentPurpose};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::order::rules::payment::{Paid, earnest_cap_minor, paid_minor};
use crate::values::money::round_half_up;

/// How far the order had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelStage {
    /// No earnest money was paid.
    BeforeDeposit,
    /// Placed, not locked, within the cooling hours.
    Cooling,
    /// Placed, not locked, later.
    Placed,
    /// Locked and not yet handed over.
    Locked,
}

/// What becomes of the earnest money. Everything else that was paid always goes back in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EarnestTreatment {
    /// All of it goes back.
    Returned,
    /// The share of the contract's template goes back.
    ByTemplate,
    /// None of it goes back.
    Forfeited,
    /// It goes back twice.
    Doubled,
}

/// The matrix: stage, fault, treatment, source. Stages are those of domain.md 3.2; that a maker at fault after the
/// cooling hours returns double follows from the law, which binds from the payment of the earnest money on.
pub const REFUND_MATRIX: &[(CancelStage, Fault, EarnestTreatment, &str)] = {
    use CancelStage::*;
    use EarnestTreatment::*;
    use Fault::*;
    &[
        (BeforeDeposit, Customer, Returned, "domain.md 3.2"),
        (BeforeDeposit, Maker, Returned, "domain.md 3.2"),
        (BeforeDeposit, Neither, Returned, "domain.md 3.2"),
        (Cooling, Customer, Returned, "domain.md 3.2"),
        (Cooling, Maker, Returned, "domain.md 3.2"),
        (Cooling, Neither, Returned, "domain.md 3.2"),
        (Placed, Customer, ByTemplate, "contract template"),
        (Placed, Maker, Doubled, "Civil Code 587"),
        (Placed, Neither, Returned, "domain.md 3.2"),
        (Locked, Customer, Forfeited, "Civil Code 587"),
        (Locked, Maker, Doubled, "Civil Code 587"),
        (Locked, Neither, Returned, "domain.md 3.2"),
    ]
};

/// What a quote looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelRequest<'a> {
    /// State before the cancellation was asked for.
    pub status: OrderStatus,
    pub fault: Fault,
    /// Whether the cooling hours after the deposit are not over.
    pub within_cooling: bool,
    /// Contract price, fen; earnest money counts up to a fifth of it.
    pub price_minor: i64,
    /// Share of the earnest money that the contract's template returns, basis points.
    pub template_return_bp: u16,
    pub payments: &'a [Paid],
    pub invoice_issued: bool,
}

/// What a cancellation means, all in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelQuote {
    pub treatment: EarnestTreatment,
    /// Where the treatment is written.
    pub source: &'static str,
    /// Of what was paid, what goes back.
    pub refund_minor: i64,
    /// Of what was paid, what is kept.
    pub forfeited_minor: i64,
    /// What the maker pays on top.
    pub compensation_minor: i64,
    /// The invoice must first be reversed by a red one.
    pub needs_red_invoice: bool,
}

/// The order is not one that can be called off: it is handed over, or at an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCancellable {
    pub status: OrderStatus,
}

/// The stage of a state; none after the handover and at an end, and none while a cancellation runs, because then the
/// state before counts.
pub fn stage(status: OrderStatus, within_cooling: bool) -> Option<CancelStage> {
    use OrderStatus::*;
    match status {
        Draft | Intention => Some(CancelStage::BeforeDeposit),
        Placed if within_cooling => Some(CancelStage::Cooling),
        Placed => Some(CancelStage::Placed),
        Locked | Contracted | InFulfillment | ReadyForDelivery => Some(CancelStage::Locked),
        Delivered | Completed | CancellationRequested | Cancelled | ReturnRequested | Returned | Expired => None,
    }
}

/// What the cancellation means. Earnest money above a fifth of the price is not earnest money [LAW-CIV586]: the part
/// above is neither forfeited nor doubled.
///
/// # Errors
/// [`NotCancellable`] after the handover and at an end.
pub fn quote(request: &CancelRequest<'_>) -> Result<CancelQuote, NotCancellable> {
    let refused = NotCancellable { status: request.status };
    let stage = stage(request.status, request.within_cooling).ok_or(refused)?;
    let &(.., treatment, source) =
        REFUND_MATRIX.iter().find(|(s, fault, ..)| *s == stage && *fault == request.fault).ok_or(refused)?;
    let paid = paid_minor(request.payments);
    let earnest = earnest_minor(request.payments, request.price_minor);
    let (forfeited_minor, compensation_minor) = match treatment {
        EarnestTreatment::Returned => (0, 0),
        EarnestTreatment::ByTemplate => (earnest - share(earnest, request.template_return_bp), 0),
        EarnestTreatment::Forfeited => (earnest, 0),
        EarnestTreatment::Doubled => (0, earnest),
    };
    Ok(CancelQuote {
        treatment,
        source,
        refund_minor: paid - forfeited_minor,
        forfeited_minor,
        compensation_minor,
        needs_red_invoice: request.invoice_issued,
    })
}

/// The earnest money of an order, fen, whichever payments it lies in: what was paid twice was agreed once, what came over from another order
/// came in parts that are one deposit, and above a fifth of the price it is none [LAW-CIV586].
fn earnest_minor(payments: &[Paid], price_minor: i64) -> i64 {
    let (parts, whole): (Vec<&Paid>, Vec<&Paid>) =
        payments.iter().filter(|paid| paid.purpose == PaymentPurpose::EarnestDeposit).partition(|paid| paid.came_over);
    let came_over = parts.into_iter().map(Paid::kept_minor).sum::<i64>();
    let agreed = whole.into_iter().map(Paid::kept_minor).fold(came_over, i64::max);
    agreed.min(earnest_cap_minor(price_minor))
}

/// So many basis points of an amount in fen, at most all of it.
fn share(minor: i64, basis_points: u16) -> i64 {
    let share = Decimal::new(minor, 2) * Decimal::new(i64::from(basis_points.min(10_000)), 4);
    round_half_up(share).unwrap_or(minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::vocabulary::PaymentState;
    use proptest::prelude::*;

    fn paid(purpose: PaymentPurpose, yuan: i64) -> Paid {
        Paid { purpose, state: PaymentState::Captured, amount_minor: yuan * 100, refunded_minor: 0, came_over: false }
    }

    /// Intention 99, earnest 5 000, balance 10 000 on a car of 119 800.
    fn paid_all() -> [Paid; 3] {
        [
            paid(PaymentPurpose::IntentionDeposit, 99),
            paid(PaymentPurpose::EarnestDeposit, 5_000),
            paid(PaymentPurpose::Balance, 10_000),
        ]
    }

    fn request(status: OrderStatus, fault: Fault, payments: &[Paid]) -> CancelRequest<'_> {
        CancelRequest {
            status,
            fault,
            within_cooling: false,
            price_minor: 11_980_000,
            template_return_bp: 5_000,
            payments,
            invoice_issued: false,
        }
    }

    fn amounts(request: &CancelRequest<'_>) -> (i64, i64, i64) {
        let quote = quote(request).unwrap();
        (quote.refund_minor, quote.forfeited_minor, quote.compensation_minor)
    }

    #[test]
    fn the_matrix_has_every_stage_and_fault_once() {
        for stage in [CancelStage::BeforeDeposit, CancelStage::Cooling, CancelStage::Placed, CancelStage::Locked] {
            for fault in [Fault::Customer, Fault::Maker, Fault::Neither] {
                let rows = REFUND_MATRIX.iter().filter(|(s, f, ..)| *s == stage && *f == fault).count();
                assert_eq!(rows, 1, "{stage:?} {fault:?}");
            }
        }
    }

    #[test]
    fn an_intention_comes_back_in_full() {
        let payments = [paid(PaymentPurpose::IntentionDeposit, 99)];
        assert_eq!(amounts(&request(OrderStatus::Intention, Fault::Customer, &payments)), (9_900, 0, 0));
    }

    #[test]
    fn before_the_lock_the_cooling_hours_decide_then_the_template() {
        let payments = paid_all();
        let placed = request(OrderStatus::Placed, Fault::Customer, &payments);
        assert_eq!(amounts(&CancelRequest { within_cooling: true, ..placed }), (1_509_900, 0, 0));
        assert_eq!(amounts(&placed), (1_259_900, 250_000, 0));
        assert_eq!(amounts(&CancelRequest { template_return_bp: 10_000, ..placed }), (1_509_900, 0, 0));
    }

    #[test]
    fn after_the_lock_the_earnest_is_forfeited_or_doubled() {
        use OrderStatus::*;
        let payments = paid_all();
        for status in [Locked, Contracted, InFulfillment, ReadyForDelivery] {
            assert_eq!(amounts(&request(status, Fault::Customer, &payments)), (1_009_900, 500_000, 0), "{status}");
            assert_eq!(amounts(&request(status, Fault::Maker, &payments)), (1_509_900, 0, 500_000), "{status}");
            assert_eq!(amounts(&request(status, Fault::Neither, &payments)), (1_509_900, 0, 0), "{status}");
        }
    }

    #[test]
    fn earnest_above_a_fifth_of_the_price_is_not_earnest() {
        let payments = [paid(PaymentPurpose::EarnestDeposit, 30_000)];
        assert_eq!(amounts(&request(OrderStatus::Locked, Fault::Customer, &payments)), (604_000, 2_396_000, 0));
        assert_eq!(amounts(&request(OrderStatus::Locked, Fault::Maker, &payments)), (3_000_000, 0, 2_396_000));
    }

    #[test]
    fn earnest_money_paid_twice_is_at_stake_once() {
        let payments = [paid(PaymentPurpose::EarnestDeposit, 5_000), paid(PaymentPurpose::EarnestDeposit, 5_000)];
        assert_eq!(amounts(&request(OrderStatus::Locked, Fault::Customer, &payments)), (500_000, 500_000, 0));
        assert_eq!(amounts(&request(OrderStatus::Locked, Fault::Maker, &payments)), (1_000_000, 0, 500_000));
    }

    #[test]
    fn a_car_handed_over_is_returned_and_not_cancelled() {
        use OrderStatus::*;
        for status in [Delivered, Completed, CancellationRequested, Cancelled, ReturnRequested, Returned, Expired] {
            assert_eq!(quote(&request(status, Fault::Neither, &[])), Err(NotCancellable { status }));
        }
    }

    #[test]
    fn an_issued_invoice_is_reversed_first() {
        let request =
            CancelRequest { invoice_issued: true, ..request(OrderStatus::ReadyForDelivery, Fault::Customer, &[]) };
        assert!(quote(&request).unwrap().needs_red_invoice);
    }

    proptest! {
        #[test]
        fn what_was_paid_is_refunded_or_forfeited_and_never_more_than_the_earnest_is_at_stake(
            status in proptest::sample::select(OrderStatus::ALL),
            fault in proptest::sample::select(vec![Fault::Customer, Fault::Maker, Fault::Neither]),
            yuan in proptest::array::uniform3(0_i64..60_000),
            within_cooling: bool,
            template_return_bp in 0_u16..12_000,
        ) {
            let payments: Vec<_> = PaymentPurpose::ALL.iter().zip(yuan).map(|(p, yuan)| paid(*p, yuan)).collect();
            let request =
                CancelRequest { within_cooling, template_return_bp, ..request(status, fault, &payments) };
            if let Ok(quote) = quote(&request) {
                prop_assert_eq!(quote.refund_minor + quote.forfeited_minor, paid_minor(&payments));
                let most = (yuan[1] * 100).min(2_396_000);
                prop_assert!((0..=most).contains(&quote.forfeited_minor));
                prop_assert!((0..=most).contains(&quote.compensation_minor));
                prop_assert!(quote.forfeited_minor == 0 || fault == Fault::Customer);
                prop_assert!(quote.compensation_minor == 0 || fault == Fault::Maker);
            }
        }
    }
}
