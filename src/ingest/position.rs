//! Which of two events of one subject is the later one, whatever the order in which they arrive.

use chrono::{DateTime, Utc};

/// Where an event stands among those of its subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The event's source.
    pub source: String,
    /// The event's id.
    pub reference: String,
    /// Its sequence.
    pub sequence: Option<i64>,
    /// Its time.
    pub time: Option<DateTime<Utc>>,
}

impl Position {
    /// Whether this one comes before another. Of one source the sequence decides, when both have one; else the time; ties
    /// by identity, so that all who see both agree. Who gives neither is taken as it arrives.
    pub fn is_before(&self, other: &Self) -> bool {
        if self.source == other.source
            && let (Some(own), Some(theirs)) = (self.sequence, other.sequence)
        {
            return (own, &self.reference) < (theirs, &other.reference);
        }
        match (self.time, other.time) {
            (Some(own), Some(theirs)) => {
                (own, &self.source, &self.reference) < (theirs, &other.source, &other.reference)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn position(reference: &str, sequence: Option<i64>, time: Option<i64>) -> Position {
        let time = time.map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap());
        Position { source: "urn:a".into(), reference: reference.into(), sequence, time }
    }

    #[test]
    fn the_sequence_decides_then_the_time_then_nothing() {
        assert!(position("b", Some(1), Some(9)).is_before(&position("a", Some(2), Some(1))));
        assert!(position("b", None, Some(1)).is_before(&position("a", Some(2), Some(2))));
        assert!(position("a", None, Some(1)).is_before(&position("b", None, Some(1))));
        let unknown = position("a", None, None);
        assert!(!unknown.is_before(&position("b", None, Some(1))) && !position("b", None, Some(1)).is_before(&unknown));
        let foreign = Position { source: "urn:b".into(), ..position("a", Some(1), Some(5)) };
        assert!(position("a", Some(9), Some(1)).is_before(&foreign));
    }

    proptest! {
        /// Of events that all have sequences, or all have times, one is the last, whoever looks in whatever order.
        #[test]
        fn the_last_is_the_same_in_any_order(
            mut all in prop::collection::vec((0_i64..5, 0_u8..20), 1..12), by_sequence: bool, turn in 0_usize..12,
        ) {
            let last = |all: &[(i64, u8)]| {
                let mut last: Option<Position> = None;
                for (at, reference) in all {
                    let (sequence, time) = if by_sequence { (Some(*at), None) } else { (None, Some(*at)) };
                    let next = position(&reference.to_string(), sequence, time);
                    if last.as_ref().is_none_or(|last| !next.is_before(last)) {
                        last = Some(next);
                    }
                }
                last
            };
            let expected = last(&all);
            let turn = turn % all.len();
            all.rotate_left(turn);
            all.reverse();
            prop_assert_eq!(last(&all), expected);
        }
    }
}
