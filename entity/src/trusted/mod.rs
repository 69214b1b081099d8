//! The apps' operations.

pub mod document_use;
