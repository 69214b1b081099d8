//! Values with rules of their own: numbers, texts and places that several domains share.

/// `Debug` that shows the masked form, so that a personal value in a log line or a panic stays hidden.
macro_rules! masked_debug {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.masked())
            }
        }
    };
}
use masked_debug;

pub mod calendar;
pub mod city_code;
pub mod credit_code;
pub mod email;
pub mod error;
pub mod geo;
pub mod machine;
pub mod mask;
pub mod money;
pub mod person_name;
pub mod phone;
pub mod plate;
pub mod postal_address;
pub mod resident_id;
pub mod text;
pub mod vin;
