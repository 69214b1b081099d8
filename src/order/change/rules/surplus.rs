//! What goes back on which payment once an order costs less than was paid (C075).

use entity::vocabulary::PaymentPurpose;

use super::refund::Kept;

/// What is here beyond the price, fen.
pub fn surplus_minor(kept_minor: i64, total_minor: i64) -> i64 {
    (kept_minor - total_minor).max(0)
}

/// How much goes back on each payment, fen, none of them zero: of what was paid last of the balance first, then of the deposits.
pub fn shares<Id: Copy>(kept: &[Kept<Id>], surplus_minor: i64) -> Vec<(Id, i64)> {
    let mut left = surplus_minor.max(0);
    let of = |purposes: &'static [PaymentPurpose]| {
        kept.iter().rev().filter(move |payment| purposes.contains(&payment.purpose))
    };
    let deposits = &[PaymentPurpose::EarnestDeposit, PaymentPurpose::IntentionDeposit];
    let mut found = Vec::new();
    for payment in of(&[PaymentPurpose::Balance]).chain(of(deposits)) {
        let share = left.min(payment.kept_minor.max(0));
        left -= share;
        if share > 0 {
            found.push((payment.payment, share));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_of_the_balance_goes_back_first() {
        use PaymentPurpose::{Balance, EarnestDeposit};
        let kept = |payment, purpose, kept_minor| Kept { payment, purpose, kept_minor };
        let all = [kept(1, EarnestDeposit, 500), kept(2, Balance, 300), kept(3, Balance, 200)];
        assert_eq!(shares(&all, 0), []);
        assert_eq!(shares(&all, 250), [(3, 200), (2, 50)]);
        assert_eq!(shares(&all, 600), [(3, 200), (2, 300), (1, 100)]);
    }

    proptest! {
        #[test]
        fn what_is_too_much_goes_back_and_no_more(
            fen in proptest::collection::vec((proptest::sample::select(PaymentPurpose::ALL), 0_i64..50_000), 0..6),
            total in 0_i64..200_000,
        ) {
            let all: Vec<_> = fen.iter().enumerate()
                .map(|(payment, (purpose, kept_minor))| Kept { payment, purpose: *purpose, kept_minor: *kept_minor })
                .collect();
            let here: i64 = all.iter().map(|payment| payment.kept_minor).sum();
            let surplus = surplus_minor(here, total);
            let back = shares(&all, surplus);
            prop_assert_eq!(back.iter().map(|(_, minor)| minor).sum::<i64>(), surplus);
            prop_assert!(surplus == 0 || here - surplus == total);
            prop_assert!(back.iter().all(|(payment, minor)| *minor > 0 && *minor <= all[*payment].kept_minor));
        }
    }
}
