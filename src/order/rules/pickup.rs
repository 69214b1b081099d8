//! Tries of a pickup code (C093).

use serde::{Deserialize, Serialize};

/// Wrong tries after which a code opens nothing any more; the customer gets another.
pub const MAX_TRIES: i32 = 5;

/// What a try means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tried {
    /// It is the code.
    Right,
    /// It is not; so many tries are left.
    Wrong {
        /// From four to none.
        left: i32,
    },
    /// There were too many wrong ones; nobody is told whether this one is right.
    Locked,
}

/// A try after so many wrong ones, and how many there are then.
pub fn attempt(wrong_tries: i32, right: bool) -> (Tried, i32) {
    if wrong_tries >= MAX_TRIES {
        return (Tried::Locked, wrong_tries);
    }
    if right {
        return (Tried::Right, wrong_tries);
    }
    (Tried::Wrong { left: MAX_TRIES - wrong_tries - 1 }, wrong_tries + 1)
}

/// Whether a code opens nothing any more.
pub fn is_locked(wrong_tries: i32) -> bool {
    wrong_tries >= MAX_TRIES
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_fifth_wrong_try_is_the_last() {
        let mut wrong = 0;
        for left in [4, 3, 2, 1, 0] {
            let (tried, now) = attempt(wrong, false);
            assert_eq!(tried, Tried::Wrong { left });
            wrong = now;
        }
        assert!(is_locked(wrong));
        assert_eq!(attempt(wrong, true), (Tried::Locked, 5));
        assert_eq!(attempt(4, true), (Tried::Right, 4));
    }

    proptest! {
        #[test]
        fn nobody_tries_more_than_five_codes(tries in prop::collection::vec(any::<bool>(), 0..40)) {
            let mut wrong = 0;
            let mut looked_at = 0;
            for right in tries {
                let (tried, now) = attempt(wrong, right);
                looked_at += i32::from(matches!(tried, Tried::Wrong { .. }));
                prop_assert!(now >= wrong && looked_at <= MAX_TRIES);
                wrong = now;
            }
            prop_assert_eq!(wrong, looked_at);
        }
    }
}
