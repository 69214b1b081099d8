//! On which payments money goes back, and whether somebody has to decide about it (C075; domain.md 3.2, "Refund matrix").

use entity::vocabulary::{Fault, OrderStatus, PaymentPurpose};

use super::cancel::CancelStage;
use crate::order::rules::payment::{Paid, paid_minor};
use crate::order::rules::status::is_ended;

/// What is here of a payment; fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept<Id> {
    pub payment: Id,
    pub purpose: PaymentPurpose,
    pub kept_minor: i64,
}

/// How much goes back on each payment, in their order, when `forfeited_minor` of the earnest money is kept and all the rest
/// goes back; fen, none of them zero.
pub fn shares<Id: Copy>(kept: &[Kept<Id>], forfeited_minor: i64) -> Vec<(Id, i64)> {
    let mut forfeited = forfeited_minor.max(0);
    let mut shares = Vec::new();
    for payment in kept {
        let stays = match payment.purpose {
            PaymentPurpose::EarnestDeposit => forfeited.min(payment.kept_minor.max(0)),
            PaymentPurpose::IntentionDeposit | PaymentPurpose::Balance => 0,
        };
        forfeited -= stays;
        if payment.kept_minor > stays {
            shares.push((payment.payment, payment.kept_minor - stays));
        }
    }
    shares
}

/// How much of money that has just arrived was not to come, fen: all of it for an order that is at an end, and of a deposit
/// that was here already; of a balance what is above the price. `others` are the order's other payments.
pub fn surplus_minor(status: OrderStatus, total_minor: i64, arrived: &Paid, others: &[Paid]) -> i64 {
    let amount = arrived.kept_minor();
    let twice = || others.iter().any(|other| other.purpose == arrived.purpose && other.kept_minor() > 0);
    match arrived.purpose {
        _ if is_ended(status) => amount,
        PaymentPurpose::IntentionDeposit | PaymentPurpose::EarnestDeposit if twice() => amount,
        PaymentPurpose::IntentionDeposit | PaymentPurpose::EarnestDeposit => 0,
        PaymentPurpose::Balance => (paid_minor(others) + amount - total_minor).clamp(0, amount.max(0)),
    }
}

/// Whether a cancellation is granted as soon as it is asked for: where all goes back anyway, nobody has to look.
pub fn granted_at_once(stage: CancelStage, fault: Fault) -> bool {
    fault == Fault::Customer && matches!(stage, CancelStage::BeforeDeposit | CancelStage::Cooling)
}

#[cfg(test)]
mod tests {
    use PaymentPurpose::*;
    use proptest::prelude::*;

    use super::*;

    fn kept(purpose: PaymentPurpose, yuan: i64) -> Kept<PaymentPurpose> {
        Kept { payment: purpose, purpose, kept_minor: yuan * 100 }
    }

    #[test]
    fn what_is_forfeited_stays_of_the_earnest_money() {
        let all = [kept(IntentionDeposit, 99), kept(EarnestDeposit, 5_000), kept(Balance, 10_000)];
        assert_eq!(shares(&all, 0), [(IntentionDeposit, 9_900), (EarnestDeposit, 500_000), (Balance, 1_000_000)]);
        assert_eq!(shares(&all, 250_000)[1], (EarnestDeposit, 250_000));
        assert_eq!(shares(&all, 500_000), [(IntentionDeposit, 9_900), (Balance, 1_000_000)]);
        assert_eq!(shares::<u8>(&[], 5), []);
    }

    #[test]
    fn what_all_goes_back_of_is_granted_at_once() {
        let at_once = [CancelStage::BeforeDeposit, CancelStage::Cooling, CancelStage::Placed, CancelStage::Locked]
            .map(|stage| granted_at_once(stage, Fault::Customer));
        assert_eq!(at_once, [true, true, false, false]);
        assert!(!granted_at_once(CancelStage::Cooling, Fault::Maker), "somebody has to say so");
    }

    fn paid(purpose: PaymentPurpose, yuan: i64) -> Paid {
        Paid {
            purpose,
            state: entity::PaymentState::Captured,
            amount_minor: yuan * 100,
            refunded_minor: 0,
            came_over: false,
        }
    }

    #[test]
    fn what_was_not_to_come_goes_back() {
        let total = 10_000_000;
        let deposit = paid(EarnestDeposit, 5_000);
        let surplus = |status, arrived, others: &[Paid]| surplus_minor(status, total, &arrived, others);
        assert_eq!(surplus(OrderStatus::Draft, deposit, &[]), 0);
        assert_eq!(surplus(OrderStatus::Placed, deposit, &[deposit]), 500_000);
        assert_eq!(surplus(OrderStatus::Placed, deposit, &[paid(IntentionDeposit, 99)]), 0);
        assert_eq!(surplus(OrderStatus::Cancelled, deposit, &[]), 500_000);
        assert_eq!(surplus(OrderStatus::Locked, paid(Balance, 95_000), &[deposit]), 0);
        assert_eq!(surplus(OrderStatus::Locked, paid(Balance, 95_001), &[deposit]), 100);
        assert_eq!(surplus(OrderStatus::Locked, paid(Balance, 1), &[paid(Balance, 100_000)]), 100);
    }

    proptest! {
        #[test]
        fn what_goes_back_and_what_stays_is_what_was_here(
            yuan in proptest::collection::vec((0_usize..3, 0_i64..50_000), 0..6),
            share in 0_i64..=100,
        ) {
            let all: Vec<_> = yuan
                .iter()
                .enumerate()
                .map(|(at, (purpose, yuan))| Kept {
                    payment: at,
                    purpose: PaymentPurpose::ALL[*purpose],
                    kept_minor: yuan * 100,
                })
                .collect();
            let earnest: i64 =
                all.iter().filter(|one| one.purpose == EarnestDeposit).map(|one| one.kept_minor).sum();
            let forfeited = earnest * share / 100;
            let shares = shares(&all, forfeited);
            let back: i64 = shares.iter().map(|(_, minor)| minor).sum();
            prop_assert_eq!(back + forfeited, all.iter().map(|one| one.kept_minor).sum::<i64>());
            for (at, minor) in shares {
                prop_assert!(0 < minor && minor <= all[at].kept_minor);
            }
        }
    }
}
