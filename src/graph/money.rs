//! Money at the edge: decimal text, currency and minor units (domain.md 2.3, choice 3).

use async_graphql::{Enum, SimpleObject};

use super::Fields;
use super::error::{Error, Result};
use super::scalars::{Decimal, Int64};
use crate::values;
use crate::values::error::Invalid;

/// Currencies in use.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum CurrencyCode {
    /// Renminbi yuan.
    Cny,
}

/// An amount of money.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct Money {
    /// The amount as decimal text, as in `"204800.00"`.
    pub amount: Decimal,
    /// Its currency.
    pub currency_code: CurrencyCode,
    /// The amount in fen.
    pub minor_units: Int64,
}

impl Money {
    /// An amount in fen.
    pub fn fen(minor: i64) -> Self {
        Self {
            amount: Decimal(rust_decimal::Decimal::new(minor, 2)),
            currency_code: CurrencyCode::Cny,
            minor_units: Int64(minor),
        }
    }
}

/// An amount that a caller gives as decimal text of yuan, in fen.
///
/// # Errors
/// When it has more than two decimals or is out of range: nothing is rounded behind a caller's back.
pub fn minor(yuan: Decimal) -> std::result::Result<i64, Invalid> {
    yuan.0.normalize().to_string().parse::<values::money::Money>().map(values::money::Money::minor)
}

/// As [`minor`], of an argument, which the error names.
///
/// # Errors
/// As [`minor`].
pub fn given(argument: &'static str, yuan: Decimal) -> Result<i64> {
    minor(yuan).map_err(|invalid| Error::argument(argument, invalid.rule))
}
