//! What a provider's word makes of a payment (domain.md 3.2, `Payment`; 2.2: the client and the provider call for the same
//! step, the provider perhaps twice, late, or in another order).

use entity::vocabulary::PaymentState;

use super::payment::Back;

/// The state after a word; the same when the word says nothing new, or comes too late.
///
/// Money counts whenever it comes, for a payment that was given up as well: it has to be in the books before it can go back.
/// Any other word ends what is open, and nothing else.
pub fn after_word(from: PaymentState, word: PaymentState) -> PaymentState {
    use PaymentState::*;
    match (from, word) {
        (Created | Pending | Authorized | Failed | Cancelled | Expired, Captured | PartiallyRefunded | Refunded)
        | (Captured, PartiallyRefunded | Refunded)
        | (PartiallyRefunded, Refunded)
        | (Created | Pending, Authorized)
        | (Created | Pending | Authorized, Failed | Cancelled | Expired) => word,
        _ => from,
    }
}

/// What has gone back of a payment of `amount_minor` after a word of how much: its provider speaks of what it gave back itself,
/// anybody else of all.
pub fn back_after_word(before: Back, said_minor: i64, amount_minor: i64, by_provider: bool) -> Back {
    let own_minor = if by_provider { said_minor } else { said_minor - before.elsewhere_minor };
    let provider_minor = before.provider_minor.max(own_minor).min(amount_minor);
    // No more goes back than was paid: what was recorded by hand the provider has made after all.
    Back { provider_minor, elsewhere_minor: before.elsewhere_minor.min(amount_minor - provider_minor) }
}

#[cfg(test)]
mod tests {
    use PaymentState::*;
    use proptest::prelude::*;

    use super::super::payment::has_arrived;
    use super::*;

    const WORDS: [PaymentState; 7] = [Authorized, Captured, Failed, Cancelled, Expired, PartiallyRefunded, Refunded];

    fn heard(words: &[PaymentState]) -> PaymentState {
        words.iter().fold(Pending, |state, word| after_word(state, *word))
    }

    #[test]
    fn money_that_comes_late_counts() {
        assert_eq!(heard(&[Expired, Captured]), Captured);
        assert_eq!(heard(&[Captured, Failed]), Captured);
        assert_eq!(heard(&[Cancelled, Failed]), Cancelled);
        assert_eq!(heard(&[Refunded, Captured]), Refunded);
    }

    #[test]
    fn what_went_back_by_hand_is_beside_the_providers_own() {
        let by_hand = Back { provider_minor: 0, elsewhere_minor: 30 };
        assert_eq!(back_after_word(by_hand, 20, 100, true).all_minor(), 50);
        assert_eq!(back_after_word(by_hand, 40, 100, true).all_minor(), 70, "and none of it is lost");
        assert_eq!(back_after_word(by_hand, 50, 100, false).all_minor(), 50, "of all");
        assert_eq!(back_after_word(by_hand, 100, 100, true), Back { provider_minor: 100, elsewhere_minor: 0 });
    }

    proptest! {
        #[test]
        fn what_went_back_never_comes_again_and_hangs_on_no_order_of_words(
            elsewhere in 0_i64..=100,
            said in proptest::collection::vec(0_i64..=100, 1..6),
        ) {
            let first = Back { provider_minor: 0, elsewhere_minor: elsewhere };
            let heard = |words: &[i64]| words.iter().fold(first, |back, said| back_after_word(back, *said, 100, true));
            let mut mixed = said.clone();
            mixed.reverse();
            mixed.extend(&said);
            let end = heard(&said);
            prop_assert_eq!(heard(&mixed), end);
            prop_assert!(elsewhere <= end.all_minor() && end.all_minor() <= 100);
            prop_assert_eq!(end.provider_minor, *said.iter().max().unwrap());
        }

        #[test]
        fn said_twice_is_said_once(from in proptest::sample::select(PaymentState::ALL), at in 0_usize..7) {
            let once = after_word(from, WORDS[at]);
            prop_assert_eq!(after_word(once, WORDS[at]), once);
        }

        #[test]
        fn whether_money_is_here_does_not_hang_on_the_order_of_words(
            words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..8),
            seed: u64,
        ) {
            let mut mixed = words.clone();
            if !mixed.is_empty() {
                let by = usize::try_from(seed % mixed.len() as u64).unwrap();
                mixed.rotate_left(by);
                mixed.reverse();
            }
            let (first, second) = (heard(&words), heard(&mixed));
            prop_assert_eq!(has_arrived(first), has_arrived(second));
            prop_assert_eq!(has_arrived(first), words.iter().any(|word| has_arrived(*word)));
            // With money, the furthest word wins whatever the order.
            if has_arrived(first) {
                prop_assert_eq!(first, second);
            }
        }
    }
}
