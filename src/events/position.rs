//! Where a reader stands on a stream.

use std::fmt;
use std::str::FromStr;

use entity::{EventId, PrefixedId};

/// The history that a log has. Sequences of another history name other entries (guarantees 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(u32);

impl Epoch {
    /// One that no log has had before, but for one chance in four thousand million.
    pub fn draw() -> Self {
        Self(EventId::generate().uuid().as_u128() as u32)
    }

    /// As it is stored.
    pub fn number(self) -> i64 {
        self.0.into()
    }

    /// As it is stored; none for what is no epoch.
    pub fn of_number(number: i64) -> Option<Self> {
        u32::try_from(number).ok().map(Self)
    }
}

/// The last entry that a reader has seen. As text `9f3a61c2-57`: epoch and sequence, a cursor that clients keep as it is.
/// No secret: whoever comes back with one is judged by the rights of then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The log's history; a number alone is taken to be of the one that there is.
    pub epoch: Option<Epoch>,
    /// Number in the stream.
    pub sequence: i64,
}

impl Position {
    /// A place in a log of this epoch.
    pub fn new(epoch: Epoch, sequence: i64) -> Self {
        Self { epoch: Some(epoch), sequence }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl From<i64> for Position {
    fn from(sequence: i64) -> Self {
        Self { epoch: None, sequence }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(epoch) = self.epoch {
            write!(f, "{epoch}-")?;
        }
        write!(f, "{}", self.sequence)
    }
}

/// The text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position")]
pub struct NotAPosition;

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (epoch, sequence) = match text.split_once('-') {
            Some((epoch, sequence)) => (Some(epoch), sequence),
            None => (None, text),
        };
        let epoch = epoch.map(|epoch| u32::from_str_radix(epoch, 16).map(Epoch)).transpose();
        let position =
            Self { epoch: epoch.map_err(|_| NotAPosition)?, sequence: sequence.parse().map_err(|_| NotAPosition)? };
        // One place has one text.
        if position.to_string() == text { Ok(position) } else { Err(NotAPosition) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_position_is_its_text(epoch: Option<u32>, sequence in 0..=i64::MAX) {
            let position = Position { epoch: epoch.map(Epoch), sequence };
            prop_assert_eq!(position.to_string().parse(), Ok(position));
        }

        #[test]
        fn a_position_has_one_text(text in "([0-9a-fA-F]{7,9}-)?[0-9+ -]{1,3}") {
            if let Ok(position) = text.parse::<Position>() {
                prop_assert_eq!(position.to_string(), text);
            }
        }
    }

    #[test]
    fn what_is_no_position() {
        let texts =
            ["", "-", "-1", "+1", "9f3a61c2", "9f3a61c2-", "9F3A61C2-1", "9f3a61c-1", "1 ", "99999999999999999999"];
        for text in texts {
            assert_eq!(text.parse::<Position>(), Err(NotAPosition), "{text}");
        }
    }
}
