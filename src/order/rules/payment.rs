//! States of a payment, what they add up to, and how large a deposit may be (domain.md 3.2, `Payment`; C064, C065).

use entity::order::payment;
use entity::vocabulary::{OrderPaymentStatus, OrderStatus, PaymentMethod, PaymentPurpose, PaymentState};

use crate::values::machine::{self, IllegalTransition};

/// What happens to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentAction {
    /// Handed to the provider.
    Submit,
    Authorize,
    Capture,
    Fail,
    Cancel,
    Expire,
    /// Some of it is given back.
    RefundPart,
    /// All, or all that was left, is given back.
    RefundRest,
}

impl std::fmt::Display for PaymentAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// Transitions of a payment: action, from, to.
pub const PAYMENT: &[(PaymentAction, PaymentState, PaymentState)] = {
    use PaymentAction::*;
    use PaymentState::*;
    &[
        (Submit, Created, Pending),
        (Authorize, Pending, Authorized),
        (Capture, Pending, Captured),
        (Capture, Authorized, Captured),
        (Fail, Created, Failed),
        (Fail, Pending, Failed),
        (Fail, Authorized, Failed),
        (Cancel, Created, Cancelled),
        (Cancel, Pending, Cancelled),
        (Cancel, Authorized, Cancelled),
        (Expire, Created, Expired),
        (Expire, Pending, Expired),
        (Expire, Authorized, Expired),
        (RefundPart, Captured, PartiallyRefunded),
        (RefundPart, PartiallyRefunded, PartiallyRefunded),
        (RefundRest, Captured, Refunded),
        (RefundRest, PartiallyRefunded, Refunded),
    ]
};

/// The state after `action`; use [`refund`] for money that goes back.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_payment(
    from: PaymentState,
    action: PaymentAction,
) -> Result<PaymentState, IllegalTransition<PaymentState, PaymentAction>> {
    machine::apply(PAYMENT, from, action)
}

/// Whether all of an order is paid.
pub fn is_paid(status: OrderPaymentStatus) -> bool {
    matches!(status, OrderPaymentStatus::Full | OrderPaymentStatus::Overpaid)
}

/// Whether the money of a payment in this state arrived, whatever happened to it later.
pub fn has_arrived(state: PaymentState) -> bool {
    use PaymentState::*;
    matches!(state, Captured | PartiallyRefunded | Refunded)
}

/// States in which a payment waits for its money.
pub const OPEN: [PaymentState; 3] = [PaymentState::Created, PaymentState::Pending, PaymentState::Authorized];

/// Whether no money will come of a payment in this state.
pub fn has_failed(state: PaymentState) -> bool {
    use PaymentState::*;
    matches!(state, Failed | Cancelled | Expired)
}

/// Money of a payment, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    pub purpose: PaymentPurpose,
    pub state: PaymentState,
    pub amount_minor: i64,
    /// Of it, what went back.
    pub refunded_minor: i64,
    /// Whether it came over from another order, in as many parts as it was paid there.
    pub came_over: bool,
}

impl From<&payment::Model> for Paid {
    fn from(row: &payment::Model) -> Self {
        Self {
            purpose: row.purpose,
            state: row.state,
            // What went over to another order is that one's.
            amount_minor: row.amount_minor - row.carried_minor,
            refunded_minor: row.refunded_minor,
            came_over: row.method == PaymentMethod::CarriedOver,
        }
    }
}

impl Paid {
    /// What arrived and is still here, in fen.
    pub fn kept_minor(&self) -> i64 {
        if has_arrived(self.state) { self.amount_minor - self.refunded_minor } else { 0 }
    }
}

/// What went back of a payment, fen: by its provider, and by another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    pub provider_minor: i64,
    pub elsewhere_minor: i64,
}

impl Back {
    /// As the books have it.
    pub fn of(row: &payment::Model) -> Self {
        let elsewhere_minor = row.refunded_elsewhere_minor;
        Self { provider_minor: row.refunded_minor - elsewhere_minor, elsewhere_minor }
    }

    /// All of it.
    pub fn all_minor(self) -> i64 {
        self.provider_minor + self.elsewhere_minor
    }
}

/// Whether a payment that its provider waits for, or may, is closed by other money with this state: somebody could still pay it there.
pub fn is_left_open(before: &payment::Model, state: PaymentState) -> bool {
    before.expires_at.is_some() && OPEN.contains(&before.state) && !OPEN.contains(&state)
}

/// Why money does not go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundRefusal {
    /// It never arrived, or is all back.
    Illegal(IllegalTransition<PaymentState, PaymentAction>),
    /// Not a positive amount, or more than is left (fen).
    Amount { left_minor: i64 },
}

