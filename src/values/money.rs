//! Money in minor units (domain.md 2.3, choice 3): compute in `Decimal`, round once, keep whole fen.

use std::fmt;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::error::Invalid;

/// The only currency.
pub const CURRENCY: &str = "CNY";

/// An amount of yuan in fen (1/100 yuan); may be negative. Written `1234.50`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many fen.
    pub const fn from_minor(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in fen.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// An amount of yuan, rounded half up to whole fen.
    ///
    /// # Errors
    /// `money` beyond the range of `i64` fen.
    pub fn from_decimal(yuan: Decimal) -> Result<Self, Invalid> {
        round_half_up(yuan).map(Self).ok_or(Invalid::rule("money"))
    }

    /// The amount in yuan, with two decimals.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// The sum; none beyond the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The difference; none beyond the range.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The sum of all; none beyond the range.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

/// Yuan to fen, half a fen away from zero (the HALF_UP of trade: 0.005 becomes 1, −0.005 becomes −1). None beyond the
/// range of `i64`.
pub fn round_half_up(yuan: Decimal) -> Option<i64> {
    // Rounded before it is multiplied: a product of 29 digits would be rounded a first time unseen.
    let rounded = yuan.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.checked_mul(Decimal::ONE_HUNDRED)?.to_i64()
}

impl FromStr for Money {
    type Err = Invalid;

    /// Reads `1234`, `1234.5`, `-1234.50`: no sign but minus, no exponent, at most two decimals, because a third
    /// would be rounded behind the caller's back.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = Invalid::rule("money");
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let plain = text.strip_prefix('-').unwrap_or(text);
        let (yuan, fen) = plain.split_once('.').unwrap_or((plain, "0"));
        if !digits(yuan) || !digits(fen) || fen.len() > 2 {
            return Err(invalid);
        }
        let decimal = Decimal::from_str_exact(text).map_err(|_| invalid)?;
        Self::from_decimal(decimal)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimal_strings_go_in_and_come_out() {
        for (text, fen, out) in [
            ("1234.50", 123_450, "1234.50"),
            ("1234.5", 123_450, "1234.50"),
            ("1234", 123_400, "1234.00"),
            ("0.07", 7, "0.07"),
            ("-0.07", -7, "-0.07"),
            ("0", 0, "0.00"),
            ("21474836.48", 2_147_483_648, "21474836.48"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.minor(), money.to_string().as_str()), (fen, out));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "-",
            ".5",
            "1.",
            "1.005",
            "+1",
            "1e3",
            "1,000",
            "1_000",
            " 1",
            "١",
            "92233720368547758.08",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(text.parse::<Money>(), Err(Invalid::rule("money")), "of {text:?}");
        }
        assert!("92233720368547758.07".parse::<Money>().is_ok());
    }

    #[test]
    fn half_a_fen_goes_away_from_zero() {
        for (yuan, fen) in
            [("0.005", 1), ("0.0049999", 0), ("-0.005", -1), ("7070.795", 707_080), ("1.015", 102), ("2.5", 250)]
        {
            assert_eq!(round_half_up(yuan.parse().unwrap()), Some(fen), "of {yuan}");
        }
        assert_eq!(round_half_up(Decimal::MAX), None);
        assert_eq!(round_half_up(Decimal::MIN), None);
    }

    #[test]
    fn sums_do_not_wrap() {
        assert_eq!(Money::from_minor(i64::MAX).checked_add(Money::from_minor(1)), None);
        assert_eq!(Money::from_minor(i64::MIN).checked_sub(Money::from_minor(1)), None);
        assert_eq!(Money::checked_sum([1, 2, 3].map(Money::from_minor)), Some(Money::from_minor(6)));
    }

    proptest! {
        #[test]
        fn text_and_decimal_survive_a_round_trip(fen in any::<i64>()) {
            let money = Money::from_minor(fen);
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
            prop_assert_eq!(Money::from_decimal(money.to_decimal()), Ok(money));
            prop_assert_eq!(money.to_string(), money.to_decimal().to_string());
        }

        #[test]
        fn rounding_moves_at_most_half_a_fen(mantissa in any::<i64>(), scale in 0u32..12) {
            let yuan = Decimal::new(mantissa, scale);
            if let Some(fen) = round_half_up(yuan) {
                prop_assert!((Decimal::new(fen, 2) - yuan).abs() <= Decimal::new(5, 3));
            }
        }
    }
}
