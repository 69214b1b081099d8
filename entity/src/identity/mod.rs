//! Who may come in.

pub mod withdrawal;