/// State and refunded sum (fen) of a payment after `asked_minor` more went back.
///
/// # Errors
/// [`RefundRefusal`] if the money never arrived or less of it is left.
pub fn refund(paid: &Paid, asked_minor: i64) -> Result<(PaymentState, i64), RefundRefusal> {
    let left_minor = paid.amount_minor - paid.refunded_minor;
    let action = if asked_minor == left_minor { PaymentAction::RefundRest } else { PaymentAction::RefundPart };
    let to = move_payment(paid.state, action).map_err(RefundRefusal::Illegal)?;
    if asked_minor <= 0 || left_minor < asked_minor {
        return Err(RefundRefusal::Amount { left_minor });
    }
    Ok((to, paid.refunded_minor + asked_minor))
}

/// What is paid on an order in fen: all that arrived less all that went back.
pub fn paid_minor(payments: &[Paid]) -> i64 {
    payments.iter().map(Paid::kept_minor).sum()
}

/// What the payments of an order add up to. `total_minor` is the price; `refund_due_minor` is what is still to go back
/// (of a cancellation's quote), both fen. With nothing due, the money that is here decides; one that paid all of the
/// price with deposits has paid it in full.
pub fn order_payment_status(total_minor: i64, refund_due_minor: i64, payments: &[Paid]) -> OrderPaymentStatus {
    let kept = paid_minor(payments);
    let keeps = |purpose| payments.iter().any(|paid| paid.purpose == purpose && paid.kept_minor() > 0);
    if kept > 0 && refund_due_minor > 0 {
        OrderPaymentStatus::Refunding
    } else if kept <= 0 {
        let went_back = payments.iter().any(|paid| has_arrived(paid.state) && paid.refunded_minor > 0);
        if went_back { OrderPaymentStatus::Refunded } else { OrderPaymentStatus::None }
    } else if kept > total_minor {
        OrderPaymentStatus::Overpaid
    } else if kept == total_minor {
        OrderPaymentStatus::Full
    } else if keeps(PaymentPurpose::Balance) {
        OrderPaymentStatus::Partial
    } else if keeps(PaymentPurpose::EarnestDeposit) {
        OrderPaymentStatus::DepositPaid
    } else {
        OrderPaymentStatus::IntentionPaid
    }
}

/// Whether the balance of an order in this state may be paid: from the earnest deposit to the handover.
pub fn takes_balance(status: OrderStatus) -> bool {
    use OrderStatus::*;
    matches!(status, Placed | Locked | Contracted | InFulfillment | ReadyForDelivery)
}

/// Most that counts as earnest money for a contract of `price_minor`, in fen: a fifth, rounded down because the law sets
/// a most [LAW-CIV586].
pub fn earnest_cap_minor(price_minor: i64) -> i64 {
    price_minor.max(0) / 5
}

/// A deposit above the legal cap (`DEPOSIT_EXCEEDS_LEGAL_CAP`); in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepositExceedsCap {
    pub deposit_minor: i64,
    pub cap_minor: i64,
}

