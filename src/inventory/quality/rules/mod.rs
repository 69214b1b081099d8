//! What is true of damage to cars.

pub mod case;
pub mod hold;
pub mod swap;
