//! Values with rules of their own: numbers, texts and places that several domains share.

pub mod error;
pub mod machine;
pub mod mask;