/// Whether an earnest deposit may be asked for.
///
/// # Errors
/// [`DepositExceedsCap`] above a fifth of the price.
pub fn check_earnest(deposit_minor: i64, price_minor: i64) -> Result<(), DepositExceedsCap> {
    let cap_minor = earnest_cap_minor(price_minor);
    if deposit_minor <= cap_minor { Ok(()) } else { Err(DepositExceedsCap { deposit_minor, cap_minor }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OrderPaymentStatus as Sum;
    use PaymentPurpose::*;
    use PaymentState::*;
    use proptest::prelude::*;

    fn paid(purpose: PaymentPurpose, state: PaymentState, yuan: i64, refunded: i64) -> Paid {
        Paid { purpose, state, amount_minor: yuan * 100, refunded_minor: refunded * 100, came_over: false }
    }

    #[test]
    fn a_payment_is_captured_with_or_without_authorisation() {
        assert_eq!(machine::ambiguous(PAYMENT), None);
        assert_eq!(move_payment(Pending, PaymentAction::Capture), Ok(Captured));
        assert_eq!(move_payment(Authorized, PaymentAction::Capture), Ok(Captured));
        let refusal = move_payment(Captured, PaymentAction::Cancel).unwrap_err();
        assert_eq!(refusal.allowed, [PaymentAction::RefundPart, PaymentAction::RefundRest]);
        for end in [Refunded, Failed, Cancelled, Expired] {
            assert!(machine::allowed(PAYMENT, end).is_empty(), "{end}");
        }
    }

    #[test]
    fn a_payment_waits_or_has_its_money_or_never_will() {
        for state in PaymentState::ALL {
            let is = [OPEN.contains(state), has_arrived(*state), has_failed(*state)];
            assert_eq!(is.iter().filter(|is| **is).count(), 1, "{state}");
        }
    }

    #[test]
    fn money_goes_back_once() {
        let deposit = paid(EarnestDeposit, Captured, 5_000, 0);
        assert_eq!(refund(&deposit, 200_000), Ok((PartiallyRefunded, 200_000)));
        let rest = paid(EarnestDeposit, PartiallyRefunded, 5_000, 2_000);
        assert_eq!(refund(&rest, 300_000), Ok((Refunded, 500_000)));
        assert_eq!(refund(&rest, 300_001), Err(RefundRefusal::Amount { left_minor: 300_000 }));
        assert_eq!(refund(&rest, 0), Err(RefundRefusal::Amount { left_minor: 300_000 }));
        assert!(matches!(refund(&paid(Balance, Refunded, 1, 1), 1), Err(RefundRefusal::Illegal(_))));
        assert!(matches!(refund(&paid(Balance, Pending, 1, 0), 100), Err(RefundRefusal::Illegal(_))));
    }

    #[test]
    fn the_sum_follows_what_arrived() {
        let total = 20_000_000;
        let intention = paid(IntentionDeposit, Captured, 99, 0);
        let deposit = paid(EarnestDeposit, Captured, 5_000, 0);
        let balance = |yuan| paid(Balance, Captured, yuan, 0);
        let status = |payments: &[Paid]| order_payment_status(total, 0, payments);
        assert_eq!(status(&[]), Sum::None);
        assert_eq!(status(&[paid(EarnestDeposit, Pending, 5_000, 0)]), Sum::None);
        assert_eq!(status(&[intention]), Sum::IntentionPaid);
        assert_eq!(status(&[intention, deposit]), Sum::DepositPaid);
        assert_eq!(status(&[deposit, balance(194_999)]), Sum::Partial);
        assert_eq!(status(&[deposit, balance(195_000)]), Sum::Full);
        assert_eq!(status(&[deposit, balance(195_001)]), Sum::Overpaid);
        assert_eq!(status(&[paid(Balance, Failed, 200_000, 0), deposit]), Sum::DepositPaid);
        assert_eq!(status(&[paid(IntentionDeposit, Refunded, 99, 99)]), Sum::Refunded);
        assert_eq!(order_payment_status(total, 500_000, &[deposit]), Sum::Refunding);
        assert_eq!(
            order_payment_status(total, 100, &[paid(EarnestDeposit, PartiallyRefunded, 5_000, 4_999)]),
            Sum::Refunding
        );
        assert_eq!(
            order_payment_status(total, 0, &[paid(IntentionDeposit, Refunded, 99, 99), deposit]),
            Sum::DepositPaid
        );
    }

    #[test]
    fn a_deposit_is_at_most_a_fifth_of_the_price() {
        // 5 000 for the cheapest car (domain.md 4.3).
        assert_eq!(check_earnest(500_000, 11_980_000), Ok(()));
        assert_eq!(check_earnest(2_396_000, 11_980_000), Ok(()));
        assert_eq!(
            check_earnest(2_396_001, 11_980_000),
            Err(DepositExceedsCap { deposit_minor: 2_396_001, cap_minor: 2_396_000 })
        );
        assert_eq!(earnest_cap_minor(9), 1, "rounded down");
    }

    proptest! {
        #[test]
        fn one_more_captured_payment_never_lowers_the_sum(
            yuan in proptest::collection::vec((0_usize..3, 1_i64..100_000), 0..6),
            total in 1_i64..20_000_000,
        ) {
            let payments: Vec<_> =
                yuan.iter().map(|(purpose, yuan)| paid(PaymentPurpose::ALL[*purpose], Captured, *yuan, 0)).collect();
            let sums: Vec<_> = (0..=payments.len()).map(|n| order_payment_status(total, 0, &payments[..n])).collect();
            prop_assert!(sums.is_sorted(), "{:?}", sums);
        }

        #[test]
        fn refunds_never_exceed_what_arrived(asked in proptest::collection::vec(-100_i64..4_000, 0..8)) {
            let mut paid = paid(Balance, Captured, 100, 0);
            for amount in asked {
                if let Ok((state, refunded_minor)) = refund(&paid, amount) {
                    paid = Paid { state, refunded_minor, ..paid };
                }
                prop_assert!((0..=paid.amount_minor).contains(&paid.refunded_minor));
                prop_assert_eq!(paid.state == Refunded, paid.kept_minor() == 0);
            }
        }
    }
}
