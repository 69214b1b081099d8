//! How far a provider has to have given back on a payment before each refund of it counts as made (C075). It says how much in all, and never
//! for which refund, so they stand in a queue, are asked for one after another, and each has a mark in that sum. What it has said no to stands
//! behind all others: somebody may still make it there by hand.

/// A refund of a payment that is not made yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits<Id> {
    pub refund: Id,
    pub amount_minor: i64,
    /// What the provider has given back on the payment once this one is made, fen.
    pub until_minor: i64,
    /// It has said no.
    pub failed: bool,
}

/// The end of a queue, where `back_minor` is what the provider has given back so far.
fn end<'w, Id: 'w>(queue: impl Iterator<Item = &'w Waits<Id>>, back_minor: i64) -> i64 {
    queue.map(|waits| waits.until_minor).max().unwrap_or(back_minor).max(back_minor)
}

/// The mark of another refund, which stands behind all that the provider is to make; what it has said no to moves on.
pub fn join<Id>(queue: &mut [Waits<Id>], back_minor: i64, amount_minor: i64) -> i64 {
    let until = end(queue.iter().filter(|waits| !waits.failed), back_minor) + amount_minor;
    for waits in queue.iter_mut().filter(|waits| waits.failed) {
        waits.until_minor += amount_minor;
    }
    until
}

/// One is made by another way, so the provider will not: what stands behind it moves up.
pub fn leave<Id: PartialEq>(queue: &mut Vec<Waits<Id>>, refund: &Id) {
    let Some(at) = queue.iter().position(|waits| waits.refund == *refund) else { return };
    let own = queue.swap_remove(at);
    for waits in queue.iter_mut().filter(|waits| waits.until_minor > own.until_minor) {
        waits.until_minor -= own.amount_minor;
    }
}

/// The provider has said no to one: it goes to the end.
pub fn fail<Id: PartialEq + Copy>(queue: &mut Vec<Waits<Id>>, back_minor: i64, refund: &Id) {
    let Some(own) = queue.iter().find(|waits| waits.refund == *refund).copied() else { return };
    leave(queue, refund);
    let until_minor = end(queue.iter(), back_minor) + own.amount_minor;
    queue.push(Waits { until_minor, failed: true, ..own });
}

/// Whether one is made, where `back_minor` is what the provider has given back.
pub fn is_made(until_minor: i64, back_minor: i64) -> bool {
    until_minor <= back_minor
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a provider and a payment's refunds come to, as they are told of one another.
    #[derive(Default)]
    struct World {
        queue: Vec<Waits<usize>>,
        back_minor: i64,
        made: Vec<usize>,
        owed: usize,
    }

    impl World {
        fn owe(&mut self, amount_minor: i64) {
            let until_minor = join(&mut self.queue, self.back_minor, amount_minor);
            self.queue.push(Waits { refund: self.owed, amount_minor, until_minor, failed: false });
            self.owed += 1;
        }

        fn first(&self, failed: bool) -> Option<Waits<usize>> {
            self.queue.iter().filter(|waits| waits.failed == failed).min_by_key(|waits| waits.until_minor).copied()
        }

        /// The provider makes the first that it is asked for; that one is made, and no other.
        fn provide(&mut self, failed: bool) {
            let Some(first) = self.first(failed) else { return };
            self.back_minor += first.amount_minor;
            let back = self.back_minor;
            let (made, waits): (Vec<_>, Vec<_>) = self.queue.drain(..).partition(|row| is_made(row.until_minor, back));
            assert_eq!(made.iter().map(|row| row.refund).collect::<Vec<_>>(), [first.refund]);
            self.queue = waits;
            self.made.push(first.refund);
        }

        fn decline(&mut self) {
            let Some(first) = self.first(false) else { return };
            fail(&mut self.queue, self.back_minor, &first.refund);
        }

        fn by_hand(&mut self) {
            let Some(first) = self.first(true) else { return };
            leave(&mut self.queue, &first.refund);
            self.made.push(first.refund);
        }
    }

    #[test]
    fn what_was_paid_by_hand_holds_nothing_up() {
        let mut world = World::default();
        world.owe(30);
        world.decline();
        world.by_hand();
        world.owe(20);
        world.provide(false);
        assert_eq!((world.made, world.back_minor), (vec![0, 1], 20));
    }

    proptest! {
        #[test]
        fn each_word_makes_the_refund_that_it_is_of_and_all_come_to_an_end(
            deeds in proptest::collection::vec((0_u8..5, 1_i64..1_000), 0..30),
        ) {
            let mut world = World::default();
            for (deed, amount) in deeds {
                match deed {
                    0 | 1 => world.owe(amount),
                    2 => world.provide(false),
                    3 => world.decline(),
                    _ => world.by_hand(),
                }
                let mut marks: Vec<_> = world.queue.iter().map(|waits| (waits.failed, waits.until_minor)).collect();
                marks.sort_unstable();
                prop_assert!(marks.iter().map(|(_, until)| *until).is_sorted_by(|one, next| one < next), "{:?}", marks);
                prop_assert!(marks.first().is_none_or(|(_, until)| world.back_minor < *until));
            }
            while world.first(false).is_some() {
                world.provide(false);
            }
            // Made at the provider after all, as by its console.
            while world.first(true).is_some() {
                world.provide(true);
            }
            world.made.sort_unstable();
            prop_assert_eq!(world.made, (0..world.owed).collect::<Vec<_>>());
        }
    }
}
