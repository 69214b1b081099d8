//! Scalars of the schema beyond those of the specification.

use async_graphql::{Description, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};

/// A decimal number as text, as in `"204800.00"`. Never a JSON number, which loses digits on its way.
#[derive(Description, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(pub rust_decimal::Decimal);

#[Scalar(use_type_description)]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => {
                text.parse().map(Self).map_err(|_| InputValueError::custom("expected a decimal number as text"))
            }
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl Decimal {
    /// Basis points as per cent.
    pub fn percent(basis_points: impl Into<i64>) -> Self {
        Self(rust_decimal::Decimal::new(basis_points.into(), 2).normalize())
    }
}

/// A whole number of 64 bits, sent as a JSON number. Text is taken too.
#[derive(Description, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int64(pub i64);

#[Scalar(use_type_description)]
impl ScalarType for Int64 {
    fn parse(value: Value) -> InputValueResult<Self> {
        let parsed = match &value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => return Err(InputValueError::expected_type(value)),
        };
        parsed.map(Self).ok_or_else(|| InputValueError::custom("expected a whole number of 64 bits"))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// A calendar day, as in `"2026-11-24"`.
#[derive(Description, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// Years of days that are taken: what is reckoned from them stays within the calendar.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

#[Scalar(use_type_description)]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => NaiveDate::parse_from_str(&text, "%Y-%m-%d")
                .ok()
                .filter(|day| YEARS.contains(&day.year()))
                .map(Self)
                .ok_or_else(|| InputValueError::custom("expected a day like 2026-11-24, from 1900 to 2199")),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

macro_rules! text_scalars {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Description, Clone, Debug, PartialEq, Eq)]
            pub struct $name(pub String);

            // Takes any text: the room's rule checks it, so that the error can name the field.
            #[Scalar(use_type_description)]
            impl ScalarType for $name {
                fn parse(value: Value) -> InputValueResult<Self> {
                    match value {
                        Value::String(text) => Ok(Self(text)),
                        other => Err(InputValueError::expected_type(other)),
                    }
                }

                fn to_value(&self) -> Value {
                    Value::String(self.0.clone())
                }
            }
        )*
    };
}

text_scalars! {
    /// A city or county of GB/T 2260, six digits, as in `"310100"`.
    CityCode;
    /// A vehicle identification number of ISO 3779, seventeen characters with check digit; masked with `*` where hidden.
    Vin;
    /// A mobile phone number of the Chinese mainland, as in `"13800001234"` or `"+8613800001234"`; masked with `*` where hidden.
    CnMobile;
}
