//! What a provider's word makes of a payment (domain.md 3.2, `Payment`; 2.2: the client and the provider call for the same
//! step, the provider perhaps twice, late, or in another order).

use entity::vocabulary::PaymentState;

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

    proptest! {
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
